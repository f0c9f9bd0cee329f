package coreset

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const scoreTile = 2048 // rows

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
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkRows("X", x); err != nil {
		return nil, err
	}
	if err := checkDraws(o.Size, x.Rows); err != nil {
		return nil, err
	}
	mass, err := checkMass(o.SampleWeight, x.Rows)
	if err != nil {
		return nil, err
	}
	mean, err := meanRow(ctx, x, o.SampleWeight, mass, o.Threads)
	if err != nil {
		return nil, err
	}
	o.report("mean", 1, began)
	scores := make([]float64, x.Rows)
	spread := make([]float64, par.Tiles(x.Rows, scoreTile))
	err = par.For(ctx, o.Threads, len(spread), func(_, tile int) {
		lo, hi := par.Span(tile, x.Rows, scoreTile)
		for i := lo; i < hi; i++ {
			sum := 0.0
			for j, v := range x.Row(i) {
				e := float64(v) - mean[j]
				sum += e * e
			}
			scores[i] = sum
			spread[tile] += sum * massAt(o.SampleWeight, i)
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
func meanRow[T core.Float](ctx context.Context, x core.Matrix[T], weight []float64, mass float64, threads int) ([]float64, error) {
	tiles := par.Tiles(x.Rows, scoreTile)
	parts := make([]float64, tiles*x.Cols)
	err := par.For(ctx, threads, tiles, func(_, tile int) {
		sum := parts[tile*x.Cols : (tile+1)*x.Cols]
		lo, hi := par.Span(tile, x.Rows, scoreTile)
		for i := lo; i < hi; i++ {
			w := massAt(weight, i) / mass
			for j, v := range x.Row(i) {
				sum[j] += w * float64(v)
			}
		}
	})
	mean := parts[:x.Cols]
	for k := x.Cols; k < len(parts); k++ {
		mean[k%x.Cols] += parts[k]
	}
	return mean, err
}
