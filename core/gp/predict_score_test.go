package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// TestLeavingOneOutIsFittingWithoutIt conditions on all but one point.
func TestLeavingOneOutIsFittingWithoutIt(t *testing.T) {
	x, y := surface(120, 2, 0.1, 13)
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}})
	o := RegressionOptions{Noise: 0.02, NoiseFixed: true, Optimizer: OptimizerNone}
	m := fit(t, x, y, k, o)
	held, err := m.LeaveOneOut(context.Background(), 0)
	require.NoError(t, err)
	o.Solver, o.Precision, o.PredictTol = MethodCG, Float64, 1e-8
	all, err := fit(t, x, y, k, o).LeaveOneOut(context.Background(), 119)
	require.NoError(t, err)
	some, err := fit(t, x, y, k, o).LeaveOneOut(context.Background(), 40)
	require.NoError(t, err)
	o.Solver = MethodCholesky
	for _, i := range []int{0, 57, 119} {
		rest := core.NewMatrix[float64](119, 2)
		targets := make([]float64, 0, 119)
		for j := range 120 {
			if j != i {
				copy(rest.Row(len(targets)), x.Row(j))
				targets = append(targets, y[j])
			}
		}
		one := core.Matrix[float64]{Data: x.Row(i), Rows: 1, Cols: 2, Stride: 2}
		p := predict(t, fit(t, rest, targets, k, o), one, PredictOptions{WithNoise: true})
		require.InDelta(t, p.Mean[0], held.Mean[i], 1e-9)
		require.InDelta(t, p.Variance[0], held.Variance[i], 1e-9)
		s, err := Score(p, y[i:i+1])
		require.NoError(t, err)
		require.InDelta(t, -s.NLL, held.LogDensity[i], 1e-7)
		require.InDelta(t, held.Variance[i], all.Variance[i], 1e-9)
		require.InDelta(t, held.Mean[i], all.Mean[i], 1e-6)
		require.GreaterOrEqual(t, some.Variance[i], held.Variance[i]-1e-12)
	}
}

// Densities are those of the targets as given, also where these were normalised for the fit.
func TestLeftOutDensitiesAreInUnitsOfTheTargets(t *testing.T) {
	const slope, shift = 7.0, 3.0
	x, y := surface(60, 2, 0.1, 13)
	wide := make([]float64, len(y))
	for i, v := range y {
		wide[i] = slope*v + shift
	}
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}})
	o := RegressionOptions{Noise: 0.02, NoiseFixed: true, Optimizer: OptimizerNone, NormalizeY: true}
	held, err := fit(t, x, y, k, o).LeaveOneOut(context.Background(), 0)
	require.NoError(t, err)
	scaled, err := fit(t, x, wide, k, o).LeaveOneOut(context.Background(), 0)
	require.NoError(t, err)
	for i := range y {
		require.InDelta(t, slope*held.Mean[i]+shift, scaled.Mean[i], 1e-9)
		require.InDelta(t, slope*slope*held.Variance[i], scaled.Variance[i], 1e-9)
		require.InDelta(t, logNormal(wide[i]-scaled.Mean[i], scaled.Variance[i]), scaled.LogDensity[i], 1e-9)
	}
}

func TestScores(t *testing.T) {
	s, err := Score(&Prediction{Mean: []float64{1, 2}, Variance: []float64{1, 4}}, []float64{2, 2})
	require.NoError(t, err)
	require.InDelta(t, math.Sqrt(0.5), s.RMSE, 1e-15)
	require.InDelta(t, (math.Log(2*math.Pi)+math.Log(2)+0.5)/2, s.NLL, 1e-12)
	_, err = Score(&Prediction{Mean: []float64{1}}, []float64{2})
	require.ErrorIs(t, err, core.ErrShape)
}
