package coreset

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func TestNonNegativeMeetsItsConditions(t *testing.T) {
	draw := rng.New(5)
	for _, k := range []int{1, 2, 30, 120} {
		rows := make([][]float64, k)
		target := make([]float64, 20)
		for j := range target {
			target[j] = draw.NormFloat64()
		}
		for i := range rows {
			rows[i] = make([]float64, len(target))
			for j := range rows[i] {
				rows[i][j] = draw.NormFloat64() + 0.3*target[j]
			}
		}
		a, b := make([]float64, k*k), make([]float64, k)
		for i := range k {
			for j := range k {
				a[i*k+j] = blas.Dot(rows[i], rows[j])
			}
			a[i*k+i] += 0.1
			b[i] = blas.Dot(rows[i], target)
		}
		w, err := nonNegative(context.Background(), a, b)
		require.NoError(t, err)
		for i := range k {
			slope := blas.Dot(a[i*k:(i+1)*k], w) - b[i]
			require.GreaterOrEqual(t, w[i], 0.0)
			require.GreaterOrEqual(t, slope, -1e-9)
			require.InDelta(t, 0, w[i]*slope, 1e-9)
		}
		require.InDeltaSlice(t, ref.NonNegative(rows, target, 0.1), w, 1e-7)
	}
	_, err := nonNegative(context.Background(), make([]float64, 4), []float64{1, 1})
	require.ErrorIs(t, err, core.ErrNumerical)
}

// Weights of least squares bring the sum nearer than counts do; a large penalty leaves the counts.
func TestWeightsOfLeastSquares(t *testing.T) {
	draw := rng.New(6)
	g := core.NewMatrix[float32](500, 12)
	for k := range g.Data {
		g.Data[k] = float32(draw.NormFloat64() + 0.2)
	}
	find := func(o GradientOptions) *GradientCoreset {
		o.Size = 40
		c, err := CRAIG(context.Background(), GradientRows(g), &o)
		require.NoError(t, err)
		left := make([]float64, 12)
		for i := range g.Rows {
			for j, v := range g.Row(i) {
				left[j] += float64(v)
			}
		}
		for p, i := range c.Indices {
			for j, v := range g.Row(i) {
				left[j] -= c.Weights[p] * float64(v)
			}
		}
		require.InDeltaSlice(t, left, c.Residual, 1e-3)
		return c
	}
	counts := find(GradientOptions{})
	fitted := find(GradientOptions{Weighting: LeastSquares})
	require.Equal(t, counts.Indices, fitted.Indices)
	require.Less(t, fitted.Error, 0.2*counts.Error)
	kept := find(GradientOptions{Weighting: LeastSquares, Ridge: 1e9})
	require.InDeltaSlice(t, counts.Weights, kept.Weights, 1e-3)
	for _, o := range []*GradientOptions{{Size: 2, Weighting: "x"}, {Size: 2, Weighting: LeastSquares, Ridge: -1}, {Size: 40, Weighting: LeastSquares, MemoryLimit: 10}} {
		_, err := CRAIG(context.Background(), GradientRows(g), o)
		require.ErrorIs(t, err, core.ErrOption)
	}
}
