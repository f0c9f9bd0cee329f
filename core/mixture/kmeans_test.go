package mixture

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func mustCluster[T core.Float](t *testing.T, x core.Matrix[T], o *KMeansOptions) *KMeans {
	t.Helper()
	km, err := FitKMeans(background, x, o)
	require.NoError(t, err)
	require.Len(t, km.Labels, x.Rows)
	require.Len(t, km.Centers, km.Clusters*km.Features)
	return km
}

func TestKMeansIsPlainLloyd(t *testing.T) {
	const C, D, N = 6, 5, 400
	m := truth(1, C, D, 0, 1)
	x := draw(m, 2, N)
	w := make([]float64, N)
	for i := range w {
		w[i] = float64(i%4) / 2
	}
	start := shaken(m, 3, 0).Means
	for _, weight := range [][]float64{nil, w} {
		plain := weight
		if plain == nil {
			plain = ones(N)
		}
		for _, k := range []int{1, 5} {
			centers, labels, inertia := ref.Lloyd(ref.Rows(x, N, D), plain, ref.Rows(start, C, D), k)
			onEveryLevel(t, func(t *testing.T) {
				o := KMeansOptions{Clusters: C, Start: start, MaxIter: k, Tol: -1, SampleWeight: weight}
				got := mustCluster(t, matrix[float64](x, D), &o)
				requireNear(t, slices.Concat(centers...), got.Centers, 1e-11, "centres")
				require.InDelta(t, inertia, got.Inertia, 1e-9*inertia)
				for i, c := range labels {
					require.EqualValues(t, c, got.Labels[i])
				}
				single := mustCluster(t, matrix[float32](x, D), &o)
				require.InDelta(t, inertia, single.Inertia, 1e-4*inertia)
			})
		}
	}
}

func TestKMeansFindsSeparatedClusters(t *testing.T) {
	const C, D, N = 10, 4, 1000
	x, own, err := truth(3, C, D, 0, 20).Sample(4, N)
	require.NoError(t, err)
	km := mustCluster(t, matrix[float32](x, D), &KMeansOptions{Clusters: C})
	require.True(t, km.Converged)
	partner := map[int64]int64{}
	for i, c := range km.Labels {
		if _, seen := partner[c]; !seen {
			partner[c] = own[i]
		}
		require.Equal(t, partner[c], own[i])
	}
	require.Len(t, partner, C)
}

func TestInertiaNeverRises(t *testing.T) {
	x := matrix[float64](draw(truth(3, 5, 4, 0, 0.5), 4, 600), 4)
	last := math.Inf(1)
	for k := 1; k <= 12; k++ {
		km := mustCluster(t, x, &KMeansOptions{Clusters: 9, MaxIter: k, Tol: -1})
		require.LessOrEqual(t, km.Inertia, last*(1+1e-12))
		last = km.Inertia
	}
	once := mustCluster(t, x, &KMeansOptions{Clusters: 9, Init: "random"})
	best := mustCluster(t, x, &KMeansOptions{Clusters: 9, Init: "random", NInit: 8})
	require.Less(t, best.Inertia, once.Inertia)
}

func TestKMeansTolerance(t *testing.T) {
	x := matrix[float64](draw(truth(3, 5, 4, 0, 0.5), 4, 600), 4)
	loose := mustCluster(t, x, &KMeansOptions{Clusters: 9, Tol: 0.1})
	tight := mustCluster(t, x, &KMeansOptions{Clusters: 9, Tol: -1})
	require.True(t, loose.Converged)
	require.True(t, tight.Converged)
	require.Less(t, loose.Iterations, tight.Iterations)
	cut := mustCluster(t, x, &KMeansOptions{Clusters: 9, Tol: -1, MaxIter: tight.Iterations - 1})
	require.False(t, cut.Converged)
	// Converged with no label changing, one more iteration moves nothing.
	more := mustCluster(t, x, &KMeansOptions{Clusters: 9, Tol: -1, Start: tight.Centers})
	require.Equal(t, 1, more.Iterations)
	requireNear(t, tight.Centers, more.Centers, 1e-12, "centres")
}

// Starting centres far from all data would stay empty; they are moved to the farthest points.
func TestEmptyClustersAreRefilled(t *testing.T) {
	flat := draw(truth(5, 3, 2, 0, 10), 6, 300)
	x := matrix[float64](flat, 2)
	start := []float64{flat[0], flat[1], 1e6, 1e6, -1e6, 1e6, 1e6, -1e6}
	km := mustCluster(t, x, &KMeansOptions{Clusters: 4, Start: start})
	count := make([]int, 4)
	for _, c := range km.Labels {
		count[c]++
	}
	require.NotContains(t, count, 0)
	for i, v := range km.Centers {
		require.Less(t, math.Abs(v), 1e3, "coordinate %d", i)
	}
}

// The farthest point is the only one of its cluster and stays; the next one goes.
func TestRefillingLeavesNoClusterEmpty(t *testing.T) {
	d, err := newData(background, matrix[float64]([]float64{0, 1, 2, 3}, 1), nil, true, 1)
	require.NoError(t, err)
	l := newLloyd(d, 3, 1)
	copy(l.labels, []uint32{0, 1, 1, 1})
	copy(l.sqDist, []float64{9, 1, 4, 0})
	l.refill()
	require.Equal(t, []uint32{0, 1, 2, 1}, l.labels)
}

