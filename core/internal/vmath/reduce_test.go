package vmath

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestExpSubAndSumExp(t *testing.T) { onEveryLevel(t, sums[float32], sums[float64]) }

func sums[T core.Float](t *testing.T) {
	unit := 0x1p-52
	if T(1)+T(unit) == 1 {
		unit = 0x1p-23
	}
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 64, 100, 1023, 1024, 1025, 5000} {
		x, dst := make([]T, n), make([]T, n)
		var want float64
		for i := range x {
			x[i] = T(r.NormFloat64())
			want += math.Exp(float64(x[i] - 0.25))
		}
		sum := ExpSub(dst, x, 0.25)
		require.InDelta(t, want, float64(sum), 40*unit*want, "n = %d", n)
		require.Equal(t, sum, SumExp(x, 0.25), "n = %d", n)
	}
}

func TestLogSumExp(t *testing.T) { onEveryLevel(t, logSumExp[float32], logSumExp[float64]) }

func logSumExp[T core.Float](t *testing.T) {
	inf, nan := T(math.Inf(1)), T(math.NaN())
	for _, c := range []struct {
		x    []T
		want T
	}{
		{nil, -inf}, {[]T{-inf}, -inf}, {[]T{-inf, -inf, -inf}, -inf}, {[]T{3}, 3}, {[]T{-inf, 3}, 3},
		{[]T{inf, 3, -inf}, inf}, {[]T{inf, inf}, inf}, {[]T{inf, nan}, nan}, {[]T{nan, -inf}, nan}, {[]T{nan}, nan},
		{[]T{1, nan, 2}, nan}, {[]T{1e30, 1e30}, 1e30}, {[]T{-1e30, -1e30, 0}, 0},
	} {
		require.True(t, sameBits(c.want, LogSumExp(c.x)), "LogSumExp(%v) = %v, want %v", c.x, LogSumExp(c.x), c.want)
	}
	x := make([]T, 3000)
	for i := range x {
		x[i] = 500
	}
	require.InEpsilon(t, 500+math.Log(3000), float64(LogSumExp(x)), 1e-6)
	require.InEpsilon(t, 500+math.Log(5), float64(LogSumExp(x[:5])), 1e-6)
}

func TestArgMinAndArgMax(t *testing.T) { onEveryLevel(t, arguments[float32], arguments[float64]) }

// arguments compares with a plain scan, on slices of few distinct values so that ties abound, at every length and
// alignment.
func arguments[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	values := []T{-2, -1, T(math.Copysign(0, -1)), 0, 1, 2, T(math.NaN()), T(math.Inf(1)), T(math.Inf(-1))}
	for n := range 200 {
		for round := range 8 {
			kinds := values[:1+r.IntN(len(values))]
			x := make([]T, n+round)
			for i := range x {
				x[i] = kinds[r.IntN(len(kinds))]
			}
			requireArguments(t, x[round:])
		}
		all := make([]T, n)
		for _, v := range values[6:] {
			for i := range all {
				all[i] = v
			}
			requireArguments(t, all)
		}
		for i := range all {
			all[i] = 1
		}
		if n > 0 {
			all[n-1] = 0
			requireArguments(t, all)
		}
	}
}

func requireArguments[T core.Float](t *testing.T, x []T) {
	least, most := -1, -1
	for i, v := range x {
		if least < 0 || x[least] != x[least] && v == v || v < x[least] {
			least = i
		}
		if most < 0 || x[most] != x[most] && v == v || v > x[most] {
			most = i
		}
	}
	i, v := ArgMin(x)
	require.Equal(t, least, i, "ArgMin of %v", x)
	j, w := ArgMax(x)
	require.Equal(t, most, j, "ArgMax of %v", x)
	if len(x) == 0 {
		require.True(t, v != v && w != w)
		return
	}
	require.True(t, sameBits(x[least], v) && sameBits(x[most], w))
}

func TestAllocatesNothing(t *testing.T) {
	onEveryLevel(t, allocatesNothing[float32], allocatesNothing[float64])
}

func allocatesNothing[T core.Float](t *testing.T) {
	x, dst := make([]T, 1000), make([]T, 1000)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		Exp(dst, x)
		Log(dst, x)
		dst[0] = ExpSub(dst, x, 1) + SumExp(x, 1) + LogSumExp(x)
		_, dst[1] = ArgMin(x)
		_, dst[2] = ArgMax(x)
	}))
}
