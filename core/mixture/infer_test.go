package mixture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// inferred is everything a model says about some rows, flat and in float64.
type inferred struct {
	score, posterior, factors, white, model []float64
	label                                   []int64
}

// infers asks the oracle.
func infers(m ref.Mixture, x [][]float64, noiseVariance float64) (v inferred) {
	for _, row := range x {
		c := m.Predict(row)
		v.score = append(v.score, m.LogDensity(row))
		v.posterior = append(v.posterior, m.Posterior(row)...)
		v.label = append(v.label, int64(c))
		v.factors = append(v.factors, m[c].FactorMean(row)...)
		v.white = append(v.white, m.Denoise(row, noiseVariance)...)
		v.model = append(v.model, m.Denoise(row, -1)...)
	}
	return v
}

// inferWith asks the model.
func inferWith[T core.Float](t *testing.T, m *Model, x core.Matrix[T], noiseVariance float64) inferred {
	t.Helper()
	v := inferred{score: scores(t, m, x), label: labels(t, m, x)}
	out := core.NewMatrix[T](x.Rows, m.Components)
	require.NoError(t, Posterior(background, m, x, 1, out))
	v.posterior = wide(out)
	if m.Factors > 0 {
		out = core.NewMatrix[T](x.Rows, m.Factors)
		require.NoError(t, Transform(background, m, x, 1, out))
		v.factors = wide(out)
	}
	out = core.NewMatrix[T](x.Rows, m.Features)
	require.NoError(t, Denoise(background, m, x, 1, noiseVariance, out))
	v.white = wide(out)
	require.NoError(t, Denoise(background, m, x, 1, -1, out))
	v.model = wide(out)
	return v
}

func wide[T core.Float](m core.Matrix[T]) (all []float64) {
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			all = append(all, float64(v))
		}
	}
	return all
}

func requireInference(t *testing.T, want, got inferred, tol float64) {
	t.Helper()
	requireNear(t, want.score, got.score, tol, "log-density")
	requireNear(t, want.posterior, got.posterior, tol, "posterior")
	require.Equal(t, want.label, got.label)
	requireNear(t, want.factors, got.factors, tol, "factors")
	requireNear(t, want.white, got.white, tol, "denoised of white noise")
	requireNear(t, want.model, got.model, tol, "denoised of the model's noise")
}

func TestPosteriorsSumToOne(t *testing.T) {
	m := truth(1, 40, 6, 2, 0.5)
	x := draw(m, 2, 100)
	for _, row := range ref.Rows(inferWith(t, m, matrix[float64](x, 6), 1).posterior, 100, 40) {
		sum := 0.0
		for _, q := range row {
			require.GreaterOrEqual(t, q, 0.0)
			sum += q
		}
		require.InDelta(t, 1, sum, 1e-12)
	}
}

// The densities of a row come out the same, to the bit, whatever rows surround it.
func TestRowsDoNotInfluenceEachOther(t *testing.T) {
	onEveryLevel(t, func(t *testing.T) {
		t.Run("float32", independentRows[float32])
		t.Run("float64", independentRows[float64])
	})
}

func independentRows[T core.Float](t *testing.T) {
	const D, N = 7, 37
	m := truth(3, 9, D, 6, 0.5)
	x := matrix[T](draw(m, 4, N), D)
	all := inferWith(t, m, x, 0.5)
	var one inferred
	for i := range N {
		v := inferWith(t, m, core.Matrix[T]{Data: x.Row(i), Rows: 1, Cols: D, Stride: D}, 0.5)
		one.score, one.label = append(one.score, v.score...), append(one.label, v.label...)
		one.posterior, one.factors = append(one.posterior, v.posterior...), append(one.factors, v.factors...)
		one.white, one.model = append(one.white, v.white...), append(one.model, v.model...)
	}
	require.Equal(t, all, one)
}

func TestInferenceDoesNotDependOnThreads(t *testing.T) {
	m := truth(3, 5, 4, 2, 0.5)
	x := matrix[float32](draw(m, 4, 3000), 4)
	want, got := core.NewMatrix[float32](3000, 4), core.NewMatrix[float32](3000, 4)
	require.NoError(t, Denoise(background, m, x, 1, 0.5, want))
	require.NoError(t, Denoise(background, m, x, 4, 0.5, got))
	require.Equal(t, want, got)
}

func TestTopPosteriorIsTheHeadOfPosterior(t *testing.T) {
	const C, D, N = 12, 4, 50
	m := truth(5, C, D, 2, 0.5)
	x := matrix[float64](draw(m, 6, N), D)
	full := core.NewMatrix[float64](N, C)
	require.NoError(t, Posterior(background, m, x, 1, full))
	for _, k := range []int{1, 3, C} {
		ids, top := make([]int32, N*k), core.NewMatrix[float64](N, k)
		require.NoError(t, TopPosterior(background, m, x, 2, k, ids, top))
		for i := range N {
			for r, c := range ref.TopK(full.Row(i), k) {
				require.InDelta(t, full.Row(i)[c], top.Row(i)[r], 1e-12)
				require.InDelta(t, full.Row(i)[ids[i*k+r]], top.Row(i)[r], 1e-12)
			}
		}
	}
}

