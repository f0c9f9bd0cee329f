package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// allow returns m with NaN for missing values.
func allow(t *testing.T, m *Model) *Model {
	t.Helper()
	other, err := m.With(Inference{Missing: MissingNaN})
	require.NoError(t, err)
	return other
}

func TestInferenceOnMissingValuesIsThePlainFormulas(t *testing.T) {
	const C, N = 5, 45
	for _, p := range []struct {
		d, h    int
		missing float64
	}{{1, 0, 0}, {7, 0, 0.4}, {4, 1, 0.3}, {6, 5, 0.6}, {17, 7, 0.1}, {17, 7, 0.8}, {16, 12, 0.5}} {
		t.Run(fmt.Sprint("D=", p.d, "/H=", p.h, "/", p.missing), func(t *testing.T) {
			m := allow(t, truth(uint64(10*p.d+p.h), C, p.d, p.h, 0.7))
			x := holed(draw(m, 8, N), p.d, p.missing, 3)
			for d := range p.d {
				x[d] += 30 // far from everything
				x[5*p.d+d], x[44*p.d+d] = math.NaN(), math.NaN()
			}
			r, rows := reference(m), ref.Rows(x, N, p.d)
			var logDensity, posterior, filled []float64
			var best []int64
			for _, row := range rows {
				l := r.LogJointObserved(row)
				total := ref.LogSumExp(l)
				logDensity = append(logDensity, total)
				best = append(best, int64(ref.TopK(l, 1)[0]))
				for _, v := range l {
					posterior = append(posterior, math.Exp(v-total))
				}
				filled = append(filled, r.Impute(row)...)
			}
			onEveryLevel(t, func(t *testing.T) {
				x64, x32 := matrix[float64](x, p.d), matrix[float32](x, p.d)
				requireNear(t, logDensity, scores(t, m, x64), 1e-9, "log-densities")
				requireNear(t, logDensity, scores(t, m, x32), 5e-4, "log-densities, float32")
				require.Equal(t, best, labels(t, m, x64))
				q := core.NewMatrix[float64](N, C)
				require.NoError(t, Posterior(background, m, x64, 2, q))
				requireNear(t, posterior, q.Data, 1e-9, "posteriors")
				full, full32 := core.NewMatrix[float64](N, p.d), core.NewMatrix[float32](N, p.d)
				require.NoError(t, Impute(background, m, x64, 2, full))
				requireNear(t, filled, full.Data, 1e-9, "imputed")
				require.NoError(t, Impute(background, m, x32, 1, full32))
				requireNear(t, filled, matrix[float64](widen(full32.Data), p.d).Data, 2e-3, "imputed, float32")
				if p.h == 0 {
					return
				}
				z := core.NewMatrix[float64](N, p.h)
				require.NoError(t, Transform(background, m, x64, 1, z))
				for n, row := range rows {
					mean, _ := r[best[n]].Conditional(row)
					requireNear(t, mean[p.d:], z.Row(n), 1e-8, "factors")
				}
			})
		})
	}
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// The posterior mean of the noise-free row is that of the completed rows, whatever the noise.
func TestDenoiseWithMissingValues(t *testing.T) {
	const D, H, N = 6, 2, 20
	m := allow(t, truth(3, 1, D, H, 1))
	x := holed(draw(m, 4, N), D, 0.4, 5)
	g := reference(m)[0]
	for _, noise := range []float64{0.3, -1} {
		clean := core.NewMatrix[float64](N, D)
		require.NoError(t, Denoise(background, m, matrix[float64](x, D), 1, noise, clean))
		for n, row := range ref.Rows(x, N, D) {
			mean, _ := g.Conditional(row)
			requireNear(t, ref.Mixture{g}.Denoise(mean[:D], noise), clean.Row(n), 1e-9, "clean")
		}
	}
}

// Draws have the conditional mean and covariance, keep what was observed, and do not depend on threads.
func TestImputeDraw(t *testing.T) {
	const D, H, N = 4, 1, 40_000
	m := truth(3, 1, D, H, 1)
	row := []float64{math.NaN(), 0.3, math.NaN(), -1}
	x := core.NewMatrix[float64](N, D)
	for i := range N {
		copy(x.Row(i), row)
	}
	drawn, again := core.NewMatrix[float64](N, D), core.NewMatrix[float64](N, D)
	require.NoError(t, ImputeDraw(background, m, x, 5, 1, drawn))
	require.NoError(t, ImputeDraw(background, m, x, 5, 3, again))
	require.Equal(t, drawn.Data, again.Data)
	mean, covariance := reference(m)[0].Conditional(row)
	for _, a := range []int{0, 2} {
		for _, b := range []int{0, 2} {
			first, second := 0.0, 0.0
			for i := range N {
				first += drawn.Row(i)[a] / N
				second += (drawn.Row(i)[a] - mean[a]) * (drawn.Row(i)[b] - mean[b]) / N
			}
			require.InDelta(t, mean[a], first, 0.03)
			require.InDelta(t, covariance.At(a, b), second, 0.05)
		}
	}
	require.Equal(t, []float64{0.3, -1}, []float64{drawn.Row(7)[1], drawn.Row(7)[3]})
}

func TestMissingValuesAreRefusedUnlessAllowed(t *testing.T) {
	m := truth(3, 2, 3, 1, 1)
	x := matrix[float64]([]float64{1, math.NaN(), 2}, 3)
	dst := make([]float64, 1)
	err := ScoreSamples(background, m, x, 1, dst)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, `missing="nan"`)
	require.NoError(t, ScoreSamples(background, allow(t, m), x, 1, dst))
	x.Data[0] = math.Inf(1)
	require.ErrorContains(t, ScoreSamples(background, allow(t, m), x, 1, dst), "column 0")
	_, err = m.With(Inference{Missing: "maybe"})
	require.ErrorIs(t, err, core.ErrOption)
}
