package gp

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestAModelFromAFilePredictsTheSame(t *testing.T) {
	x, y := surface(120, 2, 0.1, 9)
	known := make([]float64, 120)
	for i := range known {
		known[i] = 0.01 + 1e-4*float64(i)
	}
	k := Add(Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}, Bounds: Bounds{Fixed: true}}), White{Noise: 0.01})
	test := shifted(x, 15, 0.1)
	path := filepath.Join(t.TempDir(), "model.lithe")
	for _, o := range []RegressionOptions{
		{NormalizeX: true, NormalizeY: true, Known: known, NoiseFixed: true, MaxIter: 2},
		{Solver: MethodCG, NormalizeY: true, MaxIter: 2, Seed: 1<<63 + 7},
		{Solver: MethodIterGP, Actions: 20, MaxIter: 2},
		{Solver: MethodCG, Precision: Float32, Storage: Float32, NoLikelihood: true, Noise: 0.1, NoiseFixed: true, Optimizer: OptimizerNone},
	} {
		m := fit(t, x, y, k, o)
		require.NoError(t, m.Save(path))
		again, err := LoadRegression(path)
		require.NoError(t, err)
		require.Equal(t, predict(t, m, test, PredictOptions{}), predict(t, again, test, PredictOptions{}))
		require.Equal(t, m.Kernel.String(), again.Kernel.String())
		require.Equal(t, []any{m.Seed, m.Iterations, m.Converged, m.Diagnostics, m.Residual, m.Storage, m.Directions.Rows},
			[]any{again.Seed, again.Iterations, again.Converged, again.Diagnostics, again.Residual, again.Storage, again.Directions.Rows})
		a, b := core.NewMatrix[float64](15, 3), core.NewMatrix[float64](15, 3)
		for i, model := range []*Regression{m, again} {
			d, err := DrawFunctions(context.Background(), model, 3, 4)
			require.NoError(t, err)
			require.NoError(t, EvaluateDraws(context.Background(), model, d, []core.Matrix[float64]{a, b}[i], test))
		}
		require.Equal(t, a.Data, b.Data)
	}
	both, err := FitOutputs(context.Background(), x, beside(y, y), k, &RegressionOptions{NormalizeY: true, MaxIter: 2})
	require.NoError(t, err)
	require.NoError(t, both.Save(path))
	again, err := LoadRegression(path)
	require.NoError(t, err)
	require.Equal(t, predict(t, both, test, PredictOptions{}), predict(t, again, test, PredictOptions{}))

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o666))
	_, err = LoadRegression(path)
	require.ErrorIs(t, err, core.ErrFile)
	both.Weights = nil
	require.ErrorContains(t, both.Save(path), "interrupted")
	_, err = Predict(context.Background(), both, test, nil)
	require.ErrorContains(t, err, "fit again, starting from its kernel")
}

func TestLikelihoodsOfOtherParameters(t *testing.T) {
	x, y := surface(100, 2, 0.1, 9)
	k := Add(Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}}), White{Noise: 0.01})
	theta := append([]float64(nil), Theta(k)...)
	theta[0], theta[1] = theta[0]+0.3, theta[1]-0.4
	moved, err := WithTheta(k, theta)
	require.NoError(t, err)
	o := RegressionOptions{Noise: 0.02, NoiseFixed: true, Optimizer: OptimizerNone, Precision: Float64}
	m := fit(t, x, y, k, o)
	want := fit(t, x, y, moved, o).LogLikelihood
	own, err := m.LogMarginal(context.Background(), nil, nil)
	require.NoError(t, err)
	require.Equal(t, m.LogLikelihood, own)
	exact := make([]float64, len(theta))
	value, err := m.LogMarginal(context.Background(), theta, exact)
	require.NoError(t, err)
	require.InEpsilon(t, want, value, 1e-10)
	for p := range theta {
		const h = 1e-5
		up, down := append([]float64(nil), theta...), append([]float64(nil), theta...)
		up[p], down[p] = up[p]+h, down[p]-h
		a, err := m.LogMarginal(context.Background(), up, nil)
		require.NoError(t, err)
		b, err := m.LogMarginal(context.Background(), down, nil)
		require.NoError(t, err)
		require.InDelta(t, (a-b)/(2*h), exact[p], 1e-4*(1+abs(exact[p])))
	}
	for _, solver := range []string{MethodCG, MethodIterGP} {
		o.Solver = solver
		m := fit(t, x, y, k, o)
		weights := append([]float64(nil), m.Weights...)
		gradient := make([]float64, len(theta))
		value, err := m.LogMarginal(context.Background(), theta, gradient)
		require.NoError(t, err)
		require.InDelta(t, want, value, 3)
		require.InDeltaSlice(t, exact, gradient, 10)
		alone, err := m.LogMarginal(context.Background(), theta, nil)
		require.NoError(t, err)
		require.InDelta(t, alone, value, 1)
		require.Equal(t, weights, m.Weights)
	}
	_, err = m.LogMarginal(context.Background(), theta[:2], nil)
	require.ErrorIs(t, err, core.ErrShape)
}

func TestPriorsAreDrawnFrom(t *testing.T) {
	x := cloud(6, 2, 3)
	k := Multiply(Constant{Value: 2}, RBF{LengthScale: []float64{1, 2}})
	gram, draws := core.NewMatrix[float64](6, 6), core.NewMatrix[float64](6, 500)
	require.NoError(t, Evaluate(context.Background(), k, gram, x, x, 0))
	require.InDelta(t, 2, gram.Row(3)[3], 1e-12)
	require.NoError(t, DrawPrior(context.Background(), k, draws, x, 1, 0))
	sum := 0.0
	for j := range 500 {
		sum += draws.Row(0)[j] * draws.Row(1)[j] / 500
	}
	require.InDelta(t, gram.Row(0)[1], sum, 0.6)
	require.ErrorIs(t, DrawPrior(context.Background(), k, core.NewMatrix[float64](6, 0), x, 1, 0), core.ErrOption)
}
