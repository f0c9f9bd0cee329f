package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// Operator is a matrix A (m x n) known through its products with blocks of columns. Mul and MulTrans are called from
// one goroutine at a time and may use threads of their own; their results must not depend on how many. dst and x are
// row-major; dst is overwritten.
type Operator[T core.Float] interface {
	// Dims returns m and n.
	Dims() (rows, cols int)
	// Mul writes A x to dst (m x l) for x (n x l).
	Mul(ctx context.Context, dst, x core.Matrix[T]) error
	// MulTrans writes A^T x to dst (n x l) for x (m x l).
	MulTrans(ctx context.Context, dst, x core.Matrix[T]) error
}

// Normed is an Operator that knows its squared Frobenius norm, in float64.
type Normed interface {
	SquaredNorm(ctx context.Context) (float64, error)
}
