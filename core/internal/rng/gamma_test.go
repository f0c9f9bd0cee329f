package rng

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first two moments and the mean logarithm, whose variance is psi'(shape): each within five standard errors.
func TestGammaHasTheMomentsOfItsShape(t *testing.T) {
	const n = 50_000
	for _, c := range []struct{ shape, psi, trigamma float64 }{
		{0.5, -1.9635100260214235, math.Pi * math.Pi / 2},
		{1, -0.5772156649015329, math.Pi * math.Pi / 6},
		{2.5, 0.7031566406452432, math.Pi*math.Pi/2 - 4 - 4.0/9},
		{40, 3.6763273717034287, 0.02531510351},
	} {
		draw := New(3, uint64(2*c.shape))
		mean, square, logs := 0.0, 0.0, 0.0
		for range n {
			v := Gamma(draw, c.shape)
			require.Positive(t, v)
			mean += v / n
			square += v * v / n
			logs += math.Log(v) / n
		}
		k := c.shape
		require.InDelta(t, k, mean, 5*math.Sqrt(k/n), "shape %v", k)
		require.InDelta(t, k*(k+1), square, 5*math.Sqrt(k*(k+1)*(4*k+6)/n), "shape %v", k)
		require.InDelta(t, c.psi, logs, 5*math.Sqrt(c.trigamma/n), "shape %v", k)
	}
}
