package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func logSum(values []float64, mu float64) (sum float64) {
	for _, v := range values {
		sum += math.Log(v + mu)
	}
	return sum
}

func TestLogDet(t *testing.T) { onEveryPath(t, logDets[float32], logDets[float64]) }

func logDets[T core.Float](t *testing.T) {
	const n = 310
	ctx := context.Background()
	for _, c := range []struct {
		values []float64
		mu     float64
	}{{power(n, 2), 1e-3}, {power(n, 1), 0}, {power(n, 0.5), 0.1}, {scaledBy(power(n, 1), 1e6), 1e3}, {scaledBy(power(n, 1), 1e-30), 1e-33}} {
		op := onlyProducts(t, symmetric[T](n, c.values, 3), 2)
		truth := logSum(c.values, c.mu)
		var inside int
		for seed := range uint64(3) {
			e, err := LogDet(ctx, op, &LogDetOptions{Mu: c.mu, Seed: seed})
			require.NoError(t, err)
			require.Less(t, e.Error, 0.02*n)
			require.LessOrEqual(t, e.Products, 60+16*100)
			if math.Abs(e.Value-truth) <= Safety*e.Error+n*10*core.Epsilon[T]() {
				inside++
			}
		}
		require.GreaterOrEqual(t, inside, 2, "%v", c.mu)
	}
}

// The preconditioner takes most of the randomness where eigenvalues fall.
func TestLogDetPreconditioned(t *testing.T) {
	ctx := context.Background()
	const n = 400
	values := power(n, 2)
	op := onlyProducts(t, symmetric[float64](n, values, 3), 2)
	truth := logSum(values, 1e-2)
	var with, without float64
	for seed := range uint64(6) {
		e, err := LogDet(ctx, op, &LogDetOptions{Mu: 1e-2, Seed: seed})
		require.NoError(t, err)
		with += math.Pow(e.Value-truth, 2)
		f, err := LogDet(ctx, op, &LogDetOptions{Mu: 1e-2, Seed: seed, Rank: -1})
		require.NoError(t, err)
		without += math.Pow(f.Value-truth, 2)
		require.InDelta(t, truth, f.Value, Safety*1.5*f.Error)
	}
	require.Less(t, 10*math.Sqrt(with), math.Sqrt(without))
}

func TestLogDetOfSmallMatrices(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{1, 2, 77, 300} {
		values := power(n, 1)
		e, err := LogDet(ctx, onlyProducts(t, symmetric[float64](n, values, 3), 1), &LogDetOptions{Mu: 0.25})
		require.NoError(t, err)
		require.InDelta(t, logSum(values, 0.25), e.Value, 1e-11*float64(n))
		require.Zero(t, e.Error)
		require.Equal(t, n, e.Products)
	}
	huge := symmetric[float64](20, scaledBy(power(20, 1), 1e250), 1)
	e, err := LogDet(ctx, onlyProducts(t, huge, 1), nil)
	require.NoError(t, err)
	require.InDelta(t, logSum(power(20, 1), 0)+20*250*math.Ln10, e.Value, 1e-8)
}

// Probes that see few eigenvalues end early, exactly.
func TestLogDetOfFewEigenvalues(t *testing.T) {
	const n = 330
	values := append(repeat(7, 100), repeat(2, n-100)...)
	op := onlyProducts(t, symmetric[float64](n, values, 3), 1)
	e, err := LogDet(context.Background(), op, &LogDetOptions{Rank: -1})
	require.NoError(t, err)
	require.LessOrEqual(t, e.Products, 4*16)
	require.InDelta(t, logSum(values, 0), e.Value, Safety*e.Error)
	same := onlyProducts(t, symmetric[float64](n, repeat(3, n), 3), 1)
	e, err = LogDet(context.Background(), same, nil)
	require.NoError(t, err)
	require.InDelta(t, n*math.Log(3), e.Value, 1e-9)
}

func TestLogDetRefuses(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{50, 400} {
		values := power(n, 0.5)
		good := symmetric[float64](n, values, 3)
		values[n-1] = -0.5
		for _, rank := range []int{0, -1} {
			_, err := LogDet(ctx, onlyProducts(t, symmetric[float64](n, values, 3), 1), &LogDetOptions{Rank: rank})
			require.ErrorIs(t, err, core.ErrNumerical)
			_, err = LogDet(ctx, onlyProducts(t, symmetric[float64](n, power(20, 1), 3), 1), &LogDetOptions{Rank: rank})
			require.ErrorIs(t, err, core.ErrNumerical, "singular")
			require.ErrorContains(t, err, "larger mu")
			good.Row(3)[5] += 2
			_, err = LogDet(ctx, onlyProducts(t, good, 1), &LogDetOptions{Rank: rank})
			require.ErrorIs(t, err, core.ErrShape, "not symmetric")
			good.Row(3)[5] -= 2
		}
		good.Row(1)[1] = math.NaN()
		_, err := LogDet(ctx, NewDenseOrFail(t, good), nil)
		require.ErrorIs(t, err, core.ErrNotFinite)
	}
	a := NewDenseOrFail(t, symmetric[float64](5, power(5, 1), 3))
	for _, o := range []*LogDetOptions{{Mu: -1}, {Mu: math.NaN()}, {Probes: 1}, {Probes: -1}, {MaxSteps: -1}} {
		_, err := LogDet(ctx, a, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := LogDet(ctx, NewDenseOrFail(t, core.NewMatrix[float64](3, 4)), nil)
	require.ErrorIs(t, err, core.ErrShape)
}

func TestLogDetThreadsDoNotChangeBits(t *testing.T) {
	x := symmetric[float32](600, power(600, 1), 3)
	var first *Estimate
	for _, threads := range []int{1, 2, 5} {
		e, err := LogDet(context.Background(), onlyProducts(t, x, threads), &LogDetOptions{Threads: threads, Mu: 0.01})
		require.NoError(t, err)
		if first == nil {
			first = e
		}
		require.Equal(t, first, e)
	}
}
