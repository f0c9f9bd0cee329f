package lowrank

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// Kernel is a symmetric positive semidefinite matrix A (n x n) known through its elements, such as the values of a kernel
// function between points. Its methods are called from one goroutine at a time and may use threads of their own; their
// results must not depend on how many.
type Kernel[T core.Float] interface {
	// Size returns n.
	Size() int
	// Diagonal writes the diagonal of A to dst (n).
	Diagonal(ctx context.Context, dst []float64) error
	// Columns writes column ids[i] of A to row i of dst (len(ids) x n).
	Columns(ctx context.Context, dst core.Matrix[T], ids []int) error
}

// ElementKernel is a Kernel that can be asked for a few elements, which saves [RPCholesky] the columns that it rejects.
type ElementKernel[T core.Float] interface {
	Kernel[T]
	// Elements writes element (ids[i], ids[j]) of A to element (i, j) of dst, the very same number as in Columns.
	Elements(ctx context.Context, dst core.Matrix[T], ids []int) error
}

// NewDenseKernel returns the symmetric x (n x n) as a Kernel. x is not copied and must not change while the kernel is in
// use. Rows are read in place of columns; that they agree is not checked.
func NewDenseKernel[T core.Float](x core.Matrix[T]) (Kernel[T], error) {
	if err := x.Check("A"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	if x.Rows != x.Cols {
		return nil, fmt.Errorf("lowrank: %w: a kernel matrix is square, A is %d x %d", core.ErrShape, x.Rows, x.Cols)
	}
	return denseKernel[T]{x}, nil
}

type denseKernel[T core.Float] struct{ x core.Matrix[T] }

func (k denseKernel[T]) Size() int { return k.x.Rows }

func (k denseKernel[T]) Diagonal(ctx context.Context, dst []float64) error {
	for i := range dst {
		dst[i] = float64(k.x.Row(i)[i])
	}
	return ctx.Err()
}

func (k denseKernel[T]) Columns(ctx context.Context, dst core.Matrix[T], ids []int) error {
	for i, id := range ids {
		copy(dst.Row(i), k.x.Row(id))
	}
	return ctx.Err()
}

func (k denseKernel[T]) Elements(ctx context.Context, dst core.Matrix[T], ids []int) error {
	for i, id := range ids {
		for j, other := range ids {
			dst.Row(i)[j] = k.x.Row(id)[other]
		}
	}
	return ctx.Err()
}
