package mixture

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// FitKMeans clusters the rows of x (N x D) into o.Clusters groups by Lloyd's algorithm, with the distances as blocked
// matrix products: O(N C D) per iteration. Empty clusters are moved to the farthest points. Errors are as in Fit.
func FitKMeans[T core.Float](ctx context.Context, x core.Matrix[T], opts *KMeansOptions) (*KMeans, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	began := time.Now()
	d, err := newData(ctx, x, o.SampleWeight, true, o.Threads)
	if err != nil {
		return nil, err
	}
	if d.n < o.Clusters {
		return nil, fmt.Errorf("mixture: %w: n_clusters = %d needs at least as many rows (of positive weight), got %d",
			core.ErrShape, o.Clusters, d.n)
	}
	if o.Start != nil && len(o.Start) != o.Clusters*x.Cols {
		return nil, fmt.Errorf("mixture: %w: the initial centres need %d x %d entries, got %d",
			core.ErrShape, o.Clusters, x.Cols, len(o.Start))
	}
	for i, v := range o.Start {
		if v-v != 0 {
			return nil, fmt.Errorf("mixture: %w: the initial centres hold %v at row %d, column %d",
				core.ErrNotFinite, v, i/x.Cols, i%x.Cols)
		}
	}
	if err := checkKMeansMemory[T](o.Clusters, d.n, x.Cols); err != nil {
		return nil, err
	}
	var best *KMeans
	for start := range o.NInit {
		km, err := lloydFrom(ctx, d, &o, o.Seed^uint64(start)*0x9e3779b97f4a7c15, began)
		if err != nil {
			return nil, err
		}
		if best == nil || km.Inertia < best.Inertia {
			best = km
		}
	}
	return best, nil
}

// lloydFrom is one start.
func lloydFrom[T core.Float](ctx context.Context, d *data[T], o *KMeansOptions, seed uint64, began time.Time) (*KMeans, error) {
	D := d.x.Cols
	l := newLloyd(d, o.Clusters, o.Threads)
	report := func(phase string, it, most int, objective float64) {
		if o.Progress != nil {
			o.Progress(core.Progress{Phase: phase, Iteration: it, MaxIterations: most, Objective: objective,
				Evaluations: int64(it) * int64(d.n) * int64(o.Clusters), Seconds: time.Since(began).Seconds()})
		}
	}
	report("seeding", 0, 1, math.NaN())
	switch {
	case o.Start != nil:
		l.place(o.Start)
	case o.Init == "random":
		l.placeOnRows(seed)
	default:
		if err := l.placeApart(ctx, seed); err != nil {
			return nil, err
		}
	}
	// The mean feature variance is 1 in standardised units, so tol needs no scale.
	its, converged, err := l.run(ctx, o.MaxIter, 0, o.Tol, func(it int) { report("lloyd", it, o.MaxIter, l.inertia()) })
	if err != nil {
		return nil, err
	}
	km := &KMeans{Clusters: o.Clusters, Features: D, Centers: make([]float64, o.Clusters*D), Labels: make([]int64, d.x.Rows),
		Iterations: its, Converged: converged}
	for i, v := range l.p.mu {
		km.Centers[i] = v/float64(d.scale[i%D]) + float64(d.shift[i%D])
	}
	sqDist := make([]float64, d.x.Rows)
	if err := Assign(ctx, km, d.x, o.Threads, km.Labels, sqDist); err != nil {
		return nil, err
	}
	for i, s := range sqDist {
		if o.SampleWeight != nil {
			s *= o.SampleWeight[i]
		}
		km.Inertia += s
	}
	return km, nil
}

// Assign writes the nearest centre of each row of x to labels and the squared distance to it to sqDist; either may be
// nil. Distances are evaluated from differences, not from the products that rank the centres.
func Assign[T core.Float](ctx context.Context, km *KMeans, x core.Matrix[T], threads int, labels []int64, sqDist []float64) error {
	if err := x.Check("X"); err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	switch {
	case len(km.Centers) != km.Clusters*km.Features || km.Clusters < 1:
		return fmt.Errorf("mixture: %w: %d centre coordinates for %d clusters of %d features",
			core.ErrShape, len(km.Centers), km.Clusters, km.Features)
	case x.Cols != km.Features:
		return fmt.Errorf("mixture: %w: X has %d features, the centres have %d", core.ErrShape, x.Cols, km.Features)
	case labels != nil && len(labels) != x.Rows:
		return checkLength("the labels", len(labels), x.Rows)
	case sqDist != nil && len(sqDist) != x.Rows:
		return checkLength("the squared distances", len(sqDist), x.Rows)
	}
	if i := slices.IndexFunc(km.Centers, func(v float64) bool { return v-v != 0 }); i >= 0 {
		return fmt.Errorf("mixture: %w: the centres hold %v at row %d, column %d",
			core.ErrNotFinite, km.Centers[i], i/km.Features, i%km.Features)
	}
	if x.Rows == 0 {
		return nil
	}
	if err := x.CheckFinite("X"); err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	// Centred and scaled by the centres, so that a row's label does not depend on the other rows.
	d := &data[T]{x: x, n: x.Rows, total: float64(x.Rows), shift: make([]T, x.Cols), scale: make([]T, x.Cols)}
	l := newLloyd(d, km.Clusters, threads)
	centreOn(d, km)
	l.place(km.Centers)
	if _, err := l.assign(ctx); err != nil {
		return err
	}
	return par.For(ctx, threads, par.Tiles(x.Rows, lloydTile), func(_, t int) {
		lo, hi := par.Span(t, x.Rows, lloydTile)
		for i := lo; i < hi; i++ {
			c := int(l.labels[i])
			if labels != nil {
				labels[i] = int64(c)
			}
			if sqDist != nil {
				sum := 0.0
				for j, v := range x.Row(i) {
					e := float64(v) - km.Centers[c*x.Cols+j]
					sum += e * e
				}
				sqDist[i] = sum
			}
		}
	})
}

// centreOn sets the standardisation of d to the mean and the overall spread of the centres.
func centreOn[T core.Float](d *data[T], km *KMeans) {
	D := km.Features
	variance := 0.0
	for j := range D {
		mean, square := 0.0, 0.0
		for c := range km.Clusters {
			mean += km.Centers[c*D+j] / float64(km.Clusters)
		}
		for c := range km.Clusters {
			e := km.Centers[c*D+j] - mean
			square += e * e / float64(km.Clusters)
		}
		d.shift[j] = T(mean)
		variance += square / float64(D)
	}
	scale := 1.0
	if variance > 0 && !math.IsInf(variance, 1) {
		scale = 1 / math.Sqrt(variance)
	}
	for j := range d.scale {
		d.scale[j] = T(scale)
	}
}
