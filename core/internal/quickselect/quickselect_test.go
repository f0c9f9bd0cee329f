package quickselect

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPartitionSplitsAtTheRank(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 50, 3000} {
		for _, kinds := range []int{1, 3, 1 << 20} {
			for _, pivot := range []func([]float64, int) float64{Middle[float64], Sampled[float64]} {
				for _, count := range []int{0, 1, n / 2, n - 1, n} {
					keys, items := make([]float64, n), make([]int32, n)
					for i := range keys {
						keys[i], items[i] = float64(r.IntN(kinds)), int32(i)
					}
					before := slices.Clone(keys)
					Partition(keys, items, count, pivot)
					for k, i := range items {
						require.Equal(t, before[i], keys[k], "a key and its item are parted")
					}
					if count > 0 && count < n {
						require.LessOrEqual(t, slices.Max(keys[:count]), slices.Min(keys[count:]), "%d of %d keys", count, n)
					}
					slices.Sort(items)
					for i, v := range items {
						require.EqualValues(t, i, v)
					}
				}
			}
		}
	}
}
