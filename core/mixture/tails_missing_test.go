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

// tailReference turns a t mixture into the oracle's form.
func tailReference(m *Model) ref.Tails { return ref.Tails{Mixture: reference(m), Nu: m.DOF} }

func TestTailsWithMissingValuesArePlainEM(t *testing.T) {
	const C, N = 3, 120
	for _, p := range []struct {
		family   string
		dof      float64
		d, h     int
		missing  float64
		weighted bool
	}{
		{StudentT, 0, 5, 2, 0, true},
		{StudentT, 0, 5, 2, 0.3, false},
		{StudentT, 3, 9, 5, 0.5, true},
		{Tyler, 0, 6, 0, 0.4, false},
		{Tyler, 0, 10, 7, 0.6, true},
	} {
		t.Run(fmt.Sprint(p.family, p.dof, "/D=", p.d, "/H=", p.h), func(t *testing.T) {
			m := truth(uint64(p.d), C, p.d, p.h, 1)
			x, w := soiled(m, N, 20), ones(N)
			if p.missing > 0 {
				x = holed(x, p.d, p.missing, 4)
			}
			o := Options{Components: C, CovarianceType: m.CovarianceType, Family: p.family, DOF: p.dof, Factors: p.h, Algorithm: "exact",
				Tol: -1, MaxIter: 3, RegCovar: 1e-14, Start: shaken(m, 4, p.h), Missing: MissingNaN}
			if p.weighted {
				r := rng.New(5)
				for i := range w {
					w[i] = 0.1 + r.Float64()
				}
				o.SampleWeight = w
			}
			dof, _, estimated := o.family(p.d)
			want := ref.Tails{Mixture: ref.New(C, p.d, p.h, o.Start.Weights, o.Start.Means, o.Start.Loadings, o.Start.NoiseVariance)}
			for range C {
				want.Nu = append(want.Nu, dof)
			}
			rows := ref.Rows(x, N, p.d)
			for range o.MaxIter {
				want, _ = want.EM(rows, w, estimated)
			}
			_, bound := want.EM(rows, w, estimated)
			onEveryLevel(t, func(t *testing.T) {
				for tolerance, got := range map[float64]*Model{
					1e-7: mustFit(t, matrix[float64](x, p.d), &o), 1e-2: mustFit(t, matrix[float32](x, p.d), &o)} {
					requireReference(t, want.Mixture, bound, got, tolerance)
					requireNear(t, want.Nu, got.DOF, tolerance, "degrees of freedom")
				}
			})
		})
	}
}

func TestTailsWithMissingValuesNeverLowerTheBound(t *testing.T) {
	const C, D, H = 16, 6, 2
	x := holed(draw(tailed(truth(1, C, D, H, 2)), 2, scaled(1200)), D, 0.3, 3)
	for _, o := range []Options{{Family: StudentT}, {Family: Tyler}, {Family: StudentT, SplitMerge: "on"}, {Family: StudentT, MStep: UpdateMeans}} {
		o.Components, o.Factors, o.Algorithm, o.Neighbors, o.Tol, o.MaxIter = C, H, "truncated", 6, -1, 12
		o.Missing, o.Threads = MissingNaN, 1
		m := mustFit(t, matrix[float64](x, D), &o)
		requireMonotone(t, m, 1e-9)
		o.Threads = 3
		requireBits(t, m, mustFit(t, matrix[float64](x, D), &o), fmt.Sprintf("%+v", o))
	}
}

// Outliers move neither means nor scatter, and neither does what is missing at random.
func TestOutliersAmongMissingValues(t *testing.T) {
	const C, D, N = 3, 4, 1500
	clean := truth(3, C, D, 1, 6)
	for _, far := range []float64{100, 1e30} {
		x := holed(soiled(clean, N, far), D, 0.2, 7)
		for _, family := range []string{StudentT, Tyler} {
			o := Options{Components: C, Factors: 1, Family: family, Tol: 1e-5, Missing: MissingNaN}
			mean, scatter := departure(clean, mustFit(t, matrix[float32](x, D), &o))
			require.Less(t, mean, 0.4, family)
			require.Less(t, scatter, 0.5, family)
		}
	}
}

