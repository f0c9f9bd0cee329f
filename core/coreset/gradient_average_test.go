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

// A sample's average is that of its own gradients, whatever others do meanwhile.
func TestGradientAveragesAreThoseOfEachSample(t *testing.T) {
	const slots, m, beta = 700, 3, 0.8
	ctx, draw := context.Background(), rng.New(9)
	a := coreset.NewGradientAverages[float64](slots, m)
	history := make([][][]float64, slots)
	for step := range 6 {
		var some []int
		for i := range slots {
			if (i+step)%3 != 0 {
				some = append(some, (i*11)%slots)
			}
		}
		g := core.NewMatrix[float64](len(some), m)
		for k, i := range some {
			for j := range m {
				g.Row(k)[j] = draw.NormFloat64()
			}
			history[i] = append(history[i], append([]float64(nil), g.Row(k)...))
		}
		require.NoError(t, a.Update(ctx, some, g, beta, g, 1+step%3))
		for k, i := range some {
			want, mass := make([]float64, m), 0.0
			for s, v := range history[i] {
				w := math.Pow(beta, float64(len(history[i])-1-s))
				mass += w
				for j := range m {
					want[j] += w * v[j]
				}
			}
			for j := range m {
				require.InDelta(t, want[j]/mass, g.Row(k)[j], 1e-12)
			}
			require.EqualValues(t, len(history[i]), a.Steps[i])
		}
	}
	a.Forget(5)
	first, none := core.NewMatrix[float64](1, m), core.Matrix[float64]{}
	first.Row(0)[1] = 4
	require.NoError(t, a.Update(ctx, []int{5}, first, beta, first, 1))
	require.InDeltaSlice(t, []float64{0, 4, 0}, first.Row(0), 1e-15)

	twice := core.NewMatrix[float64](2, m)
	require.ErrorIs(t, a.Update(ctx, []int{3, 3}, twice, beta, none, 1), core.ErrOption)
	require.ErrorIs(t, a.Update(ctx, []int{3, slots}, twice, beta, none, 1), core.ErrOption)
	require.ErrorIs(t, a.Update(ctx, []int{3}, twice, beta, none, 1), core.ErrShape)
	require.ErrorIs(t, a.Update(ctx, nil, twice, 1, none, 1), core.ErrOption)
	require.ErrorIs(t, a.Update(ctx, nil, twice, beta, first, 1), core.ErrShape)
	require.ErrorIs(t, a.Update(ctx, nil, core.NewMatrix[float64](2, m+1), beta, none, 1), core.ErrShape)
}
