package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/ref"
)

// spreadOf returns mean and variance of each column, or the mean variance for all.
func spreadOf(x [][]float64, common bool) (mean, variance []float64) {
	variance = floors(x, ones(len(x)), 1, common)
	mean = make([]float64, len(variance))
	for _, row := range x {
		for d, v := range row {
			mean[d] += v / float64(len(x))
		}
	}
	return mean, variance
}

func TestVariantsAreThePlainFormulas(t *testing.T) {
	const C, D, N = 3, 6, 150
	for _, p := range []Options{
		{CovarianceType: Factor, Factors: 2, NoiseType: NoiseIsotropic},
		{CovarianceType: Factor, Factors: 2, NoiseType: NoiseTied},
		{CovarianceType: Factor, Factors: 1, NoiseType: NoiseTiedIsotropic},
		{CovarianceType: Diag, NoiseType: NoiseTied},
		{CovarianceType: Spherical, NoiseType: NoiseTied},
		{CovarianceType: Factor, Factors: 2, WeightConcentrationPrior: 20},
		{CovarianceType: Factor, Factors: 2, MeanPrecisionPrior: 5},
		{CovarianceType: Factor, Factors: 2, DegreesOfFreedomPrior: 9, CovariancePrior: 0.3},
		{CovarianceType: Factor, Factors: 6 - 1, WeightConcentrationPrior: 3, MeanPrecisionPrior: 2, DegreesOfFreedomPrior: 4},
		{CovarianceType: Diag, NoiseType: NoiseIsotropic, MeanPrecisionPrior: 2, DegreesOfFreedomPrior: 4, CovariancePrior: 0.5},
		{CovarianceType: Factor, Factors: 1, NoiseType: NoiseTied, MeanPrecisionPrior: 2, DegreesOfFreedomPrior: 4},
	} {
		o := p
		o.Components, o.Tol, o.RegCovar, o.Algorithm = C, -1, 1e-9, "exact"
		h := o.Factors
		v := o.withDefaults()
		t.Run(fmt.Sprint(o.CovarianceType, v.NoiseType, v.prior()), func(t *testing.T) {
			m := truth(2, C, D, h, 1)
			flat := draw(m, 3, N)
			x := ref.Rows(flat, N, D)
			o.Start = shaken(m, 4, h)
			center, variance := spreadOf(x, v.isotropic())
			oracle := ref.Variant{Isotropic: v.isotropic(), Tied: v.tied(), Concentration: v.WeightConcentrationPrior,
				MeanPrecision: v.MeanPrecisionPrior, Center: center, Freedom: v.DegreesOfFreedomPrior, Scale: make([]float64, D)}
			for d := range variance {
				oracle.Scale[d] = v.CovariancePrior * variance[d]
			}
			want := ref.New(C, D, h, o.Start.Weights, o.Start.Means, o.Start.Loadings, o.Start.NoiseVariance)
			objective := func(m ref.Mixture) float64 {
				_, bound := ref.EStep(m, x, ones(N))
				for d, s := range variance { // the prior is a density of standardised parameters
					if v.DegreesOfFreedomPrior > 0 && v.tied() {
						bound += v.DegreesOfFreedomPrior / 2 * math.Log(s) / N
					} else if v.DegreesOfFreedomPrior > 0 {
						bound += C * v.DegreesOfFreedomPrior / 2 * math.Log(s) / N
					}
					if v.MeanPrecisionPrior > 0 {
						bound += C * math.Log(variance[d]) / 2 / N
					}
				}
				return bound + oracle.LogPrior(m)/N
			}
			for range 3 {
				q, _ := ref.EStep(want, x, ones(N))
				before := objective(want)
				want = oracle.MStep(want, x, ones(N), q, make([]float64, D))
				require.Greater(t, objective(want), before)
			}
			o.MaxIter = 3
			requireReference(t, want, objective(want), mustFit(t, matrix[float64](flat, D), &o), 1e-8)
			requireReference(t, want, objective(want), mustFitBlocks(t, inBlocks(matrix[float64](flat, D), 64), &o), 1e-8)
		})
	}
}

