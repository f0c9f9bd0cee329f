package coreset_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

// A size beyond reason is refused before memory is taken for it: running out of memory ends the process.
func TestSizesBeyondReasonAreRefused(t *testing.T) {
	ctx := context.Background()
	x := core.Matrix[float64]{Rows: 6, Cols: 1, Stride: 1, Data: []float64{1, 2, 3, 4, 5, 6}}
	y := []int32{0, 1, 0, 1, 0, 1}
	for _, m := range []int{math.MaxInt32, math.MaxInt / 2, math.MaxInt} {
		_, err := coreset.Lightweight(ctx, x, &coreset.SampleOptions{Size: m})
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, "the most for 6 rows")
		_, err = coreset.Sensitivity(ctx, x, &coreset.SampleOptions{Size: m, Clusters: 2})
		require.ErrorIs(t, err, core.ErrOption)
		_, err = coreset.Importance(x.Data, &coreset.SampleOptions{Size: m})
		require.ErrorIs(t, err, core.ErrOption)
		_, err = coreset.Logistic(ctx, x, y, &coreset.LogisticOptions{Size: m})
		require.ErrorIs(t, err, core.ErrOption)

		_, err = coreset.Train(ctx, x, y, core.Matrix[float64]{}, nil, &coreset.TrainOptions{Hidden: []int{m}})
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, "use smaller hidden layers")
		_, err = coreset.Train(ctx, x, y, core.Matrix[float64]{}, nil, &coreset.TrainOptions{Hidden: []int{1 << 20, 1 << 20}})
		require.ErrorIs(t, err, core.ErrOption)
	}
}

func TestBatchesLongerThanTheDataAreTheData(t *testing.T) {
	x := core.Matrix[float64]{Rows: 6, Cols: 1, Stride: 1, Data: []float64{1, 2, 3, 4, 5, 6}}
	y := []int32{0, 1, 0, 1, 0, 1}
	options := coreset.TrainOptions{Subset: coreset.SubsetFull, Epochs: 3, BatchSize: 6}
	all, err := coreset.Train(context.Background(), x, y, core.Matrix[float64]{}, nil, &options)
	require.NoError(t, err)
	options.BatchSize = math.MaxInt / 2
	more, err := coreset.Train(context.Background(), x, y, core.Matrix[float64]{}, nil, &options)
	require.NoError(t, err)
	require.Equal(t, all.Parameters, more.Parameters)
}

func TestALimitBelowEveryCostIsRefused(t *testing.T) {
	x := core.Matrix[float64]{Rows: 3, Cols: 1, Stride: 1, Data: []float64{1, 2, 4}}
	options := coreset.FacilityOptions{Costs: []float64{3, 2, 1}, CostLimit: 0.5}
	_, err := coreset.SelectFacilities(context.Background(), coreset.Rows(x), &options)
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "row 2, costs 1, more than cost_limit = 0.5")
	options.Candidates, options.CostLimit = []int{0, 1}, 1.5
	_, err = coreset.SelectFacilities(context.Background(), coreset.Rows(x), &options)
	require.ErrorContains(t, err, "row 1, costs 2")
	options.CostLimit = 2
	selected, err := coreset.SelectFacilities(context.Background(), coreset.Rows(x), &options)
	require.NoError(t, err)
	require.Equal(t, []int{1}, selected.Indices)
}
