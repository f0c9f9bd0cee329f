package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// selfAdjoint multiplies with N = A^T A, or A A^T where that is smaller, by two passes over A.
type selfAdjoint[T core.Float] struct {
	c    *job[T]
	tall bool
	long core.Matrix[T] // product of A or A^T, whichever is longer
}

func newSelfAdjoint[T core.Float](c *job[T], block int) *selfAdjoint[T] {
	return &selfAdjoint[T]{c: c, tall: c.n <= c.m, long: hugepage.NewMatrix[T](max(c.m, c.n), block)}
}

// apply writes N x to dst, reading A once where that is possible. The first time the unit of A is found.
func (p *selfAdjoint[T]) apply(ctx context.Context, dst, x core.Matrix[T]) error {
	if a, fused := p.c.a.(Gramian[T]); fused && p.tall && p.c.unit == 1 {
		return p.c.mulTransMul(ctx, a, dst, x)
	}
	long := compact(p.long, x.Cols)
	forth, back := p.c.mul, p.c.mulTrans
	if !p.tall {
		forth, back = back, forth
	}
	if err := forth(ctx, long, x); err != nil {
		return err
	}
	return back(ctx, dst, long)
}

// compact returns the memory of x as a matrix of fewer columns.
func compact[T core.Float](x core.Matrix[T], cols int) core.Matrix[T] {
	return core.Matrix[T]{Data: x.Data, Rows: x.Rows, Cols: cols, Stride: cols}
}

// convert rounds src, without gaps like dst, to the type of dst.
func convert[S, T core.Float](ctx context.Context, threads int, dst core.Matrix[T], src core.Matrix[S]) error {
	const run = 1 << 15
	n := src.Rows * src.Cols
	return par.For(ctx, threads, par.Tiles(n, run), func(_, t int) {
		lo, hi := par.Span(t, n, run)
		to := dst.Data[lo:hi]
		for i, v := range src.Data[lo:hi] {
			to[i] = T(v)
		}
	})
}
