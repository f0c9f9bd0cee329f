package lowrank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Grow returns f, a partial Cholesky factorization of a, with more pivots behind its own: in all o.Rank of them, or as many as
// leave at most o.Tol times the trace of a, if that is sooner; one of the two must be set. f stays what it is, and is returned
// itself if that is enough. Other options are not used.
//
// Pivots have the law of those of [RPCholesky] with the larger rank, which costs as much as to get there in steps, but they are
// others: proposals are as many at a time as the rank asks for. Columns and Seconds are of the new pivots.
//
// Errors are those of RPCholesky; f that is not of a wraps [core.ErrShape] or [core.ErrNumerical].
func (f *CholeskyFactors[T]) Grow(ctx context.Context, a Kernel[T], o *Options) (*CholeskyFactors[T], error) {
	began := time.Now()
	if o == nil {
		o = &Options{}
	}
	n, r := a.Size(), len(f.Pivots)
	if err := checkPivoting(n, o); err != nil {
		return nil, err
	}
	if err := f.F.Check("F"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	if f.F.Rows != r || f.F.Cols != n {
		return nil, fmt.Errorf("lowrank: %w: F is %d x %d for %d pivots of a matrix of size %d", core.ErrShape, f.F.Rows, f.F.Cols, r, n)
	}
	if o.Rank > 0 && r >= o.Rank {
		return f, nil
	}
	p := newPivoting(a, o, rng.New(o.Seed, streamPivots, uint64(r)))
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	if err := p.take(f); err != nil {
		return nil, err
	}
	return p.run(ctx, o, began)
}

// take begins with the pivots and the factor of f, after start.
func (p *pivoting[T]) take(f *CholeskyFactors[T]) error {
	r := len(f.Pivots)
	for _, s := range f.Pivots {
		if s < 0 || s >= p.n {
			return fmt.Errorf("lowrank: %w: pivot %d of a matrix of size %d", core.ErrShape, s, p.n)
		}
	}
	p.pivots = slices.Clone(f.Pivots)
	p.f = slices.Grow(p.f, r*p.n)[:r*p.n]
	_ = par.For(nil, p.threads, par.Tiles(p.n, 1024), func(_, t int) { // no context, no error
		lo, hi := par.Span(t, p.n, 1024)
		for i := range r {
			row := f.F.Row(i)[lo:hi]
			copy(p.f[i*p.n+lo:], row)
			for j, v := range row {
				p.d[lo+j] -= float64(v) * float64(v)
			}
		}
	})
	for _, s := range f.Pivots {
		p.d[s] = 0
	}
	for i, v := range p.d {
		if !(v >= -math.Sqrt(core.Epsilon[T]())*p.whole[i]) {
			return fmt.Errorf("lowrank: %w: F^T F has more than the diagonal element %d of the matrix: it is not a factor of this one",
				core.ErrNumerical, i)
		}
		p.d[i] = max(v, 0)
	}
	p.add()
	return nil
}
