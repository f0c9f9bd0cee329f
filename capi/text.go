package main

/*
#include "cgo.h"
#include <string.h>
*/
import "C"

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// text converts a string argument that must not be NULL.
func text(name string, s *C.lithe_const_char) string {
	if s == nil {
		refuse(errArgument, "%s must not be NULL", name)
	}
	return optionalText(s)
}

// optionalText converts a string argument; NULL is the empty string.
func optionalText(s *C.lithe_const_char) string {
	if s == nil {
		return ""
	}
	n := C.strlen((*C.char)(unsafe.Pointer(s)))
	return strings.Clone(unsafe.String((*byte)(unsafe.Pointer(s)), int(n)))
}

// writeText hands text to the caller by the protocol that the doc comment of lithe_describe states.
func writeText(text string, out *C.char, capacity C.int64_t, needed *C.int64_t) error {
	size := int64(len(text)) + 1
	if needed != nil {
		*needed = C.int64_t(size)
	}
	switch {
	case out == nil && capacity == 0:
		return nil
	case out == nil:
		return fmt.Errorf("%w: out must not be NULL for a capacity of %d", errArgument, capacity)
	case capacity < 0 || capacity > math.MaxInt:
		return fmt.Errorf("%w: capacity %d is impossible", errArgument, capacity)
	}
	dst := unsafe.Slice((*byte)(unsafe.Pointer(out)), int(capacity))
	if int64(capacity) < size {
		if capacity > 0 {
			dst[0] = 0
		}
		return fmt.Errorf("%w: the text takes %d bytes, capacity is %d", errArgument, size, capacity)
	}
	dst[copy(dst, text)] = 0
	return nil
}

// finite is a number as JSON can hold it: NaN and infinities become null.
func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}
