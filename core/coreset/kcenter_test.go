package coreset_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func TestKCenterMatchesPlainTraversal(t *testing.T) {
	for _, shape := range [][3]int{{1, 1, 1}, {2, 3, 2}, {40, 1, 17}, {333, 2, 60}, {1000, 5, 300}, {700, 33, 700}} {
		x, _ := clusters[float64](uint64(shape[0]), shape[0], shape[1], 4)
		found, err := coreset.KCenter(context.Background(), widened(x), &coreset.KCenterOptions{Centers: shape[2], Assign: true})
		require.NoError(t, err)
		rows := plain(x)
		want, distance := ref.FarthestFirst(rows, found.Indices[0], shape[2])
		require.Equal(t, want, found.Indices)
		require.True(t, math.IsInf(found.Distances[0], 1))
		require.InDeltaSlice(t, distance[1:shape[2]], found.Distances[1:], 1e-9)
		require.InDelta(t, distance[shape[2]], found.Radius, 1e-9)
		require.InDelta(t, float64(shape[0]), sum(found.Weights), 0)
		for i, owner := range found.Assignment {
			near := math.Inf(1)
			for _, c := range want {
				near = min(near, ref.Distance(rows[i], rows[c]))
			}
			require.InDelta(t, near, ref.Distance(rows[i], rows[want[owner]]), 1e-9)
		}
	}
}

func TestKCenterSinglePrecision(t *testing.T) {
	x, _ := clusters[float32](5, 3000, 6, 9)
	found, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Centers: 200})
	require.NoError(t, err)
	_, distance := ref.FarthestFirst(plain(x), found.Indices[0], 200)
	require.InEpsilon(t, distance[200], found.Radius, 1e-5)
	require.Less(t, found.Evaluations, 3000*200)
	require.Empty(t, found.Assignment)
}

func TestKCenterStopsAtRadius(t *testing.T) {
	x, _ := clusters[float64](6, 500, 3, 3)
	all, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Centers: 100})
	require.NoError(t, err)
	goal := all.Distances[40]
	found, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Radius: goal})
	require.NoError(t, err)
	require.Equal(t, all.Indices[:40], found.Indices)
	require.LessOrEqual(t, found.Radius, goal)
}

func TestKCenterBeginsWithInitialCentres(t *testing.T) {
	x, _ := clusters[float64](7, 400, 4, 3)
	o := &coreset.KCenterOptions{Centers: 30, Initial: []int{7, 100, 3}}
	found, err := coreset.KCenter(context.Background(), x, o)
	require.NoError(t, err)
	require.Equal(t, o.Initial, found.Indices[:3])
	rows := plain(x)
	require.InDelta(t, ref.Distance(rows[7], rows[100]), found.Distances[1], 1e-12)
	for _, bad := range [][]int{{1, 1}, {-1}, {400}} {
		o.Initial = bad
		_, err = coreset.KCenter(context.Background(), x, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
}

func TestKCenterOfDuplicatesAndConstants(t *testing.T) {
	x := core.NewMatrix[float32](50, 3)
	for i := range 50 {
		x.Row(i)[0] = float32(i % 5)
	}
	found, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Centers: 50, Assign: true})
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, i := range found.Indices {
		require.False(t, seen[i])
		seen[i] = true
	}
	require.Zero(t, found.Radius)
	require.Zero(t, found.Distances[49])
}

// On a grid many rows are equally far, to the bit.
func TestKCenterTakesTheFirstOfEquals(t *testing.T) {
	x := core.NewMatrix[float64](600, 3)
	for i := range x.Rows {
		k := i * 337 % 600 // so that rows of a bucket are not in order
		x.Row(i)[0], x.Row(i)[1], x.Row(i)[2] = float64(k%10), float64(k/10%10), float64(k/100)
	}
	found, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Centers: 120})
	require.NoError(t, err)
	want, _ := ref.FarthestFirst(plain(x), found.Indices[0], 120)
	require.Equal(t, want, found.Indices)
}

func TestKCenterRefusesWhatIsImpossible(t *testing.T) {
	x := core.NewMatrix[float64](4, 2)
	for _, o := range []*coreset.KCenterOptions{nil, {}, {Centers: -1}, {Centers: 5}, {Radius: math.NaN()}, {Centers: 1, Initial: []int{0, 1}}} {
		_, err := coreset.KCenter(context.Background(), x, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	x.Data[3] = math.Inf(1)
	_, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Centers: 1})
	require.ErrorIs(t, err, core.ErrNotFinite)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = coreset.KCenter(ctx, core.NewMatrix[float64](4, 2), &coreset.KCenterOptions{Centers: 2})
	require.ErrorIs(t, err, context.Canceled)
}

func TestKCenterDoesNotDependOnThreads(t *testing.T) {
	n := 20000
	if testing.Short() {
		n = 6000
	}
	x, _ := clusters[float32](9, n, 3, 30)
	for _, metric := range []string{coreset.Euclidean, coreset.Cosine} {
		var want *coreset.Centers
		for _, threads := range []int{1, 2, 5} {
			found, err := coreset.KCenter(context.Background(), x, &coreset.KCenterOptions{Centers: 400, Assign: true, Metric: metric, Threads: threads})
			require.NoError(t, err)
			found.Seconds = 0
			if want == nil {
				want = found
			}
			require.Equal(t, want, found)
		}
		require.Less(t, want.Evaluations, n*400/2) // most need not be evaluated where clusters are many
	}
}
