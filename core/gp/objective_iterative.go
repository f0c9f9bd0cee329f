package gp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// iterativeObjective knows gradients from one solve with y and some probes on its right-hand side:
//
//	dL/dtheta = 1/2 alpha^T dK alpha - 1/2 mean of w_i^T dK u_i,   u_i = (K + Sigma)^-1 z_i
//
// with E w_i z_i^T = I, for one output; each of several adds a first term of its own and the same second one. The probes are
// frozen, so that the gradient is a smooth function of theta, and every solve starts from the solution of the last one. Where w = M^-1 z and z ~ N(0, M), the closer M is to K + Sigma the smaller the variance,
// which cannot fall below that of M = K + Sigma: then the error that the probes cause in the trained parameters is
// 1/sqrt(probes) of their statistical uncertainty, since the variance of the gradient is Fisher's information divided by the
// number of probes.
//
// Values are known where probes are drawn, by the Lanczos coefficients of their solve, and from there on by the gradients
// along the way, which the trapezoidal rule adds up.
type iterativeObjective struct {
	op     *Operator
	points core.Matrix[float64]
	space  *space
	y      core.Matrix[float64] // n x outputs, without gaps between rows
	known  []float64
	fixed  float64
	o      RegressionOptions

	pre     matched
	builtAt []float64 // theta of the preconditioner
	speed   float64   // decay of the logarithm of residuals per iteration when it was new
	lost    float64   // iterations that it has cost since by being slower
	weak    bool      // lost has grown beyond the price of a new one
	far     bool      // nearest points, which were chosen for the first evaluation, say little: columns are taken from then on
	verdict string    // the method that was chosen last, if it is to be chosen
	judged  []float64 // theta then

	draws   *functions           // behind pathwise probes
	noise   core.Matrix[float64] // n x s: and their noise
	control []float64            // of reduced ones, what is added to their traces
	profile *profiler            // of scale and noise, if asked for
	w       core.Matrix[float64] // n x s: of the frozen probes
	b, x    core.Matrix[float64] // n x (outputs+s): right-hand sides and solutions, y first
	left    core.Matrix[float64] // n x (outputs+s): factors of the weights of the gradient
	started bool
	fine    *Operator // in float64, where that of float32 is too coarse for residuals
	wide    bool      // and for products: op has become it
	match   float64   // mean of z^T (K + Sigma)^-1 z / n, which is 1 where M = K + Sigma
	drawnAt float64   // and what it was when the probes were drawn, 0 before
	tols    []float64
	alpha   []float64
	value   float64       // NaN if unknown
	valueAt []float64     // theta
	lanczos []Tridiagonal // of the solve of the probes at the first evaluation
	slope   []float64     // gradient there

	began      time.Time
	iterations int // of conjugate gradients, the most of any column, summed over evaluations
	notes      []Diagnostic
}

func newIterativeObjective(op *Operator, x core.Matrix[float64], s *space, y []float64, fixed float64,
	o RegressionOptions) *iterativeObjective {

	n, outputs := x.Rows, len(y)/x.Rows
	t := outputs + o.Probes
	e := &iterativeObjective{op: op, points: x, space: s, y: tall(y, n), known: o.Known, fixed: fixed, o: o,
		alpha: make([]float64, len(y)), value: math.NaN(), w: core.NewMatrix[float64](n, o.Probes), b: core.NewMatrix[float64](n, t),
		x: core.NewMatrix[float64](n, t), left: core.NewMatrix[float64](n, t), tols: slices.Repeat([]float64{o.Tol}, t)}
	if o.ProbeLaw == ProbesPathwise { // whose error counts twice: solutions are on both sides of the derivative
		for j := range e.tols {
			e.tols[j] /= 2
		}
	}
	for j := range outputs {
		e.tols[j] = o.Tol / 10
	}
	for i := range n {
		copy(e.b.Row(i), e.y.Row(i))
	}
	return e
}

func (e *iterativeObjective) weights() []float64 { return e.alpha }

