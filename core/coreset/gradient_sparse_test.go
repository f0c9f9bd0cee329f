package coreset_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Sparse gradients are what they are as dense ones.
func TestSparseGradientsAreDenseOnes(t *testing.T) {
	const n, m = 240, 30
	draw := rng.New(6)
	dense := core.NewMatrix[float64](n, m)
	ptr, index, value, labels := []int32{0}, []int32(nil), []float64(nil), make([]int32, n)
	h := make([]float64, m)
	for j := range h {
		h[j] = 0.5 + draw.Float64()
	}
	for i := range n {
		labels[i] = int32(i % 3)
		for j := range m {
			if draw.Float64() < 0.2 {
				v := draw.NormFloat64()
				dense.Row(i)[j] = v
				index, value = append(index, int32(j)), append(value, v)
			}
		}
		ptr = append(ptr, int32(len(index)))
	}
	ctx := context.Background()
	sparse, rows := coreset.SparseGradientRows(n, m, ptr, index, value), coreset.GradientRows(dense)
	for _, threads := range []int{1, 3} {
		o := &coreset.GradientOptions{Size: 30, Groups: labels, Threads: threads}
		want, err := coreset.AdaCore(ctx, rows, h, o)
		require.NoError(t, err)
		found, err := coreset.AdaCore(ctx, sparse, h, o)
		require.NoError(t, err)
		require.Equal(t, want.Indices, found.Indices)
		require.Equal(t, want.Weights, found.Weights)
		require.InEpsilon(t, want.Loss, found.Loss, 1e-9)
		require.InEpsilon(t, want.PreconditionedError, found.PreconditionedError, 1e-9)
	}
	want, err := coreset.GradMatch(ctx, rows, &coreset.GradMatchOptions{Size: 20, Groups: labels})
	require.NoError(t, err)
	found, err := coreset.GradMatch(ctx, sparse, &coreset.GradMatchOptions{Size: 20, Groups: labels})
	require.NoError(t, err)
	require.Equal(t, want.Indices, found.Indices)
	require.InDeltaSlice(t, want.Weights, found.Weights, 1e-8)
	fisher, err := coreset.FisherDiagonal(ctx, rows, nil, 1)
	require.NoError(t, err)
	own, err := coreset.FisherDiagonal(ctx, sparse, nil, 1)
	require.NoError(t, err)
	require.InDeltaSlice(t, fisher, own, 1e-12)

	_, err = coreset.CRAIG(ctx, sparse, &coreset.GradientOptions{Size: 5, MemoryLimit: 1e4})
	require.ErrorContains(t, err, "memory_limit")
	for _, bad := range []coreset.Gradients{
		coreset.SparseGradientRows(1, 2, []int64{0, 2}, []int64{1, 0}, []float32{1, 2}),
		coreset.SparseGradientRows(1, 2, []int64{0, 1}, []int64{2}, []float32{1}),
		coreset.SparseGradientRows(1, 2, []int64{0, 3}, []int64{1}, []float32{1}),
	} {
		_, err = coreset.CRAIG(ctx, bad, &coreset.GradientOptions{Size: 1})
		require.ErrorIs(t, err, core.ErrShape)
	}
	_, err = coreset.CRAIG(ctx, coreset.SparseGradientRows(1, 2, []int32{0, 1}, []int32{1}, []float64{math.NaN()}), &coreset.GradientOptions{Size: 1})
	require.ErrorIs(t, err, core.ErrNotFinite)
}
