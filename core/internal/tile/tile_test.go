package tile

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// onEveryPath runs the test for both precisions on every level of kernels this machine has.
func onEveryPath(t *testing.T, f32, f64 func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(fmt.Sprint(level, "/float32"), func(t *testing.T) { defer cpu.Force(level)(); f32(t) })
		t.Run(fmt.Sprint(level, "/float64"), func(t *testing.T) { defer cpu.Force(level)(); f64(t) })
	}
}

func normals[T core.Float](n int, seed uint64) []T {
	r := rng.New(seed)
	out := make([]T, n)
	for i := range out {
		out[i] = T(r.NormFloat64())
	}
	return out
}

// near requires |a - b| <= scale eps (1 + |a|) element by element.
func near[T core.Float](t *testing.T, want, got []T, scale float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		if d := math.Abs(float64(want[i]) - float64(got[i])); !(d <= core.Epsilon[T]()*scale*(1+math.Abs(float64(want[i])))) {
			require.FailNow(t, "values differ", "element %d: want %v, got %v", i, want[i], got[i])
		}
	}
}

func TestDistancesAndProducts(t *testing.T) { onEveryPath(t, distances[float32], distances[float64]) }

func distances[T core.Float](t *testing.T) {
	generic := newGeneric[T]()
	for _, d := range []int{1, 2, 3, 8, 33} {
		a, b := normals[T](d*Size, 1), normals[T](d*Size, 2)
		na, nb := normals[T](Size, 3), normals[T](Size, 4)
		got, want := make([]T, Elements), make([]T, Elements)
		for _, floor := range []T{0, T(math.Inf(-1))} {
			Products(got, a, b, d, na, nb, floor)
			generic.products(want, a, b, d, na, nb, floor)
			near(t, want, got, 10*float64(d))
		}
		Distances(got, a, b, d)
		generic.distances(want, a, b, d)
		near(t, want, got, 10*float64(d))
		Distances(got, a, a, d)
		for i := range Size {
			require.Zero(t, got[i*Size+i])
		}

		moved, wantMoved := make([]T, d*Size), make([]T, d*Size)
		norms, wantNorms := make([]T, Size), make([]T, Size)
		Shift(moved, a, na[:d])
		generic.shift(wantMoved, a, na[:d])
		require.Equal(t, wantMoved, moved)
		Expand(moved, norms, a, na[:d])
		generic.expand(wantMoved, wantNorms, a, na[:d])
		require.Equal(t, wantMoved, moved)
		near(t, wantNorms, norms, 10*float64(d))

		out, wanted := []float64{}, []float64{}
		for q := range d {
			out, wanted = append(out, float64(q)), append(wanted, float64(q))
		}
		g := normals[T](Elements, 5)
		Contract(out, g, a, b, d)
		generic.contract(wanted, g, a, b)
		require.InDeltaSlice(t, wanted, out, core.Epsilon[T]()*Elements*10)
		padded, scratch := make([]T, (d+3)*Size), make([]T, ContractScratch[T](d))
		copy(padded, a)
		for q := range out {
			out[q] = float64(q)
		}
		ContractExpanded(out, g, padded, b, d, scratch, make([]float64, Size))
		require.InDeltaSlice(t, wanted, out, core.Epsilon[T]()*Elements*20)
	}
	none := make([]T, Elements)
	Products(none, nil, nil, 0, make([]T, Size), make([]T, Size), 0)
	require.Equal(t, make([]T, Elements), none)
}

func TestMultiplication(t *testing.T) {
	onEveryPath(t, multiplication[float32], multiplication[float64])
}