func (e *iterativeObjective) evaluate(ctx context.Context, theta, grad []float64) (float64, error) {
	if e.profile != nil {
		var err error
		if theta, err = e.profile.best(ctx, e.op, theta); err != nil {
			return 0, err
		}
	}
	kernel, noise := e.space.split(theta, e.fixed)
	for _, op := range []*Operator{e.op, e.fine} {
		if op != nil {
			if err := place(op, kernel, noise, e.known); err != nil {
				return 0, err
			}
		}
	}
	if e.o.Precision == Auto && !e.wide {
		if r := e.op.rounding(); r > hopelessRounding || e.fine == nil && r > coarseRounding {
			everything, err := e.op.beyondFloat32(ctx)
			if err == nil && (everything || e.fine == nil) {
				err = e.refine(everything)
			}
			if err != nil {
				return 0, err
			}
		}
	}
	if err := e.refresh(ctx, theta); err != nil {
		return 0, err
	}
	fresh := !e.started
	if err := e.probes(ctx); err != nil {
		return 0, err
	}
	if fresh && e.o.ProbeLaw == ProbesReduced {
		var err error
		if e.control, err = e.reduce(ctx, len(kernel), noise); err != nil {
			return 0, err
		}
	}
	determinant, err := e.solve(ctx, fresh && e.matched() && method(e.o.Solver) == MethodCG)
	if err != nil {
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
	for p, v := range e.control {
		grad[p] -= 0.5 * float64(e.y.Cols) * v
	}
	if fresh {
		e.value = -0.5*blas.Dot(e.y.Data, e.alpha) - 0.5*float64(e.y.Cols)*(determinant+float64(e.y.Rows)*math.Log(2*math.Pi))
	} else {
		for p, v := range grad {
			e.value += 0.5 * (v + e.slope[p]) * (theta[p] - e.valueAt[p])
		}
	}
	e.valueAt, e.slope = append(e.valueAt[:0], theta...), append(e.slope[:0], grad...)
	e.profile.flatten(grad)
	return e.value, contextError(ctx)
}

// A preconditioner is for other parameters than the present ones when one of them has changed by this factor, and so is the choice of
// its method by the other one.
const (
	farAway      = 2
	fartherStill = 4
)

// refresh makes a new preconditioner where the old one has become too weak: it has cost more iterations than a new one, or
// parameters are far away.
func (e *iterativeObjective) refresh(ctx context.Context, theta []float64) error {
	if e.pre != nil && !e.weak && distance(theta, e.builtAt) < math.Log(farAway) {
		return nil
	}
	o := e.o.preconditioner()
	if low, ok := e.pre.(*LowRank); ok {
		o.from = low.r / 2
	}
	if automatic(o.Method) {
		switch {
		case e.far || e.o.ProbeLaw == ProbesReduced:
			o.Method = RandomPivots
		case e.verdict != "" && distance(theta, e.judged) < math.Log(fartherStill):
			o.Method = e.verdict
		default:
			e.judged = slices.Clone(theta)
		}
	}
	pre, verdict, err := newMatchedBy(ctx, e.op, o)
	if err != nil {
		return err
	}
	e.verdict = verdict
	e.pre, e.builtAt, e.speed, e.lost, e.weak = pre, slices.Clone(theta), 0, 0, false
	return nil
}

func (o *RegressionOptions) preconditioner() *PreconditionerOptions {
	return &PreconditionerOptions{Method: o.Preconditioner, Rank: o.Rank, Seed: o.Seed, Threads: o.Threads}
}

func distance(a, b []float64) float64 {
	most := 0.0
	for i, v := range a {
		most = max(most, math.Abs(v-b[i]))
	}
	return most
}

// mostNear is how many iterations a solve in training may take before columns are tried in place of nearest points. These take
// 10 to 50 where they are the better choice, and hundreds where functions are much smoother than points are dense.
const mostNear = 80

// spent counts the iterations of a solve.
func (e *iterativeObjective) spent(out *Solution) {
	most := slices.Max(out.Iterations)
	e.iterations += most
	if _, near := e.pre.(*Vecchia); near && most > mostNear && automatic(e.o.Preconditioner) {
		e.far, e.weak = true, true
	}
	count, decay := 0, 0.0
	for j, v := range out.Residuals {
		if k := out.Iterations[j]; k > 0 && out.began != nil {
			count += k
			decay += math.Log(out.began[j] / max(v, leastResidual))
		}
	}
	if count == 0 {
		return
	}
	speed := decay / float64(count)
	if e.speed == 0 {
		e.speed = speed
		return
	}
	e.lost += float64(count) / float64(len(out.Residuals)) * max(0, 1-speed/e.speed)
	e.weak = e.weak || e.lost > 3+e.pre.price(e.op)
}

// Limits of a solve in training.
const (
	trainingIterations = 150 // progress is not lost: the next solve starts where this one ends
	hopeless           = 0.3 // relative residual beyond which weights say nothing about the gradient
	refinement         = 15  // iterations between residuals in float64
)

// solve brings x up to date and, if asked to, returns an estimate of the logarithm of the determinant. Where tiles of float32
// are too coarse for so little noise, it computes residuals in float64 if it may, and then everything.
func (e *iterativeObjective) solve(ctx context.Context, lanczos bool) (determinant float64, err error) {
	for {
		o := &SolveOptions{Method: method(e.o.Solver), Format: e.o.Format, Tols: e.tols, MaxIterations: min(e.o.MaxSolve, trainingIterations),
			Preconditioner: e.pre, Lanczos: lanczos, Seed: e.o.Seed, Threads: e.o.Threads}
		if e.valueAt != nil {
			o.Start = &e.x
		}
		if e.o.Progress != nil {
			o.Progress = e.report
		}
		if e.fine != nil && !e.wide {
			o.accurate, o.Refresh = e.fine, refinement
		}
		out, err := Solve(ctx, e.op, e.b, o)
		if err != nil {
			return 0, err
		}
		again, err := e.judge(out)
		if err != nil {
			return 0, err
		}
		if again {
			continue
		}
		e.x, e.started = out.X, true
		e.spent(out)
		determinant = math.NaN()
		if lanczos {
			e.lanczos = out.Lanczos[e.y.Cols:]
			d, err := LogDetFrom(e.lanczos, e.y.Rows, e.pre, 0)
			if err != nil {
				return 0, err
			}
			determinant = d.Value
		}
		break
	}
	e.match = 0
	for i := range e.y.Rows {
		own, probes := e.x.Row(i)[:e.y.Cols], e.x.Row(i)[e.y.Cols:]
		copy(e.alpha[i*e.y.Cols:], own)
		e.match += blas.Dot(e.b.Row(i)[e.y.Cols:], probes) / float64(e.o.Probes*e.y.Rows)
	}
	if e.drawnAt == 0 {
		e.drawnAt = e.match
	}
	return determinant, nil
}

// report tells where a solve is: one of many points takes minutes.
func (e *iterativeObjective) report(p core.Progress) {
	p.Phase, p.Seconds = "gradient", time.Since(e.began).Seconds()
	e.o.Progress(p)
}

// judge reports whether a solve is to be done again more accurately.
func (e *iterativeObjective) judge(out *Solution) (again bool, err error) {
	worst := slices.Max(out.Residuals)
	indefinite, stagnated := false, false
	e.notes = e.notes[:0]
	for _, d := range out.Diagnostics {
		indefinite = indefinite || d.Code == Indefinite
		stagnated = stagnated || d.Code == Stagnated
		if d.Code != GuessDropped {
			e.notes = append(e.notes, d)
		}
	}
	failed := indefinite || worst > hopeless
	if (failed || stagnated) && e.o.Precision == Auto && !e.wide {
		// A residual that only stops short of the tolerance is good enough for this gradient, if not for the next.
		if short := !failed && worst <= 5*e.o.Tol; !short || e.fine == nil {
			return !short, e.refine(failed)
		}
	}
	if failed {
		return false, fmt.Errorf("gp: %w: %d iterations leave systems with a noise of %.3g at a residual of %.2g; raise the noise or its "+
			"lower bound, the rank of the preconditioner, or max_solve_iter", core.ErrNumerical, min(e.o.MaxSolve, trainingIterations),
			leastOf(e.op.Sigma()), worst)
	}
	return false, nil
}

// refine brings in an operator of float64, for residuals or, if that is not enough, for everything.
func (e *iterativeObjective) refine(everything bool) (err error) {
	if e.wide = everything || e.fine != nil; e.fine == nil {
		e.fine, err = NewOperator(e.points, e.op.Kernel(), e.op.noise, &OperatorOptions{Precision: Float64, Threads: e.o.Threads})
	}
	if e.wide && err == nil {
		e.op, e.fine = e.fine, nil
	}
	return err
}

// redraw takes new probes, for the present parameters, at the next evaluation.
func (e *iterativeObjective) redraw() { e.started, e.weak, e.drawnAt = false, true, 0 }

// outdated reports whether the probes were drawn for parameters too far from the present ones: their variance grows as K +
// Sigma moves away from M. fits reports whether they might as well have been drawn for them.
func (e *iterativeObjective) outdated() bool {
	return e.matched() && math.Abs(math.Log(e.match/e.drawnAt)) > math.Log(2)
}

// matched reports whether probes are drawn from N(0, M).
func (e *iterativeObjective) matched() bool {
	return e.o.ProbeLaw == ProbesMatched || e.o.ProbeLaw == ProbesReduced
}

func (e *iterativeObjective) fits() bool {
	return math.Abs(math.Log(e.match/e.drawnAt)) < math.Log(1.2)
}
