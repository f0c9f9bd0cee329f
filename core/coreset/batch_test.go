package coreset_test

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// gramOf returns the kernel matrix of rows, and the mean of its diagonal.
func gramOf(rows [][]float64) (k [][]float64, mean float64) {
	for _, x := range rows {
		row := make([]float64, len(rows))
		for j, y := range rows {
			for d := range x {
				row[j] += x[d] * y[d]
			}
		}
		k = append(k, row)
		mean += row[len(k)-1] / float64(len(rows))
	}
	return k, mean
}

// kernelsOf returns the same kernel as features and as a matrix.
func kernelsOf(x core.Matrix[float64]) map[string]coreset.Kernel {
	k, _ := gramOf(plain(x))
	return map[string]coreset.Kernel{"features": coreset.FeatureKernel(widened(x)), "matrix": coreset.MatrixKernel(widened(matrixOf[float64](k)))}
}

func TestBatchesByVarianceMatchDenseInverses(t *testing.T) {
	x, _ := clusters[float64](1, 60, 8, 5)
	k, mean := gramOf(plain(x))
	for _, observed := range [][]int{nil, {3, 50, 12, 7}} {
		const noise = 1e-2
		wants := map[string][]int{
			coreset.MaxDet: ref.GreedyBatch(k, observed, noise*mean, 12, func(p [][]float64, i int) float64 { return p[i][i] }),
			coreset.BAIT: ref.GreedyBatch(k, observed, noise*mean, 12, func(p [][]float64, i int) float64 {
				fall := 0.0
				for _, v := range p[i] {
					fall += v * v / (p[i][i] + noise*mean)
				}
				return fall
			}),
		}
		for method, want := range wants {
			for name, kernel := range kernelsOf(x) {
				found, err := coreset.SelectBatch(context.Background(), kernel,
					&coreset.BatchOptions{Size: 12, Method: method, Noise: noise, Observed: observed})
				require.NoError(t, err)
				require.Equal(t, want, found.Indices, "%s of %s", method, name)
				p := ref.PosteriorCovariance(k, append(slices.Clone(observed), want[:11]...), noise*mean)
				if method == coreset.MaxDet {
					require.InEpsilon(t, p[want[11]][want[11]], found.Scores[11], 1e-6)
				}
			}
		}
	}
}

// Giving up a surplus must end with exactly what brute force would give up.
func TestBAITGivesUpWhatMattersLeast(t *testing.T) {
	x, _ := clusters[float64](2, 40, 5, 4)
	k, mean := gramOf(plain(x))
	const noise = 1e-2
	total := func(rows []int) float64 {
		sum := 0.0
		for i, p := range ref.PosteriorCovariance(k, rows, noise*mean) {
			sum += p[i]
		}
		return sum
	}
	forward, err := coreset.SelectBatch(context.Background(), coreset.FeatureKernel(x), &coreset.BatchOptions{Size: 12, Method: coreset.BAIT, Noise: noise, Observed: []int{1}})
	require.NoError(t, err)
	kept := slices.Clone(forward.Indices)
	for len(kept) > 6 {
		best, least := 0, math.Inf(1)
		for at := range kept {
			rest := append([]int{1}, slices.Delete(slices.Clone(kept), at, at+1)...)
			if v := total(rest); v < least {
				best, least = at, v
			}
		}
		kept = slices.Delete(kept, best, best+1)
	}
	for name, kernel := range kernelsOf(x) {
		found, err := coreset.SelectBatch(context.Background(), kernel,
			&coreset.BatchOptions{Size: 6, Method: coreset.BAIT, Noise: noise, Surplus: 2, Observed: []int{1}})
		require.NoError(t, err)
		require.Equal(t, kept, found.Indices, name)
		require.Len(t, found.Scores, 6)
	}
}

func TestBatchesByDistance(t *testing.T) {
	x, _ := clusters[float64](3, 200, 4, 6)
	rows := plain(x)
	for _, observed := range [][]int{nil, {5, 60}} {
		for name, kernel := range kernelsOf(x) {
			found, err := coreset.SelectBatch(context.Background(), kernel, &coreset.BatchOptions{Size: 20, Observed: observed})
			require.NoError(t, err)
			require.Equal(t, ref.LargestClusterBatch(rows, observed, 20), found.Indices, name)
			far, err := coreset.SelectBatch(context.Background(), kernel, &coreset.BatchOptions{Size: 20, Method: coreset.MaxDist, Observed: observed})
			require.NoError(t, err)
			if observed == nil {
				want, distance := ref.FarthestFirst(rows, far.Indices[0], 20)
				require.Equal(t, want, far.Indices)
				require.InEpsilon(t, distance[19]*distance[19], far.Scores[19], 1e-9)
			}
			require.IsNonIncreasing(t, far.Scores[1:])
		}
	}
}

func TestPlusPlusSpreadsOut(t *testing.T) {
	x := core.NewMatrix[float64](300, 2) // three far places
	for i := range 300 {
		x.Row(i)[0], x.Row(i)[1] = float64(1000*(i%3)), float64(i)*1e-3
	}
	for seed := range uint64(20) {
		found, err := coreset.SelectBatch(context.Background(), coreset.FeatureKernel(x),
			&coreset.BatchOptions{Size: 2, Method: coreset.PlusPlus, Observed: []int{0}, Seed: seed})
		require.NoError(t, err)
		require.ElementsMatch(t, []int{1, 2}, []int{found.Indices[0] % 3, found.Indices[1] % 3})
	}
}

