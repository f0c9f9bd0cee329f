package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/lithe-ml/lithe/core"
)

// drawn returns draws (columns) of the posterior at z.
func drawn(t *testing.T, m *Regression, z core.Matrix[float64], draws int) core.Matrix[float64] {
	t.Helper()
	d, err := DrawFunctions(context.Background(), m, draws, 5)
	require.NoError(t, err)
	values := core.NewMatrix[float64](z.Rows, draws)
	require.NoError(t, EvaluateDraws(context.Background(), m, d, values, z))
	return values
}

// TestDrawsOfLooseSystems: what a residual adds to draws of conjugate gradients is little beside their own deviation, whether
// noise is large, where tolerances are wide, or small.
func TestDrawsOfLooseSystems(t *testing.T) {
	x, y := surface(500, 2, 0.1, 12)
	z := shifted(x, 100, 0.05)
	for _, noise := range []float64{0.3, 0.01, 1e-4} {
		o := RegressionOptions{Noise: noise, NoiseFixed: true, Optimizer: OptimizerNone, Rank: 20, NoLikelihood: true}
		exact := fit(t, x, y, Matern{LengthScale: []float64{0.5}}, o)
		o.Solver, o.Precision = MethodCG, Float64
		near := fit(t, x, y, Matern{LengthScale: []float64{0.5}}, o)
		want, values := drawn(t, exact, z, 32), drawn(t, near, z, 32)
		variance := predict(t, exact, z, PredictOptions{}).Variance
		excess := 0.0
		for i := range want.Data {
			excess += math.Pow(values.Data[i]-want.Data[i], 2) / 32
		}
		require.Less(t, excess, 0.02*sumOf(variance), "noise %v", noise)
	}
}

func sumOf(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum
}

// TestDrawsHaveThePosteriorsMoments compares mean and covariance of draws by conjugate gradients, in more than one block, with
// those of Cholesky.
func TestDrawsHaveThePosteriorsMoments(t *testing.T) {
	const draws = 400
	x, y := surface(200, 2, 0.2, 12)
	z := shifted(x, 15, 0.3)
	o := RegressionOptions{Noise: 0.04, NoiseFixed: true, Optimizer: OptimizerNone, NoLikelihood: true}
	exact := fit(t, x, y, Matern{LengthScale: []float64{0.5}}, o)
	o.Solver = MethodCG
	values := drawn(t, fit(t, x, y, Matern{LengthScale: []float64{0.5}}, o), z, draws)
	mean := predict(t, exact, z, PredictOptions{}).Mean
	want := core.NewMatrix[float64](15, 15)
	require.NoError(t, PredictCovariance(context.Background(), exact, want, z))
	off, trace, squares := 0.0, 0.0, 0.0
	for i := range 15 {
		trace += want.Row(i)[i]
		require.InDelta(t, mean[i], stat.Mean(values.Row(i), nil), 5*math.Sqrt(want.Row(i)[i]/draws))
		for j := range 15 {
			squares += want.Row(i)[j] * want.Row(i)[j]
			off += math.Pow(stat.Covariance(values.Row(i), values.Row(j), nil)-want.Row(i)[j], 2)
		}
	}
	// The expectation of off for normal draws is (trace^2 + squares) / draws.
	require.Less(t, off, 2*(trace*trace+squares)/draws)
}
