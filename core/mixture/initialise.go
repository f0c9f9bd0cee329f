package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	seedLloyd  = 10   // Lloyd passes of init_params = kmeans
	seedStop   = 0.01 // ... ended early when fewer than this fraction of the labels change
	linkBlock  = 256  // centres compared at a time while the graph is made
	pooledRows = 10   // pseudo-rows with which the pooled variance enters each component's starting variance
)

// check validates the starting values against the shapes of the fit; h is the number of factors in use.
func (s *Start) check(c, d, h, rows int) error {
	if s == nil {
		return nil
	}
	for _, f := range []struct {
		name  string
		value []float64
		size  int
		shape string
	}{
		{"weights_init", s.Weights, c, "(n_components)"},
		{"means_init", s.Means, c * d, "(n_components, n_features)"},
		{"factor_loadings_init", s.Loadings, c * d * h, "(n_components, n_features, n_factors)"},
		{"noise_variance_init", s.NoiseVariance, c * d, "(n_components, n_features)"},
	} {
		if f.value == nil {
			continue
		}
		if len(f.value) != f.size {
			return fmt.Errorf("mixture: %w: %s must have shape %s, that is %d entries, got %d",
				core.ErrShape, f.name, f.shape, f.size, len(f.value))
		}
		for i, v := range f.value {
			if v-v != 0 {
				return fmt.Errorf("mixture: %w: %s holds %v at entry %d", core.ErrNotFinite, f.name, v, i)
			}
		}
	}
	sum := 0.0
	for i, v := range s.Weights {
		if v < 0 {
			return fmt.Errorf("mixture: %w: weights_init of component %d is negative: %v", core.ErrOption, i, v)
		}
		sum += v
	}
	if s.Weights != nil && math.Abs(sum-1) > 1e-6 {
		return fmt.Errorf("mixture: %w: weights_init must sum to 1, got %v", core.ErrOption, sum)
	}
	if s.DOF != nil && len(s.DOF) != c {
		return fmt.Errorf("mixture: %w: the starting degrees of freedom must be one per component, %d, got %d", core.ErrShape, c, len(s.DOF))
	}
	for i, v := range s.DOF {
		if !(v > 0) || math.IsInf(v, 1) {
			return fmt.Errorf("mixture: %w: the starting degrees of freedom must be positive and finite, got %v at component %d",
				core.ErrOption, v, i)
		}
	}
	for i, v := range s.NoiseVariance {
		if !(v > 0) {
			return fmt.Errorf("mixture: %w: noise_variance_init must be positive, got %v at component %d, feature %d",
				core.ErrOption, v, i/d, i%d)
		}
	}
	if s.Labels == nil {
		return nil
	}
	if len(s.Labels) != rows {
		return fmt.Errorf("mixture: %w: the labels must be one per row, %d, got %d", core.ErrShape, rows, len(s.Labels))
	}
	for i, v := range s.Labels {
		if v < -1 || v >= int64(c) {
			return fmt.Errorf("mixture: %w: label %d of row %d is outside [-1, %d)", core.ErrOption, v, i, c)
		}
	}
	return nil
}

// initialise makes the starting parameters, candidate sets and graph. Means come from Options.Start or from a hard
// clustering by Options.InitParams; variances from the clusters, drawn towards their pooled value and shared between
// noise and random loadings; candidates are the own cluster and its nearest neighbours.
func (f *fit[T]) initialise(ctx context.Context, s *search, seed uint64) (*params, error) {
	start := f.o.Start
	if start == nil {
		start = &Start{}
	}
	l := newLloyd(f.d, f.o.Components, f.o.Threads)
	if err := f.cluster(ctx, l, start, seed); err != nil {
		return nil, err
	}
	if !s.exact {
		if err := linkCenters(ctx, s, l.p, f.o.Threads); err != nil {
			return nil, err
		}
	}
	for i, c := range l.labels {
		own := s.neighborsOf(c)
		for r := range s.keep {
			s.candidates[i*s.keep+r] = own[r%len(own)]
		}
	}
	return f.firstParams(ctx, l.p, start, seed)
}

