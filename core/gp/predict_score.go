package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Scores say how well predictions of observations did.
type Scores struct {
	RMSE float64 // root of the mean squared error, in units of the data
	NLL  float64 // mean of -log of the predictive density of an observation
	R2   float64 // 1 - squared error / squared deviation from the mean of the observations
}

// Score compares a prediction made with WithNoise with what was observed (m x t, row after row). Errors wrap [core.ErrShape].
func Score(p *Prediction, y []float64) (Scores, error) {
	if len(y) != len(p.Mean) || len(p.Variance) != len(p.Mean) || len(y) == 0 {
		return Scores{}, fmt.Errorf("gp: %w: %d observations for %d means and %d variances", core.ErrShape, len(y), len(p.Mean),
			len(p.Variance))
	}
	var s Scores
	n := float64(len(y))
	mean, deviation := moments(len(y), func(i int) float64 { return y[i] })
	around := 0.0
	for i, v := range y {
		e := v - p.Mean[i]
		s.RMSE += e * e
		s.NLL -= logNormal(e, p.Variance[i])
		around += (v - mean) * (v - mean)
	}
	if around == 0 {
		around = n * deviation * deviation
	}
	s.R2 = 1 - s.RMSE/around
	s.RMSE, s.NLL = math.Sqrt(s.RMSE/n), s.NLL/n
	return s, nil
}

// logNormal is the logarithm of the normal density with the given variance at e.
func logNormal(e, variance float64) float64 {
	return -0.5*math.Log(2*math.Pi*variance) - 0.5*e*e/variance
}

// HeldOut are predictions of each training observation from all others, in units of the data.
type HeldOut struct {
	Mean, Variance []float64 // of the observation, noise included (n x t, row after row)
	LogDensity     []float64 // of the observation (n x t)
}

// LeaveOneOut predicts each training observation from all others, without solving for any of them anew: with c_i the
// diagonal of (K + Sigma)^-1 and a the weights, the variance is 1 / c_i and the mean y_i - a_i / c_i. With Cholesky c is
// exact, in n^3/3 operations; with conjugate gradients 1 / c_i is the variance given the neighbors most correlated points,
// 512 if that is 0: never too small, by a percent or so too large.
//
// Errors wrap [core.ErrNumerical] or those of [Predict], or come from ctx.
func (m *Regression) LeaveOneOut(ctx context.Context, neighbors int) (*HeldOut, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	p, err := m.factor(ctx)
	if err != nil {
		return nil, err
	}
	n, t := m.X.Rows, m.outputs()
	if err := m.checkWeights(); err != nil {
		return nil, err
	}
	c := make([]float64, n)
	if p.l != nil {
		if c, err = (&Cholesky{n: n, l: p.l, threads: m.Threads}).InverseDiagonal(ctx); err != nil {
			return nil, err
		}
	} else if err := m.ownNeighbors(ctx, c, int(positiveOr(float64(neighbors), 512))); err != nil {
		return nil, err
	}
	all := make([]float64, n*t)
	for i := range all {
		all[i] = c[i/t]
	}
	out := &HeldOut{LogDensity: make([]float64, n*t)}
	out.Mean, out.Variance = LeaveOneOut(m.Y, m.Weights, all)
	for i := range all {
		mean, scale := m.units(i % t)
		out.LogDensity[i] = logNormal(m.Y[i]-out.Mean[i], out.Variance[i]) - math.Log(scale)
		out.Mean[i], out.Variance[i] = mean+scale*out.Mean[i], scale*scale*out.Variance[i]
	}
	return out, nil
}

// ownNeighbors writes the reciprocals of the variances of observations given their neighbors to c.
func (m *Regression) ownNeighbors(ctx context.Context, c []float64, count int) error {
	n := m.X.Rows
	prior := make([]float64, n)
	if err := m.cache.op.Diagonal(ctx, prior); err != nil {
		return err
	}
	if count = min(count, n-1); count > 0 {
		if err := m.conditioned(ctx, c, prior, pointsOf(m.X), count, true); err != nil {
			return err
		}
	} else {
		copy(c, prior)
	}
	sigma := m.cache.op.Sigma()
	for i := range c {
		c[i] = 1 / (max(c[i], 0) + sigma[i])
	}
	return nil
}
