package mixture

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// searched returns m answering by search.
func searched(t *testing.T, m *Model, algorithm string) *Model {
	t.Helper()
	other, err := m.With(Inference{Algorithm: algorithm})
	require.NoError(t, err)
	return other
}

// Clusters apart, and clusters so close that a row belongs to many.
func TestSearchFindsWhatMatters(t *testing.T) {
	const C, D, H = 200, 8, 2
	for _, p := range []struct{ separation, agreement, gap float64 }{{3, 0.995, 0.01}, {0.7, 0.97, 0.04}} {
		m := mustFit(t, matrix[float64](draw(truth(1, C, D, H, p.separation), 2, 6000), D),
			&Options{Components: C, Factors: H, MaxIter: 10, Tol: -1})
		x := matrix[float64](draw(truth(1, C, D, H, p.separation), 3, 2500), D)
		exact, search := scores(t, m, x), scores(t, searched(t, m, "search"), x)
		mean, agreed := 0.0, 0.0
		first, second := labels(t, m, x), labels(t, searched(t, m, "search"), x)
		for i, s := range search {
			require.LessOrEqual(t, s, exact[i]+1e-12)
			mean += (exact[i] - s) / 2500
			if first[i] == second[i] {
				agreed += 1. / 2500
			}
		}
		require.Less(t, mean, p.gap)
		require.Greater(t, agreed, p.agreement)
		r, err := CheckSearch(background, m, x, 2)
		require.NoError(t, err)
		require.Equal(t, 2000, r.Rows)
		require.GreaterOrEqual(t, r.Gap, mean/4)
		require.GreaterOrEqual(t, r.WorstGap, r.Gap)
		require.InDelta(t, agreed, r.Agreement, 0.03)
		require.Less(t, r.Evaluations, 0.6*C)
	}
}

// Everything that can be asked, by search, on any number of threads.
func TestAnswersBySearch(t *testing.T) {
	const C, D, H, N = 150, 6, 2, 1500
	m := mustFit(t, matrix[float32](draw(truth(1, C, D, H, 3), 2, 4000), D), &Options{Components: C, Factors: H, MaxIter: 5, Tol: -1})
	x := matrix[float32](draw(truth(1, C, D, H, 3), 3, N), D)
	s := searched(t, m, "search")
	one, three := make([]float64, N), make([]float64, N)
	require.NoError(t, ScoreSamples(background, s, x, 1, one))
	require.NoError(t, ScoreSamples(background, s, x, 3, three))
	require.Equal(t, one, three)

	q := core.NewMatrix[float32](N, C)
	for i := range q.Data {
		q.Data[i] = 7
	}
	require.NoError(t, Posterior(background, s, x, 2, q))
	full := core.NewMatrix[float32](N, C)
	require.NoError(t, Posterior(background, m, x, 2, full))
	ids, top := make([]int32, 3*N), core.NewMatrix[float32](N, 3)
	require.NoError(t, TopPosterior(background, s, x, 2, 3, ids, top))
	differ := 0
	for i := range N {
		sum := 0.0
		for c, v := range q.Row(i) {
			sum += float64(v)
			if math.Abs(float64(v-full.Row(i)[c])) > 1e-4 {
				differ++
			}
		}
		require.InDelta(t, 1, sum, 1e-5)
		require.InDelta(t, q.Row(i)[ids[3*i]], top.Row(i)[0], 1e-5)
	}
	require.Less(t, differ, N/10)
	a, b := core.NewMatrix[float32](N, D), core.NewMatrix[float32](N, D)
	require.NoError(t, Denoise(background, s, x, 2, 0.1, a))
	require.NoError(t, Denoise(background, m, x, 2, 0.1, b))
	differ = 0
	for i, v := range a.Data {
		if math.Abs(float64(v-b.Data[i])) > 1e-3 {
			differ++
		}
	}
	require.Less(t, differ, N/10)
	z := core.NewMatrix[float32](N, H)
	require.NoError(t, Transform(background, s, x, 2, z))
}

// Where there is nothing to search with, answers are exact; auto does not search where that loses too much.
func TestSearchFallsBackToExactAnswers(t *testing.T) {
	const C, D = 140, 4
	x := matrix[float64](draw(truth(1, C, D, 1, 1), 2, 16*C), D)
	hand := truth(1, C, D, 1, 1)
	require.Equal(t, scores(t, hand, x), scores(t, searched(t, hand, "search"), x))
	_, err := CheckSearch(background, hand, x, 1)
	require.ErrorIs(t, err, core.ErrOption)

	m := mustFit(t, x, &Options{Components: C, Factors: 1, MaxIter: 3, Tol: -1})
	for c := range m.Components { // a graph that leads nowhere
		for r := range m.Graph {
			m.Neighbors[c*m.Graph+r] = int32(c)
		}
	}
	require.NotEqual(t, scores(t, m, x), scores(t, searched(t, m, "search"), x))
	require.Equal(t, scores(t, m, x), scores(t, searched(t, m, "auto"), x))
	_, err = m.Link([]int32{0})
	require.ErrorIs(t, err, core.ErrShape)
	linked, err := hand.Link(m.Neighbors)
	require.NoError(t, err)
	require.NotEqual(t, scores(t, hand, x), scores(t, searched(t, linked, "search"), x))
	both, err := m.With(Inference{Algorithm: "search", Missing: MissingNaN})
	require.NoError(t, err)
	holes := matrix[float64](holed(x.Data, D, 0.3, 4), D)
	require.Equal(t, scores(t, allow(t, m), holes), scores(t, both, holes))
}

// What a row begins with is near to it, each component once, and nothing else is beyond the components.
func TestEntriesAreNearMeans(t *testing.T) {
	const N, H = 60, 1
	for _, p := range []struct{ C, D int }{{5, 3}, {90, 4}, {1061, 6}} {
		m := truth(3, p.C, p.D, H, 2)
		x := matrix[float64](draw(m, 4, N), p.D)
		v, err := newInference[float64](background, m, 1, false)
		require.NoError(t, err)
		n := min(searchEntries, p.C)
		near := make([]uint32, N*n)
		require.NoError(t, newEntries(v.k).nearest(background, near, n, v, x, 2))
		row := make([]float64, p.D)
		for i := range N {
			v.standardize(row, x.Row(i))
			minus := make([]float64, p.C)
			for c := range minus {
				for d, e := range row {
					e -= v.k.component(c)[d*panel.Row]
					minus[c] -= e * e
				}
			}
			found := near[i*n : (i+1)*n]
			require.Contains(t, found[:min(5, n)], uint32(ref.TopK(minus, 1)[0]), "row %d", i)
			require.Len(t, slices.Compact(slices.Sorted(slices.Values(found))), n)
			require.Less(t, slices.Max(found), uint32(p.C))
		}
	}
}
