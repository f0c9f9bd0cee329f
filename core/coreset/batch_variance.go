package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

// maxDet selects the row of largest posterior variance, observes it, and so on: pivoted Cholesky.
func (b *batch) maxDet(ctx context.Context) error {
	p, err := newPosterior(ctx, b.k, b.o, false)
	if err != nil {
		return err
	}
	for len(b.found.Indices) < b.o.Size {
		i := b.best(p.variance)
		b.take(i, p.variance[i])
		if err := p.observe(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// bait selects the row whose observation lowers the sum of the posterior variances of all rows most (Ash, Goel,
// Krishnamurthy and Kakade, NeurIPS 2021): by |S_i|^2 / (S_ii + noise) for the posterior covariance S. A surplus is given up
// again afterwards.
func (b *batch) bait(ctx context.Context) error {
	p, err := newPosterior(ctx, b.k, b.o, true)
	if err != nil {
		return err
	}
	seen := len(p.l)
	pool := b.n - len(b.o.Observed)
	most := min(pool, int(math.Ceil(b.o.Surplus*float64(b.o.Size))))
	falls := make([]float64, b.n)
	for len(b.found.Indices) < most {
		for i, s := range p.sums {
			falls[i] = s / (p.variance[i] + p.noise)
		}
		i := b.best(falls)
		b.take(i, falls[i])
		if err := p.observe(ctx, i); err != nil {
			return err
		}
	}
	if most > b.o.Size {
		p.l = p.l[:seen]
		return b.giveUp(ctx, p)
	}
	return nil
}

// giveUp drops one selected row after the other, the one without which the sum of variances rises least. With columns K of
// the covariance before the selection, B the inverse of its part among the selected plus noise, and W = K B, dropping i costs
// |W_i|^2 / B_ii, and then W_j -= W_i B_ij / B_ii and B -= B_i B_i^T / B_ii.
func (b *batch) giveUp(ctx context.Context, p *posterior) error {
	s := len(b.found.Indices)
	columns, inner := make([][]float64, s), make([]float64, s*s)
	for j, i := range b.found.Indices {
		columns[j] = make([]float64, b.n)
		if err := p.k.column(ctx, p.threads, i, columns[j]); err != nil {
			return err
		}
		if err := p.deflate(ctx, columns[j], func(t int) float64 { return p.l[t][i] }); err != nil {
			return err
		}
	}
	for j, i := range b.found.Indices {
		for k := range s {
			inner[k*s+j] = columns[k][i]
		}
		inner[j*s+j] += p.noise
	}
	inverse := inverted(inner, s)
	w := make([][]float64, s)
	for j := range w {
		w[j] = make([]float64, b.n)
		for k, column := range columns {
			blas.Axpy(inverse[j*s+k], column, w[j])
		}
	}
	kept := make([]int, s)
	for j := range kept {
		kept[j] = j
	}
	for len(kept) > b.o.Size {
		if err := ctx.Err(); err != nil {
			return err
		}
		worst, least := -1, math.Inf(1)
		for at, j := range kept {
			if cost := blas.Dot(w[j], w[j]) / inverse[j*s+j]; cost < least {
				worst, least = at, cost
			}
		}
		i := kept[max(worst, 0)]
		kept = slices.Delete(kept, max(worst, 0), max(worst, 0)+1)
		pivot := inverse[i*s+i]
		for _, j := range kept {
			blas.Axpy(-inverse[j*s+i]/pivot, w[i], w[j])
		}
		for _, j := range kept {
			f := inverse[j*s+i] / pivot
			for _, k := range kept {
				inverse[j*s+k] -= f * inverse[i*s+k]
			}
		}
	}
	indices, scores := make([]int, 0, len(kept)), make([]float64, 0, len(kept))
	for _, j := range kept {
		indices, scores = append(indices, b.found.Indices[j]), append(scores, b.found.Scores[j])
	}
	b.found.Indices, b.found.Scores = indices, scores
	return nil
}

// inverted returns the inverse of a positive definite matrix (n x n), with as much added to the diagonal as rounding asks for.
func inverted(a []float64, n int) []float64 {
	factor := slices.Clone(a)
	for ridge := 0.0; !dense.Cholesky(factor, n); ridge = max(2*ridge, 1e-15*a[0]+math.SmallestNonzeroFloat64) {
		copy(factor, a)
		for j := range n {
			factor[j*n+j] += ridge
		}
	}
	inverse := make([]float64, n*n)
	for j := range n {
		row := inverse[j*n : (j+1)*n]
		row[j] = 1
		dense.SolveLower(factor, n, row)
		dense.SolveLowerTransposed(factor, n, row)
	}
	return inverse
}
