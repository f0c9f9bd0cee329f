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

// rows is a matrix of either precision, as an input. Each room adds what it can do with one; the choice between the
// two precisions is made once, by input.
type rows interface {
	shape() (rows, cols int)
	mixtureRows
	kmeansRows
	npmleRows
	pcaRows
	gpRows
	gpClassifierRows
	svmRows
	basisRows
	choiceRows
	softmixRows
	subsetRows
	facilityRows
}

// typed is the matrix of one precision behind rows.
type typed[T core.Float] struct{ core.Matrix[T] }

func (x typed[T]) shape() (rows, cols int) { return x.Rows, x.Cols }

// input converts an argument that holds data points.
func input(name string, m *C.lithe_const_matrix) rows {
	v := check(name, m)
	if v.dtype == C.LITHE_FLOAT32 {
		return typed[float32]{matrix[float32](v)}
	}
	return typed[float64]{matrix[float64](v)}
}

// output converts an argument that receives rows x cols values of one precision, mostly that of the input.
func output[T core.Float](name string, m *C.lithe_const_matrix, rows, cols int) core.Matrix[T] {
	v := check(name, m)
	v.expectType(name, int(unsafe.Sizeof(T(0))))
	v.expect(name, rows, cols)
	return matrix[T](v)
}

// partner converts an input of any shape that must have the precision of another.
func partner[T core.Float](name string, m *C.lithe_const_matrix) core.Matrix[T] {
	v := check(name, m)
	v.expectType(name, int(unsafe.Sizeof(T(0))))
	return matrix[T](v)
}

// fill copies row-major values into an argument of either precision that must be rows x cols.
func fill(name string, m *C.lithe_const_matrix, rows, cols int, values []float64) {
	v := check(name, m)
	v.expect(name, rows, cols)
	if v.dtype == C.LITHE_FLOAT32 {
		copyRows(matrix[float32](v), values)
	} else {
		copyRows(matrix[float64](v), values)
	}
}

func copyRows[T core.Float](dst core.Matrix[T], values []float64) {
	for i := 0; i < dst.Rows && dst.Cols > 0; i++ {
		row := dst.Row(i)
		for j := range row {
			row[j] = T(values[i*dst.Cols+j])
		}
	}
}

// doubles converts a float64 argument that must be rows x cols to a slice without gaps: the caller's memory where it
// has none, else a copy.
func doubles(name string, m *C.lithe_const_matrix, rows, cols int) []float64 {
	v := check(name, m)
	x := output[float64](name, m, rows, cols)
	if v.stride == v.cols || v.rows == 1 {
		return x.Data
	}
	packed := make([]float64, 0, rows*cols)
	for i := 0; i < rows && cols > 0; i++ {
		packed = append(packed, x.Row(i)...)
	}
	return packed
}

// sizes returns the shape of an argument before its contents are of interest.
func sizes(name string, m *C.lithe_const_matrix) (rows, cols int) {
	v := check(name, m)
	return v.rows, v.cols
}

// vector converts a plain pointer to n values.
func vector[T int32 | int64 | float64, P any](name string, p *P, n int) []T {
	if n == 0 {
		return []T{}
	}
	address := unsafe.Pointer(p)
	switch {
	case address == nil:
		refuse(errArgument, "%s must not be NULL", name)
	case uintptr(address)%unsafe.Sizeof(T(0)) != 0:
		refuse(errArgument, "%s is misaligned", name)
	case n < 0 || n > math.MaxInt/int(unsafe.Sizeof(T(0))):
		refuse(core.ErrShape, "%s cannot have %d elements", name, n)
	}
	return unsafe.Slice((*T)(address), n)
}

// optional is vector for results that the caller may not want: NULL gives nil.
func optional[T int64 | float64, P any](name string, p *P, n int) []T {
	if p == nil {
		return nil
	}
	return vector[T](name, p, n)
}

