package coreset

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

func TestInclusionProbabilities(t *testing.T) {
	draw := rng.New(1)
	for _, k := range []int{1, 20, 60, 99, 100} {
		for _, even := range []float64{0, 0.25, 1} {
			scores, chances := make([]float64, 100), make([]float64, 100)
			for i := range scores {
				scores[i] = draw.ExpFloat64() * draw.ExpFloat64()
			}
			copy(chances, scores)
			inclusion(chances, k, even)
			require.InDelta(t, k, sumOf(chances), 1e-9)
			for i, p := range chances {
				require.Positive(t, p)
				require.LessOrEqual(t, p, 1.0)
				require.GreaterOrEqual(t, p, even*float64(k)/100-1e-12) // no weight above n / (k even)
				for j, q := range chances {
					if scores[i] > scores[j] {
						require.GreaterOrEqual(t, p, q-1e-12)
					}
				}
			}
		}
	}
	few := []float64{0, 3, 0, 1, 0}
	inclusion(few, 3, 0)
	require.Equal(t, 1.0, few[1])
	require.Equal(t, 1.0, few[3])
	require.InDelta(t, 3, sumOf(few), 1e-12)
	none := make([]float64, 4)
	inclusion(none, 2, 0.25)
	require.Equal(t, []float64{0.5, 0.5, 0.5, 0.5}, none)
}

func TestSystematicDrawsWithItsProbabilities(t *testing.T) {
	chances := []float64{1, 0.9, 0.05, 0.3, 0.25, 0.5, 0}
	counts := make([]float64, len(chances))
	for s := range 20000 {
		rows := systematic(rng.New(uint64(s)), chances)
		require.Len(t, rows, 3)
		for _, i := range rows {
			counts[i] += 1.0 / 20000
		}
	}
	require.InDeltaSlice(t, chances, counts, 0.015)
}
