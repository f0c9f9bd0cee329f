package vmath

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

func onEveryLevel(t *testing.T, test32, test64 func(t *testing.T)) {
	forEachLevel(t, func(t *testing.T) {
		t.Run("float32", test32)
		t.Run("float64", test64)
	})
}

// samples returns arguments of every kind that Exp and Log treat apart, and ordinary ones, in random order.
func samples[T core.Float](n int) []T {
	r := rand.New(rand.NewPCG(11, uint64(n)))
	tiny := T(math.SmallestNonzeroFloat64)
	if tiny == 0 {
		tiny = T(math.SmallestNonzeroFloat32)
	}
	special := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), 1, -1, tiny, -tiny, 1e30, -1e30,
		T(math.Ldexp(1, -127)), 88.8, -103.5, 709.9, -745.2}
	x := make([]T, n)
	for i := range x {
		if r.IntN(3) == 0 {
			x[i] = special[r.IntN(len(special))]
		} else {
			x[i] = T(r.NormFloat64() * 30)
		}
	}
	return x
}

func sameBits[T core.Float](a, b T) bool {
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b)) || a != a && b != b
}

func TestSpecialValues(t *testing.T) { onEveryLevel(t, specialValues[float32], specialValues[float64]) }

func specialValues[T core.Float](t *testing.T) {
	inf, nan, zero := T(math.Inf(1)), T(math.NaN()), T(0)
	for _, c := range []struct{ x, exp, log T }{
		{0, 1, -inf}, {-zero, 1, -inf}, {T(math.Copysign(0, -1)), 1, -inf}, {inf, inf, inf}, {-inf, 0, nan}, {nan, nan, nan},
		{-1e30, 0, nan}, {-T(math.Ldexp(1, -140)), 1, nan}, {1e30, inf, T(math.Log(float64(T(1e30))))},
	} {
		got := make([]T, 1)
		Exp(got, []T{c.x})
		require.True(t, sameBits(c.exp, got[0]), "exp(%v) = %v, want %v", c.x, got[0], c.exp)
		Log(got, []T{c.x})
		require.True(t, sameBits(c.log, got[0]), "log(%v) = %v, want %v", c.x, got[0], c.log)
	}
	one := []T{1}
	Log(one, one)
	require.Zero(t, one[0])
}

func TestPlaceDoesNotMatter(t *testing.T) {
	onEveryLevel(t, placeDoesNotMatter[float32], placeDoesNotMatter[float64])
}

// placeDoesNotMatter evaluates slices of every length at every alignment, apart and in place, wants the bits that each
// argument gives alone, and looks for writes beyond the end.
func placeDoesNotMatter[T core.Float](t *testing.T) {
	const guard = 12345
	for name, f := range map[string]func(dst, x []T){
		"Exp": Exp[T], "Log": Log[T], "ExpSub": func(dst, x []T) { ExpSub(dst, x, 0.5) },
	} {
		x := samples[T](100)
		want := make([]T, len(x))
		for i := range x {
			f(want[i:i+1], x[i:i+1])
		}
		for from := range 20 {
			for to := from; to <= len(x); to++ {
				dst := make([]T, to-from+1)
				dst[to-from] = guard
				f(dst[:to-from], x[from:to])
				require.True(t, slices.EqualFunc(want[from:to], dst[:to-from], sameBits[T]), "%s of [%d:%d]", name, from, to)
				copy(dst, x[from:to])
				f(dst[:to-from], dst[:to-from])
				require.True(t, slices.EqualFunc(want[from:to], dst[:to-from], sameBits[T]), "%s of [%d:%d] in place", name, from, to)
				require.EqualValues(t, guard, dst[to-from], "%s of [%d:%d] wrote beyond the end", name, from, to)
			}
		}
	}
}

func TestVectorWidthDoesNotMatter(t *testing.T) {
	if cpu.Best() < cpu.AVX512 {
		t.Skip("needs a processor with AVX-512 to compare AVX2 with")
	}
	widthDoesNotMatter[float32](t)
	widthDoesNotMatter[float64](t)
}

func widthDoesNotMatter[T core.Float](t *testing.T) {
	x := samples[T](20000)
	for name, f := range map[string]func(dst, x []T){"Exp": Exp[T], "Log": Log[T]} {
		narrow, wide := make([]T, len(x)), make([]T, len(x))
		f(wide, x)
		restore := cpu.Force(cpu.AVX2)
		f(narrow, x)
		restore()
		require.True(t, slices.EqualFunc(narrow, wide, sameBits[T]), name)
	}
}

func TestLengthsMustAgree(t *testing.T) {
	two, three := make([]float64, 2), make([]float64, 3)
	require.PanicsWithValue(t, "vmath.Exp: dst has 2 elements, x has 3", func() { Exp(two, three) })
	require.Panics(t, func() { Log(three, two) })
	require.Panics(t, func() { ExpSub(two, three, 0) })
}
