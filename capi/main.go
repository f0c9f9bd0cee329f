// Common to all functions: the run block may be NULL and comes right before the handle that a function makes, else last.
// Strings are NUL-terminated UTF-8. Unless a comment says otherwise, outputs are unspecified after a failure, and
// besides what it names a function can return LITHE_EINVAL (a NULL or misaligned pointer, an unknown dtype),
// LITHE_ESHAPE, LITHE_EDATA, LITHE_EHANDLE, LITHE_ECANCELLED, LITHE_EABI, LITHE_ENOMEM and LITHE_EPANIC.
//
// Any function may be called from any thread, also at the same time as others. Results depend on the data and the
// options, never on the number of threads: they are equal bit by bit. After fork() without exec() the child must not
// use a library that the parent has used.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"os"
	"runtime/debug"

	"github.com/lithe-ml/lithe/core"
)

func main() {}

// Most of the memory of a host program is not Go's, and what a fit allocates it keeps: collect less often, unless the
// host was started with a wish of its own.
func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// Texts that C sees live in C memory and stay for the life of the process.
var (
	versionText   = cString(core.Version)
	statusTexts   = makeStatusTexts()
	unknownStatus = cString("unknown status")
)

func cString(s string) *C.lithe_const_char { return (*C.lithe_const_char)(C.CString(s)) }

func makeStatusTexts() map[C.int32_t]*C.lithe_const_char {
	return map[C.int32_t]*C.lithe_const_char{
		C.LITHE_OK:         cString("success"),
		C.LITHE_EINVAL:     cString("invalid argument or option"),
		C.LITHE_ESHAPE:     cString("invalid shape"),
		C.LITHE_EDATA:      cString("non-finite data"),
		C.LITHE_ENUMERIC:   cString("numerical failure"),
		C.LITHE_ECANCELLED: cString("cancelled"),
		C.LITHE_ENOCONV:    cString("not converged"),
		C.LITHE_EPANIC:     cString("internal error"),
		C.LITHE_EHANDLE:    cString("closed, unknown or unsuitable handle"),
		C.LITHE_EFILE:      cString("model file cannot be read or written"),
		C.LITHE_EABI:       cString("program and library were built against different versions of lithe.h"),
		C.LITHE_ENOMEM:     cString("not enough memory"),
		C.LITHE_ECALLBACK:  cString("a function of the caller failed"),
	}
}

// Returns the LITHE_ABI_VERSION that the library was built with. A program whose own differs must not go on.
//
//export lithe_abi_version
func lithe_abi_version() C.int32_t { return C.LITHE_ABI_VERSION }

// Returns the version of the library, such as "0.1.0", in static memory.
//
//export lithe_version
func lithe_version() *C.lithe_const_char { return versionText }

// Returns a short English text for a status, in static memory; "unknown status" for other numbers.
//
//export lithe_status_string
func lithe_status_string(status C.int32_t) *C.lithe_const_char {
	if text, ok := statusTexts[status]; ok {
		return text
	}
	return unknownStatus
}

// Writes what can be set in the options of a solver ("mixture", "kmeans", "lowrank", and what the functions name) to
// out, as JSON: [{"name": ..., "type": "int" | "float" | "str" | "bool" | "uint64" | "list", "default": ..., "doc": ...}, ...].
// A uint64 travels as a string, here and in options.
//
// Text is returned as everywhere in this interface: needed (or NULL) receives its size in bytes including the final
// NUL; out NULL with capacity 0 only asks for that size; a capacity that is too small is LITHE_EINVAL, with needed
// set and out empty.
//
//export lithe_describe
func lithe_describe(solver *C.lithe_const_char, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		return writeText(describe(text("solver", solver)), out, capacity, needed)
	})
}

// Closes a handle of any kind. A call that still uses it on another thread ends undisturbed. 0 is a no-op; a
// closed or unknown handle is LITHE_EHANDLE.
//
//export lithe_free
func lithe_free(handle C.lithe_handle) C.int32_t {
	return guard(nil, func(*block) error { return handles.close(int64(handle)) })
}
