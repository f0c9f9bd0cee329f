package main

/*
#include "cgo.h"
*/
import "C"

import (
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// sparseView is a lithe_sparse that has passed checkSparse: its fields make sense together. What the arrays hold is
// for the core to check.
type sparseView struct {
	values, indices, indptr unsafe.Pointer
	rows, cols, nnz         int
	single, wide, byColumns bool // float32 values, 64-bit indices, LITHE_CSC
}

// sparseOf returns which of four instances of a generic function is for the types of v: of values, then of indices.
func sparseOf[F any](v sparseView, float32Int32, float32Int64, float64Int32, float64Int64 F) F {
	switch {
	case v.single && v.wide:
		return float32Int64
	case v.single:
		return float32Int32
	case v.wide:
		return float64Int64
	}
	return float64Int32
}

// checkSparse validates everything about an argument that can be told without looking at its arrays.
func checkSparse(name string, s *C.lithe_const_sparse) sparseView {
	switch {
	case s == nil:
		refuse(errArgument, "%s must not be NULL", name)
	case uintptr(unsafe.Pointer(s))%unsafe.Alignof(*s) != 0:
		refuse(errArgument, "the struct of %s is misaligned", name)
	case s.dtype != C.LITHE_FLOAT32 && s.dtype != C.LITHE_FLOAT64:
		panic(refusal{unknownType(name, s.dtype)})
	case s.index_dtype != C.LITHE_INT32 && s.index_dtype != C.LITHE_INT64:
		refuse(errArgument, "%s has unknown index_dtype %d, expected LITHE_INT32 (1) or LITHE_INT64 (2)", name, s.index_dtype)
	case s.layout != C.LITHE_CSR && s.layout != C.LITHE_CSC:
		refuse(errArgument, "%s has unknown layout %d, expected LITHE_CSR (1) or LITHE_CSC (2)", name, s.layout)
	case s.reserved != [len(s.reserved)]C.int32_t{}:
		refuse(errArgument, "%s.reserved must be 0", name)
	case s.rows < 0 || s.cols < 0 || s.nnz < 0:
		refuse(core.ErrShape, "%s has negative shape %d x %d or negative nnz %d", name, s.rows, s.cols, s.nnz)
	case s.rows >= math.MaxInt/8 || s.cols >= math.MaxInt/8 || s.nnz >= math.MaxInt/8:
		refuse(core.ErrShape, "%s of shape %d x %d with nnz %d overflows the address space", name, s.rows, s.cols, s.nnz)
	}
	v := sparseView{values: s.values, indices: s.indices, indptr: s.indptr,
		rows: int(s.rows), cols: int(s.cols), nnz: int(s.nnz),
		single: s.dtype == C.LITHE_FLOAT32, wide: s.index_dtype == C.LITHE_INT64, byColumns: s.layout == C.LITHE_CSC}
	valueSize, indexSize := uintptr(8), uintptr(4)
	if v.single {
		valueSize = 4
	}
	if v.wide {
		indexSize = 8
	}
	for _, part := range []struct {
		name    string
		address unsafe.Pointer
		count   int
		size    uintptr
	}{
		{"values", v.values, v.nnz, valueSize},
		{"indices", v.indices, v.nnz, indexSize},
		{"indptr", v.indptr, v.major() + 1, indexSize},
	} {
		switch {
		case part.count == 0:
		case part.address == nil:
			refuse(errArgument, "%s.%s must not be NULL for %d elements", name, part.name, part.count)
		case uintptr(part.address)%part.size != 0:
			refuse(errArgument, "%s.%s is misaligned for elements of %d bytes", name, part.name, part.size)
		}
	}
	return v
}

// major is the number of rows or columns that indptr separates.
func (v sparseView) major() int {
	if v.byColumns {
		return v.cols
	}
	return v.rows
}

// elements are count values in the caller's memory.
func elements[T any](address unsafe.Pointer, count int) []T {
	if count == 0 {
		return nil
	}
	return unsafe.Slice((*T)(address), count)
}
