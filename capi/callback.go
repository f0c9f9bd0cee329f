package main

/*
#include "cgo.h"

// The functions, their context and the structs they are given stay in C: Go hands over addresses of elements and sizes.

static inline int32_t call_product(const lithe_operator *a, int32_t transposed, void *x, int64_t x_rows, int64_t x_stride,
                                   void *y, int64_t y_rows, int64_t y_stride, int64_t cols)
{
    const lithe_matrix in = {x, x_rows, cols, x_stride, a->dtype, 0}, out = {y, y_rows, cols, y_stride, a->dtype, 0};
    return (transposed ? a->product_transposed : a->product)(a->context, &in, &out);
}

static inline int32_t call_next_rows(const lithe_operator *a, int32_t first, lithe_matrix *block)
{
    return a->next_rows(a->context, first, block);
}

static inline int32_t call_diagonal(const lithe_kernel *a, double *diagonal, int64_t n)
{
    const lithe_matrix out = {diagonal, n, 1, 1, LITHE_FLOAT64, 0};
    return a->diagonal(a->context, &out);
}

static inline int32_t call_columns(const lithe_kernel *a, int64_t *ids, int64_t count, void *columns, int64_t stride)
{
    const lithe_matrix out = {columns, count, a->size, stride, a->dtype, 0};
    return a->columns(a->context, ids, count, &out);
}
*/
import "C"

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// callbacks are the functions of a lithe_operator, by the name of the argument.
type callbacks struct {
	name string
	a    *C.lithe_const_operator
}

// failed is the error about what a function of the caller returned.
func failed(name, function string, status C.int32_t) error {
	if status == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s.%s returned %d", errCallback, name, function, status)
}

// product is multiplication with A or its transpose by the caller's function.
func product[T core.Float](c callbacks, transposed bool) func(ctx context.Context, dst, x core.Matrix[T]) error {
	function, flag := "product", C.int32_t(0)
	if transposed {
		function, flag = "product_transposed", 1
	}
	return func(_ context.Context, dst, x core.Matrix[T]) error {
		if transposed && c.a.product_transposed == nil {
			return invalid(errArgument, "%s.product_transposed is NULL, and this function needs products with the transpose of A",
				c.name)
		}
		status := C.call_product(c.a, flag, unsafe.Pointer(unsafe.SliceData(x.Data)), C.int64_t(x.Rows), C.int64_t(x.Stride),
			unsafe.Pointer(unsafe.SliceData(dst.Data)), C.int64_t(dst.Rows), C.int64_t(dst.Stride), C.int64_t(x.Cols))
		return failed(c.name, function, status)
	}
}

// eachBlock goes once through the blocks of rows that the caller's function yields.
func eachBlock[T core.Float](c callbacks) func(ctx context.Context, visit func(core.Matrix[T]) error) error {
	return func(ctx context.Context, visit func(core.Matrix[T]) error) error {
		for first := C.int32_t(1); ; first = 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			// Not typed as what it is: until it has been examined, the address in it may be anything, which the garbage
			// collector must not see.
			var place [(unsafe.Sizeof(C.lithe_matrix{}) + 7) / 8]uint64
			block := (*C.lithe_matrix)(unsafe.Pointer(&place))
			if err := failed(c.name, "next_rows", C.call_next_rows(c.a, first, block)); err != nil {
				return err
			}
			if block.rows == 0 {
				return nil
			}
			v, err := examine("block", (*C.lithe_const_matrix)(block))
			switch {
			case err != nil:
				return err
			case v.dtype != c.a.dtype:
				return invalid(errArgument, "block has dtype %d, %s has %d", v.dtype, c.name, c.a.dtype)
			}
			if err := visit(matrix[T](v)); err != nil {
				return err
			}
		}
	}
}

// calledKernel is a kernel by functions of the caller.
type calledKernel[T core.Float] struct {
	name string
	a    *C.lithe_const_kernel
}

func (k calledKernel[T]) Size() int { return int(k.a.size) }

func (k calledKernel[T]) Diagonal(ctx context.Context, dst []float64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = math.NaN()
	}
	status := C.call_diagonal(k.a, (*C.double)(unsafe.Pointer(unsafe.SliceData(dst))), C.int64_t(len(dst)))
	if err := failed(k.name, "diagonal", status); err != nil {
		return err
	}
	return core.Matrix[float64]{Data: dst, Rows: len(dst), Cols: 1, Stride: 1}.CheckFinite(k.name + ".diagonal")
}

func (k calledKernel[T]) Columns(ctx context.Context, dst core.Matrix[T], ids []int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wanted := make([]int64, len(ids))
	for i, id := range ids {
		wanted[i] = int64(id)
	}
	for i := range dst.Rows {
		row := dst.Row(i)
		for j := range row {
			row[j] = T(math.NaN())
		}
	}
	status := C.call_columns(k.a, (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(wanted))), C.int64_t(len(wanted)),
		unsafe.Pointer(unsafe.SliceData(dst.Data)), C.int64_t(dst.Stride))
	if err := failed(k.name, "columns", status); err != nil {
		return err
	}
	return dst.CheckFinite(k.name + ".columns")
}