// view is a lithe_matrix that has passed check: its fields make sense together.
type view struct {
	data               unsafe.Pointer
	rows, cols, stride int
	dtype              C.int32_t
}

// check validates everything about an argument that can be told without looking at its elements.
func check(name string, m *C.lithe_const_matrix) view {
	v, err := examine(name, m)
	if err != nil {
		panic(refusal{err})
	}
	return v
}

// examine is check with an error, for places from which a refusal would not reach the guard.
func examine(name string, m *C.lithe_const_matrix) (view, error) {
	switch {
	case m == nil:
		return view{}, invalid(errArgument, "%s must not be NULL", name)
	case uintptr(unsafe.Pointer(m))%unsafe.Alignof(*m) != 0:
		return view{}, invalid(errArgument, "the struct of %s is misaligned", name)
	case m.dtype != C.LITHE_FLOAT32 && m.dtype != C.LITHE_FLOAT64:
		return view{}, unknownType(name, m.dtype)
	case m.reserved != 0:
		return view{}, invalid(errArgument, "%s.reserved must be 0, got %d", name, m.reserved)
	case m.rows < 0 || m.cols < 0:
		return view{}, invalid(core.ErrShape, "%s has negative shape %d x %d", name, m.rows, m.cols)
	case m.rows > math.MaxInt || m.cols > math.MaxInt:
		return view{}, invalid(core.ErrShape, "%s of shape %d x %d overflows the address space", name, m.rows, m.cols)
	}
	v := view{rows: int(m.rows), cols: int(m.cols), dtype: m.dtype}
	if v.rows == 0 || v.cols == 0 {
		// Without elements the pointer and the stride mean nothing and may hold anything.
		v.stride = v.cols
		return v, nil
	}
	most := C.int64_t(math.MaxInt / v.itemSize())
	switch {
	case m.stride < m.cols:
		return view{}, invalid(core.ErrShape, "%s has row stride %d, shorter than its %d columns", name, m.stride, m.cols)
	case m.cols > most || m.rows-1 > (most-m.cols)/m.stride:
		return view{}, invalid(core.ErrShape, "%s of %d rows with stride %d overflows the address space", name, m.rows, m.stride)
	case m.data == nil:
		return view{}, invalid(errArgument, "%s.data must not be NULL for shape %d x %d", name, m.rows, m.cols)
	case uintptr(m.data)%uintptr(v.itemSize()) != 0:
		return view{}, invalid(errArgument, "%s.data is misaligned for elements of %d bytes", name, v.itemSize())
	}
	v.data, v.stride = m.data, int(m.stride)
	return v, nil
}

// unknownType is the error about a dtype that is neither of the two.
func unknownType(name string, dtype C.int32_t) error {
	return invalid(errArgument, "%s has unknown dtype %d, expected LITHE_FLOAT32 (1) or LITHE_FLOAT64 (2)", name, dtype)
}

func (v view) itemSize() int {
	if v.dtype == C.LITHE_FLOAT32 {
		return 4
	}
	return 8
}

// expect refuses any other shape.
func (v view) expect(name string, rows, cols int) {
	if v.rows != rows || v.cols != cols {
		refuse(core.ErrShape, "%s must be %d x %d, got %d x %d", name, rows, cols, v.rows, v.cols)
	}
}

// expectType refuses elements of any other size in bytes.
func (v view) expectType(name string, size int) {
	if v.itemSize() != size {
		refuse(errArgument, "%s must have dtype LITHE_FLOAT%d", name, 8*size)
	}
}

// matrix is the view as the core sees it, on the caller's memory.
func matrix[T core.Float](v view) core.Matrix[T] {
	m := core.Matrix[T]{Rows: v.rows, Cols: v.cols, Stride: v.stride}
	if v.data != nil {
		m.Data = unsafe.Slice((*T)(v.data), (v.rows-1)*v.stride+v.cols)
	}
	return m
}
