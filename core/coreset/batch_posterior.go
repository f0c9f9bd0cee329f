package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// posterior is the covariance of a Gaussian process with a kernel K after noisy observation of some rows: K - sum_t l_t l_t^T,
// the residual of a partial Cholesky factorization of K plus noise.
type posterior struct {
	k        kernelProducts
	n        int
	noise    float64
	threads  int
	l        [][]float64
	variance []float64 // the diagonal
	column   []float64 // that of the newest row, before it was conditioned on
	sums     []float64 // squared norms of columns, if they are asked for
}

// newPosterior conditions on the observed rows. Squared norms of columns are kept up to date only if withSums.
func newPosterior(ctx context.Context, k Kernel, o *BatchOptions, withSums bool) (*posterior, error) {
	noise := o.Noise * k.mean()
	if !(noise > 0) || math.IsInf(noise, 1) {
		return nil, errorf(core.ErrNumerical, "the mean of the kernel's diagonal is %v; rescale the data", k.mean())
	}
	own, rest, err := k.given(ctx, o.Threads, o.Observed, noise)
	if err != nil {
		return nil, err
	}
	p := &posterior{k: own, n: k.Size(), noise: noise, threads: o.Threads, variance: make([]float64, k.Size()), column: make([]float64, k.Size())}
	if err := own.diagonal(ctx, o.Threads, p.variance); err != nil {
		return nil, err
	}
	if withSums {
		if p.sums, err = own.squares(ctx, o.Threads); err != nil {
			return nil, err
		}
	}
	for _, i := range rest {
		if err := p.observe(ctx, i); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// observe conditions on row i. O(n) for each row before it, and one product with K, or two with sums.
func (p *posterior) observe(ctx context.Context, i int) error {
	if err := p.k.column(ctx, p.threads, i, p.column); err != nil {
		return err
	}
	if err := p.deflate(ctx, p.column, func(t int) float64 { return p.l[t][i] }); err != nil {
		return err
	}
	p.column[i] = max(p.variance[i], 0)
	total := p.column[i] + p.noise
	if p.sums != nil {
		if err := p.update(ctx, total); err != nil {
			return err
		}
	}
	l := make([]float64, p.n)
	blas.Axpy(1/math.Sqrt(total), p.column, l)
	for j, v := range l {
		p.variance[j] = max(0, p.variance[j]-v*v)
	}
	p.l = append(p.l, l)
	return nil
}

// deflate subtracts factor(t) l_t from x for all t.
func (p *posterior) deflate(ctx context.Context, x []float64, factor func(t int) float64) error {
	return par.For(ctx, p.threads, par.Tiles(p.n, kernelTile), func(_, tile int) {
		lo, hi := par.Span(tile, p.n, kernelTile)
		for t, l := range p.l {
			blas.Axpy(-factor(t), l[lo:hi], x[lo:hi])
		}
	})
}

// update takes c c^T / total from the matrix S behind sums, given its column c: the squared norm of column i becomes
// |S_i|^2 - 2 c_i (S c)_i / total + c_i^2 |c|^2 / total^2.
func (p *posterior) update(ctx context.Context, total float64) error {
	image := make([]float64, p.n)
	if err := p.k.times(ctx, p.threads, p.column, image); err != nil {
		return err
	}
	inner := make([]float64, len(p.l))
	for t, l := range p.l {
		inner[t] = blas.Dot(l, p.column)
	}
	if err := p.deflate(ctx, image, func(t int) float64 { return inner[t] }); err != nil {
		return err
	}
	square := blas.Dot(p.column, p.column) / (total * total)
	for j, c := range p.column {
		p.sums[j] = max(0, p.sums[j]-2*c*image[j]/total+c*c*square)
	}
	return nil
}