func TestFrankWolfeMatchesWrittenOutSteps(t *testing.T) {
	x, _ := clusters[float64](4, 80, 6, 3)
	for name, kernel := range kernelsOf(x) {
		found, err := coreset.SelectBatch(context.Background(), kernel, &coreset.BatchOptions{Size: 5, Method: coreset.FrankWolfe})
		require.NoError(t, err)
		steps := 0
		for ; steps < 50; steps++ {
			if w := ref.FrankWolfeWeights(plain(x), steps); countPositive(w) == 5 {
				break
			}
		}
		w := ref.FrankWolfeWeights(plain(x), steps)
		for j, i := range found.Indices {
			require.InEpsilon(t, w[i], found.Weights[j], 1e-6, name)
		}
	}
}

func countPositive(w []float64) int {
	count := 0
	for _, v := range w {
		if v > 0 {
			count++
		}
	}
	return count
}

func TestBatchesNeverRepeatRows(t *testing.T) {
	x := core.NewMatrix[float32](30, 3) // duplicates, and rows of zeros
	for i := range 30 {
		x.Row(i)[0] = float32(i % 4)
	}
	for _, method := range []string{coreset.LCMD, coreset.MaxDet, coreset.BAIT, coreset.MaxDist, coreset.PlusPlus, coreset.FrankWolfe} {
		found, err := coreset.SelectBatch(context.Background(), coreset.FeatureKernel(x),
			&coreset.BatchOptions{Size: 26, Method: method, Observed: []int{0, 1, 2, 29}, Surplus: 1.5})
		require.NoError(t, err, method)
		seen := map[int]bool{0: true, 1: true, 2: true, 29: true}
		for _, i := range found.Indices {
			require.False(t, seen[i], method)
			seen[i] = true
		}
		require.Len(t, found.Indices, 26)
	}
}

func TestBatchesDoNotDependOnThreads(t *testing.T) {
	x, _ := clusters[float32](6, 3000, 20, 4)
	for _, method := range []string{coreset.LCMD, coreset.MaxDet, coreset.BAIT, coreset.FrankWolfe} {
		var want *coreset.Batch
		for _, threads := range []int{1, 2, 3} {
			found, err := coreset.SelectBatch(context.Background(), coreset.FeatureKernel(x),
				&coreset.BatchOptions{Size: 15, Method: method, Threads: threads, Observed: []int{2, 4}})
			require.NoError(t, err)
			if want == nil {
				want = found
			}
			require.Equal(t, want.Indices, found.Indices)
			require.Equal(t, want.Scores, found.Scores)
		}
	}
}

func TestBatchesRefuseWhatIsImpossible(t *testing.T) {
	x, _ := clusters[float64](7, 5, 2, 1)
	ctx := context.Background()
	for _, o := range []*coreset.BatchOptions{nil, {}, {Size: 6}, {Size: 5, Observed: []int{1}}, {Size: 1, Observed: []int{5}}, {Size: 1, Method: "x"},
		{Size: 1, Noise: -1}, {Size: 1, Surplus: 0.5}} {
		_, err := coreset.SelectBatch(ctx, coreset.FeatureKernel(x), o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	o := &coreset.BatchOptions{Size: 1}
	_, err := coreset.SelectBatch(ctx, coreset.MatrixKernel(x), o)
	require.ErrorIs(t, err, core.ErrShape)
	skew := matrixOf[float64]([][]float64{{1, 2}, {0, 1}})
	_, err = coreset.SelectBatch(ctx, coreset.MatrixKernel(skew), o)
	require.ErrorContains(t, err, "not symmetric")
	negative := matrixOf[float64]([][]float64{{-1, 0}, {0, 1}})
	_, err = coreset.SelectBatch(ctx, coreset.MatrixKernel(negative), o)
	require.ErrorIs(t, err, core.ErrNumerical)
	_, err = coreset.SelectBatch(ctx, coreset.FeatureKernel(core.NewMatrix[float64](4, 2)), &coreset.BatchOptions{Size: 1, Method: coreset.MaxDet})
	require.ErrorIs(t, err, core.ErrNumerical)
	x.Data[0] = math.Inf(1)
	_, err = coreset.SelectBatch(ctx, coreset.FeatureKernel(x), o)
	require.ErrorIs(t, err, core.ErrNotFinite)
}

// Features of float32 are those of float64 that are rounded to them, without a copy in float64.
func TestBatchesKeepFloat32(t *testing.T) {
	n, m := 3000, 400
	if testing.Short() {
		n, m = 2500, 100
	}
	x := core.NewMatrix[float32](n, m)
	draw := rng.New(4)
	for i := range x.Data {
		x.Data[i] = float32(draw.NormFloat64())
	}
	y := core.NewMatrix[float64](n, m)
	for i, v := range x.Data {
		y.Data[i] = float64(v)
	}
	for _, method := range []string{coreset.MaxDet, coreset.BAIT, coreset.FrankWolfe} {
		for _, observed := range [][]int{nil, {7, 100, 2000}} {
			o := &coreset.BatchOptions{Size: 4, Method: method, Noise: 1e-3, Observed: observed, Threads: 2}
			want, err := coreset.SelectBatch(context.Background(), coreset.FeatureKernel(y), o)
			require.NoError(t, err)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			found, err := coreset.SelectBatch(context.Background(), coreset.FeatureKernel(x), o)
			runtime.ReadMemStats(&after)
			require.NoError(t, err)
			require.Equal(t, want.Indices, found.Indices, method)
			require.InDeltaSlice(t, want.Scores, found.Scores, 1e-7*want.Scores[0])
			if method != coreset.BAIT && observed == nil { // others have matrices of m x m
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(n*m*8))
			}
		}
	}
}