func multiplication[T core.Float](t *testing.T) {
	generic := newGeneric[T]()
	n := Size * Lanes[T]()
	k, v := normals[T](Elements, 1), normals[T](n, 2)
	for _, trans := range []bool{false, true} {
		got, want := normals[T](n, 3), normals[T](n, 3)
		Multiply(got, k, v, trans)
		if trans {
			generic.multiply(want, k, v, 1, Size)
		} else {
			generic.multiply(want, k, v, Size, 1)
		}
		near(t, want, got, 100)
	}

	vi, vj := normals[T](Size, 4), normals[T](Size, 5)
	p, wantP := normals[T](n, 6), normals[T](n, 6)
	oj, wantJ := normals[T](Size, 7), normals[T](Size, 7)
	Apply(p, oj, k, vi, vj)
	generic.apply(wantP, wantJ, k, vi, vj)
	near(t, wantP, p, 100)
	near(t, wantJ, oj, 100)

	for _, rows := range []int{0, 1, 3, Size} {
		dst, want := normals[float64](rows, 8), normals[float64](rows, 8)
		p, q := normals[T](n, 9), normals[T](n, 9)
		Reduce(dst, p)
		generic.reduce(want, q)
		require.InDeltaSlice(t, want, dst, 100*core.Epsilon[T]())
		require.Equal(t, q, p)
	}
	for _, length := range []int{0, Lanes[T](), 5 * Lanes[T]()} {
		dst, want := normals[float64](length, 10), normals[float64](length, 10)
		src, same := normals[T](length, 11), normals[T](length, 11)
		Accumulate(dst, src)
		generic.accumulate(want, same)
		require.Equal(t, want, dst)
		require.Equal(t, make([]T, length), src)
	}
	for _, op := range []func(*family[T]) func([]T, []T){
		func(f *family[T]) func([]T, []T) { return f.add },
		func(f *family[T]) func([]T, []T) { return f.scale },
	} {
		got, want := normals[T](Elements, 12), normals[T](Elements, 12)
		op(familyFor[T]())(got, k)
		op(generic)(want, k)
		require.Equal(t, want, got)
	}
}

// big is a curve in many digits more than T has.
type big struct {
	k, h func(rho float64) float64
}

func curvesOf[T core.Float](s, alpha float64) map[string]struct {
	*Curve[T]
	big
} {
	q3, q5 := math.Sqrt(3), math.Sqrt(5)
	base := func(r float64) float64 { return 1 + r*r/(2*alpha) }
	rq := func(r float64) float64 { return s * math.Exp(-alpha*math.Log1p(r*r/(2*alpha))) }
	return map[string]struct {
		*Curve[T]
		big
	}{
		"rbf": {NewRBF[T](s), big{func(r float64) float64 { return s * math.Exp(-r*r/2) },
			func(r float64) float64 { return s * math.Exp(-r*r/2) }}},
		"matern12": {NewMatern12[T](s), big{func(r float64) float64 { return s * math.Exp(-r) },
			func(r float64) float64 { return s * math.Exp(-r) / r }}},
		"matern32": {NewMatern32[T](s), big{func(r float64) float64 { return s * (1 + q3*r) * math.Exp(-q3*r) },
			func(r float64) float64 { return 3 * s * math.Exp(-q3*r) }}},
		"matern52": {NewMatern52[T](s), big{func(r float64) float64 { return s * (1 + q5*r + 5*r*r/3) * math.Exp(-q5*r) },
			func(r float64) float64 { return s * 5 / 3 * (1 + q5*r) * math.Exp(-q5*r) }}},
		"rational quadratic": {NewRationalQuadratic[T](s, alpha), big{rq, func(r float64) float64 { return rq(r) / base(r) }}},
	}
}

func TestCurves(t *testing.T) { onEveryPath(t, curvesAreExact[float32], curvesAreExact[float64]) }

// Errors are compared with 2 units in the last place and with what the rounding of rho makes of the exponent.
func curvesAreExact[T core.Float](t *testing.T) {
	r2, k, h, scratch := make([]T, Elements), make([]T, Elements), make([]T, Elements), make([]T, Elements)
	for i := range r2 {
		rho := float64(i) / 40
		r2[i] = T(rho * rho)
	}
	r2[1] = T(1e-20)
	for _, alpha := range []float64{0.3, 1, 1e5} {
		for name, c := range curvesOf[T](1.7, alpha) {
			Evaluate(c.Curve, k, h, r2, scratch)
			require.Equal(t, T(1.7), k[0], name)
			for i, r := range r2[1:] {
				rho := math.Sqrt(float64(r))
				exponent := -math.Log(c.big.k(rho) / 1.7)
				if exponent > 70 {
					require.LessOrEqual(t, float64(k[i+1]), 1e-30)
					continue
				}
				tol := core.Epsilon[T]() * (4 + 2*exponent)
				require.InEpsilon(t, c.big.k(rho), k[i+1], tol, "%s at %v", name, rho)
				require.InEpsilon(t, c.big.h(rho), h[i+1], tol*1.5, "h of %s at %v", name, rho)
				require.GreaterOrEqual(t, c.Bound(float64(r))*(1+tol), float64(k[i+1]))
			}
			same := append([]T(nil), r2...)
			Evaluate(c.Curve, same, nil, same, scratch)
			require.Equal(t, k, same)
			r2 := append([]T(nil), r2...)
			r2[0], r2[1] = 1e30, 1e37
			Evaluate(c.Curve, k, h, r2, scratch)
			require.Less(t, float64(k[0]), 1e-4)
			require.Less(t, float64(k[1]), 1e-4)
		}
	}
}
