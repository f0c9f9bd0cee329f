package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// transposeOf returns A^T.
func transposeOf[T core.Float](a Operator[T]) Operator[T] {
	switch a := a.(type) {
	case *dense[T]:
		return denseTransposed[T]{a}
	case denseTransposed[T]:
		return a.of
	}
	if norm, ok := a.(Normed); ok {
		return flippedNormed[T]{flipped[T]{a}, norm}
	}
	return flipped[T]{a}
}

// flipped is the transpose of an operator.
type flipped[T core.Float] struct{ of Operator[T] }

func (f flipped[T]) Dims() (rows, cols int) {
	cols, rows = f.of.Dims()
	return rows, cols
}

func (f flipped[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	return f.of.MulTrans(ctx, dst, x)
}

func (f flipped[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	return f.of.Mul(ctx, dst, x)
}

type flippedNormed[T core.Float] struct {
	flipped[T]
	Normed
}

// turned returns x^T.
func turned[T core.Float](x core.Matrix[T]) core.Matrix[T] {
	out := core.NewMatrix[T](x.Cols, x.Rows)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			out.Data[j*out.Stride+i] = v
		}
	}
	return out
}