// firstParams makes the starting parameters from the clusters q and the starting values given.
func (f *fit[T]) firstParams(ctx context.Context, q *params, start *Start, seed uint64) (*params, error) {
	p := newParams(f.k.C, f.k.D, f.k.H)
	f.spread(p, q, start, seed)
	switch f.o.LoadingsType {
	case LoadingsTied:
		p.tieLoadings()
	case LoadingsCommon:
		if err := p.shareFactors(ctx, seed, f.o.Threads); err != nil {
			return nil, err
		}
	}
	if f.o.tied() {
		p.tie(p.pi, prior{}, f.o.RegCovar, f.o.isotropic())
	}
	p.dof = f.o.startDOF(p.C, p.D, start)
	return p, nil
}

// cluster leaves labels, centres, weights and within-cluster variances in l.
func (f *fit[T]) cluster(ctx context.Context, l *lloyd[T], start *Start, seed uint64) error {
	switch {
	case start.Means != nil:
		l.place(start.Means)
	case start.Labels != nil:
		return f.adoptLabels(ctx, l, start.Labels)
	case f.o.InitParams == "random":
		draw := rng.At(seed, streamStart)
		for i := range l.labels {
			l.labels[i] = uint32(draw.Below(l.p.C))
		}
		_, err := l.update(ctx)
		return err
	case f.o.InitParams == "whitened":
		return f.clusterWhitened(ctx, l, seed)
	case f.o.Family != Gaussian && l.d == f.d:
		return f.clusterCrowd(ctx, l, seed, func(inner *lloyd[T]) error { return f.cluster(ctx, inner, start, seed) })
	case f.o.InitParams == "random_from_data":
		l.placeOnRows(seed)
	default:
		if err := l.placeApart(ctx, seed); err != nil {
			return err
		}
	}
	limit := 0
	if start.Means == nil && f.o.InitParams == "kmeans" {
		limit = seedLloyd
	}
	f.report("seeding", 0, limit, math.NaN())
	if _, _, err := l.run(ctx, limit, seedStop, -1, func(it int) { f.report("seeding", it, limit, l.inertia()) }); err != nil {
		return err
	}
	_, err := l.update(ctx)
	return err
}

// clusterCrowd is cluster for families whose outliers must not attract seeds: clusters are formed without the rows that
// lie alone, and every row then goes to the nearest.
func (f *fit[T]) clusterCrowd(ctx context.Context, l *lloyd[T], seed uint64, cluster func(inner *lloyd[T]) error) error {
	crowd, err := f.d.crowd(ctx, l.p.C, seed, f.o.Threads)
	if err != nil {
		return err
	}
	inner := newLloyd(crowd, l.p.C, f.o.Threads)
	if err := cluster(inner); err != nil {
		return err
	}
	l.p.copyFrom(inner.p)
	_, err = l.assign(ctx)
	return err
}

// adoptLabels makes clusters of the labelled points and then gives every other point (label -1) to the nearest.
func (f *fit[T]) adoptLabels(ctx context.Context, l *lloyd[T], labels []int64) error {
	given := make([]uint32, f.d.n)
	missing := false
	for i := range given {
		row := i
		if f.d.rows != nil {
			row = int(f.d.rows[i])
		}
		given[i] = uint32(labels[row]) // -1 becomes unlabelled
		missing = missing || given[i] == unlabelled
	}
	copy(l.labels, given)
	if _, err := l.update(ctx); err != nil || !missing {
		return err
	}
	if _, err := l.assign(ctx); err != nil {
		return err
	}
	for i, c := range given {
		if c != unlabelled {
			l.labels[i] = c
		}
	}
	return nil
}

