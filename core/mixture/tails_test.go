package mixture

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// tailed returns m as a t mixture with degrees of freedom 3, 4, ...
func tailed(m *Model) *Model {
	dof := make([]float64, m.Components)
	for c := range dof {
		dof[c] = float64(3 + c)
	}
	t, err := m.WithTails(StudentT, dof)
	if err != nil {
		panic(err)
	}
	return t
}

// soiled returns n rows of m, a tenth of them replaced by outliers spread over [-far, far]^D.
func soiled(m *Model, n int, far float64) []float64 {
	x := draw(m, 5, n)
	r := rng.New(6)
	for i := 0; i < n; i += 10 {
		for d := range m.Features {
			x[i*m.Features+d] = far * (2*r.Float64() - 1)
		}
	}
	return x
}

func TestTailedDensityIsStudents(t *testing.T) {
	const C, D = 3, 4
	for _, h := range []int{2, 0} {
		m := tailed(truth(1, C, D, h, 2))
		x := matrix[float64](draw(m, 2, 40), D)
		want := make([]float64, x.Rows)
		for c, g := range reference(m) {
			var chol mat.Cholesky
			require.True(t, chol.Factorize(g.Covariance()))
			nu := m.DOF[c]
			norm := math.Gamma((nu+D)/2) / math.Gamma(nu/2) / math.Sqrt(math.Pow(nu*math.Pi, D)*chol.Det())
			for i := range want {
				delta, solved := mat.NewVecDense(D, nil), mat.NewVecDense(D, nil)
				delta.SubVec(mat.NewVecDense(D, x.Row(i)), mat.NewVecDense(D, m.Means[c*D:(c+1)*D]))
				require.NoError(t, chol.SolveVecTo(solved, delta))
				want[i] += m.Weights[c] * norm * math.Pow(1+mat.Dot(delta, solved)/nu, -(nu+D)/2)
			}
		}
		got := scores(t, m, x)
		for i := range want {
			require.InDelta(t, math.Log(want[i]), got[i], 1e-10)
		}
	}
}

func TestTailedBoundNeverDecreases(t *testing.T) {
	const C, D = 16, 5
	x := draw(tailed(truth(1, C, D, 2, 2)), 2, scaled(600))
	for _, family := range []string{StudentT, Tyler} {
		for _, dof := range []float64{0, 2.5} {
			for _, kind := range []string{Factor, Diag, Spherical} {
				for _, algorithm := range []string{"truncated", "exact"} {
					o := Options{Components: C, Family: family, DOF: dof, CovarianceType: kind, Factors: 2, Algorithm: algorithm,
						Neighbors: 6, Tol: -1, MaxIter: 15}
					requireMonotone(t, mustFit(t, matrix[float64](x, D), &o), 1e-9)
					requireMonotone(t, mustFit(t, matrix[float32](x, D), &o), 1e-5)
				}
			}
		}
	}
}

// A tenth of the rows, far away, moves Gaussian components but hardly those of heavy tails.
// The covariance of t components is nu / (nu - 2) times their scale matrix, which draws show in every direction.
func TestDrawsOfTailsHaveTheirCovariance(t *testing.T) {
	const D, n, nu = 3, 100_000, 12.0
	m := truth(4, 1, D, 2, 1)
	scale := reference(m)[0].Covariance()
	m.Family, m.DOF = StudentT, []float64{nu}
	flat, _, err := m.Sample(5, n)
	require.NoError(t, err)
	for j := range D {
		for k := range D {
			sum := 0.0
			for i := range n {
				sum += (flat[i*D+j] - m.Means[j]) * (flat[i*D+k] - m.Means[k])
			}
			want := nu / (nu - 2) * scale.At(j, k)
			require.InDelta(t, want, sum/n, 6*math.Sqrt(2*scale.At(j, j)*scale.At(k, k)/n)*nu/(nu-4), "%d, %d", j, k)
		}
	}
}

func TestOutliersLeaveTailedComponentsAlone(t *testing.T) {
	const C, D, N = 3, 4, 1000
	clean := truth(3, C, D, 1, 6)
	for _, far := range []float64{100, 1e30} {
		x := soiled(clean, N, far)
		requireRobust(t, clean, matrix[float64](x, D))
		requireRobust(t, clean, matrix[float32](x, D))
	}
}

func requireRobust[T core.Float](t *testing.T, clean *Model, x core.Matrix[T]) {
	t.Helper()
	for _, o := range []Options{{Family: StudentT}, {Family: StudentT, DOF: 3}, {Family: Tyler}} {
		o.Components, o.Factors, o.Tol = clean.Components, clean.Factors, 1e-5
		mean, scatter := departure(clean, mustFit(t, x, &o))
		require.Less(t, mean, 0.25, "%+v", o)
		require.Less(t, scatter, 0.4, "%+v", o)
	}
	mean, _ := departure(clean, mustFit(t, x, &Options{Components: clean.Components, Factors: clean.Factors}))
	require.Greater(t, mean, 1.0)
}

