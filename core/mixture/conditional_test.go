package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// The mean and covariance of each missing feature by the textbook formulas.
func TestConditionalMomentsAreThePlainFormulas(t *testing.T) {
	const C, N = 4, 21
	for _, p := range []struct{ d, h int }{{5, 0}, {6, 2}, {17, 7}} {
		t.Run(fmt.Sprint("D=", p.d, "/H=", p.h), func(t *testing.T) {
			m := truth(uint64(p.d), C, p.d, p.h, 0.5)
			x := holed(draw(m, 8, N), p.d, 0.5, 3)
			features := []int{p.d - 1, 0, 2}
			r := reference(m)
			var means, covariances []float64
			for _, row := range ref.Rows(x, N, p.d) {
				l := r.LogJointObserved(row)
				total := ref.LogSumExp(l)
				mean, second := make([]float64, 3), make([]float64, 9)
				for c, g := range r {
					q := math.Exp(l[c] - total)
					cm, cv := g.Conditional(row)
					for i, a := range features {
						mean[i] += q * cm[a]
						for j, b := range features {
							second[3*i+j] += q * (cv.At(a, b) + cm[a]*cm[b])
						}
					}
				}
				means = append(means, mean...)
				for i := range 9 {
					covariances = append(covariances, second[i]-mean[i/3]*mean[i%3])
				}
			}
			onEveryLevel(t, func(t *testing.T) {
				mean, covariance := core.NewMatrix[float64](N, 3), core.NewMatrix[float64](3*N, 3)
				require.NoError(t, ConditionalMoments(background, m, matrix[float64](x, p.d), features, 2, mean, covariance))
				requireNear(t, means, mean.Data, 1e-9, "means")
				requireNear(t, covariances, covariance.Data, 1e-8, "covariances")
				only := core.NewMatrix[float64](N, 3)
				require.NoError(t, ConditionalMoments(background, m, matrix[float64](x, p.d), features, 1, only, core.Matrix[float64]{}))
				require.Equal(t, mean.Data, only.Data)
			})
		})
	}
}

// p(x_b | x_a) = p(x) / p(x_a), whatever x_b is.
func TestConditionalTimesMarginalIsTheJoint(t *testing.T) {
	const C = 4
	for _, h := range []int{0, 2, 7} {
		m := truth(5, C, 9, h, 0.6)
		x := draw(m, 3, 1)
		given, missing := []int{1, 2, 4, 8}, []int{0, 3, 5, 6, 7}
		row := append([]float64(nil), x...)
		var a, b []float64
		for _, d := range missing {
			row[d], b = math.NaN(), append(b, x[d])
		}
		for _, d := range given {
			a = append(a, x[d])
		}
		conditional, err := m.Conditional(row)
		require.NoError(t, err)
		marginal, err := m.Marginal(given)
		require.NoError(t, err)
		joint := scores(t, m, matrix[float64](x, 9))[0]
		parts := scores(t, conditional, matrix[float64](b, 5))[0] + scores(t, marginal, matrix[float64](a, 4))[0]
		require.InDelta(t, joint, parts, 1e-9)
	}
}

func TestConditionalTrouble(t *testing.T) {
	m := truth(5, 2, 3, 1, 1)
	_, err := m.Conditional([]float64{1, 2, 3})
	require.ErrorContains(t, err, "nothing is missing")
	_, err = m.Conditional([]float64{1, math.NaN()})
	require.ErrorIs(t, err, core.ErrShape)
	_, err = m.Conditional([]float64{math.Inf(1), math.NaN(), 0})
	require.ErrorIs(t, err, core.ErrNotFinite)
	for _, features := range [][]int{nil, {3}, {-1}, {1, 1}} {
		_, err = m.Marginal(features)
		require.Error(t, err)
	}
	everything, err := m.Conditional([]float64{math.NaN(), math.NaN(), math.NaN()})
	require.NoError(t, err)
	requireNear(t, covariances(reference(m)), covariances(reference(everything)), 1e-12, "covariances")
	mean := core.NewMatrix[float64](1, 1)
	require.ErrorIs(t, ConditionalMoments(background, m, core.NewMatrix[float64](1, 3), []int{0}, 1, mean, core.NewMatrix[float64](2, 1)),
		core.ErrShape)
}
