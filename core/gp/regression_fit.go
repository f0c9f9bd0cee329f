package gp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/optimize"
)

// FitRegression trains the parameters of the kernel k and the noise on y (n) at the points x (n x d), by the largest
// marginal likelihood or, with priors, the largest posterior density, and conditions the process on the data. Up to
// max_exact points everything is exact, by Cholesky: n^3 operations per step and n^2 numbers. Beyond, gradients come from
// preconditioned conjugate gradients with frozen probes, and memory is O(n (d + rank + probes)).
//
// If ctx ends after the first evaluation, the error is an [*Interrupted] with the last parameters that were accepted, and the
// model that comes with it holds them too, with weights of training's accuracy; it is nil if there are no weights yet.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical].
func FitRegression[T core.Float](ctx context.Context, x core.Matrix[T], y []float64, k Kernel, o *RegressionOptions) (
	*Regression, error) {

	return FitOutputs(ctx, x, tall(y, len(y)), k, o)
}

// FitOutputs is [FitRegression] for several outputs, the columns of y (n x t), which are independent given the kernel and
// the noise that they share: the likelihood is the product of theirs.
func FitOutputs[T core.Float](ctx context.Context, x core.Matrix[T], y core.Matrix[float64], k Kernel, o *RegressionOptions) (
	*Regression, error) {

	if ctx == nil {
		ctx = context.Background()
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkPoints(x, "X", 0); err != nil {
		return nil, err
	}
	if err := checkTargets(y, x.Rows); err != nil {
		return nil, err
	}
	if err := Validate(k, x.Cols); err != nil {
		return nil, err
	}
	t := &training{o: o.withDefaults(), kernel: k, began: time.Now()}
	if err := checkKnown(t.o.Known, x.Rows); err != nil {
		return nil, err
	}
	t.m = &Regression{Seed: t.o.Seed, PredictTol: t.o.PredictTol, Rank: t.o.Rank, MaxSolve: t.o.MaxSolve, Known: slices.Clone(t.o.Known),
		Threads: t.o.Threads, Preconditioner: t.o.Preconditioner, Storage: t.o.Storage, Format: t.o.Format, Policy: t.o.Policy,
		Actions: t.o.Actions}
	if t.o.Solver == MethodIterGP && y.Cols > 1 {
		return nil, fmt.Errorf("gp: %w: solver itergp is for one output, y has %d; fit a model for each", core.ErrOption, y.Cols)
	}
	standardize(t.m, x, y, t.o.NormalizeX, t.o.NormalizeY)
	t.x, t.y, t.numbers = t.m.X, t.m.targets(), float64(len(t.m.Y))
	if err := t.prepare(); err != nil {
		return nil, err
	}
	err := t.train(ctx)
	if err == nil {
		err = t.finish(ctx)
	}
	if err == nil {
		return t.m, nil
	}
	ended := ctx.Err()
	if ended == nil || t.alpha == nil {
		return nil, t.interrupted(err, ended)
	}
	t.keep()
	return t.m, t.interrupted(err, ended)
}

func checkTargets(y core.Matrix[float64], n int) error {
	if err := y.Check("y"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if y.Rows != n || y.Cols < 1 {
		return fmt.Errorf("gp: %w: y has %d rows and %d columns for %d points; it needs a row for each, and a column for each output",
			core.ErrShape, y.Rows, y.Cols, n)
	}
	if err := y.CheckFinite("y"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	return nil
}

func checkKnown(known []float64, n int) error {
	if known != nil && len(known) != n {
		return fmt.Errorf("gp: %w: there are %d known variances for %d points", core.ErrShape, len(known), n)
	}
	return checkNoise(known, n)
}

// training is a call of FitRegression.
type training struct {
	m         *Regression
	o         RegressionOptions
	kernel    Kernel
	x         core.Matrix[float64]
	y         core.Matrix[float64]
	exact     bool
	space     *space
	fixed     float64 // noise, unless it is trained
	op        *Operator
	objective objective
	theta     []float64 // the last parameters accepted
	alpha     []float64 // and their weights
	steps     []optimize.Step
	numbers   float64 // elements of y, of which this may be a part
	value     float64 // and, if exact, their likelihood
	began     time.Time

	phase       string
	evaluations int // batches included
}

func (t *training) prepare() error {
	n := t.x.Rows
	t.exact = t.o.Solver == MethodCholesky || (t.o.Solver == Auto || t.o.Solver == MethodIterGP) && n <= t.o.MaxExact
	if t.m.Solver = t.o.Solver; t.m.Solver == Auto {
		t.m.Solver = MethodCG
		if t.exact {
			t.m.Solver, t.m.Storage = MethodCholesky, None
		}
	}
	if t.exact {
		if need := 8 * float64(n) * float64(n) / 1e6; need > maxExactMemory {
			return fmt.Errorf("gp: %w: Cholesky of %d points needs %.0f MB, of which %d are allowed; use solver cg",
				core.ErrOption, n, need, maxExactMemory)
		}
		matrices := 2.0 // of training, and of the posterior
		if t.o.Optimizer == OptimizerNone {
			matrices = 1
		}
		if err := checkSquares("Cholesky", n, matrices, "use solver cg, which keeps no matrix"); err != nil {
			return err
		}
	} else if err := checkColumns("solves", n, float64(6*(t.y.Cols+t.o.Probes)), "lower n_probes"); err != nil {
		return err
	}
	t.m.Precision = t.o.Precision
	if t.m.Precision == Auto {
		t.m.Precision = Float32
	}
	if t.exact {
		t.m.Precision = Float64
	}
	variance := 0.0
	for j := range t.y.Cols {
		_, deviation := moments(n, func(i int) float64 { return t.y.Row(i)[j] })
		variance += deviation * deviation / float64(t.y.Cols)
	}
	bounds, noise, err := t.o.noiseBounds(variance, t.m.Precision)
	if err != nil {
		return err
	}
	t.fixed = noise
	if t.space, err = newSpace(t.kernel, bounds, t.x.Cols, t.o.Priors); err != nil {
		return err
	}
	t.theta = Theta(t.kernel)
	if t.space.noise {
		t.theta = append(t.theta, math.Log(noise))
	}
	t.op, err = NewOperator(t.x, t.kernel, together(noise, t.o.Known),
		&OperatorOptions{Precision: t.m.Precision, Threads: t.o.Threads})
	return err
}

// maxExactMemory is how many megabytes the matrix of Cholesky may take.
const maxExactMemory = 16384

// train moves theta to where the likelihood, with priors, is largest.
func (t *training) train(ctx context.Context) error {
	if t.o.Optimizer == OptimizerNone || len(t.theta) == 0 {
		return nil
	}
	for p := range t.theta {
		t.theta[p] = min(max(t.theta[p], t.space.lower[p]), t.space.upper[p])
	}
	if !t.exact {
		if err := t.initialise(ctx); err != nil {
			return err
		}
		return t.trainIterative(ctx)
	}
	if t.o.Init == InitMinibatch {
		if err := t.minibatches(ctx); err != nil {
			return err
		}
	}
	t.objective = newExactObjective(t.op, t.space, t.y, t.o.Known, t.fixed, t.o.Threads)
	best, err := t.climb(ctx, 200)
	for restart := range t.o.Restarts {
		if err != nil {
			break
		}
		best, err = t.again(ctx, restart, best)
	}
	return err
}

// again climbs from another start and goes back unless that leads higher than best. It returns the better value.
func (t *training) again(ctx context.Context, number int, best float64) (float64, error) {
	theta, alpha, value := slices.Clone(t.theta), slices.Clone(t.alpha), t.value
	t.theta = t.restart(number)
	found, err := t.climb(ctx, 200)
	if err == nil && found > best {
		return found, nil
	}
	t.theta, t.alpha, t.value = theta, alpha, value
	if errors.Is(err, core.ErrNumerical) {
		err = nil
	}
	return best, err
}

// trainIterative trains by gradients; values are too coarse. When there is nothing left to gain, probes are drawn once more, for the
// parameters reached.
func (t *training) trainIterative(ctx context.Context) error {
	steps, partly, err := t.larger(ctx)
	switch {
	case err != nil:
		return err
	case partly:
		return t.finally(ctx, steps)
	}
	return t.follow(ctx, steps)
}

// follow climbs by gradients, and notes what there is to say about their solves. Where one of them is out of the question,
// parameters stay what they have become until then.
func (t *training) follow(ctx context.Context, standard int) error {
	e := newIterativeObjective(t.op, t.x, t.space, t.y.Data, t.fixed, t.o)
	e.began, t.objective = t.began, e
	if t.o.Profile {
		var err error
		if e.profile, err = newProfiler(t, e.op); err != nil {
			return err
		}
		t.steps = nil // they know nothing of a noise and a scale that follow
	}
	before := t.m.Iterations
	_, err := t.climb(ctx, standard)
	t.m.SolveIterations += e.iterations
	if e.wide || e.fine != nil {
		t.m.Precision = Float64
	}
	for _, note := range e.notes {
		if !slices.ContainsFunc(t.m.Diagnostics, func(d Diagnostic) bool { return d.Code == note.Code }) {
			note.Column = -1
			t.m.Diagnostics = append(t.m.Diagnostics, note)
		}
	}
	if errors.Is(err, core.ErrNumerical) {
		kept := "those it began with"
		switch {
		case t.m.Iterations > before:
			kept = "the last ones it accepted"
		case t.steps != nil:
			kept = "those of a part of the points"
		}
		t.m.Diagnostics = append(t.m.Diagnostics, Diagnostic{TrainingStopped, -1, float64(t.m.Iterations),
			"training over all points ended at a gradient that could not be computed, and parameters are " + kept + ": " + err.Error(),
			"raise noise_lower or max_solve_iter, or take the parameters as they are"})
		err = nil
	}
	return err
}

// renewed returns a function that takes new probes, once, unless they were drawn close by.
func (t *training) renewed() func() bool {
	e, iterative := t.objective.(*iterativeObjective)
	if !iterative || !e.matched() {
		return nil
	}
	done := false
	return func() bool {
		if done || e.fits() {
			return false
		}
		done = true
		e.redraw()
		return true
	}
}

func (t *training) budget(standard int) int {
	switch {
	case t.o.MaxIter > 0:
		return t.o.MaxIter
	case t.o.Optimizer == OptimizerAdam:
		return 100
	}
	return standard
}

// stepsKept is how many steps quasi-Newton directions are made of.
const stepsKept = 30

// climb runs the optimizer from theta and returns the value at its end. Functions are scaled to one point.
func (t *training) climb(ctx context.Context, standard int) (float64, error) {
	iterations, size := t.budget(standard), float64(len(t.y.Data))
	f := func(ctx context.Context, theta, grad []float64) (float64, error) {
		t.m.Evaluations++
		t.phase = "training"
		value, err := t.objective.evaluate(ctx, theta, grad)
		if err != nil {
			return 0, err
		}
		t.evaluations++
		return t.space.perPoint(theta, value, grad, size, t.numbers), nil
	}
	accept := func(iteration int, theta, grad []float64, value float64) (bool, error) {
		copy(t.theta, theta)
		e, iterative := t.objective.(*iterativeObjective)
		if iterative {
			e.profile.settle(t.theta)
		}
		t.value = -value*size - t.space.addPriors(theta, 0, make([]float64, len(theta)))
		t.alpha = append(t.alpha[:0], t.objective.weights()...)
		t.m.Iterations++
		t.report("training", iteration, iterations, -value*size)
		if iterative && e.outdated() {
			e.redraw()
			return true, nil
		}
		return false, nil
	}
	if t.o.Optimizer == OptimizerAdam {
		return t.adam(ctx, f, accept, iterations)
	}
	tol, longest := positiveOr(t.o.TrainTol, 1e-7), 4.0
	if !t.exact {
		tol, longest = positiveOr(t.o.TrainTol, 1e-4), 1
	}
	r, err := optimize.Minimize(ctx, f, t.theta, optimize.Options{Lower: t.space.lower, Upper: t.space.upper,
		Iterations: iterations, Memory: stepsKept, Steps: t.steps, Gradient: 1e-7, Decrease: tol, Longest: longest, SlopesOnly: !t.exact,
		Accepted: accept, Converged: t.renewed()})
	if err != nil {
		return 0, err
	}
	if !t.exact {
		t.steps = r.Steps
	}
	t.m.Converged = r.Converged()
	t.m.Diagnostics = slices.DeleteFunc(t.m.Diagnostics, func(d Diagnostic) bool { return d.Code == TrainingStopped })
	if !t.m.Converged {
		t.m.Diagnostics = append(t.m.Diagnostics, trainingStopped(r.Reason, t.m.Iterations))
	}
	return -r.Value * size, nil
}

// adam takes a fixed number of steps.
func (t *training) adam(ctx context.Context, f optimize.Function, accept func(int, []float64, []float64, float64) (bool, error),
	steps int) (float64, error) {

	a := optimize.Adam{Rate: t.o.LearningRate, Lower: t.space.lower, Upper: t.space.upper}
	grad := make([]float64, len(t.theta))
	value := math.NaN()
	theta := slices.Clone(t.theta)
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		var err error
		if value, err = f(ctx, theta, grad); err != nil {
			return 0, err
		}
		if _, err := accept(step+1, theta, grad, value); err != nil {
			return 0, err
		}
		a.Step(theta, grad)
	}
	t.m.Converged = true
	return -value * float64(len(t.y.Data)), nil
}

func (t *training) report(phase string, iteration, of int, value float64) {
	t.phase = phase
	if t.o.Progress != nil {
		t.o.Progress(core.Progress{Phase: phase, Iteration: iteration, MaxIterations: of, Objective: value,
			Evaluations: int64(t.m.Evaluations), Seconds: time.Since(t.began).Seconds()})
	}
}
