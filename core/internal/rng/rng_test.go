package rng

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first outputs, fixed so that a seed means the same fit in every version.
func TestStreamsAreFixedForAllTime(t *testing.T) {
	s := At(0)
	require.Equal(t, []uint64{0xa706dd2f4d197e6f, 0xb382a305f4414f5e}, []uint64{s.Uint64(), s.Uint64()})
	s = At(42, 1, 2)
	require.Equal(t, []uint64{0x4854c92d30d14f6, 0x9ba5076a39092c84}, []uint64{s.Uint64(), s.Uint64()})
}

func TestSameNameSameStream(t *testing.T) {
	a, b := At(7, 1, 2), At(7, 1, 2)
	fork := a
	for range 5 {
		require.Equal(t, a.Uint64(), b.Uint64())
	}
	require.Equal(t, New(7, 1, 2).Uint64(), fork.Uint64())
}

func TestEveryPartOfTheNameMatters(t *testing.T) {
	seen := map[uint64][]uint64{}
	for _, name := range [][]uint64{{1}, {2}, {1, 0}, {1, 1}, {1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {0, 1}, {0}, {0, 0}} {
		s := At(name[0], name[1:]...)
		v := s.Uint64()
		require.NotContains(t, seen, v, "%v and %v", name, seen[v])
		seen[v] = name
	}
}

// Neighbouring seeds and tiles must not give correlated bits.
func TestNeighbouringStreamsDifferInHalfTheBits(t *testing.T) {
	total, pairs := 0, 0
	for seed := range uint64(16) {
		for tile := range uint64(64) {
			a, b := At(seed, 3, tile), At(seed, 3, tile+1)
			total += bits.OnesCount64(a.Uint64() ^ b.Uint64())
			pairs++
		}
	}
	require.InDelta(t, 32, float64(total)/float64(pairs), 0.5) // standard error 0.125
}

func TestBelowIsUniform(t *testing.T) {
	s := At(5)
	for _, n := range []int{1, 2, 10, math.MaxInt32} {
		for range 1000 {
			v := s.Below(n)
			require.True(t, v >= 0 && v < n)
		}
	}
	var count [10]int
	for range 100_000 {
		count[s.Below(10)]++
	}
	for _, c := range count {
		require.InDelta(t, 10_000, c, 500) // five standard deviations
	}
}

func TestNewFeedsTheStandardDistributions(t *testing.T) {
	r := New(11)
	mean, square := 0.0, 0.0
	const n = 100_000
	for range n {
		v := r.NormFloat64()
		mean += v / n
		square += v * v / n
	}
	require.InDelta(t, 0, mean, 0.02)
	require.InDelta(t, 1, square, 0.03)
}
