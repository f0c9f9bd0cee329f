package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

func TestNystromIsNearlyOptimal(t *testing.T) {
	onEveryPath(t, optimalNystrom[float32], optimalNystrom[float64])
}

func optimalNystrom[T core.Float](t *testing.T) {
	eps := core.Epsilon[T]()
	for _, exponent := range []float64{1, 2, 4} {
		values := power(160, exponent)
		x := symmetric[T](160, values, 3)
		f, err := Nystrom(context.Background(), onlyProducts(t, x, 2), &Options{Rank: 10, MaxPasses: 3})
		require.NoError(t, err)
		requireOrthonormal(t, f.V, 10*eps)
		truth := remains(x, f)
		require.Less(t, truth, 1.05*tail(values[10:])+20*eps)
		require.InDelta(t, truth, f.Error, 0.4*truth+20*eps)
		require.Equal(t, "sampled", f.ErrorMethod)
		for i, v := range f.Values {
			require.LessOrEqual(t, v, values[i]+20*eps, "it never exceeds A")
			require.GreaterOrEqual(t, v, 0.0)
		}
	}
}

// What is left of A is positive semidefinite but for rounding.
func TestNystromNeverExceedsA(t *testing.T) {
	for seed := range uint64(10) {
		x := symmetric[float64](60, power(60, 1), seed)
		f, err := Nystrom(context.Background(), NewDenseOrFail(t, x), &Options{Rank: 20, MaxPasses: 1, Seed: seed})
		require.NoError(t, err)
		for i := range x.Rows {
			for j := range x.Row(i) {
				for p, w := range f.Values {
					x.Row(i)[j] -= w * f.V.Row(i)[p] * f.V.Row(j)[p]
				}
			}
		}
		values := make([]float64, 60)
		require.NoError(t, linalg.EigenSym(nil, x.Data, 60, values))
		require.Greater(t, values[59], -1e-14)
		require.Less(t, values[0], 0.2)
	}
}

func TestNystromOfDegenerateMatrices(t *testing.T) {
	ctx := context.Background()
	zero, err := Nystrom(ctx, NewDenseOrFail(t, core.NewMatrix[float64](20, 20)), &Options{Rank: 3})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0, 0}, zero.Values)
	require.Zero(t, zero.Error)

	low := symmetric[float64](50, []float64{4, 2, 1}, 3)
	f, err := Nystrom(ctx, NewDenseOrFail(t, low), &Options{Rank: 5})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{4, 2, 1, 0, 0}, f.Values, 1e-13)
	require.Less(t, remains(low, f), 1e-13)

	for _, scale := range []float64{1e250, 1e-250} {
		x := symmetric[float64](20, power(20, 1), 3)
		for i := range x.Data {
			x.Data[i] *= scale
		}
		f, err := Nystrom(ctx, NewDenseOrFail(t, x), &Options{Rank: 20})
		require.NoError(t, err)
		require.InDeltaSlice(t, power(20, 1), scaledBy(f.Values, 1/scale), 1e-13)
	}
}

func TestNystromRefusesIndefiniteMatrices(t *testing.T) {
	for _, values := range [][]float64{alternating(50, 1), repeat(-1, 3), {1, 1, 1, 1, -1e-3}} {
		_, err := Nystrom(context.Background(), NewDenseOrFail(t, symmetric[float64](50, values, 3)), &Options{Rank: 10})
		require.ErrorIs(t, err, core.ErrNumerical)
		require.ErrorContains(t, err, "takes indefinite")
	}
	// A kernel matrix in float32 has eigenvalues below zero that are rounding.
	x := core.NewMatrix[float32](200, 200)
	for i := range 200 {
		for j := range 200 {
			d := float64(i-j) / 40
			x.Row(i)[j] = float32(math.Exp(-d * d))
		}
	}
	f, err := Nystrom(context.Background(), NewDenseOrFail(t, x), &Options{Rank: 40})
	require.NoError(t, err)
	require.Less(t, remains(x, f), 1e-4)
}
