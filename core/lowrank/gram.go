package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// gram finds the triplets from the smaller of A^T A (n x n) and A A^T (m x m), formed in float64: one symmetric
// product, a small eigenproblem, and one pass that also restores the accuracy of the small singular values.
func (c *job[T]) gram(ctx context.Context, k int) (*Factors[T], error) {
	side := min(c.m, c.n)
	g := core.NewMatrix[float64](side, side)
	if err := c.formGram(ctx, g.Data); err != nil {
		return nil, err
	}
	if most := largest(g.Data); !(most > 1e-200 && most < 1e200) {
		// The squares do not fit, and zero needs no Gram matrix.
		return c.krylov(ctx, k, min(k+10, side))
	}
	leading := core.NewMatrix[float64](side, k)
	err := linalg.EigenSymLeading(ctx, c.o.Threads, g.Data, side, k, make([]float64, k), leading.Data)
	if err != nil {
		return nil, err
	}
	f := &Factors[T]{Method: Gram, Converged: true}
	return f, c.complete(ctx, f, leading, linalg.OrthonormalizePrepared[T])
}

// selfProduct is an operator that can form A^T A (n x n, float64) itself.
type selfProduct interface {
	formGram(ctx context.Context, g []float64) error
}

// canFormGram tells whether a is such an operator, or a centred view of one.
func canFormGram[T core.Float](a Operator[T]) bool {
	if c, ok := a.(centeredGramian[T]); ok {
		a = c.of
	}
	_, ok := a.(*dense[T])
	return ok
}

func (d *dense[T]) formGram(ctx context.Context, g []float64) error {
	return linalg.Gram(ctx, d.threads, d.x, g)
}

// formGram corrects the product of the matrix as it stands: with s the column sums of A, (A - 1 m^T)^T (A - 1 m^T) is
// A^T A - m s^T - s m^T + rows m m^T.
func (c centeredGramian[T]) formGram(ctx context.Context, g []float64) error {
	if err := c.of.(selfProduct).formGram(ctx, g); err != nil {
		return err
	}
	sums, err := ColumnMeans(ctx, c.of)
	if err != nil {
		return err
	}
	rows, n := c.Dims()
	for j := range sums {
		sums[j] *= float64(rows)
	}
	for i := range n {
		for j := range n {
			g[i*n+j] += float64(rows)*c.mean[i]*c.mean[j] - c.mean[i]*sums[j] - sums[i]*c.mean[j]
		}
	}
	return nil
}

// formGram writes A^T A or A A^T, whichever is smaller, to g.
func (c *job[T]) formGram(ctx context.Context, g []float64) error {
	if canFormGram(c.a) && c.n <= c.m {
		return c.a.(selfProduct).formGram(ctx, g)
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
