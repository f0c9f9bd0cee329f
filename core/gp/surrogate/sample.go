package surrogate

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Samples are draws from the surrogate.
type Samples struct {
	X           core.Matrix[float64] // count x d: equally weighted points of the box
	LogDensity  []float64            // count: mu
	Mean        []float64            // d
	Covariance  core.Matrix[float64] // d x d
	LogEvidence float64              // logarithm of the integral of the surrogate over the box
}

// Sample returns count draws from the surrogate given all values told, of as many particles as it takes. It needs enough
// finite values: the error wraps core.ErrOption if there are fewer than the initial design asks for. seed is that of the draws
// alone.
func (s *Density) Sample(ctx context.Context, count int, seed uint64) (*Samples, error) {
	if count < 1 {
		return nil, fmt.Errorf("gp: %w: the number of samples must be at least 1, got %d", core.ErrOption, count)
	}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	d := len(s.lower)
	n := max(count, 4*s.o.Particles)
	n += n % 2
	a, err := newAnnealing(ctx, s.law, n, rng.New(seed, sampleStream))
	if err != nil {
		return nil, err
	}
	if _, err = a.to(ctx, 1); err != nil {
		return nil, err
	}
	if err = a.move(ctx, 4*a.sweeps); err != nil {
		return nil, err
	}
	out := &Samples{X: core.NewMatrix[float64](count, d), LogDensity: make([]float64, count), LogEvidence: a.mass + s.volume()}
	s.fromCube(a.now.u)
	for i := range count {
		from := i * n / count
		copy(out.X.Row(i), a.now.u.Row(from))
		out.LogDensity[i] = a.now.value[from]
	}
	out.Mean, out.Covariance = covariance(a.now.u)
	return out, nil
}

// covariance returns mean and covariance of rows.
func covariance(x core.Matrix[float64]) ([]float64, core.Matrix[float64]) {
	n, d := x.Rows, x.Cols
	mean, around := make([]float64, d), core.NewMatrix[float64](d, d)
	for i := range n {
		for q, v := range x.Row(i) {
			mean[q] += (v - mean[q]) / float64(i+1)
		}
	}
	for i := range n {
		row := x.Row(i)
		for q := range d {
			for r := range d {
				around.Data[q*d+r] += (row[q] - mean[q]) * (row[r] - mean[r]) / float64(n)
			}
		}
	}
	return mean, around
}

// Evaluate writes the logarithm of the surrogate at the points x (m x d) to mean (m), -Inf outside of the box and where the
// density is taken to vanish, and its standard deviation to deviation, unless that is nil. Errors are those of Sample, or
// wrap core.ErrShape or core.ErrNotFinite.
func (s *Density) Evaluate(ctx context.Context, mean, deviation []float64, x core.Matrix[float64]) error {
	if err := x.Check("x"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if x.Cols != len(s.lower) || len(mean) != x.Rows || deviation != nil && len(deviation) != x.Rows {
		return fmt.Errorf("gp: %w: x must have %d columns and one row per element of mean, got %d x %d and %d elements",
			core.ErrShape, len(s.lower), x.Rows, x.Cols, len(mean))
	}
	if err := x.CheckFinite("x"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	u := s.toCube(x)
	if deviation != nil {
		if err := s.law.evaluate(ctx, mean, deviation, u, s.o.Threads); err != nil {
			return err
		}
		for i, v := range deviation {
			deviation[i] = math.Sqrt(v)
		}
	}
	return s.law.log(ctx, mean, u)
}

// ready updates the law and reports if there is none.
func (s *Density) ready(ctx context.Context) error {
	if err := s.update(ctx); err != nil {
		return err
	}
	if s.law == nil {
		return fmt.Errorf("gp: %w: %d finite values are known, the surrogate begins with n_initial = %d: go on with Ask and Tell, or "+
			"narrow the bounds to where the density does not vanish", core.ErrOption, s.finite(), s.o.Initial)
	}
	return nil
}
