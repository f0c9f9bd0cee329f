package coreset

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// wordPoints returns sparse rows, some of which are equal and some empty, and the same with their zeros.
func wordPoints[T core.Float, I int32 | int64](n, m int) (SparsePoints, core.Matrix[T], []int32) {
	ptr, index, value, x := words[T, I](n, m, 5)
	y := make([]int32, n)
	for i := range y {
		if x.Row(i)[1] > 1 != (i%5 == 0) {
			y[i] = 1
		}
	}
	return NewSparsePoints(n, m, ptr, index, value), x, y
}

func TestSparseSamplesAreDenseOnes(t *testing.T) {
	const n, m = 900, 40
	ctx := context.Background()
	points, x, y := wordPoints[float64, int64](n, m)
	weight := make([]float64, n)
	for i := range weight {
		weight[i] = float64(1 + i%3)
	}
	o := &SampleOptions{Size: 120, Clusters: 6, SampleWeight: weight, Seed: 3}
	same := func(want, found *Sample) {
		require.Equal(t, want.Indices, found.Indices)
		require.InDeltaSlice(t, want.Weights, found.Weights, 1e-6)
	}
	want, err := Lightweight(ctx, x, o)
	require.NoError(t, err)
	found, err := SparseLightweight(ctx, points, o)
	require.NoError(t, err)
	same(want, found)
	want, err = Sensitivity(ctx, x, o)
	require.NoError(t, err)
	found, err = SparseSensitivity(ctx, points, o)
	require.NoError(t, err)
	same(want, found)
	for _, l := range []LogisticOptions{{}, {Criterion: CriterionA}, {Criterion: CriterionL, NoIntercept: true}, {Method: Leverage}, {Method: Lewis}} {
		l.Size, l.SampleWeight, l.Seed = 150, weight, 4
		want, err = Logistic(ctx, x, y, &l)
		require.NoError(t, err)
		found, err = SparseLogistic(ctx, points, y, &l)
		require.NoError(t, err)
		same(want, found)
		l.Threads = 3
		again, err := SparseLogistic(ctx, points, y, &l)
		require.NoError(t, err)
		require.Equal(t, found.Weights, again.Weights)
	}
}

func TestSparseCentresAreDenseOnes(t *testing.T) {
	const n, m, k = 700, 60, 90
	for _, metric := range []string{Euclidean, Cosine} {
		points, x, _ := wordPoints[float64, int32](n, m)
		o := KCenterOptions{Centers: k, Metric: metric, Assign: true, Initial: []int{3}}
		rows := make([][]float64, n)
		for i := range rows {
			rows[i] = x.Row(i)
			if metric == Cosine { // rows of zeros have a direction of their own
				rows[i] = append(slices.Clone(rows[i]), 0)
				norm := ref.Distance(rows[i], make([]float64, m+1)) * math.Sqrt2
				for j := range rows[i] {
					rows[i][j] /= max(norm, 1e-300)
				}
				if norm == 0 {
					rows[i][m] = math.Sqrt(0.5)
				}
			}
		}
		want, distance := ref.FarthestFirst(rows, 3, k)
		check := func(c *Centers) {
			far := distance[k]
			if metric == Cosine {
				far *= far
			}
			require.InDelta(t, far, c.Radius, 1e-9)
			for j, i := range c.Indices[1:] { // of equal distances rounding may take either
				require.InDelta(t, distance[j+1], ref.DistanceFrom(rows, c.Indices[:j+1], i), 1e-6)
			}
			require.Len(t, c.Indices, len(want))
			for i, at := range c.Assignment {
				require.InDelta(t, ref.DistanceFrom(rows, c.Indices, i), ref.Distance(rows[i], rows[c.Indices[at]]), 1e-6)
			}
		}
		dense, err := KCenter(context.Background(), x, &o)
		require.NoError(t, err)
		check(dense)
		sparse, err := SparseKCenter(context.Background(), points, &o)
		require.NoError(t, err)
		check(sparse)
		require.Less(t, sparse.Evaluations, n*k)
		o.Threads = 3
		again, err := SparseKCenter(context.Background(), points, &o)
		require.NoError(t, err)
		again.Seconds = sparse.Seconds
		require.Equal(t, sparse, again)
	}
}

func TestSparseFeaturesAreAKernel(t *testing.T) {
	const n, m = 150, 30
	ptr, index, value, x := words[float64, int32](n, m, 6)
	for _, method := range []string{MaxDet, BAIT, MaxDist, LCMD, PlusPlus, FrankWolfe} {
		o := &BatchOptions{Size: 9, Method: method, Noise: 1e-2, Observed: []int{1, 40}, Surplus: 2, Seed: 2}
		want, err := SelectBatch(context.Background(), FeatureKernel(x), o)
		require.NoError(t, err)
		found, err := SelectBatch(context.Background(), SparseFeatureKernel(n, m, ptr, index, value), o)
		require.NoError(t, err)
		require.InDeltaSlice(t, want.Scores, found.Scores, 1e-6*want.Scores[0], method)
	}
}

func TestSparsePointsAreChecked(t *testing.T) {
	ctx, o := context.Background(), &SampleOptions{Size: 2}
	bad := NewSparsePoints(2, 3, []int32{0, 1, 2}, []int32{0, 3}, []float64{1, 1})
	_, err := SparseLightweight(ctx, bad, o)
	require.ErrorIs(t, err, core.ErrShape)
	bad = NewSparsePoints(2, 3, []int32{0, 1, 2}, []int32{0, 2}, []float64{1, math.NaN()})
	_, err = SparseKCenter(ctx, bad, &KCenterOptions{Centers: 1})
	require.ErrorIs(t, err, core.ErrNotFinite)
	bad = NewSparsePoints(2, 3, []int32{0, 1, 2}, []int32{0, 2}, []float64{1, 1e200})
	_, err = SparseKCenter(ctx, bad, &KCenterOptions{Centers: 1})
	require.ErrorContains(t, err, "row 1 overflows")
	_, err = SparseSensitivity(ctx, bad, &SampleOptions{Size: 2, Clusters: 2})
	require.ErrorIs(t, err, core.ErrNumerical)
	wide := NewSparsePoints(2, 5000, []int32{0, 1, 2}, []int32{0, 2}, []float64{1, 1})
	_, err = SparseLogistic(ctx, wide, []int32{0, 1}, &LogisticOptions{Size: 2})
	require.ErrorContains(t, err, "4096 at most")
	_, err = SparseKCenter(ctx, wide, &KCenterOptions{Centers: 1, Metric: "dot"})
	require.ErrorIs(t, err, core.ErrOption)
}