// linkCenters makes g_c the components whose centres are nearest: O(C^2 D).
func linkCenters(ctx context.Context, s *search, p *params, threads int) error {
	lanes, D, C := panel.Lanes[float32](), p.D, p.C
	comp, zero, ids := make([]float32, C*2*D), make([]float32, C), make([]uint32, C)
	for c := range C {
		for d, v := range p.mu[c*D : (c+1)*D] {
			comp[(c*D+d)*2], comp[(c*D+d)*2+1] = float32(v), 1
		}
		ids[c] = uint32(c)
	}
	return par.For(ctx, threads, par.Tiles(C, lanes), func(_, t int) {
		x, l := make([]float32, D*lanes), make([]float32, linkBlock*lanes)
		top := newLeaders[float32](s.neighbors)
		lo, hi := par.Span(t, C, lanes)
		for c := lo; c < hi; c++ {
			for d := range D {
				x[d*lanes+c-lo] = comp[(c*D+d)*2]
			}
		}
		top.reset()
		for b := range par.Tiles(C, linkBlock) {
			first, last := par.Span(b, C, linkBlock)
			panel.Evaluate(l, x, D, 0, comp, zero, ids[first:last])
			for c := max(lo, first); c < min(hi, last); c++ {
				l[(c-first)*lanes+c-lo] = math.MaxFloat32 // itself comes first, whatever coincides with it
			}
			top.add(l, last-first, uint32(first))
		}
		for c := lo; c < hi; c++ {
			for r := range s.neighborsOf(uint32(c)) {
				s.graph[c*s.neighbors+r] = top.index[r*lanes+c-lo]
			}
		}
	})
}

// spread sets the starting parameters of all components from the clusters q and the starting values given.
func (f *fit[T]) spread(p, q *params, start *Start, seed uint64) {
	pooled := q.pooled()
	_ = par.For(nil, f.o.Threads, p.C, func(_, c int) {
		mu, lambda, noise := p.component(c)
		p.pi[c] = f.first(c, q, pooled, start, seed, mu, lambda, noise)
	})
}

// pooled returns the within-cluster variance of each feature.
func (p *params) pooled() []float64 {
	pooled := make([]float64, p.D)
	for c := range p.C {
		for d, v := range p.noise[c*p.D : (c+1)*p.D] {
			pooled[d] += p.pi[c] * v
		}
	}
	return pooled
}

// first sets the starting mean, loadings and noise of component c from cluster c of q, or from what the caller gave, and
// returns its weight.
func (f *fit[T]) first(c int, q *params, pooled []float64, start *Start, seed uint64, mu, lambda, noise []float64) float64 {
	draw := rng.New(seed, streamLoadings, uint64(c))
	D, H := q.D, f.k.H
	n, weight := q.pi[c]*f.d.mass, q.pi[c]
	if start.Weights != nil {
		weight = start.Weights[c]
	}
	copy(mu, q.mu[c*D:(c+1)*D])
	for d := range noise {
		v := (n*q.noise[c*D+d] + pooledRows*pooled[d]) / (n + pooledRows)
		v = max(v, f.o.RegCovar)
		noise[d] = v
		for h := range H {
			lambda[d*H+h] = math.Sqrt(v/2/float64(H)) * draw.NormFloat64()
		}
		if H > 0 {
			noise[d] = max(v/2, f.o.RegCovar)
		}
		if f.shared != nil {
			copy(lambda[d*H:(d+1)*H], f.shared.lambda[d*H:(d+1)*H])
			noise[d] = f.shared.noise[d]
		}
		// What the caller gave is brought to standardised units.
		i, shift, scale := c*D+d, float64(f.d.shift[d]), float64(f.d.scale[d])
		if start.Means != nil {
			mu[d] = (start.Means[i] - shift) * scale
		}
		if start.NoiseVariance != nil {
			noise[d] = max(start.NoiseVariance[i]*scale*scale, f.o.RegCovar)
		}
		if start.Loadings != nil {
			for h := range H {
				lambda[d*H+h] = start.Loadings[i*H+h] * scale
			}
		}
	}
	if f.o.isotropic() {
		average(noise)
	}
	return weight
}
