package lowrank

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestFactorsGrow(t *testing.T) { onEveryPath(t, growing[float32], growing[float64]) }

func growing[T core.Float](t *testing.T) {
	eps, ctx := core.Epsilon[T](), context.Background()
	x := gaussians[T](300, 10)
	k := denseKernelOf(t, x)
	small, err := RPCholesky(ctx, k, &Options{Rank: 12, Seed: 3})
	require.NoError(t, err)
	before := slices.Clone(small.F.Data)
	f, err := small.Grow(ctx, k, &Options{Rank: 35, Seed: 3})
	require.NoError(t, err)
	require.Equal(t, before, small.F.Data)
	require.Len(t, f.Pivots, 35)
	require.Equal(t, small.Pivots, f.Pivots[:12])
	require.Equal(t, before, f.F.Data[:12*300])
	trace, _ := leftOver(x, f)
	require.InDelta(t, trace, f.Error, 300*10*eps)
	seen := map[int]bool{}
	for _, s := range f.Pivots {
		require.False(t, seen[s], "pivot %d twice", s)
		seen[s] = true
		for j := range 300 { // the columns of the pivots are reproduced
			sum := 0.0
			for p := range f.F.Rows {
				sum += float64(f.F.Row(p)[s]) * float64(f.F.Row(p)[j])
			}
			require.InDelta(t, float64(x.Row(s)[j]), sum, 100*eps)
		}
	}
	same, err := f.Grow(ctx, k, &Options{Rank: 20})
	require.NoError(t, err)
	require.Same(t, f, same)
	enough, err := small.Grow(ctx, k, &Options{Tol: 1e-2})
	require.NoError(t, err)
	require.True(t, enough.Converged)
	require.Greater(t, len(enough.Pivots), 12)
	require.Less(t, len(enough.Pivots), 75)
}

// TestGrownFactorsHaveTheLawOfSingleDraws for the pivot that comes after those at hand.
func TestGrownFactorsHaveTheLawOfSingleDraws(t *testing.T) {
	const n, runs = 5, 20_000
	x := symmetric[float64](n, []float64{5, 2, 1, 0.5, 0.1}, 12)
	k := denseKernelOf(t, x)
	first, err := RPCholesky(context.Background(), k, &Options{Rank: 1})
	require.NoError(t, err)
	i, sum := first.Pivots[0], 0.0
	rest, count := [n]float64{}, [n]int{}
	for j := range n {
		if j != i {
			rest[j] = x.Row(j)[j] - x.Row(i)[j]*x.Row(i)[j]/x.Row(i)[i]
			sum += rest[j]
		}
	}
	for seed := range uint64(runs) {
		f, err := first.Grow(context.Background(), k, &Options{Rank: 2, Seed: seed})
		require.NoError(t, err)
		count[f.Pivots[1]]++
	}
	for j, v := range rest {
		p := v / sum
		require.InDelta(t, p, float64(count[j])/runs, 4.5*math.Sqrt(p*(1-p)/runs), "pivot %d", j)
	}
}

func TestGrownFactorsDoNotDependOnThreads(t *testing.T) {
	k := denseKernelOf(t, gaussians[float32](2100, 5))
	requireSameFactors(t, []int{1, 3}, func(threads int) (*CholeskyFactors[float32], error) {
		f, err := RPCholesky(context.Background(), k, &Options{Rank: 20, Threads: threads})
		require.NoError(t, err)
		return f.Grow(context.Background(), k, &Options{Rank: 50, Threads: threads})
	})
}

func TestGrowRefuses(t *testing.T) {
	ctx := context.Background()
	x := gaussians[float64](40, 2)
	k := denseKernelOf(t, x)
	f, err := RPCholesky(ctx, k, &Options{Rank: 5})
	require.NoError(t, err)
	for _, o := range []*Options{nil, {Rank: 41}, {Tol: 1}} {
		_, err := f.Grow(ctx, k, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err = f.Grow(ctx, denseKernelOf(t, gaussians[float64](41, 2)), &Options{Rank: 9})
	require.ErrorIs(t, err, core.ErrShape)
	far := *f
	far.Pivots = []int{1, 2, 3, 4, 40}
	_, err = far.Grow(ctx, k, &Options{Rank: 9})
	require.ErrorIs(t, err, core.ErrShape)
	for i := range x.Data {
		x.Data[i] /= 2
	}
	_, err = f.Grow(ctx, k, &Options{Rank: 9})
	require.ErrorIs(t, err, core.ErrNumerical)
	_, err = f.Grow(ctx, brokenKernel{denseKernelOf(t, gaussians[float64](40, 2))}, &Options{Rank: 9})
	require.ErrorIs(t, err, errBroken)
}
