package blas

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConversions(t *testing.T) {
	test := func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 3))
		for n := range 70 {
			narrow, wide := make([]float32, n), make([]float64, n+1)
			for i := range wide {
				wide[i] = r.NormFloat64()
			}
			old := slices.Clone(wide)
			Narrow(wide[:n], narrow)
			for i, v := range narrow {
				require.Equal(t, float32(old[i]), v)
			}
			AddWide(narrow, wide)
			for i, v := range narrow {
				require.Equal(t, old[i]+float64(v), wide[i])
			}
			Widen(narrow, wide)
			for i, v := range narrow {
				require.Equal(t, float64(v), wide[i])
			}
			require.Equal(t, old[n], wide[n])
		}
		require.Panics(t, func() { Widen(make([]float32, 40), make([]float64, 39)) })
		require.Panics(t, func() { AddWide(make([]float32, 40), make([]float64, 39)) })
		require.Panics(t, func() { Narrow(make([]float64, 40), make([]float32, 39)) })
	}
	onEveryLevel(t, test, test)
}
