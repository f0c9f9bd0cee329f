package gp

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// Methods of [NewPreconditioner].
const (
	RandomPivots  = "rpcholesky" // partial Cholesky with pivots drawn in proportion to what is left of the diagonal
	GreedyPivots  = "greedy"     // partial Cholesky with the largest pivots: chases outliers
	NystromBasis  = "nystrom"    // from products with a random block: two passes over K, for systems without columns
	NearestPoints = "vecchia"    // each point given its nearest ones before it: see [NewVecchia]
)

// PreconditionerOptions of [NewPreconditioner]. The zero value means the defaults. Fields with a json name travel across
// the C ABI as JSON text.
type PreconditionerOptions struct {
	Method string  `json:"preconditioner" default:"rpcholesky" doc:"rpcholesky, greedy or nystrom"`
	Rank   int     `json:"rank" default:"0" doc:"directions of the kernel matrix, with vecchia points that each one depends on; 0: 63 of these; of directions as many as pay, at most 3000 and 1.5 GB; of nystrom an eighth of the points, at most 1000"`
	Tol    float64 `json:"rank_tol" default:"0" doc:"stop at fewer when this part of the trace is left; rpcholesky and greedy; 0: never"`
	Seed   uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called while pivots are found.
	Progress func(core.Progress) `json:"-"`

	from int // a search for the rank begins here, if not 0
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *PreconditionerOptions) Validate() error {
	if o == nil {
		return nil
	}
	known := []string{RandomPivots, GreedyPivots, NystromBasis, NearestPoints}
	switch {
	case o.Method != "" && !slices.Contains(known, o.Method):
		return fmt.Errorf("gp: %w: preconditioner must be one of %v, got %q", core.ErrOption, known, o.Method)
	case o.Rank < 0:
		return fmt.Errorf("gp: %w: rank must not be negative, got %d", core.ErrOption, o.Rank)
	case !(o.Tol >= 0 && o.Tol < 1):
		return fmt.Errorf("gp: %w: rank_tol must be in [0, 1), got %v", core.ErrOption, o.Tol)
	}
	return nil
}

// NewPreconditioner returns P = F^T F + Sigma with F^T F a low-rank approximation of K from below. Pivots look at rank + 1
// columns of K and take n*rank^2 operations, and need a system that is a [lowrank.Kernel]; NystromBasis takes two
// products with some 1.2*rank columns. Memory is n*rank numbers of float32, twice that of the kernel's type meanwhile.
//
// Points without noise get 1e-6 of the mean of the diagonal of K in Sigma's place.
//
// Errors wrap core.ErrOption, core.ErrShape, core.ErrNotFinite, or core.ErrNumerical if K shows not to be positive
// semidefinite, or come from s or ctx.
func NewPreconditioner(ctx context.Context, s System, o *PreconditionerOptions) (*LowRank, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o == nil {
		o = &PreconditionerOptions{}
	}
	if o.Method == NearestPoints {
		return nil, fmt.Errorf("gp: %w: preconditioner %s has no low rank; make it with NewVecchia", core.ErrOption, o.Method)
	}
	f, pivots, err := lowRankFactor(ctx, s, o, nil)
	if err != nil {
		return nil, err
	}
	noise, floor, err := positiveNoise(ctx, s, f)
	if err != nil {
		return nil, err
	}
	p, err := NewLowRank(ctx, f, noise, floor, o.Threads)
	if err != nil {
		return nil, err
	}
	p.pivots = pivots
	return p, nil
}

// lowRankFactor returns F of a low-rank approximation of K by the method of the options, and its pivots if it has some.
// begun, if not nil, are the first rows of it.
func lowRankFactor(ctx context.Context, s System, o *PreconditionerOptions, begun *pivoted) (
	f core.Matrix[float32], pivots []int, err error) {

	n := s.Size()
	if err := checkSigma(s.Sigma(), n); err != nil {
		return f, nil, err
	}
	if o.Method == NystromBasis {
		f, err = nystromFactor(ctx, s, min(cmp.Or(o.Rank, min(max(n/8, 1), 1000)), n), o)
		return f, nil, err
	}
	if o.Rank == 0 {
		return grownFactor(ctx, s, o, begun)
	}
	return columnFactor(ctx, s, min(o.Rank, n), o)
}

// evenPart is how much of the diagonal that columns leave a matched preconditioner spreads evenly.
const evenPart = 1.0 / 3

// newMatched returns M = F^T F + S with the trace of K + Sigma: S - Sigma is what F^T F leaves of the diagonal, a third of it
// spread evenly, since points with very little left slow solves down. M is not below K + Sigma, as a preconditioner with S =
// Sigma is, but closer: probes from N(0, M) have less variance, and where a solve starts close to the solution it needs about
// half the iterations, since the residual is not traded for the error in directions that only the noise is large in.
func newMatched(ctx context.Context, op *Operator, o *PreconditionerOptions, begun *pivoted) (*LowRank, error) {
	f, pivots, err := lowRankFactor(ctx, op, o, begun)
	if err != nil {
		return nil, err
	}
	s := make([]float64, op.Size())
	if err := op.Diagonal(ctx, s); err != nil {
		return nil, err
	}
	for r := range f.Rows {
		for i, v := range f.Row(r) {
			s[i] -= float64(v) * float64(v)
		}
	}
	mean := 0.0
	for i, v := range s {
		s[i] = max(v, 0)
		mean += s[i] / float64(len(s))
	}
	floor := 1.0 // of Sigma / S, since K + Sigma is at least M less S - Sigma
	for i, v := range op.Sigma() {
		s[i] = max((1-evenPart)*s[i]+evenPart*mean+v, math.SmallestNonzeroFloat64)
		floor = min(floor, v/s[i])
	}
	m, err := NewLowRank(ctx, f, s, floor, o.Threads)
	if err == nil {
		m.pivots = pivots
	}
	return m, err
}

