package coreset_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// lastLayer returns residuals and activations of some samples.
func lastLayer[T core.Float](n, classes, inputs int) (r, a core.Matrix[T]) {
	draw := rng.New(11)
	r, a = core.NewMatrix[T](n, classes), core.NewMatrix[T](n, inputs)
	for i := range r.Data {
		r.Data[i] = T(draw.NormFloat64())
	}
	for i := range a.Data {
		a.Data[i] = T(draw.NormFloat64())
	}
	return r, a
}

// Weights beyond the range of float32 are as good as others.
func TestGradientWeightsHaveNoUnit(t *testing.T) {
	const n = 40
	ctx := context.Background()
	r, a := lastLayer[float32](n, 3, 4)
	g := coreset.LastLayer(r, a)
	weights := func(unit float64) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = unit * float64(1+i%3)
		}
		return w
	}
	want, err := coreset.CRAIG(ctx, g, &coreset.GradientOptions{Size: 6, SampleWeight: weights(1)})
	require.NoError(t, err)
	match, err := coreset.GradMatch(ctx, g, &coreset.GradMatchOptions{Size: 6, SampleWeight: weights(1)})
	require.NoError(t, err)
	fisher, err := coreset.FisherDiagonal(ctx, g, weights(1), 1)
	require.NoError(t, err)
	for _, unit := range []float64{0x1p-300, 0x1p300} {
		found, err := coreset.CRAIG(ctx, g, &coreset.GradientOptions{Size: 6, SampleWeight: weights(unit)})
		require.NoError(t, err)
		require.Equal(t, want.Indices, found.Indices)
		require.InEpsilon(t, want.Error, found.Error, 1e-9)
		require.InEpsilon(t, want.EffectiveSize, found.EffectiveSize, 1e-9)
		other, err := coreset.GradMatch(ctx, g, &coreset.GradMatchOptions{Size: 6, SampleWeight: weights(unit)})
		require.NoError(t, err)
		require.Equal(t, match.Indices, other.Indices)
		require.InEpsilon(t, match.Weights[0], other.Weights[0]/unit, 1e-9)
		require.InEpsilon(t, match.RelativeError, other.RelativeError, 1e-9)
		diagonal, err := coreset.FisherDiagonal(ctx, g, weights(unit), 1)
		require.NoError(t, err)
		require.InDeltaSlice(t, fisher, diagonal, 1e-6)
		s, err := coreset.Importance([]float64{0, unit, 0}, &coreset.SampleOptions{Size: 4, SampleWeight: []float64{unit, unit, unit}})
		require.NoError(t, err)
		require.InEpsilon(t, unit, s.Weights[0], 1e-12)
		require.Equal(t, 1.0, s.EffectiveSize)
	}
}
