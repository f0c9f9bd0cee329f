package mixture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// On separated clusters, greedy k-means++ puts one seed in each.
func TestSeedsFallIntoAllClusters(t *testing.T) {
	const C, D, N = 12, 3, 900
	flat, own, err := truth(1, C, D, 0, 30).Sample(2, N)
	require.NoError(t, err)
	d, err := newData(background, matrix[float64](flat, D), nil, false, 1)
	require.NoError(t, err)
	for seed := range uint64(10) {
		means, err := plusPlus(background, d, C, seed, 2)
		require.NoError(t, err)
		found := map[int64]bool{}
		for c := range C {
			best, at := math.Inf(1), 0
			for i := range N {
				e := 0.0
				for j := range D {
					v := (flat[i*D+j]-d.shift[j])*d.scale[j] - means[c*D+j]
					e += v * v
				}
				if e < best {
					best, at = e, i
				}
			}
			require.InDelta(t, 0, best, 1e-20, "seeds are points")
			found[own[at]] = true
		}
		require.Len(t, found, C)
	}
}

// Weights act like repetitions: the same random numbers choose the same points.
func TestSeedsOfWeightedPointsAreThoseOfRepeatedOnes(t *testing.T) {
	const C, D, N = 9, 2, 200
	x := matrix[float64](draw(truth(3, 4, D, 0, 2), 4, N), D)
	repeated := core.Matrix[float64]{Cols: D, Stride: D}
	w := make([]float64, N)
	for i := range N {
		times := 1 + 3*(i%2)
		w[i] = float64(times)
		for range times {
			repeated.Data = append(repeated.Data, x.Row(i)...)
			repeated.Rows++
		}
	}
	weighted, err := newData(background, x, w, false, 1)
	require.NoError(t, err)
	plain, err := newData(background, repeated, nil, false, 1)
	require.NoError(t, err)
	for seed := range uint64(20) {
		want, err := plusPlus(background, plain, C, seed, 1)
		require.NoError(t, err)
		got, err := plusPlus(background, weighted, C, seed, 1)
		require.NoError(t, err)
		requireNear(t, want, got, 1e-10, "seeds")
	}
}

func TestSampleRowsIsUniformAndIncreasing(t *testing.T) {
	require.Equal(t, []uint32{0, 1, 2}, sampleRows(3, 10, 1))
	count := make([]int, 20)
	for seed := range uint64(2000) {
		rows := sampleRows(20, 5, seed)
		require.Len(t, rows, 5)
		for i, r := range rows {
			require.True(t, i == 0 || rows[i-1] < r)
			count[r]++
		}
	}
	for i, c := range count {
		require.InDelta(t, 500, c, 100, "row %d", i) // five standard deviations
	}
}

func TestSearchMassFindsThePlace(t *testing.T) {
	mass := []float64{0, 0.5, 0.5, 2, 2}
	for _, p := range []struct {
		u    float64
		want int
	}{{0, 1}, {0.4, 1}, {0.5, 3}, {1.9, 3}, {2, 4}, {3, 4}} {
		require.Equal(t, p.want, searchMass(mass, p.u), "u = %v", p.u)
	}
	require.Equal(t, 0, searchMass([]float64{1}, rng.New(1).Float64()))
}
