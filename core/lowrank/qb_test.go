package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// smallestRank returns the least k with tau_{k+1} <= tol |A|.
func smallestRank(sigma []float64, tol float64) int {
	total := 0.0
	for _, s := range sigma {
		total += s * s
	}
	rest, k := 0.0, len(sigma)
	for k > 0 && rest+sigma[k-1]*sigma[k-1] <= tol*tol*total {
		k--
		rest += sigma[k] * sigma[k]
	}
	return max(1, k)
}

// The tolerance holds for every seed, and the rank is nearly the smallest one.
func TestQBMeetsTheTolerance(t *testing.T) {
	const seeds, side = 60, 120
	for _, c := range []struct{ exponent, tol float64 }{{0.7, 0.3}, {1, 0.15}, {1.5, 0.02}} {
		sigma := power(side, c.exponent)
		best := smallestRank(sigma, c.tol)
		x := spectrum[float64](side+30, side, sigma, 7)
		a := NewDenseOrFail(t, x)
		for seed := range uint64(seeds) {
			f, err := QB(context.Background(), a, &Options{Tol: c.tol, Seed: seed})
			require.NoError(t, err)
			require.LessOrEqual(t, f.RelativeError, c.tol)
			require.LessOrEqual(t, float64(f.Q.Cols), max(1.12*float64(best), float64(best)+1), "exponent %v", c.exponent)
			if seed%10 == 0 {
				require.InDelta(t, f.Error, remainder(x, f.Q, f.B), 1e-10*frobenius(x))
				requireOrthonormal(t, f.Q, 1e-13)
			}
		}
	}
}

// Equal singular values exhaust a Krylov basis before it has reached them all.
func TestQBOfEqualSingularValues(t *testing.T) {
	for _, rank := range []int{17, 60, 64, 80} {
		sigma := make([]float64, 80)
		for i := range rank {
			sigma[i] = 1
		}
		x := spectrum[float64](100, 80, sigma, 7)
		for _, tol := range []float64{0.5, 0.1, 1e-6} {
			f, err := QB(context.Background(), NewDenseOrFail(t, x), &Options{Tol: tol, Seed: 1})
			require.NoError(t, err)
			require.LessOrEqual(t, f.RelativeError, tol)
			require.LessOrEqual(t, remainder(x, f.Q, f.B), tol*frobenius(x))
			require.LessOrEqual(t, f.Q.Cols, int(1.12*float64(smallestRank(sigma, tol)))+1)
		}
	}
}

// remainder returns the Frobenius norm of x - q b.
func remainder[T core.Float](x, q, b core.Matrix[T]) float64 {
	sum := 0.0
	for i := range x.Rows {
		line := make([]float64, x.Cols)
		for j, v := range x.Row(i) {
			line[j] = float64(v)
		}
		for p, u := range q.Row(i) {
			for j, v := range b.Row(p) {
				line[j] -= float64(u) * float64(v)
			}
		}
		for _, v := range line {
			sum += v * v
		}
	}
	return math.Sqrt(sum)
}

// At the smallest tolerance of each type the promise survives rounding.
func TestQBAtTheLimitOfRounding(t *testing.T) {
	onEveryPath(t, tightQB[float32], tightQB[float64])
}

func tightQB[T core.Float](t *testing.T) {
	tol := 1.001 * math.Sqrt(2*uncertain[T]())
	for seed := range uint64(8) {
		sigma := make([]float64, 90)
		for i := range sigma {
			sigma[i] = math.Pow(math.Pow(tol/50, 1.0/90), float64(i))
		}
		x := spectrum[T](140, 90, sigma, seed)
		f, err := QB(context.Background(), NewDenseOrFail(t, x), &Options{Tol: tol, Seed: seed})
		require.NoError(t, err)
		require.LessOrEqual(t, left(x, f.Q), tol*frobenius(x))
		require.LessOrEqual(t, remainder(x, f.Q, f.B), tol*frobenius(x))
		require.LessOrEqual(t, f.Q.Cols, smallestRank(sigma, tol)*112/100+2)
		require.Less(t, f.Q.Cols, 90)
	}
}