// positiveNoise replaces variances that are zero, and returns what that makes of the smallest eigenvalue of P^-1 (K +
// Sigma), which is 1 without.
func positiveNoise(ctx context.Context, s System, f core.Matrix[float32]) (noise []float64, floor float64, err error) {
	noise = s.Sigma()
	if leastOf(noise) > 0 {
		return noise, 1, nil
	}
	mean := 0.0
	if k := columnsOf(s); k != nil {
		diagonal := make([]float64, s.Size())
		if err := k.Diagonal(ctx, diagonal); err != nil {
			return nil, 0, err
		}
		for _, v := range diagonal {
			mean += v / float64(len(diagonal))
		}
	} else {
		for i := range f.Rows {
			for _, v := range f.Row(i) {
				mean += float64(v) * float64(v) / float64(f.Cols)
			}
		}
	}
	least := max(1e-6*mean, math.SmallestNonzeroFloat64)
	noise = slices.Clone(noise)
	for i := range noise {
		if noise[i] == 0 {
			noise[i] = least
		}
	}
	return noise, 0, nil
}

// narrowed returns the leading rows of f in float32, f itself if it is that already.
func narrowed[T core.Float](f core.Matrix[T], rows, cols int) core.Matrix[float32] {
	if same, ok := any(f).(core.Matrix[float32]); ok {
		same.Rows, same.Cols, same.Stride = rows, cols, cols
		return same
	}
	out := core.NewMatrix[float32](rows, cols)
	for i := range rows {
		row := out.Row(i)
		for j, v := range f.Row(i) {
			row[j] = float32(v)
		}
	}
	return out
}

// greedyFactor is partial Cholesky with the largest diagonal element of what is left as the next pivot.
func greedyFactor[T core.Float](ctx context.Context, k lowrank.Kernel[T], rank int, tol float64, threads int, report func(core.Progress)) (
	f32 core.Matrix[float32], pivots []int, err error) {

	n := k.Size()
	f := core.NewMatrix[T](rank, n)
	left := make([]float64, n)
	if err := k.Diagonal(ctx, left); err != nil {
		return f32, nil, err
	}
	trace := 0.0
	for i, v := range left {
		if !(v >= 0) || math.IsInf(v, 1) {
			return f32, nil, fmt.Errorf("gp: %w: diagonal element %d of the kernel matrix is %v",
				core.ErrNumerical, i, v)
		}
		trace += v
	}
	began := time.Now()
	rest := trace
	r := 0
	for ; r < rank && rest > max(tol, 32*core.Epsilon[T]())*trace; r++ {
		best := 0
		for i, v := range left {
			if v > left[best] {
				best = i
			}
		}
		row := f.Row(r)
		if err := k.Columns(ctx, core.Matrix[T]{Data: row, Rows: 1, Cols: n, Stride: n}, []int{best}); err != nil {
			return f32, nil, err
		}
		pivots = append(pivots, best)
		root := T(math.Sqrt(left[best]))
		err := par.For(ctx, threads, par.Tiles(n, rowTile), func(_, tile int) {
			lo, hi := par.Span(tile, n, rowTile)
			for q := range r {
				blas.Axpy(-f.Row(q)[best], f.Row(q)[lo:hi], row[lo:hi])
			}
			for i := lo; i < hi; i++ {
				row[i] /= root
				left[i] = max(left[i]-float64(row[i])*float64(row[i]), 0)
			}
		})
		if err != nil {
			return f32, nil, err
		}
		left[best], rest = 0, 0
		for _, v := range left {
			rest += v
		}
		report(core.Progress{Phase: "pivots", Iteration: r + 1, MaxIterations: rank, Objective: rest,
			Evaluations: int64(r+1) * int64(n), Seconds: time.Since(began).Seconds()})
	}
	return narrowed(f, r, n), pivots, nil
}

// nystromFactor returns F = diag(values)^1/2 V^T of a randomized Nystrom approximation, which needs products only.
func nystromFactor(ctx context.Context, s System, rank int, o *PreconditionerOptions) (core.Matrix[float32], error) {
	n := s.Size()
	sigma := s.Sigma()
	// In float32, since products may be no better and would not pass for those of a symmetric matrix in float64.
	op, err := lowrank.NewFunc(n, n, func(ctx context.Context, dst, x core.Matrix[float32]) error {
		v, kv := core.NewMatrix[float64](n, x.Cols), core.NewMatrix[float64](n, x.Cols)
		for i := range n {
			blas.Widen(x.Row(i), v.Row(i))
		}
		if err := s.Mul(ctx, kv, v); err != nil {
			return err
		}
		for i := range n {
			blas.Axpy(-sigma[i], v.Row(i), kv.Row(i))
			blas.Narrow(kv.Row(i), dst.Row(i))
		}
		return nil
	}, nil)
	if err != nil {
		return core.Matrix[float32]{}, err
	}
	e, err := lowrank.Nystrom(ctx, op, &lowrank.Options{Rank: rank, Seed: o.Seed, Threads: o.Threads, Progress: o.Progress})
	if err != nil {
		return core.Matrix[float32]{}, err
	}
	f := core.NewMatrix[float32](rank, n)
	for k, value := range e.Values {
		root, row := float32(math.Sqrt(max(value, 0))), f.Row(k)
		for i := range row {
			row[i] = root * e.V.Row(i)[k]
		}
	}
	return f, nil
}
