package mixture

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

var background = context.Background()

// onEveryLevel runs the test on every level of kernels that this machine has.
func onEveryLevel(t *testing.T, test func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) { defer cpu.Force(level)(); test(t) })
	}
}

// scaled is the size of a test: n, or a quarter of it with -short (the race detector is slow).
func scaled(n int) int {
	if testing.Short() {
		return n / 4
	}
	return n
}

// seeds is the number of seeds that a test tries: n, or 1 with -short.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return 1
	}
	return n
}

// truth returns a mixture whose means lie about separation*sqrt(2 D) apart and whose standard deviations are of order 1.
func truth(seed uint64, c, d, h int, separation float64) *Model {
	r := rng.New(seed, 1)
	kind := Factor
	if h == 0 {
		kind = Diag
	}
	weights, means, loadings, noise := make([]float64, c), make([]float64, c*d), make([]float64, c*d*h), make([]float64, c*d)
	total := 0.0
	for k := range weights {
		weights[k] = 1 + r.Float64()
		total += weights[k]
	}
	for k := range weights {
		weights[k] /= total
	}
	for i := range means {
		means[i], noise[i] = separation*r.NormFloat64(), 0.2+r.Float64()
	}
	for i := range loadings {
		loadings[i] = r.NormFloat64() / math.Sqrt(float64(h))
	}
	m, err := NewModel(kind, c, d, h, weights, means, loadings, noise)
	if err != nil {
		panic(err)
	}
	return m
}

// draw samples n rows of m (flat).
func draw(m *Model, seed uint64, n int) []float64 {
	x, _, err := m.Sample(seed, n)
	if err != nil {
		panic(err)
	}
	return x
}

// shaken returns starting values around the parameters of m: equal weights, moved means, random loadings of rank h,
// unit noise.
func shaken(m *Model, seed uint64, h int) *Start {
	r := rng.New(seed, 2)
	s := &Start{}
	for range m.Components {
		s.Weights = append(s.Weights, 1/float64(m.Components))
	}
	for _, v := range m.Means {
		s.Means, s.NoiseVariance = append(s.Means, v+0.5*r.NormFloat64()), append(s.NoiseVariance, 1)
		for range h {
			s.Loadings = append(s.Loadings, 0.3*r.NormFloat64())
		}
	}
	return s
}

// matrix converts a flat row-major array.
func matrix[T core.Float](x []float64, cols int) core.Matrix[T] {
	m := core.NewMatrix[T](len(x)/cols, cols)
	for i, v := range x {
		m.Data[i] = T(v)
	}
	return m
}

// mustFit fits and requires success.
func mustFit[T core.Float](t *testing.T, x core.Matrix[T], o *Options) *Model {
	t.Helper()
	m, err := FitMatrix(background, x, o)
	require.NoError(t, err)
	requireSound(t, m)
	return m
}

// requireSound requires what holds for every fitted model.
func requireSound(t *testing.T, m *Model) {
	t.Helper()
	require.NoError(t, m.check())
	require.Len(t, m.History, m.Iterations+1)
	require.Equal(t, m.LowerBound, m.History[m.Iterations].Objective)
	require.GreaterOrEqual(t, m.CoverageGap, 0.0)
	require.Len(t, m.Neighbors, m.Components*m.Graph)
}

// scores returns the log-densities of the rows of x.
func scores[T core.Float](t *testing.T, m *Model, x core.Matrix[T]) []float64 {
	t.Helper()
	dst := make([]float64, x.Rows)
	require.NoError(t, ScoreSamples(background, m, x, 1, dst))
	return dst
}

// labels returns the most probable components of the rows of x.
func labels[T core.Float](t *testing.T, m *Model, x core.Matrix[T]) []int64 {
	t.Helper()
	dst := make([]int64, x.Rows)
	require.NoError(t, Predict(background, m, x, 1, dst))
	return dst
}

// reference turns a model into the oracle's form.
func reference(m *Model) ref.Mixture {
	return ref.New(m.Components, m.Features, m.Factors, m.Weights, m.Means, m.Loadings, m.NoiseVariance)
}

// ones returns n weights of 1.
func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// floors returns the floor of each noise variance: the fraction reg of the weighted variance of the feature, or of the
// mean variance for all features.
func floors(x [][]float64, w []float64, reg float64, common bool) []float64 {
	D := len(x[0])
	floor, mean, total, average := make([]float64, D), make([]float64, D), 0.0, 0.0
	for n, row := range x {
		total += w[n]
		for d, v := range row {
			mean[d] += w[n] * v
		}
	}
	for n, row := range x {
		for d, v := range row {
			e := v - mean[d]/total
			floor[d] += reg * w[n] * e * e / total
			average += reg * w[n] * e * e / total / float64(D)
		}
	}
	for d := range floor {
		if common {
			floor[d] = average
		}
	}
	return floor
}

// requireNear requires |want - got| <= tol (1 + |want|) for every element.
func requireNear(t *testing.T, want, got []float64, tol float64, name string) {
	t.Helper()
	require.Len(t, got, len(want), name)
	for i := range want {
		if !(math.Abs(want[i]-got[i]) <= tol*(1+math.Abs(want[i]))) {
			require.Failf(t, name, "entry %d: want %v, got %v, tolerance %v", i, want[i], got[i], tol)
		}
	}
}

// requireSame requires equal parameters within tol, covariances in place of loadings.
func requireSame(t *testing.T, want, got *Model, tol float64) {
	t.Helper()
	requireNear(t, want.Weights, got.Weights, tol, "weights")
	requireNear(t, want.Means, got.Means, tol, "means")
	requireNear(t, want.NoiseVariance, got.NoiseVariance, tol, "noise variances")
	requireNear(t, covariances(reference(want)), covariances(reference(got)), tol, "covariances")
	require.InDelta(t, want.LowerBound, got.LowerBound, tol*(1+math.Abs(want.LowerBound)))
}

func covariances(m ref.Mixture) (all []float64) {
	for _, g := range m {
		all = append(all, g.Covariance().RawSymmetric().Data...)
	}
	return all
}

// requireBits requires models that agree in every bit but the times.
func requireBits(t *testing.T, want, got *Model, name string) {
	t.Helper()
	for _, f := range []struct {
		name      string
		want, got []float64
	}{
		{"weights", want.Weights, got.Weights}, {"means", want.Means, got.Means}, {"loadings", want.Loadings, got.Loadings},
		{"noise variances", want.NoiseVariance, got.NoiseVariance},
		{"bound and gap", []float64{want.LowerBound, want.CoverageGap}, []float64{got.LowerBound, got.CoverageGap}},
	} {
		require.Len(t, f.got, len(f.want), "%s: %s", name, f.name)
		for i := range f.want {
			if math.Float64bits(f.want[i]) != math.Float64bits(f.got[i]) {
				require.Failf(t, "bits differ", "%s: entry %d of the %s: want %v, got %v", name, i, f.name, f.want[i], f.got[i])
			}
		}
	}
	require.Equal(t, want.Neighbors, got.Neighbors, name)
	require.Equal(t, fmt.Sprint(want.Iterations, want.Converged), fmt.Sprint(got.Iterations, got.Converged), name)
	for i := range want.History {
		require.Equal(t, want.History[i].Objective, got.History[i].Objective, "%s: iteration %d", name, i)
		require.Equal(t, want.History[i].Evaluations, got.History[i].Evaluations, "%s: iteration %d", name, i)
	}
}
