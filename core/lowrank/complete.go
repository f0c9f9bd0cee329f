package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
)

// complete fills in the triplets from k orthonormal right vectors, or left ones where A has more columns than rows, by
// one more pass: A V = P R; with R = X S Y^T, U = P X and V <- V Y.
func (c *job[T]) complete(ctx context.Context, f *Factors[T], v core.Matrix[float64]) (err error) {
	k := v.Cols
	own, other := core.Matrix[T]{}, hugepage.NewMatrix[T](max(c.m, c.n), k)
	if same, ok := any(v).(core.Matrix[T]); ok {
		own = same
	} else {
		own = narrow[T](v)
	}
	if c.n <= c.m {
		f.V, f.U, err = own, other, c.mul(ctx, other, own)
	} else {
		f.U, f.V, err = own, other, c.mulTrans(ctx, other, own)
	}
	if err != nil {
		return err
	}
	g := make([]float64, k*k)
	if err := linalg.Gram(ctx, c.o.Threads, other, g); err != nil {
		return err
	}
	squares := make([]float64, k)
	if err := linalg.EigenSym(g, k, squares); err != nil {
		return err
	}
	const mild = 1e-4 // squares that differ by less than this cost no digits of note
	if squares[k-1] > mild*squares[0] {
		f.S = make([]float64, k)
		scaled := make([]float64, k*k)
		for j, q := range squares {
			f.S[j] = math.Sqrt(q)
			for i := range k {
				scaled[i*k+j] = g[i*k+j] / f.S[j]
			}
		}
		if err := linalg.MulRight(ctx, c.o.Threads, other, other, scaled, k, k); err != nil {
			return err
		}
		return linalg.MulRight(ctx, c.o.Threads, own, own, g, k, k)
	}
	return c.finishPair(ctx, f, own, other)
}

// finishPair does the same by an orthonormalization, which keeps small singular values accurate.
func (c *job[T]) finishPair(ctx context.Context, f *Factors[T], own, other core.Matrix[T]) error {
	k := own.Cols
	r := make([]float64, k*k)
	if _, err := linalg.Orthonormalize(ctx, c.o.Threads, other, r, c.o.Seed); err != nil {
		return err
	}
	x, s, y, err := linalg.SVD(r, k, k)
	if err != nil {
		return err
	}
	f.S = s
	if err := linalg.MulRight(ctx, c.o.Threads, other, other, x, k, k); err != nil {
		return err
	}
	return linalg.MulRight(ctx, c.o.Threads, own, own, y, k, k)
}
