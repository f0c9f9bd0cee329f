package coreset_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func TestLightweightWeightsAreThoseOfThePaper(t *testing.T) {
	x, _ := clusters[float64](1, 5000, 3, 5)
	weight := make([]float64, x.Rows)
	for i := range weight {
		weight[i] = float64(i % 4)
	}
	const m = 300
	found, err := coreset.Lightweight(context.Background(), widened(x), &coreset.SampleOptions{Size: m, SampleWeight: weight, Seed: 3})
	require.NoError(t, err)
	q := ref.LightweightProbabilities(plain(x), weight)
	draws := 0.0
	for j, i := range found.Indices {
		require.True(t, j == 0 || found.Indices[j-1] < i)
		times := found.Weights[j] * m * q[i] / weight[i]
		require.InDelta(t, math.Round(times), times, 1e-9)
		draws += times
	}
	require.InDelta(t, m, draws, 1e-6)
}

func TestSamplesEstimateTheCostOfCentres(t *testing.T) {
	x, _ := clusters[float64](2, 20000, 4, 6)
	for i := range 40 { // a few rows far away, which a plain sample misses or overrates
		x.Row(i)[0] += 300
	}
	rows := plain(x)
	ones := make([]float64, len(rows))
	for i := range ones {
		ones[i] = 1
	}
	samplers := map[string]func(context.Context, core.Matrix[float64], *coreset.SampleOptions) (*coreset.Sample, error){
		"lightweight": coreset.Lightweight[float64], "sensitivity": coreset.Sensitivity[float64]}
	for name, limit := range map[string]float64{"lightweight": 0.06, "sensitivity": 0.2} {
		sampler := samplers[name]
		squares, weights := 0.0, 0.0
		for seed := range uint64(20) {
			found, err := sampler(context.Background(), x, &coreset.SampleOptions{Size: 2000, Clusters: 7, Seed: seed})
			require.NoError(t, err)
			require.Greater(t, found.EffectiveSize, 100.0)
			centers := [][]float64{rows[50+seed], rows[500+seed], rows[900+seed]}
			chosen := make([][]float64, len(found.Indices))
			for j, i := range found.Indices {
				chosen[j] = rows[i]
			}
			e := ref.ClusterCost(chosen, found.Weights, centers)/ref.ClusterCost(rows, ones, centers) - 1
			squares += e * e / 20
			weights += sum(found.Weights) / 20
		}
		require.Less(t, math.Sqrt(squares), limit, name)
		require.InEpsilon(t, 20000, weights, 0.05, name)
	}
}

func TestSampleOfMergedSamplesStandsForTheWhole(t *testing.T) {
	x, _ := clusters[float32](3, 9000, 2, 3)
	var rows core.Matrix[float32]
	var weight []float64
	rows.Cols, rows.Stride = 2, 2
	for part := range 3 {
		piece := core.Matrix[float32]{Data: x.Data[part*3000*2:], Rows: 3000, Cols: 2, Stride: 2}
		found, err := coreset.Sensitivity(context.Background(), piece, &coreset.SampleOptions{Size: 900, Clusters: 3, Seed: uint64(part)})
		require.NoError(t, err)
		for j, i := range found.Indices {
			rows.Data = append(rows.Data, piece.Row(i)...)
			weight = append(weight, found.Weights[j])
			rows.Rows++
		}
	}
	merged, err := coreset.Lightweight(context.Background(), rows, &coreset.SampleOptions{Size: 800, SampleWeight: weight, Seed: 9})
	require.NoError(t, err)
	require.InEpsilon(t, 9000, sum(merged.Weights), 0.15)
}

func TestSensitivityOfFewDistinctRows(t *testing.T) {
	x := core.NewMatrix[float64](30, 2)
	for i := range 30 {
		x.Row(i)[1] = float64(i % 2)
	}
	found, err := coreset.Sensitivity(context.Background(), x, &coreset.SampleOptions{Size: 10, Clusters: 5})
	require.NoError(t, err)
	require.NotEmpty(t, found.Indices)
}

func TestSamplesDoNotDependOnThreads(t *testing.T) {
	x, _ := clusters[float32](4, 30000, 5, 4)
	var want *coreset.Sample
	for _, threads := range []int{1, 2, 5} {
		found, err := coreset.Sensitivity(context.Background(), x, &coreset.SampleOptions{Size: 500, Threads: threads})
		require.NoError(t, err)
		if want == nil {
			want = found
		}
		require.Equal(t, want.Indices, found.Indices)
		require.Equal(t, want.Weights, found.Weights)
	}
}

func TestImportanceIsUnbiased(t *testing.T) {
	draw := rng.New(8)
	scores, values, total := make([]float64, 1000), make([]float64, 1000), 0.0
	for i := range scores {
		scores[i], values[i] = draw.Float64(), draw.NormFloat64()+2
		total += values[i]
	}
	mean := 0.0
	for seed := range uint64(200) {
		found, err := coreset.Importance(scores, &coreset.SampleOptions{Size: 500, Seed: seed})
		require.NoError(t, err)
		for j, i := range found.Indices {
			mean += found.Weights[j] * values[i] / 200
		}
	}
	require.InEpsilon(t, total, mean, 0.03)
}

func TestStratifiedSharesByLargestRemainders(t *testing.T) {
	labels := make([]int32, 0, 1000)
	for c, count := range []int{700, 250, 49, 1} {
		for range count {
			labels = append(labels, int32(10*c))
		}
	}
	for size, want := range map[int][]int{10: {6, 2, 1, 1}, 100: {70, 25, 4, 1}, 4: {1, 1, 1, 1}, 3: {2, 1, 0, 0}, 1000: {700, 250, 49, 1}} {
		found, err := coreset.Stratified(labels, &coreset.SampleOptions{Size: size, Seed: 1})
		require.NoError(t, err)
		counts := make([]int, 4)
		for _, i := range found.Indices {
			counts[labels[i]/10]++
		}
		require.Equal(t, want, counts)
		if size > 3 {
			require.InDelta(t, 1000, sum(found.Weights), 1e-9)
		}
	}
}

func TestSamplersRefuseWhatIsImpossible(t *testing.T) {
	x := core.NewMatrix[float64](4, 2)
	_, err := coreset.Lightweight(context.Background(), x, nil)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Lightweight(context.Background(), x, &coreset.SampleOptions{Size: 2, SampleWeight: []float64{1, -1, 1, 1}})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Lightweight(context.Background(), x, &coreset.SampleOptions{Size: 2, SampleWeight: []float64{1}})
	require.ErrorIs(t, err, core.ErrShape)
	_, err = coreset.Sensitivity(context.Background(), x, &coreset.SampleOptions{Size: 2, Clusters: 5})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Importance([]float64{0, 0}, &coreset.SampleOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Importance([]float64{1, math.NaN()}, &coreset.SampleOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrNotFinite)
	_, err = coreset.Stratified([]int32{1, 2}, &coreset.SampleOptions{Size: 3})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Lightweight(context.Background(), core.NewMatrix[float64](0, 2), &coreset.SampleOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrShape)
}
