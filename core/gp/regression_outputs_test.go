package gp

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// beside returns targets of two outputs.
func beside(a, b []float64) core.Matrix[float64] {
	y := core.NewMatrix[float64](len(a), 2)
	for i := range a {
		y.Row(i)[0], y.Row(i)[1] = a[i], b[i]
	}
	return y
}

func TestOutputsAreModelsOfTheirOwn(t *testing.T) {
	x, y := surface(90, 2, 0.1, 3)
	_, other := surface(90, 2, 0.3, 4)
	for i := range other {
		other[i] = 7 + 3*other[i]
	}
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}})
	test := shifted(x, 6, 0.1)
	for _, solver := range []string{MethodCholesky, MethodCG} {
		o := RegressionOptions{Solver: solver, Precision: Float64, NormalizeY: true, Noise: 0.05, NoiseFixed: true, Optimizer: OptimizerNone,
			PredictTol: 1e-9}
		both, err := FitOutputs(context.Background(), x, beside(y, other), k, &o)
		require.NoError(t, err)
		one, two := fit(t, x, y, k, o), fit(t, x, other, k, o)
		if solver == MethodCholesky {
			require.InEpsilon(t, one.LogLikelihood+two.LogLikelihood, both.LogLikelihood, 1e-10)
		} else {
			require.Less(t, both.Lower, one.LogLikelihood+two.LogLikelihood)
			require.Greater(t, both.Upper, one.LogLikelihood+two.LogLikelihood)
		}
		p, p1, p2 := predict(t, both, test, PredictOptions{WithNoise: true}), predict(t, one, test, PredictOptions{WithNoise: true}),
			predict(t, two, test, PredictOptions{WithNoise: true})
		held, err := both.LeaveOneOut(context.Background(), 0)
		require.NoError(t, err)
		held2, err := two.LeaveOneOut(context.Background(), 0)
		require.NoError(t, err)
		for i := range 6 {
			require.InDeltaSlice(t, []float64{p1.Mean[i], p2.Mean[i]}, p.Mean[2*i:2*i+2], 1e-6)
			require.InDeltaSlice(t, []float64{p1.Variance[i], p2.Variance[i]}, p.Variance[2*i:2*i+2], 1e-6)
			require.InDelta(t, held2.LogDensity[i], held.LogDensity[2*i+1], 1e-5)
			require.InDelta(t, held2.Mean[i], held.Mean[2*i+1], 1e-5)
		}
		const draws = 64
		d, err := DrawFunctions(context.Background(), both, draws, 3)
		require.NoError(t, err)
		values := core.NewMatrix[float64](6, 2*draws)
		require.NoError(t, EvaluateDraws(context.Background(), both, d, values, test))
		sum, squares := 0.0, 0.0
		for j := range draws {
			e := values.Row(2)[2*j+1] - p.Mean[5]
			sum, squares = sum+e/draws, squares+e*e/draws
		}
		_, scale := both.units(1)
		spread := p.Variance[5] - 0.05*scale*scale
		require.Less(t, sum*sum, 25*spread/draws)
		require.InEpsilon(t, spread, squares, 0.6)
		paths := predict(t, both, test, PredictOptions{Variance: VariancePathwise, Draws: draws, WithNoise: true})
		require.InEpsilon(t, spread, paths.Variance[5]-0.05*scale*scale, 0.5)
	}
}

func TestGradientsOfOutputsAreSums(t *testing.T) {
	x, y := surface(80, 2, 0.1, 3)
	_, other := surface(80, 2, 0.3, 4)
	k := Multiply(Constant{Value: 1.2}, RBF{LengthScale: []float64{1, 2}})
	noise := Bounds{Lower: 1e-5, Upper: 10}
	one, two := exactOf(t, x, y, k, noise, 0), exactOf(t, x, other, k, noise, 0)
	both := newExactObjective(newOperator(t, x, k, nil, Float64), one.space, beside(y, other), nil, 0, 0)
	theta := append(Theta(k), -2)
	g1, g2, g := make([]float64, 4), make([]float64, 4), make([]float64, 4)
	v1, err := one.evaluate(context.Background(), theta, g1)
	require.NoError(t, err)
	v2, err := two.evaluate(context.Background(), theta, g2)
	require.NoError(t, err)
	v, err := both.evaluate(context.Background(), theta, g)
	require.NoError(t, err)
	require.InEpsilon(t, v1+v2, v, 1e-12)
	for p := range g {
		require.InDelta(t, g1[p]+g2[p], g[p], 1e-8)
	}
	o := (&RegressionOptions{Tol: 1e-5, Probes: 200}).withDefaults()
	iterative := newIterativeObjective(newOperator(t, x, k, nil, Float64), x, one.space, beside(y, other).Data, 0, o)
	estimate := make([]float64, 4)
	_, err = iterative.evaluate(context.Background(), theta, estimate)
	require.NoError(t, err)
	for p := range g {
		require.InDelta(t, g[p], estimate[p], 0.1*(1+abs(g[p])+20))
	}
}

func TestTrainingOfOutputs(t *testing.T) {
	x, y := surface(150, 2, 0.1, 3)
	_, other := surface(150, 2, 0.1, 3)
	for i := range other {
		other[i] = 5 - 2*other[i] // the same process after standardization
	}
	k := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{1, 1}})
	single := fit(t, x, y, k, RegressionOptions{NormalizeY: true})
	m, err := FitOutputs(context.Background(), x, beside(y, other), k, &RegressionOptions{NormalizeY: true})
	require.NoError(t, err)
	require.InDeltaSlice(t, Theta(single.Kernel), Theta(m.Kernel), 0.05)
	require.InEpsilon(t, 2*single.LogLikelihood, m.LogLikelihood, 1e-3)
	near, err := FitOutputs(context.Background(), x, beside(y, other), k, &RegressionOptions{NormalizeY: true, Solver: MethodCG,
		Precision: Float64})
	require.NoError(t, err)
	require.InEpsilon(t, single.Noise, near.Noise, 0.3)
	_, err = FitOutputs(context.Background(), x, core.NewMatrix[float64](150, 0), k, nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = FitOutputs(context.Background(), x, beside(y, other), k, &RegressionOptions{Solver: MethodIterGP})
	require.ErrorIs(t, err, core.ErrOption)
}
