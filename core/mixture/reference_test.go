package mixture

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// referenceFit runs k iterations of plain EM and returns the result with its bound.
func referenceFit(start *Start, c, d, h int, x [][]float64, w []float64, reg float64, kind string, k int) (ref.Mixture, float64) {
	m := ref.New(c, d, h, start.Weights, start.Means, start.Loadings, start.NoiseVariance)
	floor := floors(x, w, reg, kind == Spherical)
	for range k {
		q, _ := ref.EStep(m, x, w)
		m = ref.MStep(m, x, w, q, floor, kind == Spherical)
	}
	_, bound := ref.EStep(m, x, w)
	return m, bound
}

// requireReference requires the parameters and the bound of the oracle.
func requireReference(t *testing.T, want ref.Mixture, bound float64, got *Model, tol float64) {
	t.Helper()
	m := reference(got)
	for c := range want {
		requireNear(t, []float64{want[c].Weight}, []float64{m[c].Weight}, tol, "weight")
		requireNear(t, want[c].Mean, m[c].Mean, tol, "mean")
		requireNear(t, want[c].Noise, m[c].Noise, tol, "noise variance")
	}
	requireNear(t, covariances(want), covariances(m), tol, "covariance")
	requireNear(t, []float64{bound}, []float64{got.LowerBound}, tol, "bound")
}

// Seven factors take two blocks of loadings.
func TestExactModeIsPlainEM(t *testing.T) {
	const C, N = 3, 150
	for _, p := range []struct {
		kind     string
		d, h     int
		reg      float64
		weighted bool
	}{
		{Factor, 4, 1, 1e-6, false},
		{Factor, 5, 2, 1e-6, true},
		{Factor, 9, 5, 1e-6, false},
		{Factor, 10, 7, 1e-6, true},
		{Factor, 17, 2, 0.05, false}, // the floor is reached
		{Diag, 6, 0, 1e-6, true},
		{Diag, 1, 0, 1e-6, false},
		{Spherical, 6, 0, 1e-6, true},
	} {
		t.Run(fmt.Sprint(p.kind, "/D=", p.d, "/H=", p.h), func(t *testing.T) {
			m := truth(uint64(p.d), C, p.d, p.h, 1)
			x, w := draw(m, 3, N), ones(N)
			o := Options{Components: C, CovarianceType: p.kind, Factors: p.h, RegCovar: p.reg, Algorithm: "exact", Tol: -1,
				Start: shaken(m, 4, p.h)}
			if p.weighted {
				r := rng.New(5)
				for i := range w {
					w[i] = 0.1 + r.Float64()
				}
				o.SampleWeight = w
			}
			for _, k := range []int{1, 4} {
				want, bound := referenceFit(o.Start, C, p.d, p.h, ref.Rows(x, N, p.d), w, p.reg, p.kind, k)
				onEveryLevel(t, func(t *testing.T) {
					o.MaxIter = k
					got := mustFit(t, matrix[float64](x, p.d), &o)
					requireReference(t, want, bound, got, 1e-8)
					require.Equal(t, k, got.Iterations)
				})
			}
		})
	}
}

// Components of several E-step tasks and several M-step chunks.
func TestLargeComponentsArePlainEM(t *testing.T) {
	const C, D, H, N = 2, 3, 1, 20_000
	require.Greater(t, N/C, chunkPairs)
	m := truth(2, C, D, H, 1)
	x := draw(m, 3, N)
	o := Options{Components: C, Factors: H, Tol: -1, MaxIter: 1, Start: shaken(m, 4, H), Threads: 2}
	want, bound := referenceFit(o.Start, C, D, H, ref.Rows(x, N, D), ones(N), 1e-6, Factor, 1)
	for _, algorithm := range []string{"exact", "truncated"} {
		o.Algorithm = algorithm
		requireReference(t, want, bound, mustFit(t, matrix[float64](x, D), &o), 1e-9)
		requireReference(t, want, bound, mustFit(t, matrix[float32](x, D), &o), 1e-4)
	}
}

// With as many candidates and neighbours as components, the truncated mode leaves nothing out.
func TestTruncatedModeWithAllCandidatesIsPlainEM(t *testing.T) {
	const C, D, H, N = 4, 5, 2, 200
	m := truth(1, C, D, H, 1)
	x := draw(m, 2, N)
	o := Options{Components: C, Factors: H, Algorithm: "truncated", Candidates: C, Neighbors: C, Tol: -1, MaxIter: 3,
		Start: shaken(m, 3, H)}
	want, bound := referenceFit(o.Start, C, D, H, ref.Rows(x, N, D), ones(N), 1e-6, Factor, 3)
	onEveryLevel(t, func(t *testing.T) {
		got := mustFit(t, matrix[float64](x, D), &o)
		requireReference(t, want, bound, got, 1e-8)
		require.InDelta(t, 0, got.CoverageGap, 1e-12)
	})
}

func TestInferenceIsThePlainFormulas(t *testing.T) {
	const C, N = 5, 41
	for _, p := range []struct{ d, h int }{{1, 0}, {7, 0}, {4, 1}, {6, 5}, {17, 7}, {16, 12}} {
		t.Run(fmt.Sprint("D=", p.d, "/H=", p.h), func(t *testing.T) {
			m := truth(uint64(10*p.d+p.h), C, p.d, p.h, 0.7)
			x := draw(m, 8, N)
			for i := range x[:p.d] {
				x[i] += 30 // far from everything
			}
			want := infers(reference(m), ref.Rows(x, N, p.d), 0.3)
			onEveryLevel(t, func(t *testing.T) {
				requireInference(t, want, inferWith(t, m, matrix[float64](x, p.d), 0.3), 1e-9)
				requireInference(t, want, inferWith(t, m, matrix[float32](x, p.d), 0.3), 2e-4)
			})
		})
	}
}
