package mixture

import (
	"context"
	"fmt"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// Names of the random streams of a fit.
const (
	streamExplore = iota + 1
	streamSeeds
	streamLoadings
	streamStart
	streamSample
	streamImpute
	streamSplit
)

// trialSteps is the most EM iterations after which the best of several starts is chosen.
const trialSteps = 10

// FitMatrix is [Fit] on a row-major view of either precision, which is neither copied, kept nor written to.
func FitMatrix[T core.Float](ctx context.Context, x core.Matrix[T], opts *Options) (*Model, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	o.Explore, o.RegCovar = max(0, o.Explore), max(1e-14, o.RegCovar)
	f, err := newFit(ctx, x, &o)
	if err != nil {
		return nil, err
	}
	var best *climb[T]
	for start := range o.NInit {
		c, err := f.newClimb(ctx, uint64(start))
		if err != nil {
			return nil, err
		}
		if o.NInit > 1 {
			if err := c.ascend(ctx, coarse*o.Tol, -1, trialSteps); err != nil {
				return nil, err
			}
		}
		if best == nil || c.model.LowerBound > best.model.LowerBound {
			best = c
		}
	}
	if o.NInit > 1 {
		if err := f.k.prepare(ctx, best.p, o.Threads); err != nil { // other starts came between
			return nil, err
		}
	}
	if err := best.finish(ctx); err != nil {
		return nil, err
	}
	return best.model, nil
}

// fit holds what the starts of one call share.
type fit[T core.Float] struct {
	o      *Options
	d      *data[T]
	k      *packed[T]
	began  time.Time
	spent  int64         // evaluations so far
	shared *sharedSpread // first covariance of every component; nil: each has its own
}

func newFit[T core.Float](ctx context.Context, x core.Matrix[T], o *Options) (*fit[T], error) {
	f := &fit[T]{o: o, began: time.Now()}
	var err error
	if f.d, err = newDataMissing(ctx, x, o.SampleWeight, o.isotropic(), o.Missing, o.Threads); err != nil {
		return nil, err
	}
	if _, heavy, _ := o.family(x.Cols); heavy {
		if err = f.d.standardizeByQuartiles(ctx, o.isotropic(), o.Seed, o.Threads); err != nil {
			return nil, err
		}
	}
	if f.d.n < o.Components {
		return nil, fmt.Errorf("mixture: %w: n_components = %d needs at least as many rows (of positive weight), got %d",
			core.ErrShape, o.Components, f.d.n)
	}
	h, err := factors(o, x.Cols)
	if err != nil {
		return nil, err
	}
	if err := o.Start.check(o.Components, x.Cols, h, x.Rows); err != nil {
		return nil, err
	}
	if err := checkMemory[T](o, f.d.n, x.Cols, h); err != nil {
		return nil, err
	}
	f.k = newPacked[T](o.Components, x.Cols, h)
	if f.d.patterns != nil {
		f.k.marginal = newMarginals(f.k)
	}
	return f, nil
}

// factors returns the number of factors in use for rows of so many features.
func factors(o *Options, features int) (int, error) {
	switch {
	case o.CovarianceType != Factor:
		return 0, nil
	case o.Factors >= features:
		return 0, fmt.Errorf("mixture: %w: n_factors = %d must be below the number of features, %d; "+
			"lower it or use covariance_type %q", core.ErrOption, o.Factors, features, Diag)
	}
	return o.Factors, nil
}

func (f *fit[T]) report(phase string, iteration, most int, objective float64) {
	if f.o.Progress != nil {
		f.o.Progress(core.Progress{Phase: phase, Iteration: iteration, MaxIterations: most, Objective: objective,
			Evaluations: f.spent, Seconds: time.Since(f.began).Seconds()})
	}
}

// export writes the parameters in the units of the data to the model.
func (f *fit[T]) export(m *Model, p *params, s *search) {
	f.d.export(m, p, f.o.CovarianceType)
	m.Family, m.LoadingsType, m.NoiseType = f.o.Family, f.o.LoadingsType, f.o.NoiseType
	_, _, m.DOFEstimated = f.o.family(p.D)
	s.export(m)
}

// export makes the parameters those of the model, in the units of the data. It changes p, whose arrays the model takes.
func (d *data[T]) export(m *Model, p *params, covarianceType string) {
	m.Components, m.Features, m.Factors, m.CovarianceType = p.C, p.D, p.H, covarianceType
	m.Weights, m.Means, m.NoiseVariance, m.Loadings = p.pi, p.mu, p.noise, p.lambda
	m.Family, m.DOF, m.LoadingsType, m.NoiseType = Gaussian, p.dof, LoadingsOwn, NoiseDiag
	for i := range p.mu {
		unit := 1 / float64(d.scale[i%p.D])
		p.mu[i] = p.mu[i]*unit + float64(d.shift[i%p.D])
		p.noise[i] *= unit * unit
		for h := range p.H {
			p.lambda[i*p.H+h] *= unit
		}
	}
}

// export gives the model its graph, if there is one.
func (s *search) export(m *Model) {
	if s.exact {
		return
	}
	m.Graph = s.neighbors
	m.Neighbors = make([]int32, len(s.graph))
	for i, c := range s.graph {
		m.Neighbors[i] = int32(c)
	}
}
