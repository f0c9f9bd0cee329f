package coreset_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// The subset must bring the validation loss down further than the first samples do, leave samples with wrong labels out, and in one
// round be those of the largest inner products.
func TestGlisterLooksAtTheValidationLoss(t *testing.T) {
	const n, m, classes, h = 300, 120, 3, 4
	draw := rng.New(2)
	inputs := func(rows int) (core.Matrix[float64], []int32) {
		a, y := core.NewMatrix[float64](rows, h), make([]int32, rows)
		for i := range rows {
			y[i] = int32(i % classes)
			for j := range h {
				a.Row(i)[j] = draw.NormFloat64()
			}
			a.Row(i)[y[i]] += 3
		}
		return a, y
	}
	a, y := inputs(n)
	v, labels := inputs(m)
	for i := range n / 3 {
		y[3*i] = int32(1 + i%2) // wrong
	}
	r, logits := core.NewMatrix[float64](n, classes), core.NewMatrix[float64](m, classes)
	for i := range n {
		for c := range classes {
			r.Row(i)[c] = 1.0 / classes
		}
		r.Row(i)[y[i]]--
	}
	ctx := context.Background()
	found, err := coreset.Glister(ctx, coreset.LastLayer(r, a), logits, v, labels, &coreset.GlisterOptions{Size: 90})
	require.NoError(t, err)
	require.Len(t, found.Indices, 90)
	require.Len(t, found.Losses, 16)
	require.InDelta(t, math.Log(classes), found.Losses[0], 1e-12)
	require.Less(t, found.Losses[15], found.Losses[0]-0.1)
	wrong := 0
	for k, i := range found.Indices {
		require.NotContains(t, found.Indices[:k], i)
		if i%3 == 0 && i < n {
			wrong++
		}
	}
	require.Less(t, wrong, 5)
	once, err := coreset.Glister(ctx, coreset.LastLayer(r, a), logits, v, labels, &coreset.GlisterOptions{Size: 10, Rounds: 1, Threads: 3})
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(once.Scores, func(a, b float64) int { return int(math.Copysign(1, b-a)) }))
	// Logits alone: all samples of a class are equal, and the first of equals comes first.
	short, err := coreset.Glister(ctx, coreset.GradientRows(r), logits, core.Matrix[float64]{}, labels[:m], &coreset.GlisterOptions{Size: 4, Rounds: 1})
	require.NoError(t, err)
	require.True(t, slices.IsSorted(short.Indices))
	for _, o := range []*coreset.GlisterOptions{nil, {Size: n + 1}, {Size: 5, Rounds: -1}, {Size: 5, LearningRate: -1}} {
		_, err = coreset.Glister(ctx, coreset.LastLayer(r, a), logits, v, labels, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err = coreset.Glister(ctx, coreset.GradientRows(r), logits, v, labels, &coreset.GlisterOptions{Size: 5})
	require.ErrorIs(t, err, core.ErrShape)
}
