package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// mild is the ratio of squared singular values up to which squares cost no digits of note. An eigenvalue of a Gram matrix
// in float64 is off by a small multiple of eps s_1^2, hence s_k by that multiple of eps/(2 mild) = 1e-12, relative to s_k.
const mild = 1e-4

// gram finds the triplets from the smaller of A^T A (n x n) and A A^T (m x m), formed in float64: one symmetric product
// and a small eigenproblem. Where its eigenvalues are mild, they are the squares of the singular values, and no more of A
// is needed but for its left vectors; otherwise one pass restores the accuracy of the small ones.
func (c *job[T]) gram(ctx context.Context, k int) (*Factors[T], error) {
	side := min(c.m, c.n)
	if err := memory.Check("lowrank", fmt.Sprintf("the Gram matrix of %d rows or columns", side), 16*float64(side)*float64(side),
		"use method krylov"); err != nil {
		return nil, err
	}
	g := make([]float64, side*side)
	if err := c.formGram(ctx, g); err != nil {
		return nil, err
	}
	most, trace := 0.0, 0.0
	for i := range side {
		most, trace = max(most, g[i*side+i]), trace+g[i*side+i] // NaN if any is
	}
	if !(most > 1e-200 && most < 1e200) {
		// The squares do not fit, and zero needs no Gram matrix.
		return c.krylov(ctx, k, min(k+10, side))
	}
	leading, squares := core.NewMatrix[float64](side, k), make([]float64, k)
	if err := linalg.EigenSymLeading(ctx, c.o.Threads, g, side, k, squares, leading.Data); err != nil {
		return nil, err
	}
	f := &Factors[T]{Method: Gram, Converged: true}
	if !c.squaresDo(squares) {
		return f, c.complete(ctx, f, leading, linalg.OrthonormalizePrepared[T])
	}
	rest := trace
	f.S = make([]float64, k)
	for i, square := range squares {
		f.S[i] = math.Sqrt(square)
		rest -= square
	}
	if rest > cancelled[T]()*trace {
		f.ErrorMethod = "identity"
		f.setError(rest, trace)
	}
	f.V, c.unit = rounded[T](leading), 1
	orient(core.Matrix[T]{}, f.V) // before there are left vectors to turn with them
	if c.o.RightOnly {
		f.U = core.Matrix[T]{Rows: c.m}
		return f, nil
	}
	f.U = hugepage.NewMatrix[T](c.m, k)
	over := core.NewMatrix[T](c.n, k)
	for i := range c.n {
		for j, v := range f.V.Row(i) {
			over.Row(i)[j] = T(float64(v) / f.S[j])
		}
	}
	return f, c.mul(ctx, f.U, over)
}

// squaresDo tells whether the eigenvalues of a Gram matrix, which is that of the columns of A, are all that has to be known of
// the singular values. Left vectors in float32 lose digits of their angles even to mild ones.
func (c *job[T]) squaresDo(squares []float64) bool {
	_, double := any(T(0)).(float64)
	return canFormGram(c.a) && c.n <= c.m && (double || c.o.RightOnly) && squares[len(squares)-1] > mild*squares[0]
}

// selfProduct is an operator that can form the Gram matrix of its columns, A^T A (n x n, float64), or with a mean (n) that
// of A - 1 mean^T, itself.
type selfProduct interface {
	formGram(ctx context.Context, mean, g []float64) error
}

// selfProductOf returns what forms the Gram matrix of the columns of a, which may be a centred view with that mean, or nil.
func selfProductOf[T core.Float](a Operator[T]) (of selfProduct, mean []float64) {
	if c, ok := a.(centeredGramian[T]); ok {
		a, mean = c.of, c.mean
	}
	of, _ = a.(selfProduct)
	return of, mean
}

// canFormGram tells whether there is one.
func canFormGram[T core.Float](a Operator[T]) bool {
	of, _ := selfProductOf(a)
	return of != nil
}

// formGram writes A^T A or A A^T, whichever is smaller, to g.
func (c *job[T]) formGram(ctx context.Context, g []float64) error {
	if of, mean := selfProductOf(c.a); of != nil && c.n <= c.m {
		if err := of.formGram(ctx, mean, g); err != nil {
			return err
		}
		return c.count((c.n + 1) / 2) // the rest is known by symmetry
	}
	// A times blocks of the identity, and back.
	side, block := min(c.m, c.n), min(256, c.m, c.n)
	for lo := 0; lo < side; lo += block {
		hi := min(side, lo+block)
		unit, mid, out := core.NewMatrix[T](side, hi-lo), core.NewMatrix[T](max(c.m, c.n), hi-lo), core.NewMatrix[T](side, hi-lo)
		for j := range hi - lo {
			unit.Data[(lo+j)*unit.Stride+j] = 1
		}
		forth, back := c.mul, c.mulTrans
		if c.m < c.n {
			forth, back = c.mulTrans, c.mul
		}
		if err := forth(ctx, mid, unit); err != nil {
			return err
		}
		if err := back(ctx, out, mid); err != nil {
			return err
		}
		for i := range side {
			for j, v := range out.Row(i) {
				g[i*side+lo+j] = float64(v)
			}
		}
	}
	return nil
}

func largest(x []float64) float64 {
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(v)) // NaN if any is
	}
	return most
}

// rounded returns x in T: x itself where that is float64.
func rounded[T core.Float](x core.Matrix[float64]) core.Matrix[T] {
	if same, ok := any(x).(core.Matrix[T]); ok {
		return same
	}
	return narrow[T](x)
}

// narrow converts x to T.
func narrow[T core.Float](x core.Matrix[float64]) core.Matrix[T] {
	out := core.NewMatrix[T](x.Rows, x.Cols)
	for i := range x.Rows {
		row := out.Row(i)
		for j, v := range x.Row(i) {
			row[j] = T(v)
		}
	}
	return out
}
