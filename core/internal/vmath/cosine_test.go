package vmath

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCosTurns compares with package math at every length up to several vectors, and beyond one turn.
func TestCosTurns(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		for n := range 70 {
			x, dst := make([]float64, n), make([]float64, n+1)
			for i := range x {
				x[i] = float64(i-n/2)*0.137 + 1000*float64(i%3)
			}
			dst[n] = 7
			CosTurns(dst[:n], x)
			for i, v := range x {
				require.InDelta(t, math.Cos(2*math.Pi*math.Remainder(v, 1)), dst[i], 2e-9, "%d of %d", i, n)
			}
			require.Equal(t, 7.0, dst[n])
			CosTurns(x, x)
			require.Equal(t, dst[:n], x)
		}
		odd := []float64{0.5, -0.5, 2.5, math.NaN(), math.Inf(1), math.Inf(-1), 0.25}
		CosTurns(odd, odd)
		require.InDeltaSlice(t, []float64{-1, -1, -1}, odd[:3], 2e-9)
		for _, v := range odd[3:6] {
			require.True(t, math.IsNaN(v))
		}
		require.Zero(t, odd[6])
	})
}

func BenchmarkCosTurns(b *testing.B) { benchmarkEach(b, CosTurns) }
