package mixture

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// tiedTruth is truth with the loadings of the first component for all.
func tiedTruth(seed uint64, c, d, h int, separation float64) *Model {
	m := truth(seed, c, d, h, separation)
	for k := range c {
		copy(m.Loadings[k*d*h:(k+1)*d*h], m.Loadings[:d*h])
	}
	m.LoadingsType = LoadingsTied
	return m
}

// commonTruth draws common factors, and noise variances that components share.
func commonTruth(seed uint64, c, d, h int, separation float64) ref.CommonFactors {
	r := rng.New(seed, 3)
	f := ref.CommonFactors{A: ref.Rows(make([]float64, d*h), d, h), B: make([]float64, d)}
	shared := make([]float64, d)
	for i := range d {
		f.B[i], shared[i] = 7+r.NormFloat64(), 0.2+r.Float64()
		for j := range h {
			f.A[i][j] = r.NormFloat64()
		}
	}
	for range c {
		xi, omega := make([]float64, h), mat.NewSymDense(h, nil)
		half := make([]float64, h)
		for i := range h {
			xi[i], half[i] = separation*r.NormFloat64(), r.NormFloat64()
		}
		for i := range h {
			for j := range i + 1 {
				omega.SetSym(i, j, half[i]*half[j])
			}
			omega.SetSym(i, i, omega.At(i, i)+0.3+r.Float64())
		}
		f.Xi, f.Omega, f.Noise = append(f.Xi, xi), append(f.Omega, omega), append(f.Noise, append([]float64(nil), shared...))
		f.Weight = append(f.Weight, 1/float64(c))
	}
	return f
}

// asModel makes a model of a mixture of the oracle.
func asModel(t *testing.T, m ref.Mixture) *Model {
	var weights, means, loadings, noise []float64
	for _, g := range m {
		weights, means, noise = append(weights, g.Weight), append(means, g.Mean...), append(noise, g.Noise...)
		for _, row := range g.Loadings {
			loadings = append(loadings, row...)
		}
	}
	model, err := NewModel(Factor, len(m), len(m[0].Mean), len(m[0].Loadings[0]), weights, means, loadings, noise)
	require.NoError(t, err)
	return model
}

// Six factors take two blocks of loadings.
func TestTiedLoadingsAreThePlainFormulas(t *testing.T) {
	const C, N = 3, 150
	for _, p := range []struct {
		d, h  int
		noise string
	}{{5, 2, NoiseDiag}, {5, 1, NoiseTied}, {9, 6, NoiseDiag}, {9, 6, NoiseTied}} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			m := tiedTruth(2, C, p.d, p.h, 1)
			flat := draw(m, 3, N)
			x, w := ref.Rows(flat, N, p.d), ones(N)
			r := rng.New(5)
			for i := range w {
				w[i] = 0.1 + r.Float64()
			}
			o := Options{Components: C, Factors: p.h, NoiseType: p.noise, LoadingsType: LoadingsTied, Algorithm: "exact", Tol: -1,
				RegCovar: 1e-9, MaxIter: 3, SampleWeight: w, Start: shaken(m, 4, p.h)}
			for i := range o.Start.Loadings {
				o.Start.Loadings[i] = o.Start.Loadings[i%(p.d*p.h)]
			}
			want := ref.New(C, p.d, p.h, o.Start.Weights, o.Start.Means, o.Start.Loadings, o.Start.NoiseVariance)
			for range o.MaxIter {
				q, before := ref.EStep(want, x, w)
				want = ref.TiedStep(want, x, w, q, p.noise == NoiseTied)
				_, after := ref.EStep(want, x, w)
				require.Greater(t, after, before)
			}
			_, bound := ref.EStep(want, x, w)
			onEveryLevel(t, func(t *testing.T) {
				got := mustFit(t, matrix[float64](flat, p.d), &o)
				requireReference(t, want, bound, got, 1e-8)
				requireReference(t, want, bound, mustFitBlocks(t, inBlocks(matrix[float64](flat, p.d), 64), &o), 1e-8)
				for i, v := range got.Loadings {
					require.Equal(t, got.Loadings[i%(p.d*p.h)], v)
				}
			})
		})
	}
}

