package gp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/optimize"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// FitClassification trains the parameters of the kernel k on labels (n), numbers of C classes from 0, at the points x (n x d),
// by the largest marginal likelihood in Laplace's approximation or, with priors, the largest posterior density, and finds
// the mode of the latent functions. With solver cholesky everything is exact: a step of training takes some 5 n^3
// operations per problem of two classes, some 10 C n^3 with softmax, and memory for 3 n^2 or (C + 4) n^2 numbers. With cg,
// parameters are trained so on a part of the points, and the mode of all of them is found by conjugate gradients in memory
// of O(n latent rank).
//
// If ctx ends after the first evaluation, the error is an [*Interrupted] with the best parameters of the problem at hand, and the
// model that comes with it holds those of the problems before it too, without weights: it predicts nothing.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
//
// Source: Rasmussen and Williams, chapters 3 and 5.
func FitClassification[T core.Float](ctx context.Context, x core.Matrix[T], labels []int, k Kernel, o *ClassificationOptions) (
	*Classification, error) {

	if ctx == nil {
		ctx = context.Background()
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkPoints(x, "X", 0); err != nil {
		return nil, err
	}
	count, err := checkLabels(labels, x.Rows)
	if err != nil {
		return nil, err
	}
	if err := Validate(k, x.Cols); err != nil {
		return nil, err
	}
	f := &classFit{o: o.withDefaults(), kernel: k, began: time.Now()}
	m := &Classification{MultiClass: f.o.MultiClass, Classes: count, Labels: slices.Clone(labels), X: pointsOf(x).matrix(), Seed: f.o.Seed,
		PredictTol: f.o.PredictTol, MaxSolve: f.o.MaxSolve, Rank: f.o.Rank, Threads: f.o.Threads, Converged: true}
	f.m, f.list = m, problems(m.Labels, count, m.MultiClass)
	if err := f.prepare(); err != nil {
		return nil, err
	}
	for _, p := range f.list {
		if err := f.problem(ctx, p); err != nil {
			return f.interrupted(err, ctx.Err())
		}
	}
	m.Seconds = time.Since(f.began).Seconds()
	return m, nil
}

// classFit is a call of FitClassification.
type classFit struct {
	m      *Classification
	o      ClassificationOptions
	kernel Kernel
	list   []problem
	exact  bool
	space  *space
	now    problem
	began  time.Time

	phase string    // of the problem at hand
	theta []float64 // its best parameters that were accepted, nil before the first evaluation
	value float64   // and their likelihood, with priors
}

// prepare chooses the solver.
func (f *classFit) prepare() error {
	n := 0
	for _, p := range f.list {
		n = max(n, len(p.y.labels))
	}
	c := f.list[0].y.c
	most := float64(f.o.MaxExact) / math.Cbrt(float64(c))
	f.exact = f.o.Solver == MethodCholesky || f.o.Solver == Auto && float64(n) <= most
	if need := exactMegabytes(n, c); f.exact && need > maxExactMemory {
		return fmt.Errorf("gp: %w: Cholesky of %d points and %d latent functions needs %.0f MB, of which %d are allowed; use "+
			"solver cg", core.ErrOption, n, c, need, maxExactMemory)
	} else if f.exact {
		if err := memory.Check("gp", fmt.Sprintf("Cholesky of %d points and %d latent functions", n, c), 1e6*need, "use solver cg"); err != nil {
			return err
		}
	}
	f.m.Solver, f.m.Precision = MethodCG, f.o.Precision
	if f.exact {
		f.m.Solver = MethodCholesky
	}
	if f.m.Precision == Auto {
		f.m.Precision = Float32
	}
	if f.exact {
		f.m.Precision = Float64
	}
	columns := latent(f.list)
	f.m.Weights, f.m.Latent = core.NewMatrix[float64](f.m.X.Rows, columns), core.NewMatrix[float64](f.m.X.Rows, columns)
	var err error
	f.space, err = newSpace(f.kernel, Bounds{Fixed: true}, f.m.X.Cols, f.o.Priors)
	return err
}

// exactMegabytes is what n x n numbers take in exact evaluations.
func exactMegabytes(n, c int) float64 {
	matrices := 3.0
	if c > 1 {
		matrices = float64(c) + 4
	}
	return matrices * 8 * float64(n) * float64(n) / 1e6
}

// problem trains and finds the mode of one problem.
func (f *classFit) problem(ctx context.Context, p problem) error {
	f.now, f.phase, f.theta, f.value = p, "training", nil, math.Inf(-1)
	theta := Theta(f.kernel)
	trains := f.o.Optimizer != OptimizerNone && len(theta) > 0
	part := p
	if !f.exact && trains {
		part = f.part(p)
	}
	x := p.rows(f.m.X)
	points := x
	if len(part.y.labels) < len(p.y.labels) {
		points = part.rows(f.m.X)
		f.note(Diagnostic{TrainedOnPart, p.number, float64(points.Rows), fmt.Sprintf("parameters were trained on %d of %d points",
			points.Rows, x.Rows), "raise train_size if their uncertainty matters"})
	}
	var start core.Matrix[float64]
	if f.exact || trains {
		e, err := f.evidence(points, part.y)
		if err != nil {
			return err
		}
		if theta, err = f.train(ctx, e, theta); err != nil {
			return err
		}
		if f.exact {
			return f.keepExact(ctx, e, theta)
		}
		f.m.Evaluations++
		if _, err := e.evaluate(ctx, theta, nil); err != nil {
			return err
		}
		start = p.lifted(part, e.mode.a)
	}
	return f.conditionIterative(ctx, x, theta, start)
}

func (f *classFit) evidence(x core.Matrix[float64], y classes) (*exactEvidence, error) {
	op, err := NewOperator(x, f.kernel, nil, &OperatorOptions{Precision: Float64, Threads: f.o.Threads})
	if err != nil {
		return nil, err
	}
	return newExactEvidence(op, y, f.o.newtonTol(true), f.o.MaxNewton, f.o.Threads), nil
}

// streamParts names the random choice of points to train on.
const streamParts = 331

// part returns the problem with train_size of its points, fewer where there are more latent functions, with all classes in
// proportion and at least two points of each that has as many.
func (f *classFit) part(p problem) problem {
	n := len(p.y.labels)
	size := int(float64(f.o.TrainSize) / math.Cbrt(float64(p.y.c)))
	if size >= n {
		return p
	}
	total := make([]int, max(p.y.c, 2))
	for _, label := range p.y.labels {
		total[label]++
	}
	open := make([]int, len(total))
	for k, v := range total {
		open[k] = max(min(2, v), int(math.Round(float64(size)*float64(v)/float64(n))))
	}
	var chosen []int
	for _, i := range rng.New(f.o.Seed, streamParts, uint64(p.number)).Perm(n) {
		if label := p.y.labels[i]; open[label] > 0 {
			open[label]--
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	out := p
	out.points, out.y.labels = nil, nil
	for _, i := range chosen {
		out.points, out.y.labels = append(out.points, p.at(i)), append(out.y.labels, p.y.labels[i])
	}
	return out
}

// train returns the parameters of the largest likelihood, with priors, from theta and other starts.
func (f *classFit) train(ctx context.Context, e *exactEvidence, theta []float64) ([]float64, error) {
	if f.o.Optimizer == OptimizerNone || len(theta) == 0 {
		return theta, nil
	}
	best, value, err := f.climb(ctx, e, theta)
	if err != nil {
		return nil, err
	}
	for restart := range f.o.Restarts {
		other, v, err := f.climb(ctx, e, f.space.random(rng.New(f.o.Seed, streamRestarts, uint64(restart), uint64(f.now.number))))
		if err != nil && !errors.Is(err, core.ErrNumerical) {
			return nil, err
		}
		if err == nil && v > value {
			best, value = other, v
		}
	}
	return best, nil
}

// climb runs the optimizer from theta. Functions are scaled to one point.
func (f *classFit) climb(ctx context.Context, e *exactEvidence, theta []float64) ([]float64, float64, error) {
	size := float64(e.k.n)
	r, err := optimize.Minimize(ctx, func(ctx context.Context, theta, grad []float64) (float64, error) {
		f.m.Evaluations++
		value, err := e.evaluate(ctx, theta, grad)
		if err != nil {
			return 0, err
		}
		if f.theta == nil {
			f.theta = slices.Clone(theta)
		}
		return f.space.perPoint(theta, value, grad, size, size), nil
	}, theta, optimize.Options{Lower: f.space.lower, Upper: f.space.upper, Iterations: f.o.MaxIter, Gradient: 1e-9,
		Decrease: f.o.TrainTol, Longest: 4, Accepted: func(iteration int, theta, _ []float64, value float64) (bool, error) {
			f.m.Iterations++
			if -value*size > f.value {
				f.theta, f.value = append(f.theta[:0], theta...), -value*size
			}
			f.report("training", core.Progress{Iteration: iteration, MaxIterations: f.o.MaxIter, Objective: -value * size})
			return false, nil
		}})
	if err != nil {
		return nil, 0, err
	}
	if !r.Converged() && r.Reason != optimize.NoProgress {
		f.m.Converged = false
		f.note(trainingStopped(r.Reason, r.Iterations))
	}
	return r.X, -r.Value * size, nil
}

// keepExact evaluates at the final parameters and puts the result into the model.
func (f *classFit) keepExact(ctx context.Context, e *exactEvidence, theta []float64) error {
	f.m.Evaluations++
	f.phase = "mode"
	value, err := e.evaluate(ctx, theta, nil)
	if err != nil {
		return err
	}
	f.report("mode", core.Progress{Iteration: e.mode.steps, MaxIterations: f.o.MaxNewton, Objective: value})
	return f.keep(theta, e.mode, value, value, value)
}

// conditionIterative finds the mode of all points, from the weights of start unless that is empty, and the likelihood unless nobody
// wants to know.
func (f *classFit) conditionIterative(ctx context.Context, x core.Matrix[float64], theta []float64, start core.Matrix[float64]) error {
	k, err := WithTheta(f.kernel, theta)
	if err != nil {
		return err
	}
	op, err := NewOperator(x, k, nil, &OperatorOptions{Precision: f.m.Precision, Threads: f.o.Threads})
	if err != nil {
		return err
	}
	f.phase = "mode"
	m, l := newMode(f.now.y), newIterativeLaplace(op, f.now.y.c, f.o, f.report)
	copy(m.a.Data, start.Data)
	if err := m.find(ctx, l, f.o.newtonTol(false), f.o.MaxNewton); err != nil {
		return err
	}
	f.m.SolveIter += l.solves
	for _, d := range l.trouble {
		d.Column = f.now.number
		f.note(d)
	}
	value, lower, upper := math.NaN(), math.NaN(), math.NaN()
	if !f.o.NoLikelihood {
		var notes []Diagnostic
		if value, lower, upper, notes, err = l.evidence(ctx, m); err != nil {
			return err
		}
		for _, d := range notes {
			d.Column = f.now.number
			f.note(d)
		}
	}
	return f.keep(theta, m, value, lower, upper)
}

func (f *classFit) keep(theta []float64, m *mode, value, lower, upper float64) error {
	k, err := WithTheta(f.kernel, theta)
	if err != nil {
		return err
	}
	f.m.Kernels = append(f.m.Kernels, k)
	if f.o.Optimizer != OptimizerNone {
		for _, d := range f.space.atBounds(theta, f.now.number) {
			f.note(d)
		}
	}
	f.now.put(f.m.Weights, m.a)
	f.now.put(f.m.Latent, m.f)
	f.m.LogLikelihoods = append(f.m.LogLikelihoods, value)
	f.m.Lower, f.m.Upper = append(f.m.Lower, lower), append(f.m.Upper, upper)
	f.m.NewtonSteps += m.steps
	if !m.converged {
		f.m.Converged = false
		f.note(Diagnostic{ModeNotReached, f.now.number, m.change, "Newton steps ended before the mode of the latent functions",
			"allow more Newton steps (max_newton, in Python max_iter_predict) or a larger newton_tol"})
	}
	return nil
}

// note keeps a diagnostic, one of each code and problem.
func (f *classFit) note(d Diagnostic) {
	if !slices.ContainsFunc(f.m.Diagnostics, func(o Diagnostic) bool { return o.Code == d.Code && o.Column == d.Column }) {
		f.m.Diagnostics = append(f.m.Diagnostics, d)
	}
}

// report tells the caller which problem is worked on, if there are many, and where it stands.
func (f *classFit) report(phase string, p core.Progress) {
	if f.o.Progress == nil {
		return
	}
	if p.Phase = phase; len(f.list) > 1 {
		p.Phase = fmt.Sprintf("%s %d of %d", phase, f.now.number+1, len(f.list))
	}
	p.Evaluations, p.Seconds = int64(f.m.Evaluations), time.Since(f.began).Seconds()
	f.o.Progress(p)
}
