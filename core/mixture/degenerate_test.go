package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

func TestBadDataIsRefused(t *testing.T) {
	good := func() core.Matrix[float64] { return matrix[float64](draw(truth(1, 2, 3, 1, 1), 2, 6000), 3) }
	set := func(v float64, row, col int) core.Matrix[float64] {
		x := good()
		x.Row(row)[col] = v
		return x
	}
	weight := func(v float64) []float64 { w := ones(6000); w[4] = v; return w }
	for _, p := range []struct {
		name string
		x    core.Matrix[float64]
		o    Options
		kind error
		text string
	}{
		{"NaN", set(math.NaN(), 5003, 2), Options{}, core.ErrNotFinite, "X contains NaN at row 5003, column 2"},
		{"infinity", set(math.Inf(1), 17, 0), Options{}, core.ErrNotFinite, "X contains infinity at row 17, column 0"},
		{"negative infinity", set(math.Inf(-1), 0, 1), Options{}, core.ErrNotFinite, "X contains infinity at row 0, column 1"},
		{"overflow", set(1e200, 9, 1), Options{}, core.ErrNumerical, "variance of column 1 overflows"},
		{"no rows", core.NewMatrix[float64](0, 3), Options{}, core.ErrShape, "X has 0 rows"},
		{"no columns", core.NewMatrix[float64](3, 0), Options{}, core.ErrShape, "X has 0 columns"},
		{"negative rows", core.Matrix[float64]{Rows: -1, Cols: 2, Stride: 2}, Options{}, core.ErrShape, "negative shape"},
		{"stride", core.Matrix[float64]{Data: make([]float64, 9), Rows: 3, Cols: 3, Stride: 2}, Options{}, core.ErrShape, "row stride 2"},
		{"too little data", core.Matrix[float64]{Data: make([]float64, 8), Rows: 3, Cols: 3, Stride: 3}, Options{}, core.ErrShape, "got 8"},
		{"too few rows", matrix[float64](make([]float64, 9), 3), Options{Components: 4}, core.ErrShape, "n_components = 4 needs at least as many rows"},
		{"too few rows of weight", matrix[float64](make([]float64, 9), 3), Options{Components: 3, SampleWeight: []float64{1, 0, 1}}, core.ErrShape, "got 2"},
		{"too many factors", good(), Options{CovarianceType: Factor, Factors: 3}, core.ErrOption, "n_factors = 3 must be below the number of features, 3"},
		{"default factors", good(), Options{CovarianceType: Factor}, core.ErrOption, "n_factors = 5"},
		{"weights length", good(), Options{SampleWeight: ones(5)}, core.ErrShape, "sample_weight has 5 entries, X has 6000 rows"},
		{"negative weight", good(), Options{SampleWeight: weight(-1)}, core.ErrOption, "sample_weight of row 4 is negative"},
		{"NaN weight", good(), Options{SampleWeight: weight(math.NaN())}, core.ErrNotFinite, "sample_weight of row 4 is NaN"},
		{"infinite weight", good(), Options{SampleWeight: weight(math.Inf(1))}, core.ErrNotFinite, "sample_weight of row 4 is +Inf"},
		{"zero weights", good(), Options{SampleWeight: make([]float64, 6000)}, core.ErrOption, "every sample_weight is zero"},
		{"weights overflow", good(), Options{SampleWeight: repeat(math.MaxFloat64, 6000)}, core.ErrOption, "sum of sample_weight overflows"},
	} {
		if p.o.CovarianceType == "" {
			p.o.CovarianceType = Diag
		}
		m, err := FitMatrix(background, p.x, &p.o)
		require.ErrorIs(t, err, p.kind, p.name)
		require.ErrorContains(t, err, p.text, p.name)
		require.ErrorContains(t, err, "mixture: ", p.name)
		require.Nil(t, m, p.name)
		if p.o.CovarianceType == Factor {
			continue
		}
		_, err = FitKMeans(background, p.x, &KMeansOptions{Clusters: max(1, p.o.Components), SampleWeight: p.o.SampleWeight})
		require.ErrorIs(t, err, p.kind, p.name)
	}
	_, err := Fit(background, &mat.Dense{}, nil)
	require.ErrorIs(t, err, core.ErrShape)
}