func TestCommonLoadingsAreThePlainFormulas(t *testing.T) {
	const C, N = 3, 150
	for _, p := range []struct {
		d, h  int
		noise string
	}{{5, 2, NoiseTied}, {5, 1, NoiseDiag}, {9, 6, NoiseTied}, {9, 6, NoiseDiag}} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			m := commonTruth(2, C, p.d, p.h, 1)
			flat := draw(asModel(t, m.Mixture()), 3, N)
			x, w := ref.Rows(flat, N, p.d), ones(N)
			r := rng.New(5)
			for i := range w {
				w[i] = 0.1 + r.Float64()
			}
			want := commonTruth(2, C, p.d, p.h, 1)
			for i := range want.A {
				want.B[i] += 0.1 * r.NormFloat64()
				for j := range want.A[i] {
					want.A[i][j] += 0.3 * r.NormFloat64()
				}
			}
			start := asModel(t, want.Mixture()).Start()
			o := Options{Components: C, Factors: p.h, NoiseType: p.noise, LoadingsType: LoadingsCommon, Algorithm: "exact", Tol: -1,
				RegCovar: 1e-9, MaxIter: 3, SampleWeight: w, Start: start}
			for range o.MaxIter {
				_, before := ref.EStep(want.Mixture(), x, w)
				want = want.Step(x, w, p.noise == NoiseTied)
				_, after := ref.EStep(want.Mixture(), x, w)
				require.Greater(t, after, before)
			}
			_, bound := ref.EStep(want.Mixture(), x, w)
			onEveryLevel(t, func(t *testing.T) {
				requireReference(t, want.Mixture(), bound, mustFit(t, matrix[float64](flat, p.d), &o), 1e-7)
				requireReference(t, want.Mixture(), bound, mustFitBlocks(t, inBlocks(matrix[float64](flat, p.d), 64), &o), 1e-7)
			})
		})
	}
}

// Over truncated search, floors, priors, isotropic noise, missing values and single precision.
func TestSharedLoadingsNeverFall(t *testing.T) {
	const C, D, H = 20, 6, 2
	n := scaled(2000)
	flat := draw(asModel(t, commonTruth(1, C, D, H, 3).Mixture()), 2, n)
	x, lacking := matrix[float64](flat, D), matrix[float64](holed(draw(tiedTruth(1, C, D, H, 3), 2, n), D, 0.3, 3), D)
	for _, kind := range []string{LoadingsTied, LoadingsCommon} {
		for _, o := range []Options{
			{}, {NoiseType: NoiseTied, RegCovar: 0.05}, {NoiseType: NoiseIsotropic}, {NoiseType: NoiseTiedIsotropic}, {NInit: 2},
			{WeightConcentrationPrior: 5, DegreesOfFreedomPrior: 5, CovariancePrior: 0.1}, {MeanPrecisionPrior: 2}, {Missing: MissingNaN},
			{InitParams: "whitened", NoiseType: NoiseTied, Missing: MissingNaN},
		} {
			if kind == LoadingsCommon && o.MeanPrecisionPrior > 0 {
				continue
			}
			o.Components, o.Factors, o.MaxIter, o.Tol, o.Neighbors, o.LoadingsType, o.Algorithm = C, H, 15, -1, 8, kind, "truncated"
			rows := x
			if o.Missing == MissingNaN {
				rows = lacking
			}
			m := mustFit(t, rows, &o)
			for i := range m.History[1:] {
				require.Greater(t, m.History[i+1].Objective, m.History[i].Objective-1e-9, "%+v, iteration %d", o, i+1)
			}
			if o.Missing != MissingNaN {
				single := mustFit(t, matrix[float32](flat, D), &o)
				require.Greater(t, single.LowerBound, single.History[0].Objective)
			}
		}
	}
}

// Fits from the default start are as good as the mixture that rows were drawn from, and have its structure.
func TestSharedLoadingsAreRecovered(t *testing.T) {
	const C, D, H = 4, 12, 2
	n := scaled(8000)
	for _, p := range []struct {
		kind, noise string
		from        *Model
	}{
		{LoadingsTied, NoiseDiag, tiedTruth(5, C, D, H, 1.5)},
		{LoadingsCommon, NoiseTied, asModel(t, commonTruth(5, C, D, H, 3).Mixture())},
	} {
		x, fresh := matrix[float64](draw(p.from, 6, n), D), matrix[float64](draw(p.from, 7, n), D)
		m := mustFit(t, x, &Options{Components: C, Factors: H, LoadingsType: p.kind, NoiseType: p.noise, NInit: 3, MaxIter: 500, Tol: 1e-6})
		lost := mean(scores(t, p.from, fresh)) - mean(scores(t, m, fresh))
		require.Less(t, lost, float64(m.Parameters())/float64(n), p.kind)
		var all mat.SVD
		wide := mat.NewDense(D, C*H, nil)
		for c := range C {
			for d := range D {
				for h := range H {
					wide.Set(d, c*H+h, m.Loadings[(c*D+d)*H+h])
				}
			}
		}
		require.True(t, all.Factorize(wide, mat.SVDNone))
		values := all.Values(nil)
		require.Less(t, values[H], 1e-12*values[0], p.kind)

		// A warm start is where the fit ended.
		again := mustFit(t, x, &Options{Components: C, Factors: H, LoadingsType: p.kind, NoiseType: p.noise, MaxIter: 1, Tol: -1, Start: m.Start()})
		require.InDelta(t, m.LowerBound, again.History[0].Objective, 1e-9, p.kind)
	}
}

