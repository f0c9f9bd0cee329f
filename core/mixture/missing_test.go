package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// holed returns x with about the given fraction of its values missing: at random where the row number is even, and in
// one of two patterns elsewhere. No row or column loses everything.
func holed(x []float64, cols int, fraction float64, seed uint64) []float64 {
	r := rng.New(seed, 77)
	y := append([]float64(nil), x...)
	for i := range len(x) / cols {
		for j := range cols {
			lost := r.Float64() < fraction
			if i%2 == 1 {
				lost = r.Float64() < 0.3 && j%2 == i/2%2
			}
			if lost && j != i%cols {
				y[i*cols+j] = math.NaN()
			}
		}
	}
	return y
}

// observedFloors is floors over the observed values.
func observedFloors(x [][]float64, w []float64, reg float64, common bool) []float64 {
	D := len(x[0])
	floor, average := make([]float64, D), 0.0
	for d := range D {
		var column [][]float64
		var weight []float64
		for n, row := range x {
			if row[d] == row[d] {
				column, weight = append(column, row[d:d+1]), append(weight, w[n])
			}
		}
		floor[d] = floors(column, weight, reg, false)[0]
		average += floor[d] / float64(D)
	}
	for d := range floor {
		if common {
			floor[d] = average
		}
	}
	return floor
}

func TestMissingValuesArePlainEM(t *testing.T) {
	const C, N = 3, 140
	for _, p := range []struct {
		kind     string
		d, h     int
		missing  float64
		weighted bool
	}{
		{Factor, 4, 1, 0.2, false},
		{Factor, 9, 5, 0.5, true},
		{Factor, 10, 7, 0.7, false},
		{Diag, 6, 0, 0.4, true},
		{Spherical, 6, 0, 0.4, false},
	} {
		t.Run(fmt.Sprint(p.kind, "/D=", p.d, "/H=", p.h), func(t *testing.T) {
			m := truth(uint64(p.d), C, p.d, p.h, 1)
			x, w := holed(draw(m, 3, N), p.d, p.missing, 4), ones(N)
			o := Options{Components: C, CovarianceType: p.kind, Factors: p.h, Algorithm: "exact", Tol: -1, MaxIter: 3,
				Start: shaken(m, 4, p.h), Missing: MissingNaN}
			if p.weighted {
				r := rng.New(5)
				for i := range w {
					w[i] = 0.1 + r.Float64()
				}
				o.SampleWeight = w
			}
			rows := ref.Rows(x, N, p.d)
			floor := observedFloors(rows, w, 1e-6, p.kind == Spherical)
			want := ref.New(C, p.d, p.h, o.Start.Weights, o.Start.Means, o.Start.Loadings, o.Start.NoiseVariance)
			for range o.MaxIter {
				want, _ = ref.EMMissing(want, rows, w, floor, p.kind == Spherical)
			}
			_, bound := ref.EMMissing(want, rows, w, floor, p.kind == Spherical)
			onEveryLevel(t, func(t *testing.T) {
				requireReference(t, want, bound, mustFit(t, matrix[float64](x, p.d), &o), 1e-8)
				requireReference(t, want, bound, mustFit(t, matrix[float32](x, p.d), &o), 5e-3)
			})
			o.Algorithm, o.Candidates, o.Neighbors = "truncated", C, C
			requireReference(t, want, bound, mustFit(t, matrix[float64](x, p.d), &o), 1e-8)
		})
	}
}

// What is missing lowers no step of the truncated search either.
func TestMissingValuesNeverLowerTheBound(t *testing.T) {
	const C, D, H = 30, 8, 2
	n := scaled(6000)
	x := matrix[float64](holed(draw(truth(1, C, D, H, 2), 2, n), D, 0.3, 3), D)
	o := Options{Components: C, Factors: H, Tol: -1, MaxIter: 12, Missing: MissingNaN, Seed: 4, Threads: 1}
	m := mustFit(t, x, &o)
	for i := 1; i < len(m.History); i++ {
		require.GreaterOrEqual(t, m.History[i].Objective, m.History[i-1].Objective-1e-9, "iteration %d", i)
	}
	o.Threads = 3
	requireBits(t, m, mustFit(t, x, &o), "threads")
}

// Nothing is missing: the option changes no bit.
func TestAllowingMissingValuesChangesNothing(t *testing.T) {
	const C, D, H = 20, 6, 2
	x := matrix[float32](draw(truth(1, C, D, H, 2), 2, 900), D)
	o := Options{Components: C, Factors: H, MaxIter: 6, Tol: -1}
	want := mustFit(t, x, &o)
	o.Missing = MissingNaN
	requireBits(t, want, mustFit(t, x, &o), "missing=nan")
}

// Where values are missing completely, the maximum of the likelihood is known: with one diagonal component it is the mean
// and variance of what was observed.
func TestOneDiagonalComponentIsTheObservedMoments(t *testing.T) {
	const D, N = 3, 400
	x := holed(draw(truth(1, 1, D, 0, 1), 2, N), D, 0.6, 5)
	m := mustFit(t, matrix[float64](x, D), &Options{CovarianceType: Diag, Missing: MissingNaN, Tol: 1e-13, MaxIter: 1000})
	for d := range D {
		mean, square, n := 0.0, 0.0, 0.0
		for i := d; i < len(x); i += D {
			if v := x[i]; v == v {
				mean, square, n = mean+v, square+v*v, n+1
			}
		}
		require.InDelta(t, mean/n, m.Means[d], 1e-5)
		require.InDelta(t, square/n-mean*mean/n/n, m.NoiseVariance[d], 1e-5)
	}
}