func TestSVDFindsTheRank(t *testing.T) {
	for _, shape := range [][2]int{{150, 80}, {80, 150}} {
		sigma := power(80, 1)
		x := spectrum[float64](shape[0], shape[1], sigma, 4)
		f, err := SVD(context.Background(), NewDenseOrFail(t, x), &Options{Tol: 0.1})
		require.NoError(t, err)
		require.True(t, f.Converged)
		require.Equal(t, "identity", f.ErrorMethod)
		require.LessOrEqual(t, f.RelativeError, 0.1)
		require.InEpsilon(t, residual(x, f), f.Error, 1e-9)
		require.InDelta(t, smallestRank(sigma, 0.1), len(f.S), 2)
		requireOrthonormal(t, f.V, 1e-13)
		require.InEpsilonSlice(t, sigma[:4], f.S[:4], 1e-3)
	}
	single := spectrum[float32](300, 80, power(80, 1.5), 4)
	f, err := SVD(context.Background(), NewDenseOrFail(t, single), &Options{Tol: 2e-3})
	require.NoError(t, err)
	require.LessOrEqual(t, residual(single, f), 2e-3*frobenius(single))
}

func TestQBOfDegenerateMatrices(t *testing.T) {
	ctx := context.Background()
	zero, err := QB(ctx, NewDenseOrFail(t, core.NewMatrix[float64](30, 20)), &Options{Tol: 0.1})
	require.NoError(t, err)
	require.Equal(t, 1, zero.Q.Cols)
	require.Zero(t, zero.Error)
	requireOrthonormal(t, zero.Q, 1e-14)

	low, err := QB(ctx, NewDenseOrFail(t, spectrum[float64](60, 50, repeat(2, 7), 3)), &Options{Tol: 1e-6})
	require.NoError(t, err)
	require.Equal(t, 7, low.Q.Cols)

	flat := spectrum[float64](50, 50, repeat(1, 50), 3)
	whole, err := QB(ctx, NewDenseOrFail(t, flat), &Options{Tol: 1e-6})
	require.NoError(t, err)
	require.Equal(t, 50, whole.Q.Cols)
	require.Less(t, remainder(flat, whole.Q, whole.B), 1e-12)

	one, err := QB(ctx, NewDenseOrFail(t, core.Matrix[float64]{Data: []float64{3}, Rows: 1, Cols: 1, Stride: 1}), &Options{Tol: 0.5})
	require.NoError(t, err)
	require.InDelta(t, 3, one.Q.Data[0]*one.B.Data[0], 1e-15)
}

func TestQBThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](700, 90, power(60, 1), 1)
	var first *QBFactors[float32]
	for _, threads := range []int{1, 2, 4} {
		a, err := NewDense(x, threads)
		require.NoError(t, err)
		f, err := QB(context.Background(), a, &Options{Tol: 0.1, Threads: threads, Seed: 4})
		require.NoError(t, err)
		if first == nil {
			first = f
		}
		require.Equal(t, first.Q.Data, f.Q.Data)
		require.Equal(t, first.B.Data, f.B.Data)
	}
}

func TestQBRefuses(t *testing.T) {
	ctx := context.Background()
	x := spectrum[float64](12, 9, power(9, 1), 3)
	a := NewDenseOrFail(t, x)
	for _, o := range []*Options{nil, {}, {Tol: 1e-9}, {Tol: 0.1, Rank: 3}, {Tol: -1}} {
		_, err := QB(ctx, a, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	unknown, err := NewFunc(12, 9, a.Mul, a.MulTrans)
	require.NoError(t, err)
	_, err = QB(ctx, unknown, &Options{Tol: 0.1})
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "set n_components")
	for _, scale := range []float64{1e200, 1e-200} {
		y := copied(x)
		for i := range y.Data {
			y.Data[i] *= scale
		}
		_, err = QB(ctx, NewDenseOrFail(t, y), &Options{Tol: 0.1})
		require.ErrorIs(t, err, core.ErrNumerical)
		require.ErrorContains(t, err, "rescale A")
	}
	x.Data[5] = math.NaN()
	_, err = QB(ctx, NewDenseOrFail(t, x), &Options{Tol: 0.1})
	require.ErrorIs(t, err, core.ErrNotFinite)
}