// With one component, all three are factor analysis.
func TestSharedLoadingsCountTheirParameters(t *testing.T) {
	const C, D, H = 3, 5, 2
	x := matrix[float64](draw(truth(1, C, D, H, 2), 2, 300), D)
	for _, p := range []struct {
		components  int
		kind, noise string
		want        int
	}{
		{C, LoadingsTied, NoiseDiag, C - 1 + C*D + (D*H - 1) + C*D},
		{C, LoadingsTied, NoiseTiedIsotropic, C - 1 + C*D + (D*H - 1) + 1},
		{C, LoadingsCommon, NoiseTied, C - 1 + (D - H) + C*H + (D*H - H*H) + C*3 + D},
		{1, LoadingsCommon, NoiseTied, D + (D*H - 1) + D}, // factor analysis
	} {
		m := mustFit(t, x, &Options{Components: p.components, Factors: H, LoadingsType: p.kind, NoiseType: p.noise, MaxIter: 3})
		require.Equal(t, p.want, m.Parameters(), "%+v", p)
		path := filepath.Join(t.TempDir(), "m.lithe")
		require.NoError(t, m.Save(path))
		loaded, err := Load(path)
		require.NoError(t, err)
		require.Equal(t, p.want, loaded.Parameters())
		made, err := NewModel(Factor, p.components, D, H, m.Weights, m.Means, m.Loadings, m.NoiseVariance)
		require.NoError(t, err)
		made, err = made.WithLoadings(p.kind)
		require.NoError(t, err)
		require.Equal(t, p.want, made.Parameters())
	}
	one := func(kind string) float64 {
		return mustFit(t, x, &Options{Components: 1, Factors: H, LoadingsType: kind, MaxIter: 2000, Tol: 1e-12}).LowerBound
	}
	require.InDelta(t, one(LoadingsOwn), one(LoadingsTied), 1e-4)
	require.InDelta(t, one(LoadingsOwn), one(LoadingsCommon), 1e-4)
}

func TestSharedLoadingsRefuseWhatTheyLack(t *testing.T) {
	x := matrix[float64](draw(truth(1, 3, 5, 2, 2), 2, 300), 5)
	for text, o := range map[string]Options{
		"loadings_type must be one of": {LoadingsType: "shared"},
		"needs covariance_type":        {LoadingsType: LoadingsTied, CovarianceType: Diag},
		"needs m_step":                 {LoadingsType: LoadingsTied, MStep: UpdateMeans},
		"has no mean_precision_prior":  {LoadingsType: LoadingsCommon, MeanPrecisionPrior: 1},
		"differs from that of component 0": {LoadingsType: LoadingsTied, Factors: 2, Components: 2,
			Start: &Start{Loadings: append(make([]float64, 19), 1)}},
	} {
		_, err := FitMatrix(background, x, &o)
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, text)
	}
	_, err := truth(1, 3, 5, 0, 2).WithLoadings(LoadingsTied)
	require.ErrorContains(t, err, "needs at least 1 factor")
	o := Options{Components: 2, Factors: 2, LoadingsType: LoadingsTied}
	_, err = PartialFit(background, nil, x, &o)
	require.ErrorContains(t, err, "for partial fits")
}

func TestSharedLoadingsDoNotDependOnThreads(t *testing.T) {
	x := matrix[float64](draw(asModel(t, commonTruth(1, 5, 19, 3, 3).Mixture()), 2, 600), 19)
	for _, kind := range []string{LoadingsTied, LoadingsCommon} {
		sameBits(t, x, Options{Components: 5, Factors: 3, LoadingsType: kind, MaxIter: 5, Tol: -1})
	}
}

// Units and origin of the data change nothing but units and origin of the model.
func TestCommonLoadingsDoNotDependOnTheOrigin(t *testing.T) {
	const C, D, H = 3, 6, 2
	x := matrix[float64](draw(asModel(t, commonTruth(1, C, D, H, 3).Mixture()), 2, 500), D)
	o := Options{Components: C, Factors: H, LoadingsType: LoadingsCommon, NoiseType: NoiseTied, MaxIter: 10, Tol: -1}
	near := mustFit(t, x, &o)
	for i := range x.Data {
		x.Data[i] = 4*x.Data[i] + 1000
	}
	far := mustFit(t, x, &o)
	require.InDelta(t, near.LowerBound-D*math.Log(4), far.LowerBound, 1e-7)
	for i, v := range near.Means {
		require.InDelta(t, 4*v+1000, far.Means[i], 1e-5)
	}
}
