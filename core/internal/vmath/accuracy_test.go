package vmath

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/cpu"
)

const precision = 200 // bits of the reference, far beyond float64

func bigFloat(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// bigExp evaluates the exponential series after halving the argument until it is small, and squares back.
func bigExp(x float64) *big.Float {
	const halvings = 20
	r := bigFloat(x)
	r.SetMantExp(r, -halvings)
	sum, term := bigFloat(1), bigFloat(1)
	for i := 1; i < 30; i++ {
		term.Mul(term, r).Quo(term, bigFloat(float64(i)))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog improves math.Log by one step of Halley's method for exp(y) = x, which triples the correct digits.
func bigLog(x float64) *big.Float {
	scaled, e := math.Frexp(x)
	if scaled < math.Sqrt2/2 {
		scaled, e = 2*scaled, e-1
	}
	y := math.Log(scaled)
	exp := bigExp(y)
	num := new(big.Float).Sub(bigFloat(scaled), exp)
	den := new(big.Float).Add(bigFloat(scaled), exp)
	step := num.Mul(num, bigFloat(2)).Quo(num, den)
	fraction := step.Add(step, bigFloat(y))
	ln2, _, err := big.ParseFloat("0.693147180559945309417232121458176568075500134360255254120680009493393621969694716", 10, precision, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return fraction.Add(fraction, ln2.Mul(ln2, bigFloat(float64(e))))
}

// ulps64 returns how many units in the last place of float64 got is from want.
func ulps64(got float64, want *big.Float) float64 {
	nearest, _ := want.Float64()
	if got == nearest {
		return 0.5
	}
	if math.IsInf(nearest, 0) || math.IsInf(got, 0) || math.IsNaN(got) {
		return math.Inf(1)
	}
	_, e := math.Frexp(nearest)
	unit := math.Ldexp(1, max(e-53, -1074))
	diff, _ := new(big.Float).Sub(bigFloat(got), want).Float64()
	return math.Abs(diff / unit)
}

func forEachLevel(t *testing.T, test func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.Force(level)()
			test(t)
		})
	}
}

func TestExpAccuracy64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var x []float64
	for range 4000 {
		x = append(x, r.Float64()*1460-750, r.NormFloat64(), -708-r.Float64()*37, math.Ldexp(r.NormFloat64(), -r.IntN(60)))
	}
	for n := -1074; n <= 1024; n++ {
		// The largest reduced arguments.
		x = append(x, (float64(n)+0.5)*math.Ln2, math.Nextafter((float64(n)+0.5)*math.Ln2, 0))
	}
	x = append(x, 709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, -708.3964185322641, 5e-324)
	want := make([]*big.Float, len(x))
	for i, v := range x {
		want[i] = bigExp(v)
	}
	forEachLevel(t, func(t *testing.T) { requireUlps64(t, Exp[float64], x, want) })
}

func TestLogAccuracy64(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var x []float64
	for range 4000 {
		x = append(x, math.Float64frombits(r.Uint64N(0x7ff<<52)), 0.5+r.Float64(), 1+math.Ldexp(r.NormFloat64(), -2-r.IntN(50)),
			math.Float64frombits(r.Uint64N(1<<52)), 100*r.Float64())
	}
	for e := -1074; e <= 1023; e++ {
		v := math.Ldexp(1, e)
		x = append(x, v, 1.5*v, math.Nextafter(1.5*v, 0), 0.75*v)
	}
	x = append(x, math.MaxFloat64, math.Nextafter(1, 0), math.Nextafter(1, 2))
	positive := x[:0]
	for _, v := range x {
		if v > 0 {
			positive = append(positive, v)
		}
	}
	want := make([]*big.Float, len(positive))
	for i, v := range positive {
		want[i] = bigLog(v)
	}
	forEachLevel(t, func(t *testing.T) { requireUlps64(t, Log[float64], positive, want) })
}

func requireUlps64(t *testing.T, f func(dst, x []float64), x []float64, want []*big.Float) {
	got := make([]float64, len(x))
	f(got, x)
	worst, at := 0.0, 0
	for i := range x {
		if u := ulps64(got[i], want[i]); u > worst {
			worst, at = u, i
		}
	}
	require.LessOrEqual(t, worst, 2.0, "f(%v) = %v, want %v", x[at], got[at], want[at])
	t.Logf("largest error %.3f ulp, at %v", worst, x[at])
}

// ulps32 returns how many units in the last place of float32 got is from want, which float64 holds well enough.
func ulps32(got float32, want float64) float64 {
	nearest := float32(want)
	if got == nearest || got != got && want != want {
		return 0
	}
	if math.IsInf(float64(nearest), 0) || math.IsInf(float64(got), 0) {
		return math.Inf(1)
	}
	_, e := math.Frexp(float64(nearest))
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

// stride32 walks the bit patterns of float32: an odd number, so that all low bits occur.
const stride32 = 503

func TestExpAccuracy32(t *testing.T) {
	forEachLevel(t, func(t *testing.T) { requireUlps32(t, Exp[float32], math.Exp) })
}

func TestLogAccuracy32(t *testing.T) {
	forEachLevel(t, func(t *testing.T) { requireUlps32(t, Log[float32], math.Log) })
}

func requireUlps32(t *testing.T, f func(dst, x []float32), want func(float64) float64) {
	x, got := make([]float32, 4096), make([]float32, 4096)
	worst, at := 0.0, float32(0)
	for bits := uint64(0); bits < 1<<32; {
		for i := range x {
			x[i] = math.Float32frombits(uint32(bits))
			bits += stride32
		}
		f(got, x)
		for i, v := range x {
			if u := ulps32(got[i], want(float64(v))); u > worst {
				worst, at = u, v
			}
		}
	}
	require.LessOrEqual(t, worst, 2.0, "at %v", at)
	t.Logf("largest error %.3f ulp, at %v", worst, at)
}

// TestExp2 checks powers of integers, which are exact, and random ones against package math, which rounds within one unit.
func TestExp2(t *testing.T) {
	for n := -1022; n <= 1023; n++ {
		require.Equal(t, math.Ldexp(1, n), Exp2(float64(n)))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		x := -1022 + 2045*r.Float64()
		want := math.Exp2(x)
		require.InDelta(t, 1, Exp2(x)/want, 3*0x1p-53, "2^%v", x)
	}
}
