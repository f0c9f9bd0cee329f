package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
)

// complete fills in the triplets from k orthonormal right vectors, or left ones where A has more columns than rows, by
// one more pass: A V = P R; with R = X S Y^T, U = P X and V <- V Y. The squares of the singular values do where they are
// close enough to each other; otherwise P and R come from orthonormalize.
func (c *job[T]) complete(ctx context.Context, f *Factors[T], v core.Matrix[float64], orthonormalize orthonormalizing[T]) error {
	k := v.Cols
	own, other, err := c.opposite(ctx, f, v)
	if err != nil {
		return err
	}
	g := make([]float64, k*k)
	if err := linalg.Gram(ctx, c.o.Threads, other, g); err != nil {
		return err
	}
	squares := make([]float64, k)
	if err := linalg.EigenSym(ctx, g, k, squares); err != nil {
		return err
	}
	if squares[k-1] > mild*squares[0] {
		f.S = make([]float64, k)
		scaled := make([]float64, k*k)
		for j, q := range squares {
			f.S[j] = math.Sqrt(q)
			for i := range k {
				scaled[i*k+j] = g[i*k+j] / f.S[j]
			}
		}
		return c.turn(ctx, own, other, g, scaled)
	}
	return c.finishPair(ctx, f, own, other, orthonormalize)
}

// orthonormalizing is [linalg.Orthonormalize] or one of its kind.
type orthonormalizing[T core.Float] func(ctx context.Context, threads int, y core.Matrix[T], r []float64, seed uint64) (int, error)

// opposite makes v the vectors of f on the shorter side of A, and the product of A, or A^T, with them those on the longer.
func (c *job[T]) opposite(ctx context.Context, f *Factors[T], v core.Matrix[float64]) (own, other core.Matrix[T], err error) {
	other = hugepage.NewMatrix[T](max(c.m, c.n), v.Cols)
	own = rounded[T](v)
	if c.n <= c.m {
		f.V, f.U = own, other
		return own, other, c.mul(ctx, other, own)
	}
	f.U, f.V = own, other
	return own, other, c.mulTrans(ctx, other, own)
}

// finishPair turns such a pair into singular triplets by an orthonormalization, which keeps small singular values accurate.
func (c *job[T]) finishPair(ctx context.Context, f *Factors[T], own, other core.Matrix[T], orthonormalize orthonormalizing[T]) error {
	k := own.Cols
	r := make([]float64, k*k)
	if _, err := orthonormalize(ctx, c.o.Threads, other, r, c.o.Seed); err != nil {
		return err
	}
	x, s, y, err := linalg.SVD(ctx, r, k, k)
	if err != nil {
		return err
	}
	f.S = s
	return c.turn(ctx, own, other, y, x)
}

// turn multiplies own and other with small matrices from the right. Where own are the vectors that signs are decided by,
// other takes them with its small matrix.
func (c *job[T]) turn(ctx context.Context, own, other core.Matrix[T], ofOwn, ofOther []float64) error {
	k := own.Cols
	if err := linalg.MulRight(ctx, c.o.Threads, own, own, ofOwn, k, k); err != nil {
		return err
	}
	if c.n <= c.m {
		orient(core.Matrix[float64]{Data: ofOther, Rows: k, Cols: k, Stride: k}, own)
	}
	return linalg.MulRight(ctx, c.o.Threads, other, other, ofOther, k, k)
}
