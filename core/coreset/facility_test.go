package coreset

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// cloud returns n rows of d features around some centres, heavy-tailed.
func cloud[T core.Float](n, d int, seed uint64) core.Matrix[T] {
	g := rand.New(rand.NewPCG(seed, 7))
	x := core.NewMatrix[T](n, d)
	centers := core.NewMatrix[float64](5, d)
	for i := range centers.Data {
		centers.Data[i] = 3 * g.NormFloat64()
	}
	for i := range n {
		spread := math.Exp(g.NormFloat64())
		c := centers.Row(g.IntN(5))
		for q := range d {
			x.Data[i*d+q] = T(c[q] + spread*g.NormFloat64())
		}
	}
	return x
}

func rowsOf[T core.Float](x core.Matrix[T]) [][]float64 {
	rows := make([][]float64, x.Rows)
	for i := range rows {
		for _, v := range x.Row(i) {
			rows[i] = append(rows[i], float64(v))
		}
	}
	return rows
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// Exact engines lose nothing against greedy selection that evaluates everything (Q1). On a line the sums of distances of the two
// points in the middle are equal but for rounding, so there are two features or more.
func TestExactEnginesMatchTheReference(t *testing.T) {
	for seed := range uint64(10) {
		for _, d := range []int{2, 3, 10, 40} {
			n, k := 150+int(seed)*20, 8+int(seed)*3
			x := cloud[float64](n, d, seed)
			w := ones(n)
			_, _, want := ref.FacilityGreedy(ref.Euclidean(rowsOf(x)), w, 1e3, k)
			for _, engine := range []string{Lazy, Decremental} {
				f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: k, Engine: engine})
				require.NoError(t, err)
				checkFacilities(t, f, n, k)
				require.InEpsilon(t, want, f.Loss, 1e-9, "%s, seed %d, %d features", engine, seed, d)
				single := core.NewMatrix[float32](n, d)
				for i, v := range x.Data {
					single.Data[i] = float32(v)
				}
				f, err = SelectFacilities(context.Background(), Rows(single), &FacilityOptions{Budget: k, Engine: engine})
				require.NoError(t, err)
				checkFacilities(t, f, n, k)
				require.InEpsilon(t, want, f.Loss, 1e-5, "%s in float32, seed %d, %d features", engine, seed, d)
			}
		}
	}
}

// checkFacilities asserts what holds for the result of any engine.
func checkFacilities(t *testing.T, f *Facilities, n, k int) {
	t.Helper()
	require.Len(t, f.Indices, k)
	require.Len(t, f.Weights, k)
	require.Len(t, f.Gains, k)
	require.Len(t, f.Assignment, n)
	seen := map[int]bool{}
	for _, j := range f.Indices {
		require.False(t, seen[j], "row %d is selected twice", j)
		require.True(t, j >= 0 && j < n)
		seen[j] = true
	}
	sum := 0.0
	for _, w := range f.Weights {
		sum += w
	}
	require.InDelta(t, n-f.Uncovered, sum, 1e-9*float64(n))
	require.LessOrEqual(t, f.LossBound, f.Loss)
}

func TestGainsDoNotIncrease(t *testing.T) {
	x := cloud[float32](700, 6, 3)
	f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 120})
	require.NoError(t, err)
	for i := 1; i < len(f.Gains); i++ {
		require.LessOrEqual(t, f.Gains[i], f.Gains[i-1]*(1+1e-6))
	}
}

func TestBitsDoNotDependOnThreads(t *testing.T) {
	x := cloud[float32](3000, 9, 5)
	for _, engine := range []string{Lazy, Decremental, Stochastic, Threshold, Neighbors, Partitioned} {
		var first *Facilities
		for _, threads := range []int{1, 2, 5} {
			f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 100, Engine: engine, Threads: threads})
			require.NoError(t, err)
			if first == nil {
				first = f
			}
			first.Recall, f.Recall = 0, 0
			require.Equal(t, first, f, engine)
		}
	}
}

func TestEveryLevelSelectsAsWell(t *testing.T) {
	x := cloud[float32](500, 37, 1)
	_, _, want := ref.FacilityGreedy(ref.Euclidean(rowsOf(x)), ones(500), 1e3, 40)
	for _, l := range cpu.Levels() {
		restore := cpu.Force(l)
		f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 40})
		restore()
		require.NoError(t, err)
		require.InEpsilon(t, want, f.Loss, 1e-5, l.String())
	}
}
