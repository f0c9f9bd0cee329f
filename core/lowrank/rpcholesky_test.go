package lowrank

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func denseKernelOf[T core.Float](t *testing.T, x core.Matrix[T]) Kernel[T] {
	t.Helper()
	k, err := NewDenseKernel(x)
	require.NoError(t, err)
	return k
}

// gaussians is the Gaussian kernel of n points, most of them in one dense cluster and some far from all others.
func gaussians[T core.Float](n, outliers int) core.Matrix[T] {
	r := rand.New(rand.NewPCG(1, 2))
	points := make([][2]float64, n)
	for i := range points {
		points[i] = [2]float64{2 * r.Float64(), 2 * r.Float64()}
		if i < outliers {
			points[i] = [2]float64{100 + 20*float64(i), 0}
		}
	}
	x := core.NewMatrix[T](n, n)
	for i, p := range points {
		for j, q := range points {
			dx, dy := p[0]-q[0], p[1]-q[1]
			x.Row(i)[j] = T(math.Exp(-(dx*dx + dy*dy) / 2))
		}
	}
	return x
}

// leftOver returns the trace and the largest element, in magnitude, of x - F^T F.
func leftOver[T core.Float](x core.Matrix[T], f *CholeskyFactors[T]) (trace, most float64) {
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			e := float64(v)
			for p := range f.F.Rows {
				e -= float64(f.F.Row(p)[i]) * float64(f.F.Row(p)[j])
			}
			if most = max(most, math.Abs(e)); i == j {
				trace += e
			}
		}
	}
	return trace, most
}

func TestRPCholesky(t *testing.T) { onEveryPath(t, rpCholesky[float32], rpCholesky[float64]) }

func rpCholesky[T core.Float](t *testing.T) {
	eps := core.Epsilon[T]()
	x := gaussians[T](300, 10)
	f, err := RPCholesky(context.Background(), denseKernelOf(t, x), &Options{Rank: 35, Seed: 3})
	require.NoError(t, err)
	require.Len(t, f.Pivots, 35)
	require.Equal(t, 35, f.F.Rows)
	require.LessOrEqual(t, f.Columns, 90)
	trace, _ := leftOver(x, f)
	require.InDelta(t, trace, f.Error, 300*10*eps)
	require.InDelta(t, f.Error/300, f.RelativeError, 1e-15)
	require.Less(t, f.RelativeError, 0.01)
	require.True(t, f.Converged)
	seen := map[int]bool{}
	for i, s := range f.Pivots {
		require.False(t, seen[s], "pivot %d twice", s)
		seen[s] = true
		for p := i + 1; p < f.F.Rows; p++ {
			require.Zero(t, f.F.Row(p)[s])
		}
		for j := range 300 { // the columns of the pivots are reproduced
			sum := 0.0
			for p := range f.F.Rows {
				sum += float64(f.F.Row(p)[s]) * float64(f.F.Row(p)[j])
			}
			require.InDelta(t, float64(x.Row(s)[j]), sum, 100*eps)
		}
	}
	for i := range 10 {
		require.True(t, seen[i], "outlier %d", i)
	}
}

// Pairs of first pivots come as often as by drawing one at a time.
func TestRPCholeskyHasTheLawOfSingleDraws(t *testing.T) {
	const n, runs = 5, 40_000
	x := symmetric[float64](n, []float64{5, 2, 1, 0.5, 0.1}, 12)
	k := denseKernelOf(t, x)
	count := [n][n]int{}
	for seed := range uint64(runs) {
		f, err := RPCholesky(context.Background(), k, &Options{Rank: 2, Seed: seed})
		require.NoError(t, err)
		count[f.Pivots[0]][f.Pivots[1]]++
	}
	trace := 0.0
	for i := range n {
		trace += x.Row(i)[i]
	}
	for i := range n {
		rest, sum := [n]float64{}, 0.0
		for j := range n {
			if j != i {
				rest[j] = x.Row(j)[j] - x.Row(i)[j]*x.Row(i)[j]/x.Row(i)[i]
				sum += rest[j]
			}
		}
		for j := range n {
			p := x.Row(i)[i] / trace * rest[j] / sum
			require.InDelta(t, p, float64(count[i][j])/runs, 4.5*math.Sqrt(p*(1-p)/runs), "pivots %d, %d", i, j)
		}
	}
}

func TestRPCholeskyStopsAtTheTolerance(t *testing.T) {
	x := gaussians[float64](300, 10)
	for seed := range uint64(20) {
		f, err := RPCholesky(context.Background(), denseKernelOf(t, x), &Options{Tol: 1e-3, Seed: seed})
		require.NoError(t, err)
		require.True(t, f.Converged)
		trace, _ := leftOver(x, f)
		require.LessOrEqual(t, trace, 1e-3*300+1e-10)
		require.Less(t, len(f.Pivots), 75)
	}
	f, err := RPCholesky(context.Background(), denseKernelOf(t, x), &Options{Tol: 1e-3, Rank: 12})
	require.NoError(t, err)
	require.False(t, f.Converged)
	require.Len(t, f.Pivots, 12)
}

