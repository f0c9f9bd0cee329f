package coreset

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// At the anchor the corrected gradient of any weighted mini-batch is the mean gradient of all samples, and elsewhere it is that of
// the mini-batch plus what is constant.
func TestCorrectedGradientsAreExactAtTheAnchor(t *testing.T) {
	const n, d = 700, 5
	draw := rng.New(3)
	for _, hidden := range [][]int{nil, {7}, {6, 4}} {
		x, y := core.NewMatrix[float64](n, d), make([]int32, n)
		for i := range n {
			y[i] = int32(draw.IntN(3))
			for j := range d {
				x.Row(i)[j] = draw.NormFloat64() + float64(y[i])
			}
		}
		o := (&TrainOptions{Hidden: hidden, Subset: SubsetRandom, Correction: true, BatchSize: 40}).withDefaults()
		sizes := append(append([]int{d}, hidden...), 3)
		run := &training[float64]{x: x, y: y, o: &o, net: newNetwork[float64](sizes, forwardRows+n, 1, 1), k: 70}
		for _, part := range append(run.net.w, run.net.b...) {
			for k := range part {
				part[k] = 0.5 * draw.NormFloat64()
			}
		}
		gradient := func(rows []int, weights []float64, at *control[float64]) []float64 {
			run.net.backward(run.net.a[0], len(rows), run.load(rows), weights, at)
			return run.net.gradient()
		}
		all, ones := make([]int, n), make([]float64, n)
		for i := range n {
			all[i], ones[i] = i, 1
		}
		want := gradient(all, ones, nil)
		require.NoError(t, run.correct(context.Background(), o.WarmUp))
		require.Equal(t, n, run.steps)
		rows, weights := draw.Perm(n)[:40], make([]float64, 40)
		for j := range weights {
			weights[j] = 3 * draw.Float64()
		}
		require.InDeltaSlice(t, want, gradient(rows, weights, run.at(rows, weights)), 1e-12)
		before := gradient(rows, weights, nil)
		moved := run.net.parameters()
		for k := range moved {
			moved[k] += 0.3 * draw.NormFloat64()
		}
		run.net.set(moved)
		after := gradient(rows, weights, nil)
		for k, v := range gradient(rows, weights, run.at(rows, weights)) {
			require.InDelta(t, after[k]-before[k]+want[k], v, 1e-12)
		}
	}
}
