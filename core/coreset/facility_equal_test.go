package coreset

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// Rows as far from each other as any can be, or not at all, are represented all the same.
func TestFacilitiesServeEveryone(t *testing.T) {
	for name, x := range map[string]core.Matrix[float64]{
		"equal": core.NewMatrix[float64](20, 3),
		"one":   {Data: []float64{3}, Rows: 1, Cols: 1, Stride: 1},
		"two":   {Data: []float64{0, 1}, Rows: 2, Cols: 1, Stride: 1},
	} {
		for _, engine := range []string{Lazy, Decremental, Stochastic, Threshold, Neighbors, Partitioned, Streaming} {
			f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 1, Engine: engine})
			require.NoError(t, err, "%s %s", name, engine)
			require.Equal(t, []float64{float64(x.Rows)}, f.Weights, "%s %s", name, engine)
			require.Equal(t, make([]int, x.Rows), f.Assignment, "%s %s", name, engine)
			require.Zero(t, f.Uncovered, "%s %s", name, engine)
		}
	}
	d := core.Matrix[float64]{Data: []float64{0, 2, 2, 0}, Rows: 2, Cols: 2, Stride: 2}
	f, err := SelectFacilities(context.Background(), Distances(d), &FacilityOptions{Budget: 1})
	require.NoError(t, err)
	require.Equal(t, []float64{2}, f.Weights)
	s := core.Matrix[float64]{Data: []float64{1, 0, 0, 1}, Rows: 2, Cols: 2, Stride: 2}
	f, err = SelectFacilities(context.Background(), Similarities(s), &FacilityOptions{Budget: 1})
	require.NoError(t, err)
	require.Equal(t, []int{0, -1}, f.Assignment)
	require.Equal(t, 1, f.Uncovered)
}

// Weights of clients have no unit: selections stay, and losses follow.
func TestFacilitiesOfHugeAndTinyWeights(t *testing.T) {
	x := cloud[float32](150, 4, 3)
	weights := make([]float64, x.Rows)
	for i := range weights {
		weights[i] = float64(1 + i%5)
	}
	for _, o := range []FacilityOptions{
		{Budget: 12, Engine: Lazy}, {Budget: 12, Engine: Decremental}, {Budget: 12, Engine: Neighbors}, {Budget: 12, Engine: Partitioned},
		{CoverLoss: 300}, {CostLimit: 9},
	} {
		o.ClientWeights = weights
		if o.CostLimit > 0 {
			o.Costs = weights
		}
		want := choose(t, Rows(x), &o)
		for _, unit := range []float64{0x1p1000, 0x1p-1000} {
			scaled := o
			scaled.ClientWeights = make([]float64, x.Rows)
			for i, c := range weights {
				scaled.ClientWeights[i] = unit * c
			}
			scaled.CoverLoss *= unit
			got := choose(t, Rows(x), &scaled)
			require.Equal(t, want.Indices, got.Indices)
			require.Equal(t, want.Assignment, got.Assignment)
			for _, v := range [][2]float64{{want.Loss, got.Loss}, {want.LossBound, got.LossBound}, {want.Gains[3], got.Gains[3]}, {want.Weights[0], got.Weights[0]}} {
				require.InEpsilon(t, v[0], v[1]/unit, 1e-12)
			}
		}
	}
}
