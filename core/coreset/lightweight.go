package coreset

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	scoreTile = 2048    // rows
	mostParts = 1 << 24 // about as many elements may be summed up apart
)

// Lightweight draws a coreset for k-means and its relatives (Bachem, Lucic and Krause, KDD 2018): row i with probability
//
//	q_i = 1/(2n) + |x_i - mean|^2 / (2 sum_j |x_j - mean|^2)
//
// and weight 1/(m q_i), in two passes over x (n x D). For any set of centres the weighted cost is within e/2 times the true
// cost plus e/2 times the cost of the mean alone, with m of order D k log(k) / e^2. Use [Sensitivity] where that second term
// is too much: many clusters far apart. O(n D).
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func Lightweight[T core.Float](ctx context.Context, x core.Matrix[T], o *SampleOptions) (*Sample, error) {
	return lightweight(ctx, denseOf(x), o)
}

// SparseLightweight is [Lightweight] of sparse rows: as many operations as there are entries.
func SparseLightweight(ctx context.Context, x SparsePoints, o *SampleOptions) (*Sample, error) {
	return lightweight(ctx, x, o)
}

// ready checks options and rows, and returns the sum of the weights.
func (o *SampleOptions) ready(x sampleRows) (mass float64, err error) {
	if err := o.Validate(); err != nil {
		return 0, err
	}
	if err := x.check(); err != nil {
		return 0, err
	}
	n, _ := x.Dims()
	if err := checkDraws(o.Size, n); err != nil {
		return 0, err
	}
	return checkMass(o.SampleWeight, n)
}

func lightweight(ctx context.Context, x sampleRows, o *SampleOptions) (*Sample, error) {
	began := time.Now()
	mass, err := o.ready(x)
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	mean, err := meanRow(ctx, x, o.SampleWeight, mass, o.Threads)
	if err != nil {
		return nil, err
	}
	o.report("mean", 1, began)
	square := 0.0
	for _, v := range mean {
		square += v * v
	}
	scores, spread := make([]float64, n), make([]float64, par.Tiles(n, scoreTile))
	err = par.For(ctx, o.Threads, len(spread), func(_, tile int) {
		lo, hi := par.Span(tile, n, scoreTile)
		for i := lo; i < hi; i++ {
			scores[i] = x.offset(i, mean, square)
			spread[tile] += scores[i] * massAt(o.SampleWeight, i)
		}
	})
	if err != nil {
		return nil, err
	}
	o.report("distances", 2, began)
	total := 0.0
	for _, s := range spread {
		total += s
	}
	for i := range scores {
		part := 0.0
		if total > 0 {
			part = scores[i] / total
		}
		scores[i] = massAt(o.SampleWeight, i) * (1/mass + part)
	}
	return drawn(scores, o.SampleWeight, o.Size, o.Seed, began)
}

func (o *SampleOptions) report(phase string, pass int, began time.Time) {
	if o.Progress != nil {
		o.Progress(core.Progress{Phase: phase, Iteration: pass, MaxIterations: pass, Objective: math.NaN(),
			Seconds: time.Since(began).Seconds()})
	}
}

// meanRow returns the weighted mean of the rows, summed tile by tile in float64.
func meanRow(ctx context.Context, x sampleRows, weight []float64, mass float64, threads int) ([]float64, error) {
	n, m := x.Dims()
	stretch := max(scoreTile, par.Tiles(n*m, mostParts)) // few sums of many columns
	parts := make([]float64, par.Tiles(n, stretch)*m)
	err := par.For(ctx, threads, par.Tiles(n, stretch), func(_, tile int) {
		lo, hi := par.Span(tile, n, stretch)
		for i := lo; i < hi; i++ {
			x.addTo(parts[tile*m:(tile+1)*m], i, massAt(weight, i)/mass)
		}
	})
	mean := parts[:m]
	for k := m; k < len(parts); k++ {
		mean[k%m] += parts[k]
	}
	return mean, err
}
