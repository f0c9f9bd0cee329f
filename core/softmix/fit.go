package softmix

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// FitMixture fits a mixture of Options.Components softmax distributions over the rows of x (p x L) to counts (p), which are
// non-negative weights of any kind, by maximum likelihood. x is neither kept nor written to.
//
// A mixture that needed more than Options.MaxIter iterations comes back with Converged false and no error. Every evaluation of the
// likelihood of a start with its derivatives takes 4 p L K operations; Newton's method, used up to 1500 parameters d = K (L + 1),
// p (K L^2 + d^2) more an iteration. Memory is of the order of 8 p K (n_init + 1) + 16 L^2 bytes, at most 25 MB of it for starts;
// normalizers that are sampled (see Options.Normalizer) take a copy of a part of x besides.
//
// Errors wrap core.ErrOption (also for columns that are constant or depend on others, and for more parameters than cells can
// tell), core.ErrShape, core.ErrNotFinite, core.ErrNumerical, or are the context's.
func FitMixture[T core.Float](ctx context.Context, x core.Matrix[T], counts []float64, opts *Options) (*Mixture, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	f, err := newFit(ctx, x, counts, &o)
	if err != nil {
		return nil, err
	}
	m, err := f.run(ctx)
	if err != nil {
		return nil, err
	}
	m.Counts = slices.Clone(counts)
	return m, nil
}

// fit holds what the steps of one call share.
type fit[T core.Float] struct {
	o           *Options
	c           *cells[T]
	b           *pooled
	m           *metric
	precise     *kernel[float64, T] // see inDouble
	lambda      float64
	began       time.Time
	evaluations int64
}

func newFit[T core.Float](ctx context.Context, x core.Matrix[T], counts []float64, o *Options) (*fit[T], error) {
	f := &fit[T]{o: o, began: time.Now()}
	var err error
	if f.c, err = newCells(ctx, x, counts, o.Threads); err != nil {
		return nil, err
	}
	K, L := o.Components, x.Cols
	switch {
	case x.Rows <= L:
		return nil, fmt.Errorf("softmix: %w: X has %d rows for %d columns; at least %d are needed, since probabilities depend on "+
			"differences of rows", core.ErrShape, x.Rows, L, L+1)
	case o.Ridge == 0 && K*(L+1) > x.Rows:
		return nil, fmt.Errorf("softmix: %w: n_components = %d classes of %d features need at least %d rows of X to be told apart, "+
			"there are %d; lower n_components, or set ridge to 1", core.ErrOption, K, L, K*(L+1), x.Rows)
	}
	if err := o.Start.check(K, L); err != nil {
		return nil, err
	}
	if err := checkMemory(o, x.Rows, L); err != nil {
		return nil, err
	}
	f.lambda = o.Ridge / f.c.n
	f.report("one class", 0, 0, math.NaN())
	f.b, f.m, err = pool(ctx, f.c, f.lambda, o.Threads)
	return f, err
}

// checkMemory returns an error wrapping core.ErrMemory if the probabilities of p cells, the covariance of L features and,
// for standard errors, that of all parameters do not fit.
func checkMemory(o *Options, p, L int) error {
	K, parameters := float64(o.Components), float64(o.Components)*float64(L+1)
	bytes := 16*float64(p)*K + 16*float64(L)*float64(L)
	if o.Covariance != "none" {
		bytes += 48 * parameters * parameters
	}
	return memory.Check("softmix", fmt.Sprintf("a fit of %d classes of %d features to %d cells", o.Components, L, p), bytes,
		"lower n_components, or set covariance to none")
}

func (f *fit[T]) run(ctx context.Context) (*Mixture, error) {
	starts, err := f.starts(ctx)
	if err != nil {
		return nil, err
	}
	size := f.sampleSize()
	var climbers []*climber
	if size > 0 {
		climbers, err = burnInSampled(ctx, f, starts, size)
	} else {
		climbers, err = burnIn(ctx, f, starts)
	}
	if err != nil {
		return nil, err
	}
	best, hits, err := f.finish(ctx, climbers[:min(f.o.Finish, len(climbers))])
	if err != nil {
		return nil, err
	}
	m, err := f.model(ctx, best)
	if err != nil {
		return nil, err
	}
	m.Sampled, m.Hits, m.Starts, m.Finished, m.Evaluations = size, hits, len(starts), min(f.o.Finish, len(starts)), f.evaluations
	return m, nil
}

// inDouble returns a kernel for one mixture in float64 that all steps share.
func (f *fit[T]) inDouble() *kernel[float64, T] {
	if f.precise == nil {
		f.precise = newKernel[float64](f.c, 1, f.o.Components, f.o.Threads)
	}
	f.precise.known = false
	return f.precise
}

// starts returns what the fit begins with.
func (f *fit[T]) starts(ctx context.Context) ([]start, error) {
	K, L := f.o.Components, f.c.x.Cols
	var first []start
	if s := f.o.Start; s != nil {
		one := start{make([]float64, K*L), make([]float64, K)}
		f.m.phi(f.o.Threads, s.Theta, one.phi)
		for k := range one.alpha {
			one.alpha[k] = 1
			if s.Alpha != nil {
				one.alpha[k] = s.Alpha[k]
			}
		}
		f.confine(one.phi)
		one.alpha = f.normalized(one.alpha)
		first = append(first, one)
	}
	switch {
	case K == 1:
		return []start{{make([]float64, L), []float64{1}}}, nil
	case len(first) == f.o.NInit:
		return first, nil
	}
	others, err := portfolio(ctx, f, f.o.NInit-len(first))
	return append(first, others...), err
}

func (f *fit[T]) report(phase string, iteration, most int, objective float64) {
	if f.o.Progress != nil {
		f.o.Progress(core.Progress{Phase: phase, Iteration: iteration, MaxIterations: most, Objective: objective,
			Evaluations: f.evaluations, Seconds: time.Since(f.began).Seconds()})
	}
}
