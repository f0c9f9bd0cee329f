package lowrank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// left returns the Frobenius norm of x - q (q^T x).
func left[T core.Float](x, q core.Matrix[T]) float64 {
	b := make([]float64, q.Cols*x.Cols)
	for i := range x.Rows {
		for p, u := range q.Row(i) {
			for j, v := range x.Row(i) {
				b[p*x.Cols+j] += float64(u) * float64(v)
			}
		}
	}
	sum := 0.0
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			e := float64(v)
			for p, u := range q.Row(i) {
				e -= float64(u) * b[p*x.Cols+j]
			}
			sum += e * e
		}
	}
	return math.Sqrt(sum)
}

func requireOrthonormal[T core.Float](t *testing.T, q core.Matrix[T], tol float64) {
	t.Helper()
	for i := range q.Cols {
		for j := range i + 1 {
			want := 0.0
			if i == j {
				want = 1
			}
			require.InDelta(t, want, inner(q, i, j), tol, "columns %d and %d", i, j)
		}
	}
}

// The estimate is without bias and has a spread of a few per cent, with power steps and without.
func TestLeaveOneOutErrorIsNearTheTruth(t *testing.T) {
	const seeds = 40
	steep := make([]float64, 120)
	for i := range steep {
		steep[i] = math.Exp(-float64(i) / 20)
	}
	for name, sigma := range map[string][]float64{"i^-0.7": power(120, 0.7), "1/i": power(120, 1), "i^-1.5": power(120, 1.5), "exp(-i/20)": steep} {
		for _, passes := range []int{1, 3, 5} {
			x := spectrum[float64](160, 120, sigma, 7)
			a := NewDenseOrFail(t, x)
			var ratios []float64
			for seed := range uint64(seeds) {
				r, err := RangeFinder(context.Background(), a, &Options{Rank: 50, MaxPasses: passes, Seed: seed})
				require.NoError(t, err)
				require.Equal(t, "leave-one-out", r.ErrorMethod)
				require.Equal(t, passes, r.Passes)
				ratios = append(ratios, r.Error/left(x, r.Q))
				require.InEpsilon(t, r.Error/frobenius(x), r.RelativeError, 0.3)
			}
			slices.Sort(ratios)
			what := fmt.Sprintf("%s, %d passes: %.3f to %.3f", name, passes, ratios[0], ratios[seeds-1])
			require.InDelta(t, 1, ratios[seeds/2], 0.03, what)
			if name != "exp(-i/20)" || passes > 1 {
				require.Greater(t, ratios[1], 0.9, what)
				require.Less(t, ratios[seeds-2], 1.1, what)
			}
		}
	}
}

func frobenius[T core.Float](x core.Matrix[T]) float64 { return math.Sqrt(squares(x)) }

func TestRangeFinderIsNearlyOptimal(t *testing.T) {
	onEveryPath(t, optimalRange[float32], optimalRange[float64])
}

func optimalRange[T core.Float](t *testing.T) {
	for _, shape := range [][2]int{{200, 90}, {90, 200}} {
		x := spectrum[T](shape[0], shape[1], power(90, 1), 2)
		r, err := RangeFinder(context.Background(), NewDenseOrFail(t, x), &Options{Rank: 10, Oversample: 5, MaxPasses: 7})
		require.NoError(t, err)
		require.Equal(t, 15, r.Q.Cols)
		requireOrthonormal(t, r.Q, 8*epsilon[T]())
		best := 0.0
		for _, s := range power(90, 1)[15:] {
			best += s * s
		}
		require.Less(t, left(x, r.Q), 1.05*math.Sqrt(best))
		require.InEpsilon(t, left(x, r.Q), r.Error, 0.25)
	}
}

func TestRangeFinderOfDegenerateMatrices(t *testing.T) {
	ctx := context.Background()
	zero, err := RangeFinder(ctx, NewDenseOrFail(t, core.NewMatrix[float64](30, 20)), &Options{Rank: 3})
	require.NoError(t, err)
	require.Zero(t, zero.Error)
	require.Zero(t, zero.RelativeError)
	requireOrthonormal(t, zero.Q, 1e-14)

	x := spectrum[float64](60, 50, power(4, 1), 3)
	low, err := RangeFinder(ctx, NewDenseOrFail(t, x), &Options{Rank: 4})
	require.NoError(t, err)
	require.Equal(t, "sampled", low.ErrorMethod)
	require.Less(t, low.Error, 1e-14)
	requireOrthonormal(t, low.Q, 1e-14)

	all, err := RangeFinder(ctx, NewDenseOrFail(t, spectrum[float64](9, 7, power(7, 1), 3)), &Options{Rank: 7})
	require.NoError(t, err)
	require.Equal(t, 7, all.Q.Cols)
	require.Less(t, all.Error, 1e-14)

	for _, scale := range []float64{1e250, 1e-250} {
		x := spectrum[float64](60, 50, power(50, 1), 3)
		one, err := RangeFinder(ctx, NewDenseOrFail(t, x), &Options{Rank: 4})
		require.NoError(t, err)
		for i := range x.Data {
			x.Data[i] *= scale
		}
		r, err := RangeFinder(ctx, NewDenseOrFail(t, x), &Options{Rank: 4})
		require.NoError(t, err)
		require.InEpsilon(t, one.Error, r.Error/scale, 1e-9)
	}
}

func TestRangeFinderThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](700, 90, power(60, 1), 1)
	var first *Range[float32]
	for _, threads := range []int{1, 2, 4} {
		a, err := NewDense(x, threads)
		require.NoError(t, err)
		r, err := RangeFinder(context.Background(), a, &Options{Rank: 6, Threads: threads, Seed: 4})
		require.NoError(t, err)
		if first == nil {
			first = r
		}
		require.Equal(t, first.Q.Data, r.Q.Data)
		require.Equal(t, first.Error, r.Error)
	}
}

func TestRangeFinderRefuses(t *testing.T) {
	a := NewDenseOrFail(t, core.NewMatrix[float64](4, 3))
	for _, o := range []*Options{nil, {}, {Rank: 4}, {Rank: -1}} {
		_, err := RangeFinder(context.Background(), a, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	bad := core.NewMatrix[float64](6, 5)
	bad.Data[7] = math.NaN()
	_, err := RangeFinder(context.Background(), NewDenseOrFail(t, bad), &Options{Rank: 2})
	require.ErrorIs(t, err, core.ErrNotFinite)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = RangeFinder(ctx, a, &Options{Rank: 2})
	require.ErrorIs(t, err, context.Canceled)
}
