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
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// streamBasis names the random numbers of restarts.
const streamBasis = 0x62617369

// Bounds of the noise, in units of the variance of y.
const basisNoiseLower, basisNoiseUpper = 1e-6, 1e2

// FitBasis fits the sum of functions that the options name to y (n) at the points x (n x d), in one pass over the data and
// a search of which no step looks at them again: n Q^2 operations and then Q^3 each, with Q the number of basis functions
// of all terms, for any n.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func FitBasis[T core.Float](ctx context.Context, x core.Matrix[T], y []float64, o *BasisOptions) (*BasisRegression, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	began := time.Now()
	d, err := NewBasisDesign(x, o)
	if err != nil {
		return nil, err
	}
	s, err := NewBasisStatistics(d)
	if err != nil {
		return nil, err
	}
	if err := AddBasis(ctx, d, s, x, y, o.withDefaults().Threads); err != nil {
		return nil, err
	}
	m, err := TrainBasis(ctx, d, s, o)
	if m != nil {
		m.Seconds = time.Since(began).Seconds()
	}
	return m, err
}

// UpdateBasis returns the model of the points of m and of x (n x d) with y (n) together, trained from the parameters of m. m
// stays as it is. Of the options those of training count. Errors are those of [FitBasis].
func UpdateBasis[T core.Float](ctx context.Context, m *BasisRegression, x core.Matrix[T], y []float64, o *BasisOptions) (
	*BasisRegression, error) {

	if _, err := m.ready(); err != nil {
		return nil, err
	}
	v := BasisOptions{}
	if o != nil {
		v = *o
	}
	s := *m.Stats
	s.Gram.Data, s.Moments.Data = slices.Clone(s.Gram.Data), slices.Clone(s.Moments.Data)
	if err := AddBasis(ctx, m.Design, &s, x, y, v.Threads); err != nil {
		return nil, err
	}
	v.Start = m.Theta
	return TrainBasis(ctx, m.Design, &s, &v)
}

// basisTraining is a call of TrainBasis.
type basisTraining struct {
	o     BasisOptions
	m     *BasisRegression
	e     *basisObjective
	list  []basisParam
	space *space
	began time.Time
}

// TrainBasis looks for the parameters with the largest marginal likelihood of statistics s or, with priors, the largest
// posterior density, by L-BFGS-B from several starts: 4/3 Q^3 operations per step. Statistics and design are kept by the
// model. Of the options those about the design are not looked at. Errors are those of [FitBasis].
func TrainBasis(ctx context.Context, d *BasisDesign, s *BasisStatistics, o *BasisOptions) (*BasisRegression, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if d.columns == 0 {
		if err := d.prepare(); err != nil {
			return nil, err
		}
	}
	if err := s.check(d.columns); err != nil {
		return nil, err
	}
	if s.Rows < 1 {
		return nil, fmt.Errorf("gp: %w: the statistics are of no points", core.ErrShape)
	}
	t := &basisTraining{o: o.withDefaults(), m: &BasisRegression{Design: d, Stats: s}, began: time.Now()}
	t.m.Threads = t.o.Threads
	t.list = d.params(&t.o)
	var scale float64
	t.e, _, scale = newBasisObjective(d, t.list, s, t.o.Threads)
	if err := t.bounds(); err != nil {
		return nil, err
	}
	if err := t.search(ctx); err != nil {
		return nil, err
	}
	grad := make([]float64, len(t.m.Theta))
	value, err := t.e.evaluate(ctx, t.m.Theta, grad)
	if err != nil {
		return nil, err
	}
	t.m.LogLikelihood = value - float64(s.Rows)*math.Log(scale)
	t.m.resolution(t.list)
	t.m.Seconds = time.Since(t.began).Seconds()
	return t.m, nil
}

// bounds makes the box that is searched.
func (t *basisTraining) bounds() error {
	t.space = &space{noise: true}
	for _, p := range t.list {
		t.space.names = append(t.space.names, p.name)
		t.space.lower, t.space.upper = append(t.space.lower, math.Log(p.lower)), append(t.space.upper, math.Log(p.upper))
	}
	t.space.names = append(t.space.names, noiseName)
	t.space.lower = append(t.space.lower, math.Log(basisNoiseLower))
	t.space.upper = append(t.space.upper, math.Log(basisNoiseUpper))
	t.space.features = len(t.m.Design.Categories)
	return t.space.attach(t.o.Priors)
}

// start returns the parameters of a start: the options', the usual ones, or random ones.
func (t *basisTraining) start(restart int) ([]float64, error) {
	count := len(t.list) + 1
	if restart == 0 && t.o.Start != nil {
		if len(t.o.Start) != count {
			return nil, fmt.Errorf("gp: %w: the start has %d elements for %d parameters %v", core.ErrShape, len(t.o.Start), count,
				t.space.names)
		}
		return slices.Clone(t.o.Start), nil
	}
	theta := make([]float64, count)
	r := rng.New(t.o.Seed, streamBasis, uint64(restart))
	draw := func(lower, upper float64) float64 { return math.Log(lower) + r.Float64()*math.Log(upper/lower) }
	for i, p := range t.list {
		theta[i] = math.Log(p.start)
		if restart > 0 {
			theta[i] = draw(p.lower, p.upper)
			if p.part < 0 {
				theta[i] = draw(0.05, 3)
			}
		}
	}
	theta[count-1] = math.Log(0.1)
	if restart > 0 {
		theta[count-1] = draw(1e-3, 1)
	}
	return theta, nil
}

// search runs the optimizer from every start and keeps the best end.
func (t *basisTraining) search(ctx context.Context) error {
	best := math.Inf(-1)
	size := float64(t.e.n)
	f := func(ctx context.Context, theta, grad []float64) (float64, error) {
		t.m.Evaluations++
		value, err := t.e.evaluate(ctx, theta, grad)
		if err != nil {
			return 0, err
		}
		return t.space.perPoint(theta, value, grad, size, size), nil
	}
	accepted := func(iteration int, _, _ []float64, value float64) (bool, error) {
		t.m.Iterations++
		if t.o.Progress != nil {
			t.o.Progress(core.Progress{Phase: "training", Iteration: iteration, MaxIterations: t.o.MaxIter, Objective: -value * size,
				Evaluations: int64(t.m.Evaluations), Seconds: time.Since(t.began).Seconds()})
		}
		return false, nil
	}
	var failure error
	for restart := range t.o.Restarts + 1 {
		theta, err := t.start(restart)
		if err != nil {
			return err
		}
		if t.o.MaxIter == 0 {
			t.m.Theta, t.m.Converged = theta, true
			return nil
		}
		r, err := optimize.Minimize(ctx, f, theta, optimize.Options{Lower: t.space.lower, Upper: t.space.upper,
			Iterations: t.o.MaxIter, Gradient: 1e-7, Decrease: 1e-9, Longest: 4, Accepted: accepted})
		switch {
		case errors.Is(err, core.ErrNumerical):
			failure = err
		case err != nil:
			return err
		case -r.Value > best:
			best, t.m.Theta, t.m.Converged = -r.Value, r.X, r.Converged()
			t.m.Diagnostics = nil
			if !t.m.Converged {
				note := trainingStopped(r.Reason, r.Iterations)
				if r.Reason == optimize.NoProgress {
					note.Action = "take the parameters as they are, or train from other starts with more n_restarts"
				}
				t.m.Diagnostics = []Diagnostic{note}
			}
		}
	}
	if t.m.Theta == nil {
		return failure
	}
	return nil
}