// Distances come from products; far from the origin they would cancel if the centres were not subtracted first.
func TestAssignFarFromTheOrigin(t *testing.T) {
	const C, D, N = 7, 3, 300
	x, _ := affine(draw(truth(1, C, D, 0, 1), 2, N), repeat(1, D), repeat(1e9, D))
	km := &KMeans{Clusters: C, Features: D, Centers: x[:C*D]}
	_, want, _ := ref.Lloyd(ref.Rows(x, N, D), ones(N), ref.Rows(km.Centers, C, D), 0)
	labels := make([]int64, N)
	require.NoError(t, Assign(background, km, matrix[float64](x, D), 1, labels, nil))
	for i, c := range want {
		require.EqualValues(t, c, labels[i])
	}
}

func TestFewerDistinctPointsThanClusters(t *testing.T) {
	flat := make([]float64, 0, 200)
	for i := range 100 {
		flat = append(flat, float64(i%3), 0.1*float64(i%3*7))
	}
	for _, init := range []string{"k-means++", "random"} {
		km := mustCluster(t, matrix[float64](flat, 2), &KMeansOptions{Clusters: 7, Init: init, Tol: -1, MaxIter: 50})
		require.InDelta(t, 0, km.Inertia, 1e-20, init)
		require.True(t, km.Converged, init)
		single := mustCluster(t, matrix[float32](flat, 2), &KMeansOptions{Clusters: 7, Init: init})
		require.InDelta(t, 0, single.Inertia, 1e-9, init)
		for i, v := range km.Centers {
			require.False(t, math.IsNaN(v), "coordinate %d", i)
		}
	}
}

func TestKMeansDoesNotDependOnUnits(t *testing.T) {
	x := draw(truth(3, 5, 4, 0, 1), 4, 500)
	want := mustCluster(t, matrix[float64](x, 4), &KMeansOptions{Clusters: 5})
	for _, p := range []struct{ a, b float64 }{{1024, 0}, {1e-20, 0}, {1e20, 0}, {3, 1e6}} {
		y, _ := affine(x, repeat(p.a, 4), repeat(p.b, 4))
		got := mustCluster(t, matrix[float64](y, 4), &KMeansOptions{Clusters: 5})
		require.Equal(t, want.Labels, got.Labels)
		require.InDelta(t, want.Inertia, got.Inertia/p.a/p.a, 1e-6*want.Inertia)
	}
}

func TestAssign(t *testing.T) {
	const C, D, N = 7, 5, 3000
	x := draw(truth(1, C, D, 0, 1), 2, N)
	km := mustCluster(t, matrix[float64](x, D), &KMeansOptions{Clusters: C})
	_, want, _ := ref.Lloyd(ref.Rows(x, N, D), ones(N), ref.Rows(km.Centers, C, D), 0)
	onEveryLevel(t, func(t *testing.T) {
		labels, dist := make([]int64, N), make([]float64, N)
		require.NoError(t, Assign(background, km, matrix[float64](x, D), 2, labels, dist))
		require.Equal(t, km.Labels, labels)
		for i, c := range want {
			require.EqualValues(t, c, labels[i])
			e := 0.0
			for j := range D {
				e += (x[i*D+j] - km.Centers[c*D+j]) * (x[i*D+j] - km.Centers[c*D+j])
			}
			require.InDelta(t, e, dist[i], 1e-12*(1+e))
		}
		one := make([]int64, 1)
		for i := range 40 {
			require.NoError(t, Assign(background, km, matrix[float64](x[i*D:(i+1)*D], D), 1, one, nil))
			require.Equal(t, labels[i], one[0])
		}
		require.NoError(t, Assign(background, km, matrix[float64](x, D), 1, nil, dist[:N]))
	})
}

func TestAssignRefusesBadInput(t *testing.T) {
	km := &KMeans{Clusters: 2, Features: 2, Centers: []float64{0, 0, 1, 1}}
	x := matrix[float64]([]float64{1, 2, 3, 4}, 2)
	nan := matrix[float64]([]float64{1, 2, 3, math.NaN()}, 2)
	for _, p := range []struct {
		name   string
		km     *KMeans
		x      core.Matrix[float64]
		labels []int64
		dist   []float64
		kind   error
		text   string
	}{
		{"features", km, matrix[float64](make([]float64, 6), 3), nil, nil, core.ErrShape, "X has 3 features, the centres have 2"},
		{"labels", km, x, make([]int64, 3), nil, core.ErrShape, "the labels need room for 2 entries, got 3"},
		{"distances", km, x, nil, make([]float64, 1), core.ErrShape, "the squared distances need room for 2"},
		{"centres", &KMeans{Clusters: 2, Features: 2, Centers: make([]float64, 3)}, x, nil, nil, core.ErrShape, "3 centre coordinates for 2 clusters"},
		{"centre NaN", &KMeans{Clusters: 1, Features: 2, Centers: []float64{0, math.NaN()}}, x, nil, nil, core.ErrNotFinite, "row 0, column 1"},
		{"NaN", km, nan, nil, nil, core.ErrNotFinite, "NaN at row 1, column 1"},
	} {
		err := Assign(background, p.km, p.x, 1, p.labels, p.dist)
		require.ErrorIs(t, err, p.kind, p.name)
		require.ErrorContains(t, err, p.text, p.name)
	}
	require.NoError(t, Assign(background, km, core.NewMatrix[float64](0, 2), 1, nil, nil))
	for _, start := range [][]float64{make([]float64, 3), {0, math.Inf(1), 0, 0}} {
		_, err := FitKMeans(background, x, &KMeansOptions{Clusters: 2, Start: start})
		require.ErrorContains(t, err, "the initial centres")
	}
}
