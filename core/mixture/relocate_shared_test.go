package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// sharedTruths returns mixtures whose components share noise, loadings or both, and the options that ask for that.
func sharedTruths(t *testing.T, seed uint64, c, d, h int, separation float64) map[string]struct {
	m *Model
	o Options
} {
	noise := func(m *Model) *Model {
		for i := range m.NoiseVariance {
			m.NoiseVariance[i] = m.NoiseVariance[i%d]
		}
		return m
	}
	own, tied := truth(seed, c, d, h, separation), tiedTruth(seed, c, d, h, separation)
	common := asModel(t, commonTruth(seed, c, d, h, 5*separation).Mixture())
	return map[string]struct {
		m *Model
		o Options
	}{
		"tied noise":                     {noise(own), Options{NoiseType: NoiseTied}},
		"tied isotropic noise":           {own, Options{NoiseType: NoiseTiedIsotropic}},
		"tied loadings":                  {tied, Options{LoadingsType: LoadingsTied}},
		"tied loadings and noise":        {noise(tied), Options{LoadingsType: LoadingsTied, NoiseType: NoiseTied}},
		"common loadings":                {common, Options{LoadingsType: LoadingsCommon}},
		"common loadings and tied noise": {common, Options{LoadingsType: LoadingsCommon, NoiseType: NoiseTied}},
		"priors":                         {own, Options{WeightConcentrationPrior: 2, DegreesOfFreedomPrior: 3, CovariancePrior: 0.1, MeanPrecisionPrior: 0.1}},
	}
}

func TestSharedPartsSplitAndMerge(t *testing.T) {
	const C, D, H, n = 12, 6, 2, 1200
	gain := map[string]float64{}
	for seed := range seeds(3) {
		for name, p := range sharedTruths(t, seed+1, C, D, H, 4) {
			flat, fresh := draw(p.m, 2, n), matrix[float64](draw(p.m, 3, 2000), D)
			x, o := matrix[float64](flat, D), p.o
			o.Components, o.Factors, o.InitParams, o.SplitMerge, o.Seed = C, H, "random_from_data", "off", seed
			stuck := mustFit(t, x, &o)
			o.SplitMerge = "auto"
			freed := mustFit(t, x, &o)
			requireMonotone(t, freed, 1e-9)
			require.Greater(t, freed.LowerBound, stuck.LowerBound-0.02, name)
			require.Equal(t, stuck.Parameters(), freed.Parameters(), name)
			gain[name] += (mean(scores(t, freed, fresh)) - mean(scores(t, stuck, fresh))) / float64(seeds(3))
			if seed > 0 {
				continue
			}
			requireMonotone(t, mustFit(t, matrix[float32](flat, D), &o), 1e-5)
			o.Algorithm, o.Threads = "exact", 3
			exact := mustFit(t, x, &o)
			requireMonotone(t, exact, 1e-9)
			o.Threads = 1
			requireBits(t, exact, mustFit(t, x, &o), name)
		}
	}
	for name, v := range gain { // of rows that the fits have not seen
		require.Greater(t, v, 0.05, name)
	}
}

// The union of two components with common factors has common factors, too: nothing is lost but their separation.
func TestMergeOfCommonFactorsIsTheUnion(t *testing.T) {
	const D, H = 6, 2
	f := commonTruth(4, 2, D, H, 1)
	m := asModel(t, f.Mixture())
	p := newParams(2, D, H)
	p.pi[0], p.pi[1] = 0.6, 0.2
	copy(p.mu, m.Means)
	copy(p.lambda, m.Loadings)
	copy(p.noise, m.NoiseVariance)
	require.NoError(t, p.shareFactors(background, 1, 1))
	g := newMerger(D, H, false, 1e-6)
	g.tied, g.loadings, g.xi, g.root = true, LoadingsCommon, make([]float64, H), make([]float64, H*H)
	got := g.fit(p, 0, 1, 2)
	for i := range D {
		for j := range D {
			want := 0.75 * 0.25 * (p.mu[i] - p.mu[D+i]) * (p.mu[j] - p.mu[D+j])
			for h := range H {
				want += 0.75*p.lambda[i*H+h]*p.lambda[j*H+h] + 0.25*p.lambda[(D+i)*H+h]*p.lambda[(D+j)*H+h]
			}
			require.InDelta(t, want, dot(g.lambda[i*H:(i+1)*H], g.lambda[j*H:(j+1)*H]), 1e-9)
		}
		require.Equal(t, p.noise[i], g.noise[i])
	}
	require.InDelta(t, -(g.whiten()+D+D*math.Log(2*math.Pi))/2, got, 1e-9)
	mu, lambda := append([]float64(nil), g.mu...), append([]float64(nil), g.lambda...)
	g.adopt(p, 1)
	require.InDeltaSlice(t, mu, p.mu[D:], 1e-12)
	require.InDeltaSlice(t, lambda, p.lambda[D*H:], 1e-12)
}

