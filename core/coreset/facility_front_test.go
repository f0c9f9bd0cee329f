package coreset

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFrontsFindTheBestOfAll lets worths fall at random, far enough for several fronts, among equals too.
func TestFrontsFindTheBestOfAll(t *testing.T) {
	const n = 30000
	for _, levels := range []int{3, 1 << 30} {
		g := rand.New(rand.NewPCG(5, 6))
		worth, some := make([]float64, n), []int32(nil)
		for j := range worth {
			worth[j] = float64(g.IntN(levels))
			if j%3 != 0 {
				some = append(some, int32(j))
			} else {
				worth[j] = math.Inf(1) // not among the candidates
			}
		}
		f := newFront(some, n)
		for round := range 100 {
			best := int32(-1)
			for _, j := range some {
				if !math.IsInf(worth[j], -1) && (best < 0 || worth[j] > worth[best]) {
					best = j
				}
			}
			require.Equal(t, best, f.best(func(j int32) float64 { return worth[j] }))
			worth[best] = math.Inf(-1)
			left := []float64(nil)
			for _, j := range some {
				if !math.IsInf(worth[j], -1) {
					left = append(left, worth[j])
				}
			}
			slices.Sort(left)
			count := 20 + round%2*len(left)/3 // more than a front has, too
			want := sumOf(left[len(left)-count:])
			require.InDelta(t, want, f.most(count, func(j int32) float64 { return worth[j] }), 1e-9*want)
			for range 200 {
				if j := some[g.IntN(len(some))]; !math.IsInf(worth[j], -1) {
					worth[j] *= g.Float64()
				}
			}
		}
	}
	few := newFront(nil, 2)
	for _, want := range []int32{0, -1, -1} {
		taken := want < 0
		require.Equal(t, want, few.best(func(j int32) float64 {
			if j == 1 || taken {
				return math.Inf(-1)
			}
			return 0
		}))
	}
	for _, n := range []int{1, 20 * sampled} {
		none := newFront(nil, n)
		require.Equal(t, int32(-1), none.best(func(int32) float64 { return math.Inf(-1) }))
	}
}