// Components of weight zero come last, each once.
func TestTopPosteriorNamesEveryComponentOnce(t *testing.T) {
	m, err := NewModel(Diag, 3, 1, 0, []float64{1, 0, 0}, []float64{0, 1, 2}, nil, []float64{1, 1, 1})
	require.NoError(t, err)
	ids, top := make([]int32, 3), core.NewMatrix[float64](1, 3)
	require.NoError(t, TopPosterior(background, m, matrix[float64]([]float64{0.5}, 1), 1, 3, ids, top))
	require.ElementsMatch(t, []int32{0, 1, 2}, ids)
	require.Equal(t, []float64{1, 0, 0}, top.Data)
}

// Far away, densities are small but still densities: the nearest component explains the row.
func TestFarRowsKeepFiniteScores(t *testing.T) {
	m := truth(7, 3, 2, 1, 1)
	t.Run("float32", func(t *testing.T) { farRows[float32](t, m) })
	t.Run("float64", func(t *testing.T) { farRows[float64](t, m) })
}

func farRows[T core.Float](t *testing.T, m *Model) {
	for _, far := range []float64{1e3, 1e5, 1e7} {
		x := []float64{far, -far}
		want := infers(reference(m), ref.Rows(x, 1, 2), 0.5)
		got := inferWith(t, m, matrix[T](x, 2), 0.5)
		requireNear(t, want.score, got.score, 1e-4, "log-density")
		require.Equal(t, want.label, got.label)
		requireNear(t, []float64{1}, []float64{got.posterior[want.label[0]]}, 1e-12, "posterior")
	}
}

func TestGonumSurfaceAgreesWithTheViews(t *testing.T) {
	const D, N = 4, 30
	m := truth(8, 3, D, 2, 1)
	flat := draw(m, 9, N)
	want := inferWith(t, m, matrix[float64](flat, D), 0.5)
	dense := mat.NewDense(N, D, flat)
	wideDense := mat.NewDense(N, D+3, nil)
	wideDense.Slice(0, N, 1, 1+D).(*mat.Dense).Copy(dense)
	for name, x := range map[string]mat.Matrix{
		"dense":     dense,
		"slice":     wideDense.Slice(0, N, 1, 1+D),
		"transpose": mat.DenseCopyOf(dense.T()).T(),
	} {
		t.Run(name, func(t *testing.T) {
			score, err := m.ScoreSamples(background, x)
			require.NoError(t, err)
			require.Equal(t, want.score, score)
			label, err := m.Predict(background, x)
			require.NoError(t, err)
			require.Equal(t, want.label, label)
			mean, err := m.Score(background, x)
			require.NoError(t, err)
			sum := 0.0
			for _, v := range score {
				sum += v
			}
			require.InDelta(t, sum/N, mean, 1e-12)
			for _, p := range []struct {
				want []float64
				call func() (*mat.Dense, error)
			}{
				{want.posterior, func() (*mat.Dense, error) { return m.Posterior(background, x) }},
				{want.factors, func() (*mat.Dense, error) { return m.Transform(background, x) }},
				{want.white, func() (*mat.Dense, error) { return m.Denoise(background, x, 0.5) }},
				{want.model, func() (*mat.Dense, error) { return m.Denoise(background, x, -1) }},
			} {
				got, err := p.call()
				require.NoError(t, err)
				require.Equal(t, p.want, got.RawMatrix().Data)
			}
		})
	}
}