// Every kind of difficult data gives a usable model: finite parameters, finite scores, posteriors that sum to one.
func TestDifficultDataGivesUsableModels(t *testing.T) {
	normal := draw(truth(1, 3, 4, 1, 2), 2, 240)
	change := func(f func(i, j int, v float64) float64) []float64 {
		x := make([]float64, len(normal))
		for i, v := range normal {
			x[i] = f(i/4, i%4, v)
		}
		return x
	}
	for _, p := range []struct {
		name       string
		x          []float64
		components []int
	}{
		{"one row", normal[:4], []int{1}},
		{"as many rows as components", normal[:40], []int{10}},
		{"identical rows", change(func(_, j int, _ float64) float64 { return normal[j] }), []int{1, 3, 30}},
		{"zeros", change(func(_, _ int, _ float64) float64 { return 0 }), []int{1, 3, 30}},
		{"fewer distinct rows than components", change(func(i, j int, _ float64) float64 { return normal[i%3*4+j] }), []int{2, 5, 30}},
		{"equal columns", change(func(i, _ int, _ float64) float64 { return normal[4*i] }), []int{1, 3, 30}},
		{"opposite columns", change(func(i, j int, _ float64) float64 { return normal[4*i] * float64(1-2*(j%2)) }), []int{3}},
		{"constant column", change(func(_, j int, v float64) float64 { return map[bool]float64{true: 7, false: v}[j == 2] }), []int{1, 3, 30}},
		{"constant far column", change(func(_, j int, v float64) float64 { return map[bool]float64{true: 1e9 / 7.0, false: v}[j == 2] }), []int{3}},
		{"one varying column", change(func(_, j int, v float64) float64 { return map[bool]float64{true: v, false: -1}[j == 2] }), []int{3}},
		{"binary", change(func(_, _ int, v float64) float64 { return map[bool]float64{true: 1, false: 0}[v > 0] }), []int{3, 30}},
		{"one-hot", change(func(i, j int, _ float64) float64 { return map[bool]float64{true: 1, false: 0}[i%4 == j] }), []int{3, 4, 30}},
		{"huge", change(func(_, _ int, v float64) float64 { return 1e30 * v }), []int{3, 30}},
		{"tiny", change(func(_, _ int, v float64) float64 { return 1e-30 * v }), []int{3, 30}},
		{"huge and tiny columns", change(func(_, j int, v float64) float64 { return v * math.Pow(10, float64(20*j-30)) }), []int{3}},
		{"outlier", change(func(i, _ int, v float64) float64 { return map[bool]float64{true: 1e6, false: v}[i == 100] }), []int{1, 3, 30}},
		{"heavy tails", change(func(_, _ int, v float64) float64 { return v * v * v * math.Abs(v*v*v) }), []int{1, 3, 30}},
		{"far offset", change(func(_, _ int, v float64) float64 { return v + 1e5 }), []int{3}},
	} {
		for _, c := range p.components {
			for _, o := range []Options{
				{CovarianceType: Factor, Factors: 1, Algorithm: "exact"}, {CovarianceType: Factor, Factors: 3, Algorithm: "truncated"},
				{CovarianceType: Diag}, {CovarianceType: Spherical, Algorithm: "truncated"}, {CovarianceType: Diag, InitParams: "random"},
				{CovarianceType: Factor, Factors: 2, InitParams: "k-means++"}, {CovarianceType: Factor, Factors: 2, InitParams: "random_from_data"},
			} {
				o.Components, o.MaxIter, o.Tol = c, scaled(12), -1
				t.Run(fmt.Sprint(p.name, "/C=", c, "/", o.CovarianceType, "/", o.Algorithm, o.InitParams), func(t *testing.T) {
					t.Run("float32", func(t *testing.T) { requireUsable(t, matrix[float32](p.x, 4), &o) })
					t.Run("float64", func(t *testing.T) { requireUsable(t, matrix[float64](p.x, 4), &o) })
				})
			}
		}
	}
}

func requireUsable[T core.Float](t *testing.T, x core.Matrix[T], o *Options) {
	t.Helper()
	m := mustFit(t, x, o)
	v := inferWith(t, m, x, 0)
	for i, s := range v.score {
		require.False(t, math.IsNaN(s) || math.IsInf(s, 0), "row %d scores %v", i, s)
		sum := 0.0
		for _, q := range v.posterior[i*m.Components : (i+1)*m.Components] {
			sum += q
		}
		require.InDelta(t, 1, sum, 1e-3)
	}
	for i := range x.Rows {
		for j, w := range x.Row(i) {
			require.Equal(t, float64(w), v.white[i*x.Cols+j], "noise of variance 0 leaves rows as they are")
		}
	}
	for _, w := range v.model {
		require.False(t, math.IsNaN(w) || math.IsInf(w, 0))
	}
	// Along directions with no variance but the floor of 1e-6, a Mahalanobis distance is a difference of terms a million
	// times larger, of which float32 keeps one or two digits.
	tol := 1e-9
	if core.Epsilon[T]() > 1e-10 {
		tol = 0.02
	}
	requireMonotone(t, m, tol)
}

// Loadings whose products overflow explain nothing; the component goes on with its noise alone.
func TestOverflowingLoadingsAreDropped(t *testing.T) {
	const C, D, N = 3, 4, 300
	m := truth(1, C, D, 1, 3)
	x := draw(m, 2, N)
	o := Options{Components: C, Factors: 1, Start: &Start{Means: m.Means, Loadings: repeat(1e200, C*D)}}
	fitted := mustFit(t, matrix[float64](x, D), &o)
	diagonal := mustFit(t, matrix[float64](x, D), &Options{Components: C, CovarianceType: Diag, Start: &Start{Means: m.Means}})
	require.InDelta(t, diagonal.LowerBound, fitted.LowerBound, 0.01)
	require.Equal(t, make([]float64, C*D), fitted.Loadings)
}

// Factors of components with a row or two shrink to nothing, which must not become subnormal numbers.
func TestVanishingFactorsAreZero(t *testing.T) {
	m := truth(1, 2, 4, 2, 1)
	for d := range 4 {
		m.Loadings[2*d] = 1e-30
	}
	v, err := newInference[float32](background, m, 1, false)
	require.NoError(t, err)
	zeros := 0
	for d := range 4 {
		row := v.k.component(0)[d*panel.Row:]
		if row[2] == 0 {
			zeros++
		}
		require.NotZero(t, row[3])
	}
	require.Equal(t, 4, zeros)
}
