package lowrank

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
)

const (
	defaultTol    = 1e-3 // of the squared singular values, relative to the first one left out
	defaultPasses = 12   // without a tolerance
	certainPasses = 2000 // with one
	krylovBlocks  = 5    // blocks of a basis before it is restarted
	gramBlocks    = 16   // the Gram path pays when the columns of A make at most this many blocks
	gramSide      = 1200 // ... and its eigenproblem is small
)

// SVD returns the o.Rank leading singular triplets of a. A nil o means the defaults.
//
// Method Krylov takes blocks of l = k + p columns and stops when the singular values have settled (Options.Tol), or
// at Options.MaxPasses: O(m n l) per pass, (m + n) l numbers of memory per pass in a basis of at most five blocks,
// which is restarted from its best l directions when it is full. Sparse matrices, and dense ones of float64 that are kept
// by rows and have no more columns than rows, are multiplied with blocks of 8 or 16 columns instead. They need about half
// as many columns in all, and a basis of again some 5 l columns on the shorter side only: for sparse matrices in float32
// unless the tolerance asks for more. Where the squares of the leading singular values hide that of the k-th, both sides
// are kept as for other matrices.
//
// Gram forms the smaller of A^T A and A A^T, in float64 where A is a dense matrix with m >= n; Auto chooses it for those of
// few columns. With o.RightOnly it multiplies such a matrix once, unless small singular values need more.
//
// Where o.Rank is 0 the rank is that of [QB] for o.Tol, about the smallest with so small a relative Frobenius error, found
// by block Krylov.
//
// Errors wrap core.ErrOption, core.ErrShape, core.ErrNotFinite or core.ErrNumerical, or come from the operator or ctx.
func SVD[T core.Float](ctx context.Context, a Operator[T], o *Options) (*Factors[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	if c.o.Rank == 0 && c.o.Tol > 0 {
		f, err := c.toTolerance(ctx)
		if err != nil {
			return nil, err
		}
		return f, c.finish(ctx, f)
	}
	k := c.o.Rank
	l, err := c.width()
	if err != nil {
		return nil, err
	}
	var f *Factors[T]
	switch c.method(l) {
	case Gram:
		f, err = c.gram(ctx, k)
	case Subspace:
		f, err = c.subspace(ctx, k, l)
	default:
		if tol, limit := c.stopping(); narrowPays(a) && tol >= narrowTol && limit >= narrowPasses {
			f, err = c.narrow(ctx, k, l)
		}
		if f == nil && err == nil {
			f, err = c.krylov(ctx, k, l)
		}
	}
	if err != nil {
		return nil, err
	}
	return f, c.finish(ctx, f)
}

// width returns the columns of a block: the rank and the oversampling, as far as the matrix goes.
func (c *job[T]) width() (int, error) {
	k := c.o.Rank
	if k == 0 {
		return 0, fmt.Errorf("lowrank: %w: n_components must be at least 1; only svd and qb find it from tol", core.ErrOption)
	}
	l := min(k+max(10, k/5), c.m, c.n)
	if c.o.Oversample > 0 {
		l = min(k+c.o.Oversample, c.m, c.n)
	}
	return l, c.checkBasis(2*l, 2*l)
}

// method resolves Auto.
func (c *job[T]) method(l int) string {
	if c.o.Method != "" && c.o.Method != Auto {
		return c.o.Method
	}
	if canFormGram(c.a) && c.n <= c.m && c.n <= gramBlocks*l && c.n <= gramSide {
		return Gram
	}
	return Krylov
}

// stopping returns the tolerance and the most passes, with their defaults: a tolerance that was asked for gets as many
// passes as it takes.
func (c *job[T]) stopping() (tol float64, limit int) {
	tol, limit = c.o.Tol, c.o.MaxPasses
	if limit == 0 {
		limit = defaultPasses
		if tol > 0 {
			limit = certainPasses
		}
	}
	if tol == 0 {
		tol = defaultTol
	}
	c.most = limit
	return tol, limit
}

// settled predicts from the changes of the last steps how far the k leading squared singular values still are from
// their limit, relative to the next one: the changes shrink geometrically.
type settled struct {
	rounding float64 // changes below this fraction of the largest value are none
	previous []float64
	change   float64
}

func (s *settled) remaining(values []float64, k int) float64 {
	defer func() { s.previous = append(s.previous[:0], values[:min(k, len(values))]...) }()
	if len(s.previous) < k || len(values) < k {
		s.change = math.Inf(1)
		return s.change
	}
	next := values[min(k, len(values)-1)]
	if next <= 1e-30*values[0] {
		next = math.Max(1e-30*values[0], math.SmallestNonzeroFloat64)
	}
	change := 0.0
	for i, v := range values[:k] {
		if d := math.Abs(v - s.previous[i]); d > s.rounding*values[0] {
			change = max(change, d/next)
		}
	}
	before := s.change
	ratio := change / before
	s.change = change
	switch {
	case change == 0:
		return 0
	case math.IsInf(before, 1) || !(ratio < 0.9): // no trend to go by, or none downwards
		return 10 * change
	}
	return change * ratio / (1 - ratio)
}

// krylov grows a block Krylov basis, and restarts it when it is full, until the leading k values are settled.
func (c *job[T]) krylov(ctx context.Context, k, l int) (*Factors[T], error) {
	tol, limit := c.stopping()
	width := min(krylovBlocks*l, c.m, c.n)
	if err := c.checkBasis(width+l, width+l); err != nil {
		return nil, err
	}
	b := newKrylov(c, width, l)
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	f := &Factors[T]{Method: Krylov}
	s := settled{rounding: 8 * core.Epsilon[T]()}
	for {
		if err := b.grow(ctx); err != nil {
			return nil, err
		}
		if err := b.ritz(ctx); err != nil {
			return nil, err
		}
		f.Converged = s.remaining(b.values, k) <= tol || b.have == min(c.m, c.n)
		if f.Converged || c.columns+2*l > limit*l {
			break
		}
		if b.room() > 0 {
			continue
		}
		norms, err := b.restart(ctx, l)
		if err != nil {
			return nil, err
		}
		f.Residuals = norms[:k]
		if err := b.ritz(ctx); err != nil {
			return nil, err
		}
		if f.Converged = residualsBelow(norms[:k], math.Sqrt(tol), 8*core.Epsilon[T](), b.values, k); f.Converged {
			break
		}
	}
	var err error
	f.U, f.S, f.V, err = b.triplets(ctx, k)
	return f, err
}

// residualsBelow reports whether every residual is at most tol times the first singular value left out, or within
// rounding of the largest: the squared values are then off by at most tol^2 of its square.
func residualsBelow(norms []float64, tol, rounding float64, squares []float64, k int) bool {
	limit := max(tol*math.Sqrt(squares[min(k, len(squares)-1)]), rounding*math.Sqrt(squares[0]))
	for _, r := range norms {
		if r > limit {
			return false
		}
	}
	return true
}

// finish fixes the signs and fills in the account and the error.
func (c *job[T]) finish(ctx context.Context, f *Factors[T]) error {
	orient(f.U, f.V)
	f.Seed = c.o.Seed
	if f.ErrorMethod == "" {
		if err := c.estimateError(ctx, f); err != nil {
			return err
		}
	}
	if c.o.RightOnly {
		f.U = core.Matrix[T]{Rows: c.m}
	}
	f.Error, f.Norm = f.Error*c.unit, f.Norm*c.unit
	for i := range f.S {
		f.S[i] *= c.unit
	}
	for i := range f.Residuals {
		f.Residuals[i] *= c.unit
	}
	f.Passes, f.Columns = c.passes, c.columns
	f.Flops = 2 * float64(c.m) * float64(c.n) * float64(c.columns)
	f.Seconds = time.Since(c.began).Seconds()
	return nil
}