func TestRPCholeskyOfDegenerateMatrices(t *testing.T) {
	onEveryPath(t, degenerateRP[float32], degenerateRP[float64])
}

func degenerateRP[T core.Float](t *testing.T) {
	ctx := context.Background()
	eps := core.Epsilon[T]()
	low := symmetric[T](80, []float64{3, 2, 1, 1, 1e-3}, 3)
	f, err := RPCholesky(ctx, denseKernelOf(t, low), &Options{Rank: 40})
	require.NoError(t, err)
	require.Less(t, len(f.Pivots), 20, "rounding is not worth pivots")
	_, most := leftOver(low, f)
	require.Less(t, most, 200*eps)

	zero, err := RPCholesky(ctx, denseKernelOf(t, core.NewMatrix[T](9, 9)), &Options{Rank: 3})
	require.NoError(t, err)
	require.Empty(t, zero.Pivots)
	require.Zero(t, zero.RelativeError)

	same := core.NewMatrix[T](30, 30)
	for i := range same.Data {
		same.Data[i] = 2
	}
	one, err := RPCholesky(ctx, denseKernelOf(t, same), &Options{Rank: 30})
	require.NoError(t, err)
	require.Len(t, one.Pivots, 1)

	identity := core.NewMatrix[T](30, 30)
	for i := range 30 {
		identity.Row(i)[i] = 1
	}
	all, err := RPCholesky(ctx, denseKernelOf(t, identity), &Options{Rank: 30})
	require.NoError(t, err)
	require.Len(t, all.Pivots, 30)
	require.Zero(t, all.Error)
}

func TestRPCholeskyThreadsDoNotChangeBits(t *testing.T) {
	k := denseKernelOf(t, gaussians[float32](2100, 5))
	requireSameFactors(t, []int{1, 2, 4}, func(threads int) (*CholeskyFactors[float32], error) {
		return RPCholesky(context.Background(), k, &Options{Rank: 50, Threads: threads, Seed: 4})
	})
}

// requireSameFactors requires that factor gives the same bits for each number of threads.
func requireSameFactors(t *testing.T, threads []int, factor func(threads int) (*CholeskyFactors[float32], error)) {
	t.Helper()
	first, err := factor(threads[0])
	require.NoError(t, err)
	for _, n := range threads[1:] {
		f, err := factor(n)
		require.NoError(t, err)
		require.Equal(t, first.Pivots, f.Pivots)
		require.Equal(t, first.F.Data, f.F.Data)
		require.Equal(t, first.Error, f.Error)
	}
}

// brokenKernel fails to give its columns.
type brokenKernel struct{ Kernel[float64] }

var errBroken = errors.New("out of paper")

func (brokenKernel) Columns(context.Context, core.Matrix[float64], []int) error { return errBroken }

func TestRPCholeskyRefuses(t *testing.T) {
	ctx := context.Background()
	good := gaussians[float64](40, 2)
	for _, o := range []*Options{nil, {}, {Rank: 41}, {Rank: -1}, {Tol: 1}} {
		_, err := RPCholesky(ctx, denseKernelOf(t, good), o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := NewDenseKernel(core.NewMatrix[float64](3, 4))
	require.ErrorIs(t, err, core.ErrShape)
	_, err = RPCholesky(ctx, denseKernelOf(t, core.NewMatrix[float64](0, 0)), &Options{Tol: 0.1})
	require.ErrorIs(t, err, core.ErrShape)
	_, err = RPCholesky(ctx, brokenKernel{denseKernelOf(t, good)}, &Options{Rank: 3})
	require.ErrorIs(t, err, errBroken)

	for text, spoil := range map[string]func(x core.Matrix[float64]){
		"diagonal element 7 is -0.5": func(x core.Matrix[float64]) { x.Row(7)[7] = -0.5 },
		"not positive semidefinite":  func(x core.Matrix[float64]) { x.Row(7)[9], x.Row(9)[7] = 3, 3 },
	} {
		x := copied(good)
		spoil(x)
		_, err := RPCholesky(ctx, denseKernelOf(t, x), &Options{Rank: 40})
		require.ErrorIs(t, err, core.ErrNumerical)
		require.ErrorContains(t, err, text)
	}
	for _, place := range [][2]int{{7, 7}, {7, 9}} {
		x := copied(good)
		x.Row(place[0])[place[1]], x.Row(place[1])[place[0]] = math.NaN(), math.NaN()
		_, err = RPCholesky(ctx, denseKernelOf(t, x), &Options{Rank: 40})
		require.Error(t, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = RPCholesky(ended, denseKernelOf(t, good), &Options{Rank: 3})
	require.ErrorIs(t, err, context.Canceled)
}