// departure returns how far the worst mean of got lies from its true place, in root mean variances, and the largest
// relative difference of its scatter matrix, brought to the same trace.
func departure(truth, got *Model) (mean, scatter float64) {
	D := truth.Features
	want, have := reference(truth), reference(got)
	for c := range want {
		near, best := math.Inf(1), 0
		trace := mat.Trace(want[c].Covariance())
		for k := range have {
			sum := 0.0
			for d := range D {
				e := truth.Means[c*D+d] - got.Means[k*D+d]
				sum += e * e
			}
			if e := math.Sqrt(sum / (trace / float64(D))); e < near {
				near, best = e, k
			}
		}
		var diff mat.Dense
		diff.Scale(trace/mat.Trace(have[best].Covariance()), have[best].Covariance())
		diff.Sub(&diff, want[c].Covariance())
		mean, scatter = max(mean, near), max(scatter, mat.Norm(&diff, 2)/mat.Norm(want[c].Covariance(), 2))
	}
	return mean, scatter
}

func TestDegreesOfFreedomAreFound(t *testing.T) {
	const C, D = 2, 6
	m, err := truth(4, C, D, 1, 8).WithTails(StudentT, []float64{3, 12})
	require.NoError(t, err)
	x := matrix[float64](draw(m, 5, 6000), D)
	got := mustFit(t, x, &Options{Components: C, Family: StudentT, Factors: 1, Tol: 1e-6})
	dof := slices.Sorted(slices.Values(got.DOF))
	require.InDelta(t, 3, dof[0], 0.5)
	require.InDelta(t, 12, dof[1], 3)
	require.True(t, got.DOFEstimated)
	fixed := mustFit(t, x, &Options{Components: C, Family: StudentT, DOF: 30, Factors: 1, Tol: 1e-6})
	require.Equal(t, []float64{30, 30}, fixed.DOF)
	require.Less(t, fixed.LowerBound, got.LowerBound)
	require.Equal(t, fixed.Parameters()+C, got.Parameters())
	// Rows of a Gaussian mixture ask for as many as there may be.
	light := mustFit(t, matrix[float64](draw(truth(4, 1, 20, 1, 1), 6, 4000), 20), &Options{Family: StudentT, Factors: 1, Tol: -1})
	require.Greater(t, light.DOF[0], 50.0)
}

func TestTailedFitsDependNeitherOnUnitsNorOnThreads(t *testing.T) {
	const C, D, N = 4, 4, 900
	x := soiled(truth(6, C, D, 1, 4), N, 60)
	a, b := []float64{3, 1e-4, 250, 1.7}, []float64{0, 1, -20, 5}
	y, shift := affine(x, a, b)
	for _, family := range []string{StudentT, Tyler} {
		o := Options{Components: C, Family: family, Factors: 1, Tol: -1, MaxIter: 6}
		sameUpToUnits(t, matrix[float64](x, D), matrix[float64](y, D), &o, a, b, shift, 1e-8)
		o.Algorithm, o.Neighbors, o.Threads = "truncated", 3, 1
		one := mustFit(t, matrix[float32](x, D), &o)
		o.Threads = 5
		requireBits(t, one, mustFit(t, matrix[float32](x, D), &o), family)
	}
}

func TestTailedModelsSurviveFiles(t *testing.T) {
	const D = 3
	x := matrix[float64](soiled(truth(7, 2, D, 1, 4), 400, 50), D)
	for _, family := range []string{Gaussian, StudentT, Tyler} {
		m := mustFit(t, x, &Options{Components: 2, Family: family, Factors: 1})
		path := filepath.Join(t.TempDir(), family)
		require.NoError(t, m.Save(path))
		got, err := Load(path)
		require.NoError(t, err)
		requireBits(t, m, got, family)
		require.Equal(t, m.DOF, got.DOF)
		require.Equal(t, []any{m.Family, m.DOFEstimated}, []any{got.Family, got.DOFEstimated})
		_, _, err = m.Sample(1, 5)
		require.Equal(t, family == Tyler, err != nil)
	}
}

// Denoising follows the gradient of the log-density (Tweedie's formula).
func TestTailedDenoisingIsTweedies(t *testing.T) {
	const D, variance, step = 3, 0.3, 1e-5
	m := tailed(truth(8, 3, D, 1, 2))
	x := matrix[float64](draw(m, 9, 5), D)
	got := core.NewMatrix[float64](x.Rows, D)
	require.NoError(t, Denoise(background, m, x, 1, variance, got))
	for i := range x.Rows {
		for d := range D {
			moved := core.NewMatrix[float64](2, D)
			copy(moved.Row(0), x.Row(i))
			copy(moved.Row(1), x.Row(i))
			moved.Row(0)[d] -= step
			moved.Row(1)[d] += step
			s := scores(t, m, moved)
			require.InDelta(t, x.Row(i)[d]+variance*(s[1]-s[0])/(2*step), got.Row(i)[d], 1e-6)
		}
	}
}

func TestTailsAreChecked(t *testing.T) {
	m := truth(1, 2, 3, 1, 1)
	for _, dof := range [][]float64{nil, {1}, {1, 0}, {1, math.NaN()}, {1, math.Inf(1)}} {
		_, err := m.WithTails(StudentT, dof)
		require.Error(t, err)
	}
	_, err := m.WithTails("cauchy", []float64{1, 1})
	require.ErrorContains(t, err, "family must be one of [gaussian t tyler]")
	for _, o := range []Options{{Family: "cauchy"}, {DOF: -1}, {DOF: 2000}, {DOF: math.NaN()}} {
		require.ErrorIs(t, o.Validate(), core.ErrOption)
	}
}
