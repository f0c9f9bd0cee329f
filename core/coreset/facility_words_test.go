package coreset

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// words returns the same rows, of counts and few of them other than zero, sparse and dense.
func words[T core.Float, I int32 | int64](n, m int, seed uint64) (ptr, index []I, value []T, x core.Matrix[T]) {
	draw := rng.New(seed)
	ptr, x = []I{0}, core.NewMatrix[T](n, m)
	for i := range n {
		for j := range m {
			if draw.Float64()*float64(j+3) < 3 && i%50 != 7 { // some words are frequent, and some rows empty
				v := T(1 + draw.IntN(4))
				x.Row(i)[j] = v
				index, value = append(index, I(j)), append(value, v)
			}
		}
		ptr = append(ptr, I(len(index)))
	}
	return ptr, index, value, x
}

func TestSparseRowsAreDenseOnes(t *testing.T) {
	const n, m, k = 330, 200, 25
	ptr, index, value, x := words[float64, int32](n, m, 3)
	for _, metric := range []string{Euclidean, SqEuclidean, Cosine, RBF, Dot} {
		for _, engine := range []string{Decremental, Lazy, Stochastic, Partitioned, Streaming} {
			o := FacilityOptions{Budget: k, Metric: metric, Engine: engine, Seed: 1, Partitions: 3}
			want := choose(t, Rows(x), &o)
			f := choose(t, SparseRows(n, m, ptr, index, value), &o)
			require.InEpsilon(t, want.Loss, f.Loss, 3e-3, "%s %s", metric, engine) // of equal gains either may be first
			require.LessOrEqual(t, f.LossBound, want.Loss*(1+1e-9), "%s %s", metric, engine)
			require.Greater(t, f.LossBound, 0.0, "%s %s", metric, engine)
			require.Equal(t, want.Uncovered, f.Uncovered)
			for _, at := range f.Assignment {
				require.GreaterOrEqual(t, at, -1)
			}
			if metric == Dot {
				require.GreaterOrEqual(t, f.Uncovered, n/50) // empty rows
			} else {
				checkFacilities(t, f, n, k)
			}
		}
	}
}

func TestDotIsTheSimilarityMatrix(t *testing.T) {
	_, _, _, x := words[float64, int32](150, 40, 4)
	for i := range x.Data {
		x.Data[i] -= 0.3
	}
	s := core.NewMatrix[float64](150, 150)
	for i := range 150 {
		for j := range 150 {
			for q, v := range x.Row(i) {
				s.Row(i)[j] += v * x.Row(j)[q]
			}
		}
	}
	want := choose(t, Similarities(s), &FacilityOptions{Budget: 12})
	f := choose(t, Rows(x), &FacilityOptions{Budget: 12, Metric: Dot})
	require.Equal(t, want.Indices, f.Indices)
	require.InEpsilon(t, want.Loss, f.Loss, 1e-12)
	require.InEpsilon(t, want.LossBound, f.LossBound, 1e-9)
	_, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 12, Metric: Dot, Engine: Neighbors})
	require.ErrorContains(t, err, "engine neighbors")
}

func TestSparseRowsDoNotDependOnThreads(t *testing.T) {
	const n, m = 700, 300
	ptr, index, value, _ := words[float32, int64](n, m, 5)
	groups := make([]int32, n)
	for i := range groups {
		groups[i] = int32(i % 2)
	}
	for _, o := range []FacilityOptions{{Budget: 70, Metric: Cosine}, {Budget: 40, Groups: groups}, {CoverLoss: 4000}} {
		var want *Facilities
		for _, threads := range []int{1, 2, 5} {
			o.Threads = threads
			f := choose(t, SparseRows(n, m, ptr, index, value), &o)
			require.True(t, math.IsNaN(f.Recall))
			if f.Recall = 0; want == nil {
				want = f
			}
			require.Equal(t, want, f)
		}
	}
}

func TestSparseRowsRefuseWhatIsImpossible(t *testing.T) {
	ctx := context.Background()
	for _, bad := range []struct {
		ground  Ground
		message string
	}{
		{SparseRows(2, 3, []int32{0, 1}, []int32{1}, []float64{1}), "indptr of X"},
		{SparseRows(2, 3, []int32{0, 2, 2}, []int32{1, 0}, []float64{1, 1}), "row 0 of X has column 0 after 1"},
		{SparseRows(1, 3, []int32{0, 1}, []int32{1}, []float64{math.NaN()}), "row 0, column 1 of X is NaN"},
		{SparseRows(1, 3, []int32{0, 1}, []int32{1}, []float32{1e38}), "overflow"},
	} {
		_, err := SelectFacilities(ctx, bad.ground, &FacilityOptions{Budget: 1})
		require.ErrorContains(t, err, bad.message)
	}
	ptr, index, value, _ := words[float64, int32](90, 20, 1)
	_, err := SelectFacilities(ctx, SparseRows(90, 20, ptr, index, value), &FacilityOptions{Budget: 9, Engine: Neighbors, Metric: Dot})
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "engine neighbors")
}
