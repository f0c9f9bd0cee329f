package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// iterativeObjective knows gradients only, from one solve with y and some probes on its right-hand side:
//
//	dL/dtheta = 1/2 alpha^T dK alpha - 1/2 mean of w_i^T dK u_i,   u_i = (K + Sigma)^-1 z_i
//
// with E w_i z_i^T = I. The probes are frozen, so that the gradient is a smooth function of theta, and every solve starts
// from the solution of the last one. Where w = M^-1 z and z ~ N(0, M), the closer M is to K + Sigma the smaller the variance,
// which cannot fall below that of M = K + Sigma: then the error that the probes cause in the trained parameters is
// 1/sqrt(probes) of their statistical uncertainty, since the variance of the gradient is Fisher's information divided by the
// number of probes.
type iterativeObjective struct {
	op     *Operator
	points core.Matrix[float64]
	space  *space
	y      []float64
	known  []float64
	fixed  float64
	o      RegressionOptions

	pre      *LowRank
	builtAt  []float64 // theta of the preconditioner
	builtFor int       // iterations of the first solve with it
	excess   int       // iterations that others took beyond that
	weak     bool      // excess has grown beyond the price of a new one

	draws      *functions           // behind pathwise probes
	noise      core.Matrix[float64] // n x s: and their noise
	w          core.Matrix[float64] // n x s: of the frozen probes
	b, x       core.Matrix[float64] // n x (s+1): right-hand sides and solutions, y first
	left       core.Matrix[float64] // n x (s+1): factors of the weights of the gradient
	started    bool
	wide       bool    // the operator has become one of float64
	match      float64 // mean of z^T (K + Sigma)^-1 z / n, which is 1 where M = K + Sigma
	drawnAt    float64 // and what it was when the probes were drawn, 0 before
	tols       []float64
	alpha      []float64
	iterations int // of conjugate gradients, the most of any column, summed over evaluations
	notes      []Diagnostic
}

func newIterativeObjective(op *Operator, x core.Matrix[float64], s *space, y []float64, fixed float64, o RegressionOptions) *iterativeObjective {
	n, t := len(y), o.Probes+1
	e := &iterativeObjective{op: op, points: x, space: s, y: y, known: o.Known, fixed: fixed, o: o, alpha: make([]float64, n),
		w: core.NewMatrix[float64](n, o.Probes), b: core.NewMatrix[float64](n, t), x: core.NewMatrix[float64](n, t),
		left: core.NewMatrix[float64](n, t), tols: slices.Repeat([]float64{o.Tol}, t)}
	e.tols[0] = o.Tol / 10
	for i, v := range y {
		e.b.Row(i)[0] = v
	}
	return e
}

func (e *iterativeObjective) weights() []float64 { return e.alpha }

func (e *iterativeObjective) evaluate(ctx context.Context, theta, grad []float64) (float64, error) {
	kernel, noise := e.space.split(theta, e.fixed)
	if err := place(e.op, kernel, noise, e.known); err != nil {
		return 0, err
	}
	if err := e.refresh(ctx, theta); err != nil {
		return 0, err
	}
	if err := e.probes(ctx); err != nil {
		return 0, err
	}
	if err := e.solve(ctx); err != nil {
		return 0, err
	}
	e.factors()
	clear(grad)
	if err := e.op.Gradient(ctx, grad[:len(kernel)], e.left, e.x); err != nil {
		return 0, err
	}
	if e.space.noise {
		for i := range e.x.Rows {
			grad[len(kernel)] += noise * blas.Dot(e.left.Row(i), e.x.Row(i))
		}
	}
	return math.NaN(), contextError(ctx)
}

// A preconditioner is for other parameters than the present ones when one of them has changed by this factor.
const farAway = 2

// refresh makes a new preconditioner where the old one has become too weak: it has cost more iterations than a new one, or
// parameters are far away.
func (e *iterativeObjective) refresh(ctx context.Context, theta []float64) error {
	if e.pre != nil && !e.weak && distance(theta, e.builtAt) < math.Log(farAway) {
		return nil
	}
	pre, err := NewPreconditioner(ctx, e.op, e.o.preconditioner())
	if err != nil {
		return err
	}
	e.pre, e.builtAt, e.builtFor, e.excess, e.weak = pre, slices.Clone(theta), 0, 0, false
	return nil
}

func (o *RegressionOptions) preconditioner() *PreconditionerOptions {
	return &PreconditionerOptions{Rank: o.Rank, Seed: o.Seed, Threads: o.Threads}
}

func distance(a, b []float64) float64 {
	most := 0.0
	for i, v := range a {
		most = max(most, math.Abs(v-b[i]))
	}
	return most
}

// spent counts the iterations of a solve. The price of a preconditioner of rank r is about that of r^2 / 10 n products.
func (e *iterativeObjective) spent(iterations int) {
	e.iterations += iterations
	if e.builtFor == 0 {
		e.builtFor = max(iterations, 1)
		return
	}
	r, n := float64(e.pre.Rank()), float64(len(e.y))
	if e.excess += max(0, iterations-e.builtFor); float64(e.excess) > 3+r*r/(10*n) {
		e.weak = true
	}
}

// Streams of random numbers of training.
const (
	streamFunctions = iota + 301
	streamBatches
	streamRestarts
)

// probes sets the right-hand sides after y. Frozen ones stay what they are.
func (e *iterativeObjective) probes(ctx context.Context) error {
	if e.o.ProbeLaw == ProbesPathwise {
		return e.pathwise(ctx)
	}
	if e.started {
		return nil
	}
	n, s := len(e.y), e.o.Probes
	z := core.NewMatrix[float64](n, s)
	m, err := matched(ctx, e.op, e.pre, e.o.Threads)
	if err != nil {
		return err
	}
	if err := m.Sample(ctx, z, e.o.Seed); err != nil {
		return err
	}
	if err := m.Solve(ctx, e.w, z); err != nil {
		return err
	}
	for i := range n {
		copy(e.b.Row(i)[1:], z.Row(i))
		copy(e.x.Row(i)[1:], e.w.Row(i))
	}
	return nil
}

