package mixture

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// Two components of 15 000 points make several E-step tasks and several M-step chunks each.
func TestThreadsDoNotChangeBits(t *testing.T) {
	for _, p := range []struct {
		name       string
		n, c, d, h int
		kind       string
		algorithm  string
	}{
		{"few large components", 30_000, 2, 4, 1, Factor, "exact"},
		{"few large components, truncated", 30_000, 3, 3, 6, Factor, "truncated"},
		{"many components", 5_000, 60, 8, 2, Factor, "truncated"},
		{"exact", 3_000, 25, 5, 2, Factor, "exact"},
		{"diagonal", 5_000, 40, 5, 0, Diag, "truncated"},
		{"spherical", 5_000, 40, 5, 0, Spherical, "truncated"},
	} {
		t.Run(p.name, func(t *testing.T) {
			d := max(p.d, p.h+1)
			x := draw(truth(1, p.c, d, p.h, 1), 2, scaled(p.n))
			o := Options{Components: p.c, CovarianceType: p.kind, Factors: p.h, Algorithm: p.algorithm, Tol: -1, MaxIter: 4}
			t.Run("float32", func(t *testing.T) { sameBits(t, matrix[float32](x, d), o) })
			t.Run("float64", func(t *testing.T) { sameBits(t, matrix[float64](x, d), o) })
		})
	}
}

func sameBits[T core.Float](t *testing.T, x core.Matrix[T], o Options) {
	for _, weighted := range []bool{false, true} {
		if weighted {
			o.SampleWeight = make([]float64, x.Rows)
			for i := range o.SampleWeight {
				o.SampleWeight[i] = float64(i%5) / 3
			}
		}
		o.Threads = 1
		want := mustFit(t, x, &o)
		for _, threads := range []int{2, 4} {
			o.Threads = threads
			requireBits(t, want, mustFit(t, x, &o), fmt.Sprint(threads, " threads"))
		}
	}
}

func TestThreadsDoNotChangeKMeans(t *testing.T) {
	x := draw(truth(1, 10, 5, 0, 1), 2, scaled(20_000))
	t.Run("float32", func(t *testing.T) { sameClusters(t, matrix[float32](x, 5)) })
	t.Run("float64", func(t *testing.T) { sameClusters(t, matrix[float64](x, 5)) })
}

func sameClusters[T core.Float](t *testing.T, x core.Matrix[T]) {
	for _, init := range []string{"k-means++", "random"} {
		want, err := FitKMeans(background, x, &KMeansOptions{Clusters: 12, Init: init, MaxIter: 6, Threads: 1})
		require.NoError(t, err)
		for _, threads := range []int{2, 4} {
			got, err := FitKMeans(background, x, &KMeansOptions{Clusters: 12, Init: init, MaxIter: 6, Threads: threads})
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}

func TestSeedDecidesEverything(t *testing.T) {
	x := matrix[float64](draw(truth(3, 20, 4, 1, 0.5), 4, 1000), 4)
	for _, init := range []string{"kmeans", "k-means++", "random_from_data", "random"} {
		o := Options{Components: 20, Factors: 1, Algorithm: "truncated", MaxIter: 3, InitParams: init, Seed: 1}
		first := mustFit(t, x, &o)
		requireBits(t, first, mustFit(t, x, &o), init)
		o.Seed = 2
		require.NotEqual(t, first.Means, mustFit(t, x, &o).Means, init)
	}
}
