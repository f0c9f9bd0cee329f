package mixture

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	const C, D, H, N = 4, 6, 2, 600
	m := truth(1, C, D, H, 1)
	x := matrix[float64](draw(m, 2, N), D)
	shuffled := core.NewMatrix[float64](N, D)
	for to, from := range rng.New(3).Perm(N) {
		copy(shuffled.Row(to), x.Row(from))
	}
	o := Options{Components: C, Factors: H, Algorithm: "exact", Tol: -1, MaxIter: 5, Start: shaken(m, 4, H)}
	requireSame(t, mustFit(t, x, &o), mustFit(t, shuffled, &o), 1e-10)
}

// affine returns a x + b per feature, and the sum of log a.
func affine(x []float64, a, b []float64) (y []float64, logJac float64) {
	for i, v := range x {
		y = append(y, a[i%len(a)]*v+b[i%len(a)])
	}
	for _, v := range a {
		logJac += math.Log(v)
	}
	return y, logJac
}

func repeat(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }

// Units do not matter: labels stay, means and covariances follow, and the bound shifts by the log of the Jacobian.
func TestUnitsDoNotMatter(t *testing.T) {
	const C, D, N = 5, 4, 800
	x := draw(truth(6, C, D, 1, 3), 7, N)
	for _, p := range []struct {
		name string
		a, b []float64
		tol  float64
	}{
		{"powers of two", []float64{4, 0.5, 1024, 0.125}, repeat(0, D), 1e-13},
		{"mixed units", []float64{3, 1e-4, 250, 1.7}, []float64{0, 1, -20, 5}, 1e-8},
		{"far offset", repeat(1, D), repeat(1e6, D), 1e-6},
		{"tiny", repeat(1e-20, D), repeat(0, D), 1e-8},
		{"huge", repeat(1e20, D), repeat(0, D), 1e-8},
	} {
		for _, kind := range []string{Factor, Diag} {
			for _, algorithm := range []string{"exact", "truncated"} {
				t.Run(fmt.Sprint(p.name, "/", kind, "/", algorithm), func(t *testing.T) {
					o := Options{Components: C, CovarianceType: kind, Factors: 1, Algorithm: algorithm, Neighbors: 3, Tol: -1, MaxIter: 6}
					y, shift := affine(x, p.a, p.b)
					sameUpToUnits(t, matrix[float64](x, D), matrix[float64](y, D), &o, p.a, p.b, shift, p.tol)
					if p.name != "far offset" { // float32 data cannot hold it
						sameUpToUnits(t, matrix[float32](x, D), matrix[float32](y, D), &o, p.a, p.b, shift, 1e-3)
					}
				})
			}
		}
	}
}

func sameUpToUnits[T core.Float](t *testing.T, x, y core.Matrix[T], o *Options, a, b []float64, shift, tol float64) {
	t.Helper()
	mx, my := mustFit(t, x, o), mustFit(t, y, o)
	D := len(a)
	require.InDelta(t, mx.LowerBound-shift, my.LowerBound, tol*(1+math.Abs(my.LowerBound)))
	require.Equal(t, labels(t, mx, x), labels(t, my, y))
	requireNear(t, mx.Weights, my.Weights, tol, "weights")
	for i, v := range mx.Means {
		noise := mx.NoiseVariance[i]
		require.InDelta(t, v, (my.Means[i]-b[i%D])/a[i%D], 10*tol*(1+math.Abs(v)), "mean %d", i)
		require.InDelta(t, noise, my.NoiseVariance[i]/a[i%D]/a[i%D], 10*tol*(1+noise), "noise variance %d", i)
	}
	for i := range my.History {
		require.InDelta(t, mx.History[i].Objective-shift, my.History[i].Objective, tol*(1+math.Abs(my.LowerBound)))
	}
}

// For spherical mixtures only a common factor keeps the model.
func TestCommonFactorDoesNotMatterToSphericalMixtures(t *testing.T) {
	const C, D, N = 4, 3, 500
	x := draw(truth(6, C, D, 0, 3), 7, N)
	o := Options{Components: C, CovarianceType: Spherical, Tol: -1, MaxIter: 5}
	for _, factor := range []float64{1e-20, 0.3, 1e20} {
		a, b := repeat(factor, D), repeat(0, D)
		y, shift := affine(x, a, b)
		sameUpToUnits(t, matrix[float64](x, D), matrix[float64](y, D), &o, a, b, shift, 1e-8)
	}
	m := mustFit(t, matrix[float64](x, D), &o)
	for c := range C {
		require.Equal(t, repeat(m.NoiseVariance[c*D], D), m.NoiseVariance[c*D:(c+1)*D])
	}
}

func TestFloat32IsCloseToFloat64(t *testing.T) {
	const C, D, H, N = 6, 7, 2, 1500
	m := truth(2, C, D, H, 2)
	single := matrix[float32](draw(m, 3, N), D)
	double := core.NewMatrix[float64](N, D)
	for i, v := range single.Data {
		double.Data[i] = float64(v)
	}
	o := Options{Components: C, Factors: H, Algorithm: "exact", Tol: -1, MaxIter: 10, Start: shaken(m, 4, H)}
	want, got := mustFit(t, double, &o), mustFit(t, single, &o)
	require.InDelta(t, want.LowerBound, got.LowerBound, 1e-5)
	requireNear(t, want.Means, got.Means, 1e-4, "means")
	requireNear(t, covariances(reference(want)), covariances(reference(got)), 1e-4, "covariances")
	// Truncated fits see other search spaces, since panels hold twice the points, and agree once they have converged.
	o.Algorithm, o.Neighbors, o.MaxIter = "truncated", 4, 50
	want, got = mustFit(t, double, &o), mustFit(t, single, &o)
	require.InDelta(t, want.LowerBound, got.LowerBound, 1e-4)
}

// A view into a wider matrix is read in place, and nothing is written to it.
func TestStridedRowsEqualContiguousOnes(t *testing.T) {
	const C, D, N = 20, 5, 700
	contiguous := matrix[float32](draw(truth(1, C, D, 2, 1), 2, N), D)
	strided := core.Matrix[float32]{Data: make([]float32, N*(D+3)), Rows: N, Cols: D, Stride: D + 3}
	for i := range strided.Data {
		strided.Data[i] = float32(math.NaN()) // between the rows
	}
	for i := range N {
		copy(strided.Row(i), contiguous.Row(i))
	}
	strided.Data = strided.Data[:(N-1)*(D+3)+D] // the last row need not be followed by anything
	before := slices.Clone(strided.Data)
	for _, algorithm := range []string{"exact", "truncated"} {
		o := Options{Components: C, Factors: 2, Algorithm: algorithm, MaxIter: 3}
		m := mustFit(t, strided, &o)
		requireBits(t, mustFit(t, contiguous, &o), m, algorithm)
		require.Equal(t, inferWith(t, m, contiguous, 1), inferWith(t, m, strided, 1))
	}
	want, err := FitKMeans(background, contiguous, &KMeansOptions{Clusters: 4})
	require.NoError(t, err)
	got, err := FitKMeans(background, strided, &KMeansOptions{Clusters: 4})
	require.NoError(t, err)
	require.Equal(t, want, got)
	for i, v := range before {
		require.Equal(t, math.Float32bits(v), math.Float32bits(strided.Data[i]))
	}
}