// With the noise given, the principal axes of the union are its best loadings.
func TestMergeUnderTiedNoiseIsTheOptimum(t *testing.T) {
	const D, H = 5, 2
	p := newParams(2, D, H)
	p.pi[0], p.pi[1] = 0.5, 0.3
	m := truth(3, 2, D, H, 1)
	copy(p.mu, m.Means)
	copy(p.lambda, m.Loadings)
	copy(p.noise, m.NoiseVariance[:D])
	copy(p.noise[D:], m.NoiseVariance[:D])
	g := newMerger(D, H, false, 1e-6)
	g.tied = true
	best := g.fit(p, 0, 1, mergedSteps)
	require.Equal(t, p.noise[:D], g.noise)
	for i := range g.lambda {
		for _, by := range []float64{-1e-3, 1e-3} {
			g.lambda[i] += by
			require.Less(t, g.likelihood(), best)
			g.lambda[i] -= by
		}
	}
}

// However small tol is, rounds begin while the fit is young.
func TestRoundsBeginWhateverTolIs(t *testing.T) {
	const C, D, N = 20, 5, 3000
	x := matrix[float64](draw(truth(1, C, D, 1, 8), 2, N), D)
	o := Options{Components: C, Factors: 1, InitParams: "random_from_data", MaxIter: 60}
	want := mustFit(t, x, &o)
	for _, tol := range []float64{1e-12, -1} {
		o.Tol = tol
		got := mustFit(t, x, &o)
		require.Greater(t, got.LowerBound, want.LowerBound-0.02)
		requireMonotone(t, got, 1e-9)
	}
	o.SplitMerge = "off"
	require.Less(t, mustFit(t, x, &o).LowerBound, want.LowerBound-0.1)
}

// Where EM ends the likelihood has no slope, in whatever components share.
func TestTailsShareNoiseAndLoadings(t *testing.T) {
	const C, D, H, N, step = 2, 6, 1, 300, 1e-4
	x := matrix[float64](draw(tailed(tiedTruth(3, C, D, H, 2)), 5, N), D)
	likelihood := func(m *Model) float64 { return mean(scores(t, m, x)) }
	for _, o := range []Options{
		{NoiseType: NoiseTied}, {NoiseType: NoiseIsotropic}, {NoiseType: NoiseTiedIsotropic}, {LoadingsType: LoadingsTied},
		{LoadingsType: LoadingsTied, NoiseType: NoiseTied}, {LoadingsType: LoadingsCommon, NoiseType: NoiseTied}, {LoadingsType: LoadingsCommon},
	} {
		o.Components, o.Factors, o.Family, o.Tol, o.MaxIter = C, H, StudentT, 1e-13, 2000
		m := mustFit(t, x, &o)
		requireMonotone(t, m, 1e-9)
		require.InDelta(t, m.LowerBound, likelihood(m), 1e-9)
		slope := func(move func(m *Model, by float64)) float64 {
			at := func(by float64) float64 {
				other := *m
				other.Means, other.Loadings = append([]float64(nil), m.Means...), append([]float64(nil), m.Loadings...)
				other.NoiseVariance, other.DOF = append([]float64(nil), m.NoiseVariance...), append([]float64(nil), m.DOF...)
				move(&other, by)
				return likelihood(&other)
			}
			return (at(step) - at(-step)) / (2 * step)
		}
		v := o.withDefaults()
		name := fmt.Sprint(v.NoiseType, v.LoadingsType)
		for c := range C {
			require.InDelta(t, 0, slope(func(m *Model, by float64) { m.DOF[c] += by }), 1e-5, "%s: dof", name)
		}
		scaled := slope(func(m *Model, by float64) { // noise and loadings of all components, whatever they share
			for i := range m.NoiseVariance {
				m.NoiseVariance[i] *= 1 + by
			}
		})
		require.InDelta(t, 0, scaled, 5e-4, "%s: noise", name)
		scaled = slope(func(m *Model, by float64) {
			for i := range m.Loadings {
				m.Loadings[i] *= 1 + by
			}
		})
		require.InDelta(t, 0, scaled, 5e-4, "%s: loadings", name)
		for d := range D {
			moved := slope(func(m *Model, by float64) {
				for c := range C {
					m.Means[c*D+d] += by
				}
			})
			require.InDelta(t, 0, moved, 5e-4, "%s: means", name)
			if o.LoadingsType == LoadingsTied {
				turned := slope(func(m *Model, by float64) {
					for c := range C {
						m.Loadings[c*D+d] += by
					}
				})
				require.InDelta(t, 0, turned, 5e-4, "%s: loadings", name)
			}
		}
	}
}

// Very many degrees of freedom are a Gaussian.
func TestTailsOfSharedLoadingsEndInGaussians(t *testing.T) {
	const C, D, H = 3, 6, 2
	x := matrix[float64](draw(asModel(t, commonTruth(1, C, D, H, 3).Mixture()), 2, 300), D)
	start := asModel(t, commonTruth(1, C, D, H, 3).Mixture()).Start()
	for _, kind := range []string{LoadingsTied, LoadingsCommon} {
		o := Options{Components: C, Factors: H, LoadingsType: kind, NoiseType: NoiseTied, Tol: -1, MaxIter: 5, Start: &Start{Means: start.Means}}
		want := mustFit(t, x, &o)
		o.Family, o.DOF = StudentT, 1000
		got := mustFit(t, x, &o)
		require.InDelta(t, want.LowerBound, got.LowerBound, 0.05)
		require.InDeltaSlice(t, want.Weights, got.Weights, 0.01)
	}
}