// A monotone pattern has a closed form: x1 is always there, x2 only in some rows. The maximum is the moments of x1 over
// all rows and the regression of x2 on x1 over the rows that have both (Anderson, 1957).
func TestMonotonePatternIsTheClosedForm(t *testing.T) {
	const N = 300
	r := rng.New(9)
	x := make([]float64, 2*N)
	var n, s1, s11 float64
	var k, a, b, aa, ab, bb float64
	for i := range N {
		u := 2 + r.NormFloat64()
		v := 1 + 0.8*u + 0.5*r.NormFloat64()
		n, s1, s11 = n+1, s1+u, s11+u*u
		x[2*i], x[2*i+1] = u, math.NaN()
		if u > 1.5 { // missing at random, not completely so
			x[2*i+1] = v
			k, a, b, aa, ab, bb = k+1, a+u, b+v, aa+u*u, ab+u*v, bb+v*v
		}
	}
	mean1, var1 := s1/n, s11/n-s1*s1/n/n
	slope := (ab/k - a*b/k/k) / (aa/k - a*a/k/k)
	residual := bb/k - b*b/k/k - slope*slope*(aa/k-a*a/k/k)
	want := []float64{var1, slope * var1, slope * var1, residual + slope*slope*var1}
	m := mustFit(t, matrix[float64](x, 2), &Options{Factors: 1, Missing: MissingNaN, Tol: 1e-14, MaxIter: 5000})
	requireNear(t, []float64{mean1, b/k + slope*(mean1-a/k)}, m.Means, 1e-4, "means")
	sigma := reference(m)[0].Covariance()
	requireNear(t, want, []float64{sigma.At(0, 0), sigma.At(0, 1), sigma.At(1, 0), sigma.At(1, 1)}, 1e-4, "covariance")
}

func TestMissingValuesTrouble(t *testing.T) {
	const D = 3
	nan := math.NaN()
	x := draw(truth(1, 2, D, 1, 2), 2, 60)
	o := Options{Components: 2, Factors: 1, MaxIter: 4, Tol: -1}
	bad := matrix[float64](x, D)
	bad.Data[7] = nan
	_, err := FitMatrix(background, bad, &o)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, `missing="nan"`)
	o.Missing = MissingNaN
	mustFit(t, bad, &o)

	inf := matrix[float64](x, D)
	inf.Data[4], inf.Data[5] = nan, math.Inf(-1)
	_, err = FitMatrix(background, inf, &o)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 1, column 2")

	column := matrix[float64](x, D)
	for i := range column.Rows {
		column.Data[i*D+1] = nan
	}
	_, err = FitMatrix(background, column, &o)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "column 1")

	// Rows without a value are left out, as with weight zero.
	empty := append(append([]float64(nil), nan, nan, nan), bad.Data...)
	empty = append(empty, nan, nan, nan)
	o.SampleWeight = append(append([]float64{2}, ones(60)...), 3)
	got := mustFit(t, matrix[float64](empty, D), &o)
	o.SampleWeight = nil
	requireSame(t, mustFit(t, bad, &o), got, 1e-12)

	all := core.NewMatrix[float64](4, D)
	for i := range all.Data {
		all.Data[i] = nan
	}
	_, err = FitMatrix(background, all, &o)
	require.ErrorIs(t, err, core.ErrNotFinite)
}

// Units do not matter with missing values either.
func TestMissingValuesAndUnits(t *testing.T) {
	const D = 4
	x := holed(draw(truth(1, 4, D, 1, 3), 2, 300), D, 0.3, 3)
	y := append([]float64(nil), x...)
	for i := range y {
		y[i] = y[i]*1024 + 4096
	}
	o := Options{Components: 4, Factors: 1, MaxIter: 5, Tol: -1, Missing: MissingNaN}
	a, b := mustFit(t, matrix[float64](x, D), &o), mustFit(t, matrix[float64](y, D), &o)
	for i, v := range a.Means {
		require.InDelta(t, v*1024+4096, b.Means[i], 1e-6)
	}
	observed := 0.0
	for _, v := range x {
		if v == v {
			observed++
		}
	}
	require.InDelta(t, a.LowerBound-math.Log(1024)*observed/300, b.LowerBound, 1e-9)
}

// Other starts, M-steps, noise and priors take expected moments as they take those of complete rows.
func TestMissingValuesWithOtherOptions(t *testing.T) {
	x := matrix[float64](holed(draw(truth(1, 6, 6, 2, 3), 2, 600), 6, 0.3, 3), 6)
	for _, o := range []Options{{InitParams: "whitened"}, {NoiseType: "tied"}, {NoiseType: "isotropic"}, {MStep: "means"},
		{MStep: "gradient"}, {SplitMerge: "on"}, {DegreesOfFreedomPrior: 3}, {MeanPrecisionPrior: 2}} {
		o.Components, o.Factors, o.Missing, o.Tol, o.MaxIter, o.Algorithm = 6, 2, MissingNaN, -1, 6, "truncated"
		m := mustFit(t, x, &o)
		for i := 1; i < len(m.History); i++ {
			require.GreaterOrEqual(t, m.History[i].Objective, m.History[i-1].Objective-1e-9, "%+v, iteration %d", o, i)
		}
	}
}
