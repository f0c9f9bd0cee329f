package lowrank

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// Methods of [LeastSquares] besides [Auto].
const (
	Direct    = "direct"    // QR factorization of A
	Iterative = "iterative" // conjugate gradients, preconditioned by the QR factor of a sketch
)

// SolveOptions of [LeastSquares] and [Ridge]. The zero value means the defaults. Names and docs are as in [Options].
type SolveOptions struct {
	Method        string `json:"method" default:"auto" doc:"auto, direct or iterative"`
	MaxIterations int    `json:"max_iter" default:"0" doc:"most iterations in each of the two rounds of method iterative; 0: 100, of which some 30 are needed as a rule"`
	Seed          uint64 `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every product.
	Progress func(core.Progress) `json:"-"`
}

// Solution holds the minimizers X of |A x - b|^2 + mu |x|^2 for each column b of B.
type Solution[T core.Float] struct {
	X core.Matrix[T] // n x k

	Residuals  []float64 // k: |A x - b|
	Rank       int       // of A, with mu of A above sqrt(mu) I, up to rounding
	Condition  float64   // estimate of the ratio of the largest singular value to the one of that rank
	Method     string    // Direct or Iterative
	Iterations int       // of both rounds together; 0 for Direct
	Converged  bool      // no round ended at MaxIterations
	Seed       uint64
	Seconds    float64
}

const (
	solveIterations = 100
	sketchFactor    = 5  // rows of a sketch per column of A: the error falls by a factor of sqrt(5) with each iteration
	directOther     = 64 // most columns of a matrix that is not kept densely for Auto to choose Direct

	// For how many columns of a very tall dense matrix the methods take the same time, in float64 and in float32.
	readingDouble, readingSingle = 700.0, 400.0
)

// LeastSquares returns the x that minimize |A x - b| for each column b of the m x k matrix b and the tall a (m x n,
// m >= n). Where A lacks rank up to rounding, relative to its largest singular value, x is the one of least norm.
//
// Up to some 700 columns (400 in float32), and where A has less than ten times as many rows, the method is Householder
// QR of a few hundred rows at a time, in 2*m*n^2 operations; no more of A is copied, if it is dense. Otherwise a sparse
// random sketch S A of 5n rows is factored, S A = Q R, in 10*n^3 operations, and conjugate gradients on A R^-1, whose
// singular values lie within a factor of three, start from the solution of the sketched problem: A is read once per
// iteration where it is a [Gramian], of which some 20 to 40 are needed. They end when the backward error is an eighth of
// the rounding unit, or where their own rounding blurs it: then a second round on the true residual makes the result
// backward stable. The sketch costs what that of [Sketch] does.
//
// Errors wrap [core.ErrShape], [core.ErrOption], [core.ErrNotFinite] or [core.ErrNumerical], or come from the operator or
// ctx. That iterations ran out is not an error; see Converged.
func LeastSquares[T core.Float](ctx context.Context, a Operator[T], b core.Matrix[T], o *SolveOptions) (*Solution[T], error) {
	return solve(ctx, a, b, 0, o)
}

// Ridge returns the x that minimize |A x - b|^2 + mu |x|^2, for mu >= 0, like [LeastSquares].
func Ridge[T core.Float](ctx context.Context, a Operator[T], b core.Matrix[T], mu float64, o *SolveOptions) (*Solution[T], error) {
	if !(mu >= 0) || math.IsInf(mu, 1) {
		return nil, fmt.Errorf("lowrank: %w: mu must be finite and not negative, got %v", core.ErrOption, mu)
	}
	return solve(ctx, a, b, mu, o)
}

// system is a least squares problem.
type system[T core.Float] struct {
	*job[T]
	b         core.Matrix[T]
	mu        float64
	most      int
	converged bool
	done      int // iterations
}

func solve[T core.Float](ctx context.Context, a Operator[T], b core.Matrix[T], mu float64, o *SolveOptions) (*Solution[T], error) {
	if o == nil {
		o = &SolveOptions{}
	}
	p, method, err := newSystem(a, b, mu, o)
	if err != nil {
		return nil, err
	}
	var x [][]float64
	var f *inverse
	if method == Direct {
		x, f, err = p.direct(ctx)
	} else {
		x, f, err = p.iterative(ctx)
	}
	if known, ok := a.(Normed); ok && errors.Is(err, core.ErrNumerical) {
		if _, own := known.SquaredNorm(ctx); errors.Is(own, core.ErrNotFinite) { // which says where
			err = own
		}
	}
	if err != nil {
		return nil, err
	}
	s := &Solution[T]{X: block[T](x, p.n), Rank: f.rank, Condition: f.condition, Method: method, Iterations: p.done,
		Converged: p.converged, Seed: o.Seed}
	if err := s.X.CheckFinite("x"); err != nil {
		return nil, fmt.Errorf("lowrank: %w: the solution overflows; rescale A or b", core.ErrNumerical)
	}
	rest, err := p.residual(ctx, x)
	if err != nil {
		return nil, err
	}
	s.Residuals, s.Seconds = columnNorms(rest), time.Since(p.began).Seconds()
	return s, nil
}

func newSystem[T core.Float](a Operator[T], b core.Matrix[T], mu float64, o *SolveOptions) (p *system[T], method string, err error) {
	c, err := newJob(a, &Options{Seed: o.Seed, Threads: o.Threads, Progress: o.Progress})
	if err != nil {
		return nil, "", err
	}
	if err := b.Check("b"); err != nil {
		return nil, "", fmt.Errorf("lowrank: %w", err)
	}
	switch {
	case c.m < c.n:
		return nil, "", fmt.Errorf("lowrank: %w: least squares takes tall matrices, A is %d x %d; reduce its columns first, by a singular value or an interpolative decomposition",
			core.ErrShape, c.m, c.n)
	case b.Rows != c.m || b.Cols < 1:
		return nil, "", fmt.Errorf("lowrank: %w: b is %d x %d; it needs the %d rows of A and at least one column",
			core.ErrShape, b.Rows, b.Cols, c.m)
	case o.MaxIterations < 0:
		return nil, "", fmt.Errorf("lowrank: %w: max_iter must not be negative, got %d", core.ErrOption, o.MaxIterations)
	}
	if err := b.CheckFinite("b"); err != nil {
		return nil, "", fmt.Errorf("lowrank: %w", err)
	}
	p = &system[T]{job: c, b: b, mu: mu, most: o.MaxIterations, converged: true}
	if p.most == 0 {
		p.most = solveIterations
	}
	switch o.Method {
	case Direct, Iterative:
		return p, o.Method, nil
	case "", Auto:
		if iterativePays(a) {
			return p, Iterative, nil
		}
		return p, Direct, nil
	}
	return nil, "", fmt.Errorf("lowrank: %w: method must be %q, %q or %q, got %q", core.ErrOption, Auto, Direct, Iterative, o.Method)
}

// iterativePays weighs the 2*m*n^2 operations of the direct method against those for the sketch, 12*n^3, and some thousand
// for each element of a dense A, as long as that takes to be read once per iteration. Other matrices would have to be
// copied.
func iterativePays[T core.Float](a Operator[T]) bool {
	m, n := a.Dims()
	if m <= 2*sketchFactor*n {
		return false
	}
	_, byRows := a.(*dense[T])
	_, byColumns := a.(denseTransposed[T])
	if !byRows && !byColumns {
		return n > directOther
	}
	reading := readingDouble
	if sizeOf[T]() == 4 {
		reading = readingSingle
	}
	return float64(n)*(1-sketchFactor*float64(n)/float64(m)) > reading
}

// residual returns b - A x.
func (p *system[T]) residual(ctx context.Context, x [][]float64) (core.Matrix[T], error) {
	rest := core.NewMatrix[T](p.m, len(x))
	if err := p.a.Mul(ctx, rest, block[T](x, p.n)); err != nil {
		return rest, err
	}
	subtractFrom(rest, p.b)
	return rest, nil
}

// subtractFrom overwrites x with b - x.
func subtractFrom[T core.Float](x, b core.Matrix[T]) {
	for i := range x.Rows {
		row := x.Row(i)
		for j, v := range b.Row(i) {
			row[j] = v - row[j]
		}
	}
}

// mulTransResidual writes b - A x to rest and A^T (b - A x) to dst, reading A once.
func (d *dense[T]) mulTransResidual(ctx context.Context, dst, rest, x, b core.Matrix[T]) error {
	rows := cachedRows[T](d.x.Cols)
	return d.sweep(ctx, dst, func(s *adjoint[T], threads, lo, hi int) error {
		part := dense[T]{threads: threads}
		for ; lo < hi; lo += rows {
			end := min(hi, lo+rows)
			part.x = rowsOf(d.x, lo, end)
			r := rowsOf(rest, lo, end)
			if err := part.mul(ctx, r, x); err != nil {
				return err
			}
			subtractFrom(r, rowsOf(b, lo, end))
			if err := s.add(ctx, threads, part.x, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// block returns vectors of n elements as columns.
func block[T core.Float](x [][]float64, n int) core.Matrix[T] {
	out := core.NewMatrix[T](n, len(x))
	for j, column := range x {
		for i, v := range column {
			out.Row(i)[j] = T(v)
		}
	}
	return out
}