func TestTailedInferenceOnMissingValuesIsThePlainFormulas(t *testing.T) {
	const C, N = 4, 37
	for _, p := range []struct {
		d, h    int
		missing float64
	}{{6, 0, 0.4}, {5, 2, 0.3}, {17, 7, 0.8}} {
		t.Run(fmt.Sprint("D=", p.d, "/H=", p.h), func(t *testing.T) {
			m := allow(t, tailed(truth(uint64(p.d), C, p.d, p.h, 0.7)))
			x := holed(draw(m, 8, N), p.d, p.missing, 3)
			for d := range p.d {
				x[d] += 30 // far from everything
				x[5*p.d+d] = math.NaN()
			}
			r, features := tailReference(m), []int{p.d - 1, 0, 2}
			var logDensity, posterior, filled, covariances []float64
			for _, row := range ref.Rows(x, N, p.d) {
				l := r.LogJoint(row)
				total := ref.LogSumExp(l)
				logDensity = append(logDensity, total)
				full := append([]float64(nil), row...)
				first, second := make([]float64, 3), make([]float64, 9)
				for c, g := range r.Mixture {
					q := math.Exp(l[c] - total)
					posterior = append(posterior, q)
					mean, covariance := g.Conditional(row)
					nu := r.Nu[c] + float64(len(ref.Observed(row)))
					for d, v := range row {
						if v != v && c == 0 {
							full[d] = 0
						}
						if v != v {
							full[d] += q * mean[d]
						}
					}
					for i, a := range features {
						first[i] += q * mean[a]
						for j, b := range features {
							second[3*i+j] += q * (mean[a]*mean[b] + covariance.At(a, b)/r.Weight(c, row)*nu/(nu-2))
						}
					}
				}
				filled = append(filled, full...)
				for i := range 9 {
					covariances = append(covariances, second[i]-first[i/3]*first[i%3])
				}
			}
			onEveryLevel(t, func(t *testing.T) {
				x64 := matrix[float64](x, p.d)
				requireNear(t, logDensity, scores(t, m, x64), 1e-9, "log-densities")
				requireNear(t, logDensity, scores(t, m, matrix[float32](x, p.d)), 5e-4, "log-densities, float32")
				q, full := core.NewMatrix[float64](N, C), core.NewMatrix[float64](N, p.d)
				require.NoError(t, Posterior(background, m, x64, 2, q))
				requireNear(t, posterior, q.Data, 1e-9, "posteriors")
				require.NoError(t, Impute(background, m, x64, 2, full))
				requireNear(t, filled, full.Data, 1e-9, "imputed")
				mean, covariance := core.NewMatrix[float64](N, 3), core.NewMatrix[float64](3*N, 3)
				require.NoError(t, ConditionalMoments(background, m, x64, features, 2, mean, covariance))
				requireNear(t, covariances, covariance.Data, 1e-7, "covariances")
			})
		})
	}
}

// Denoising follows the gradient of the log-density of what was observed, where that is.
func TestTailedDenoisingWithMissingValues(t *testing.T) {
	const D, variance, step = 4, 0.3, 1e-5
	m := allow(t, tailed(truth(8, 3, D, 1, 2)))
	x := matrix[float64](holed(draw(m, 9, 6), D, 0.3, 2), D)
	got := core.NewMatrix[float64](x.Rows, D)
	require.NoError(t, Denoise(background, m, x, 1, variance, got))
	for i := range x.Rows {
		for d, v := range x.Row(i) {
			if v != v {
				continue
			}
			moved := core.NewMatrix[float64](2, D)
			copy(moved.Row(0), x.Row(i))
			copy(moved.Row(1), x.Row(i))
			moved.Row(0)[d] -= step
			moved.Row(1)[d] += step
			s := scores(t, m, moved)
			require.InDelta(t, v+variance*(s[1]-s[0])/(2*step), got.Row(i)[d], 1e-6)
		}
	}
}

// p(x_b | x_a) = p(x) / p(x_a), also for tyler components, whose conditionals are t.
func TestTailedConditionalTimesMarginalIsTheJoint(t *testing.T) {
	for _, family := range []string{StudentT, Tyler} {
		for _, h := range []int{0, 2} {
			m, err := truth(5, 4, 7, h, 0.6).WithTails(family, []float64{0.5, 2, 4, 9})
			require.NoError(t, err)
			x := draw(truth(5, 4, 7, h, 0.6), 3, 1)
			given := []int{1, 2, 4}
			row := append([]float64(nil), x...)
			var a, b []float64
			for d, v := range x {
				if d == 1 || d == 2 || d == 4 {
					a = append(a, v)
					continue
				}
				row[d], b = math.NaN(), append(b, v)
			}
			conditional, err := m.Conditional(row)
			require.NoError(t, err)
			require.Equal(t, StudentT, conditional.Family)
			require.InDeltaSlice(t, []float64{3.5, 5, 7, 12}, conditional.DOF, 1e-12)
			marginal, err := m.Marginal(given)
			require.NoError(t, err)
			require.Equal(t, []any{family, m.DOF}, []any{marginal.Family, marginal.DOF})
			parts := scores(t, conditional, matrix[float64](b, 4))[0] + scores(t, marginal, matrix[float64](a, 3))[0]
			require.InDelta(t, scores(t, m, matrix[float64](x, 7))[0], parts, 1e-9)
		}
	}
}

// Draws of what is missing have the moments of the conditional distribution, which are infinite where it has none.
func TestTailedDrawsAndMoments(t *testing.T) {
	const D, N = 3, 60_000
	m, err := truth(3, 1, D, 1, 1).WithTails(StudentT, []float64{6})
	require.NoError(t, err)
	x := core.NewMatrix[float64](N, D)
	for i := range N {
		copy(x.Row(i), []float64{math.NaN(), 4, math.NaN()})
	}
	drawn := core.NewMatrix[float64](N, D)
	require.NoError(t, ImputeDraw(background, m, x, 5, 2, drawn))
	one := core.Matrix[float64]{Data: x.Data[:D], Rows: 1, Cols: D, Stride: D}
	mean, covariance := core.NewMatrix[float64](1, 2), core.NewMatrix[float64](2, 2)
	require.NoError(t, ConditionalMoments(background, m, one, []int{0, 2}, 1, mean, covariance))
	for i, a := range []int{0, 2} {
		for j, b := range []int{0, 2} {
			second := 0.0
			for k := range N {
				second += (drawn.Row(k)[a] - mean.Data[i]) * (drawn.Row(k)[b] - mean.Data[j]) / N
			}
			require.InDelta(t, covariance.Row(i)[j], second, 0.08)
		}
	}
	wild, err := m.WithTails(StudentT, []float64{0.5})
	require.NoError(t, err)
	require.NoError(t, ConditionalMoments(background, wild, one, []int{0, 2}, 1, mean, covariance))
	require.True(t, math.IsInf(covariance.Data[0], 1) && math.IsInf(covariance.Data[3], 1))
}