func TestInferenceRefusesBadInput(t *testing.T) {
	m := truth(1, 2, 3, 1, 1)
	diag := truth(1, 2, 3, 0, 1)
	x := matrix[float64](make([]float64, 12), 3)
	nan := matrix[float64](make([]float64, 12), 3)
	nan.Data[7] = math.NaN()
	narrow := matrix[float64](make([]float64, 8), 2)
	short := core.Matrix[float64]{Data: make([]float64, 5), Rows: 4, Cols: 3, Stride: 3}
	four := make([]float64, 4)
	out := core.NewMatrix[float64]
	for _, p := range []struct {
		name string
		kind error
		text string
		call func() error
	}{
		{"features", core.ErrShape, "X has 2 features, the model has 3", func() error { return ScoreSamples(background, m, narrow, 1, four) }},
		{"data too short", core.ErrShape, "needs 12 elements, got 5", func() error { return ScoreSamples(background, m, short, 1, four) }},
		{"scores", core.ErrShape, "the scores need room for 4 entries, got 3", func() error { return ScoreSamples(background, m, x, 1, four[:3]) }},
		{"labels", core.ErrShape, "the labels need room for 4", func() error { return Predict(background, m, x, 1, make([]int64, 5)) }},
		{"posteriors", core.ErrShape, "the posteriors need shape 4 x 2, got 4 x 3", func() error { return Posterior(background, m, x, 1, out(4, 3)) }},
		{"ids", core.ErrShape, "the component ids need room for 8", func() error {
			return TopPosterior(background, m, x, 1, 2, make([]int32, 7), out(4, 2))
		}},
		{"k of 0", core.ErrOption, "k must be in [1, 2]", func() error { return TopPosterior(background, m, x, 1, 0, nil, out(4, 0)) }},
		{"k too large", core.ErrOption, "k must be in [1, 2]", func() error {
			return TopPosterior(background, m, x, 1, 3, make([]int32, 12), out(4, 3))
		}},
		{"factors", core.ErrShape, "the factors need shape 4 x 1", func() error { return Transform(background, m, x, 1, out(4, 2)) }},
		{"no factors", core.ErrOption, "diag mixture has no factors", func() error { return Transform(background, diag, x, 1, out(4, 1)) }},
		{"denoised", core.ErrShape, "the result need shape 4 x 3", func() error { return Denoise(background, m, x, 1, 1, out(3, 3)) }},
		{"noise NaN", core.ErrOption, "noise_variance", func() error { return Denoise(background, m, x, 1, math.NaN(), out(4, 3)) }},
		{"noise infinite", core.ErrOption, "noise_variance", func() error { return Denoise(background, m, x, 1, math.Inf(1), out(4, 3)) }},
		{"NaN", core.ErrNotFinite, "NaN at row 2, column 1", func() error { return ScoreSamples(background, m, nan, 1, four) }},
	} {
		err := p.call()
		require.ErrorIs(t, err, p.kind, p.name)
		require.ErrorContains(t, err, p.text, p.name)
		require.ErrorContains(t, err, "mixture: ", p.name)
	}
	require.NoError(t, ScoreSamples(background, m, core.NewMatrix[float64](0, 3), 1, nil))
	empty, err := m.Posterior(background, &mat.Dense{})
	require.ErrorIs(t, err, core.ErrShape)
	require.Nil(t, empty)
}

// However far a row is from all components, its posteriors add up to 1, and what is made of them is of their order.
func TestPosteriorsOfFarRowsAddUp(t *testing.T) {
	t.Run("float32", posteriorsOfFarRows[float32])
	t.Run("float64", posteriorsOfFarRows[float64])
}

func posteriorsOfFarRows[T core.Float](t *testing.T) {
	m, err := NewModel(Diag, 3, 2, 0, []float64{0.3, 0.3, 0.4}, []float64{0, 5, 0, 5, 0, 5}, nil, []float64{1, 1, 1, 1, 1, 1})
	require.NoError(t, err)
	for _, far := range []T{1, 1e3, 1e6, 1e9, 1e14, -1e14} {
		x := core.Matrix[T]{Data: []T{far, 5}, Rows: 1, Cols: 2, Stride: 2}
		p, top, full := core.NewMatrix[T](1, 3), core.NewMatrix[T](1, 3), core.NewMatrix[T](1, 2)
		require.NoError(t, Posterior(background, m, x, 1, p))
		ids := make([]int32, 3)
		require.NoError(t, TopPosterior(background, m, x, 1, 3, ids, top))
		require.InDelta(t, 1, float64(p.Data[0]+p.Data[1]+p.Data[2]), 1e-5)
		require.InDelta(t, 1, float64(top.Data[0]+top.Data[1]+top.Data[2]), 1e-5)
		entropy := []float64{0}
		require.NoError(t, Entropies(background, m, x, 1, entropy))
		require.InDelta(t, math.Log(3), entropy[0], 0.02)
		x.Data[1] = T(math.NaN())
		require.NoError(t, Impute(background, m, x, 1, full))
		require.InDelta(t, 5, float64(full.Data[1]), 1e-4)
	}
}

// The square of a scale that float32 holds may be beyond it.
func TestDenoisingHasNoUnit(t *testing.T) {
	m := truth(3, 3, 4, 2, 1)
	x := matrix[float32](draw(m, 5, 40), 4)
	want, got := core.NewMatrix[float32](40, 4), core.NewMatrix[float32](40, 4)
	require.NoError(t, Denoise(background, m, x, 1, 0.3, want))
	for _, unit := range []float64{0x1p90, 0x1p-90} {
		n, y := *m, core.NewMatrix[float32](40, 4)
		n.Means, n.Loadings, n.NoiseVariance = times(m.Means, unit), times(m.Loadings, unit), times(m.NoiseVariance, unit*unit)
		for i, v := range x.Data {
			y.Data[i] = v * float32(unit)
		}
		require.NoError(t, Denoise(background, &n, y, 1, 0.3*unit*unit, got))
		for i, v := range got.Data {
			require.InDelta(t, float64(want.Data[i]), float64(v)/unit, 1e-5)
		}
	}
}

func times(x []float64, by float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * by
	}
	return y
}
