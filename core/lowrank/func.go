package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// NewFunc returns an m x n matrix known only through its products as an operator. mul writes A x to dst (m x l) for
// x (n x l); mulTrans writes A^T x to dst (n x l) for x (m x l), and may be nil where it is never asked for, as in
// methods for symmetric matrices. They are called from one goroutine at a time and must fill dst: a product with NaN or
// an infinity, which is what they find in dst, gives an error wrapping [core.ErrNotFinite]. Errors of theirs are
// wrapped, panics pass through.
func NewFunc[T core.Float](rows, cols int, mul, mulTrans func(ctx context.Context, dst, x core.Matrix[T]) error) (
	Operator[T], error) {

	if rows < 0 || cols < 0 {
		return nil, fmt.Errorf("lowrank: %w: a matrix cannot have %d rows and %d columns", core.ErrShape, rows, cols)
	}
	if mul == nil {
		return nil, fmt.Errorf("lowrank: %w: the function that multiplies with A is nil", core.ErrOption)
	}
	return function[T]{rows, cols, mul, mulTrans}, nil
}

type function[T core.Float] struct {
	rows, cols    int
	mul, mulTrans func(ctx context.Context, dst, x core.Matrix[T]) error
}

func (f function[T]) Dims() (rows, cols int) { return f.rows, f.cols }

func (f function[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("Mul", f.rows, f.cols, dst, x); err != nil {
		return err
	}
	return call(ctx, "A", f.mul, dst, x)
}

func (f function[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("MulTrans", f.cols, f.rows, dst, x); err != nil {
		return err
	}
	if f.mulTrans == nil {
		return fmt.Errorf("lowrank: %w: this method needs products with the transpose of A; set a function for these too",
			core.ErrOption)
	}
	return call(ctx, "the transpose of A", f.mulTrans, dst, x)
}

// call lets product fill dst and checks that it did.
func call[T core.Float](ctx context.Context, with string,
	product func(ctx context.Context, dst, x core.Matrix[T]) error, dst, x core.Matrix[T]) error {

	if err := ctx.Err(); err != nil {
		return err
	}
	unset := T(math.NaN())
	for i := range dst.Rows {
		row := dst.Row(i)
		for j := range row {
			row[j] = unset
		}
	}
	if err := product(ctx, dst, x); err != nil {
		return fmt.Errorf("lowrank: the product with %s failed: %w", with, err)
	}
	if err := dst.CheckFinite("dst"); err != nil {
		return fmt.Errorf("lowrank: the product with %s left elements unset or overflowed: %w", with, err)
	}
	return nil
}
