package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// TestFunctionsHaveTheKernelAsCovariance averages products of many draws.
func TestFunctionsHaveTheKernelAsCovariance(t *testing.T) {
	const n, draws = 6, 4000
	for _, e := range expressions {
		x := cloud(n, e.d, 3)
		op := newOperator(t, x, e.kernel, nil, Float64)
		f := core.NewMatrix[float64](n, draws)
		require.NoError(t, newFunctions(draws, 32, 5).evaluate(context.Background(), f, op.compiled, op.points, 0))
		want := ref.Gram(e.want, rowsOf(x), rowsOf(x), false, natural(e.kernel))
		for i := range n {
			for j := range n {
				mean, square := 0.0, 0.0
				for s, v := range f.Row(i) {
					p := v * f.Row(j)[s]
					mean += p / draws
					square += p * p / draws
				}
				deviation := math.Sqrt((square - mean*mean) / draws)
				require.InDelta(t, want[i][j], mean, 5*deviation+1e-12, "%s (%d, %d)", e.name, i, j)
			}
		}
	}
}

func TestDrawsFollowThePosterior(t *testing.T) {
	x, y := surface(150, 2, 0.2, 12)
	m := fit(t, x, y, Multiply(Constant{Value: 1}, Matern{}), RegressionOptions{Noise: 0.04, NoiseFixed: true, Optimizer: OptimizerNone,
		NormalizeY: true})
	z := shifted(x, 12, 0.4)
	const draws = 200
	d, err := DrawFunctions(context.Background(), m, draws, 3)
	require.NoError(t, err)
	values := core.NewMatrix[float64](12, draws)
	require.NoError(t, EvaluateDraws(context.Background(), m, d, values, z))
	want := predict(t, m, z, PredictOptions{})
	for i := range 12 {
		mean, square := 0.0, 0.0
		for _, v := range values.Row(i) {
			mean += v / draws
			square += (v - want.Mean[i]) * (v - want.Mean[i]) / draws
		}
		deviation := math.Sqrt(want.Variance[i])
		require.InDelta(t, want.Mean[i], mean, 5*deviation/math.Sqrt(draws))
		require.InDelta(t, 1, square/want.Variance[i], 0.5)
	}
	fewer, err := DrawFunctions(context.Background(), m, 2, 3)
	require.NoError(t, err)
	require.InDelta(t, d.Weights.Row(7)[1], fewer.Weights.Row(7)[1], 1e-10)
}
