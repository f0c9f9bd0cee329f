package main

/*
#include "cgo.h"
*/
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// pinned keeps an array in its place, and in memory, while C knows where it is.
type pinned struct {
	pins runtime.Pinner
	size uintptr // bytes
}

// collected is the size of an array from which its end is worth a collection: those that follow then lie where it was,
// instead of in memory that is new to the process.
const collected = 32 << 20

func (p *pinned) release() {
	p.pins.Unpin()
	if p.size >= collected {
		runtime.GC()
	}
}

func (r *result) view(name string, out *C.lithe_matrix, owner *int64) error {
	a, err := r.array(name)
	if err != nil {
		return err
	}
	switch {
	case out == nil:
		return invalid(errArgument, "array (%s) must not be NULL", name)
	case uintptr(unsafe.Pointer(out))%unsafe.Alignof(*out) != 0:
		return invalid(errArgument, "the struct of array (%s) is misaligned", name)
	}
	p := &pinned{}
	switch values := a.values.(type) {
	case core.Matrix[float32]:
		pin(p, values, out, C.LITHE_FLOAT32)
	case core.Matrix[float64]:
		pin(p, values, out, C.LITHE_FLOAT64)
	default:
		return invalid(errArgument, "%s holds positions: read it with lithe_result_read_indices", name)
	}
	*owner = handles.open(p)
	return nil
}

// pin describes m, whose memory is Go's, to C.
func pin[T core.Float](p *pinned, m core.Matrix[T], out *C.lithe_matrix, dtype C.int32_t) {
	var first unsafe.Pointer
	if m.Rows > 0 && m.Cols > 0 {
		first = unsafe.Pointer(&m.Data[0])
		p.pins.Pin(first)
		p.size = uintptr(len(m.Data)) * unsafe.Sizeof(m.Data[0])
	}
	// As a number, for what out held before is none of the garbage collector's business.
	*(*uintptr)(unsafe.Pointer(&out.data)) = uintptr(first)
	out.rows, out.cols, out.stride = C.int64_t(m.Rows), C.int64_t(m.Cols), C.int64_t(m.Stride)
	out.dtype, out.reserved = dtype, 0
}
