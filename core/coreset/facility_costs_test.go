package coreset

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// No subset within the limit has a loss below the bound, and what is gained is the promised part of what the best of all gains.
func TestCostsAreKept(t *testing.T) {
	const n = 12
	x := cloud[float64](n, 2, 8)
	cost, costs := ref.Euclidean(rowsOf(x)), make([]float64, n)
	for i := range costs {
		costs[i] = 1 + float64((i*7)%5)
	}
	ptr, index, value := []int32{0}, []int32(nil), []float64(nil)
	for i := range cost {
		for j, v := range cost[i] {
			index, value = append(index, int32(j)), append(value, 1/(1+v))
		}
		ptr = append(ptr, int32(len(index)))
	}
	for _, limit := range []float64{2, 5, 9} {
		for ground, price := range map[Ground]func(v float64) float64{
			Rows(x):                     func(v float64) float64 { return v },
			Graph(n, ptr, index, value): func(v float64) float64 { return 1 - 1/(1+v) },
		} {
			f := choose(t, ground, &FacilityOptions{CostLimit: limit, Costs: costs})
			spent := 0.0
			for _, j := range f.Indices {
				spent += costs[j]
			}
			require.LessOrEqual(t, spent, limit)
			best := math.Inf(1)
			for set := 1; set < 1<<n; set++ {
				total, all := 0.0, 0.0
				for j := range n {
					if set>>j&1 == 1 {
						total += costs[j]
					}
				}
				if total > limit {
					continue
				}
				for i := range n {
					nearest := math.Inf(1)
					for j := range n {
						if set>>j&1 == 1 {
							nearest = min(nearest, price(cost[i][j]))
						}
					}
					all += nearest
				}
				best = min(best, all)
			}
			require.LessOrEqual(t, f.LossBound, best*(1+1e-9))
			require.GreaterOrEqual(t, f.Loss, best*(1-1e-9))
			require.GreaterOrEqual(t, n*f.Ceiling-f.Loss, (1-1/math.E)/2*(n*f.Ceiling-best))
		}
	}
	// With equal costs it is a number of rows.
	f, g := choose(t, Rows(x), &FacilityOptions{CostLimit: 4.5, Costs: ones(n)}), choose(t, Rows(x), &FacilityOptions{Budget: 4})
	require.Equal(t, g.Indices, f.Indices)
	large := cloud[float32](900, 4, 3)
	many := make([]float64, 900)
	for i := range many {
		many[i] = 1 + float64(i%9)
	}
	f = choose(t, Rows(large), &FacilityOptions{CostLimit: 300, Costs: many, Initial: []int{8}})
	g = choose(t, Rows(large), &FacilityOptions{CostLimit: 300, Costs: many, Initial: []int{8}, Engine: Lazy, Threads: 3})
	require.Equal(t, 8, f.Indices[0])
	require.InEpsilon(t, f.Loss, g.Loss, 1e-5)
	for _, o := range []*FacilityOptions{{CostLimit: 3}, {Budget: 2, Costs: many}, {CostLimit: 3, Costs: many, Engine: Stochastic},
		{CostLimit: 3, Costs: many, Initial: []int{8}}, {CostLimit: 3, Costs: make([]float64, 900)},
		{CostLimit: 3, Costs: many, Groups: make([]int32, 900)}, {CostLimit: -1}} {
		_, err := SelectFacilities(context.Background(), Rows(large), o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := SelectFacilities(context.Background(), Rows(large), &FacilityOptions{CostLimit: 3, Costs: costs})
	require.ErrorIs(t, err, core.ErrShape)
}