// The truncated search keeps the penalised bound from falling, too.
func TestVariantsNeverFall(t *testing.T) {
	x := matrix[float64](draw(truth(1, 30, 6, 2, 1.5), 2, scaled(2000)), 6)
	for _, o := range []Options{
		{NoiseType: NoiseTied}, {NoiseType: NoiseIsotropic}, {NoiseType: NoiseTiedIsotropic},
		{WeightConcentrationPrior: 5, MeanPrecisionPrior: 1, DegreesOfFreedomPrior: 5, CovariancePrior: 0.1},
	} {
		o.Components, o.Factors, o.MaxIter, o.Tol, o.Neighbors = 30, 2, 25, -1, 8
		m := mustFit(t, x, &o)
		for i := range m.History[1:] {
			require.Greater(t, m.History[i+1].Objective, m.History[i].Objective-1e-9, "%s, iteration %d", o.NoiseType, i+1)
		}
	}
}

func TestVariantsCountTheirParameters(t *testing.T) {
	const C, D, H = 3, 5, 2
	x := matrix[float64](draw(truth(1, C, D, H, 2), 2, 300), D)
	base := C*(D+1) - 1
	for _, p := range []struct {
		kind, noise string
		want        int
	}{
		{Factor, NoiseDiag, base + C*(D*H-1) + C*D}, {Factor, NoiseIsotropic, base + C*(D*H-1) + C}, {Factor, NoiseTied, base + C*(D*H-1) + D},
		{Factor, NoiseTiedIsotropic, base + C*(D*H-1) + 1}, {Diag, NoiseTied, base + D}, {Spherical, NoiseTied, base + 1},
		{Diag, NoiseIsotropic, base + C}, {Diag, NoiseTiedIsotropic, base + 1},
	} {
		m := mustFit(t, x, &Options{Components: C, CovarianceType: p.kind, Factors: H, NoiseType: p.noise, MaxIter: 3})
		require.Equal(t, p.want, m.Parameters(), "%s %s", p.kind, p.noise)
		m = mustFitBlocks(t, inBlocks(x, 50), &Options{Components: C, CovarianceType: p.kind, Factors: H, NoiseType: p.noise, MaxIter: 3})
		require.Equal(t, p.want, m.Parameters(), "%s %s", p.kind, p.noise)
	}
}

// Fewer rows than a component of its own would need.
func TestPriorsKeepVariancesFromCollapsing(t *testing.T) {
	x := matrix[float64](draw(truth(1, 2, 8, 1, 1), 2, 40), 8)
	o := Options{Components: 10, Factors: 5, MaxIter: 200}
	free := mustFit(t, x, &o)
	o.DegreesOfFreedomPrior, o.CovariancePrior = 5, 0.1
	held := mustFit(t, x, &o)
	least := func(m *Model) float64 {
		v := math.Inf(1)
		for _, n := range m.NoiseVariance {
			v = min(v, n)
		}
		return v
	}
	require.Less(t, least(free), 1e-4)
	require.Greater(t, least(held), 0.01)
}

// A component without points keeps its mean, and what the prior says of the noise there.
func TestTiedNoiseOfEmptyComponents(t *testing.T) {
	for _, isotropic := range []bool{false, true} {
		p := newParams(2, 2, 0)
		copy(p.mu, []float64{0, 0, 3, 1})
		copy(p.noise, []float64{2, 2, 7, 7})
		p.tie([]float64{10, 0}, prior{concentration: 1, mean: 4, once: 1}, 1e-6, isotropic)
		want := []float64{(20 + 4*9) / 12.0, (20 + 4*1) / 12.0}
		if isotropic {
			want = []float64{(20 + 4*5) / 12.0, (20 + 4*5) / 12.0}
		}
		require.InDeltaSlice(t, append(want, want...), p.noise, 1e-12)
	}
}

// The same in fits: the second component starts where no row is.
func TestTiedNoiseOfLostComponents(t *testing.T) {
	x := matrix[float64](draw(truth(1, 1, 3, 0, 1), 2, 80), 3)
	o := Options{Components: 2, CovarianceType: Diag, NoiseType: NoiseTiedIsotropic, MeanPrecisionPrior: 2, Algorithm: "exact", MaxIter: 2, Tol: -1,
		Start: &Start{Weights: []float64{0.5, 0.5}, Means: []float64{0, 0, 0, 400, 900, 100}, NoiseVariance: []float64{1, 1, 1, 1, 1, 1}}}
	whole, blocks := mustFit(t, x, &o), mustFitBlocks(t, inBlocks(x, 30, 50), &o)
	for _, m := range []*Model{whole, blocks} {
		for _, v := range m.NoiseVariance {
			require.Equal(t, m.NoiseVariance[0], v)
		}
	}
	requireSame(t, whole, blocks, 1e-9)
}