// matched returns M = F^T F + S with S the noise plus the mean of the diagonal of K - F^T F.
func matched(ctx context.Context, op *Operator, pre *LowRank, threads int) (*LowRank, error) {
	f := pre.Factor()
	left := make([]float64, op.Size())
	if err := op.Diagonal(ctx, left); err != nil {
		return nil, err
	}
	for r := range f.Rows {
		for i, v := range f.Row(r) {
			left[i] -= float64(v) * float64(v)
		}
	}
	mean := 0.0
	for _, v := range left {
		mean += max(v, 0) / float64(len(left))
	}
	for i, v := range op.Sigma() {
		left[i] = max(v+mean, math.SmallestNonzeroFloat64)
	}
	return NewLowRank(ctx, f, left, 0, threads)
}

// pathwise sets the right-hand sides to draws from the prior of y, f_i(X) + noise, of the present parameters: the base
// random numbers are frozen.
func (e *iterativeObjective) pathwise(ctx context.Context) error {
	if e.draws == nil {
		e.draws = newFunctions(e.o.Probes, defaultFeatures, e.o.Seed)
		e.noise = core.NewMatrix[float64](len(e.y), e.o.Probes)
		if err := DrawProbes(ctx, e.noise, nil, e.o.Seed, e.o.Threads); err != nil {
			return err
		}
	}
	f := core.NewMatrix[float64](len(e.y), e.o.Probes)
	if err := e.draws.evaluate(ctx, f, e.op.compiled, e.op.points, e.o.Threads); err != nil {
		return err
	}
	for i, v := range e.op.Sigma() {
		row, root := e.b.Row(i)[1:], math.Sqrt(v)
		for j, x := range f.Row(i) {
			row[j] = x + root*e.noise.Row(i)[j]
		}
	}
	return nil
}

// Limits of a solve in training.
const (
	trainingIterations = 300 // progress is not lost: the next solve starts where this one ends
	hopeless           = 0.3 // relative residual beyond which weights say nothing about the gradient
)

// solve brings x up to date. Where tiles of float32 are too coarse for so little noise, it goes over to float64 if it may.
func (e *iterativeObjective) solve(ctx context.Context) error {
	for {
		out, err := Solve(ctx, e.op, e.b, &SolveOptions{Method: MethodCG, Tols: e.tols, MaxIterations: min(e.o.MaxSolve, trainingIterations),
			Start: &e.x, Preconditioner: e.pre, Threads: e.o.Threads})
		if err != nil {
			return err
		}
		worst := slices.Max(out.Residuals)
		coarse, failed := worst > hopeless, worst > hopeless
		e.notes = e.notes[:0]
		for _, d := range out.Diagnostics {
			switch d.Code {
			case Indefinite:
				coarse, failed = true, true
			case Stagnated:
				coarse = true
			}
			if d.Code != GuessDropped {
				e.notes = append(e.notes, d)
			}
		}
		if coarse && e.o.Precision == Auto && !e.wide {
			if err := e.widen(); err != nil {
				return err
			}
			continue
		}
		if failed {
			return fmt.Errorf("gp: %w: systems with so little noise (%.3g) are beyond conjugate gradients; their residual is still "+
				"%.2g; raise noise_lower or the rank of the preconditioner", core.ErrNumerical, leastOf(e.op.Sigma()), worst)
		}
		e.x, e.started = out.X, true
		e.spent(slices.Max(out.Iterations))
		break
	}
	e.match = 0
	for i := range e.alpha {
		row := e.x.Row(i)
		e.alpha[i] = row[0]
		e.match += blas.Dot(e.b.Row(i)[1:], row[1:]) / float64(e.o.Probes*len(e.y))
	}
	if e.drawnAt == 0 {
		e.drawnAt = e.match
	}
	return nil
}

// widen replaces the operator by one of float64.
func (e *iterativeObjective) widen() error {
	op, err := NewOperator(e.points, e.op.Kernel(), e.op.noise, &OperatorOptions{Precision: Float64, Threads: e.o.Threads})
	if err != nil {
		return err
	}
	e.op, e.wide = op, true
	return nil
}

// factors sets left so that left x^T is the matrix of weights of the gradient.
func (e *iterativeObjective) factors() {
	w := e.w
	if e.o.ProbeLaw == ProbesPathwise {
		w = core.Matrix[float64]{Data: e.x.Data[1:], Rows: e.x.Rows, Cols: e.o.Probes, Stride: e.x.Stride}
	}
	share := -0.5 / float64(e.o.Probes)
	_ = par.For(nil, e.o.Threads, par.Tiles(e.left.Rows, rowTile), func(_, t int) {
		lo, hi := par.Span(t, e.left.Rows, rowTile)
		for i := lo; i < hi; i++ {
			row := e.left.Row(i)
			row[0] = 0.5 * e.x.Row(i)[0]
			for j, v := range w.Row(i) {
				row[j+1] = share * v
			}
		}
	})
}

// redraw takes new probes, for the present parameters, at the next evaluation.
func (e *iterativeObjective) redraw() { e.started, e.weak, e.drawnAt = false, true, 0 }

// outdated reports whether the probes were drawn for parameters too far from the present ones: their variance grows as K +
// Sigma moves away from M.
func (e *iterativeObjective) outdated() bool {
	const most = 2
	return e.o.ProbeLaw == ProbesMatched && math.Abs(math.Log(e.match/e.drawnAt)) > math.Log(most)
}
