package ref

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

// In one dimension with one factor, everything has a closed form.
func TestOneDimensionByHand(t *testing.T) {
	const mu, lambda, noise, x = 1.0, 2.0, 0.5, 2.5
	g := New(1, 1, 1, []float64{1}, []float64{mu}, []float64{lambda}, []float64{noise})[0]
	variance := lambda*lambda + noise
	require.InDelta(t, -0.5*(math.Log(2*math.Pi*variance)+(x-mu)*(x-mu)/variance), g.LogDensity([]float64{x}), 1e-15)
	require.InDelta(t, lambda/variance*(x-mu), g.FactorMean([]float64{x})[0], 1e-15)
	require.InDelta(t, 1-lambda*lambda/variance, g.factorCovariance()[0][0], 1e-15)
	m := Mixture{g}
	require.InDelta(t, mu+lambda*lambda/variance*(x-mu), m.Denoise([]float64{x}, -1)[0], 1e-15)
	require.InDelta(t, x-0.1/variance*(x-mu), m.Denoise([]float64{x}, 0.1)[0], 1e-15)
}

// Without factors, the M-step is the weighted mean and variance of each feature.
func TestUpdateWithoutFactorsIsMeanAndVariance(t *testing.T) {
	x := [][]float64{{1, 10}, {2, 20}, {4, 0}}
	a := []float64{1, 2, 1}
	m := New(1, 2, 0, []float64{1}, []float64{0, 0}, nil, []float64{1, 1})
	next := MStep(m, x, a, [][]float64{{1}, {1}, {1}}, []float64{0, 0}, false)[0]
	require.InDelta(t, 1, next.Weight, 1e-15)
	require.InDeltaSlice(t, []float64{2.25, 12.5}, next.Mean, 1e-14)
	require.InDeltaSlice(t, []float64{1.1875, 68.75}, next.Noise, 1e-12)
	both := MStep(m, x, a, [][]float64{{1}, {1}, {1}}, []float64{2, 0}, true)[0]
	require.InDeltaSlice(t, []float64{34.96875, 34.96875}, both.Noise, 1e-12)
	floored := MStep(m, x, a, [][]float64{{1}, {1}, {1}}, []float64{2, 0}, false)[0]
	require.Equal(t, 2.0, floored.Noise[0])
}

func TestLikelihoodNeverDecreases(t *testing.T) {
	r := rng.New(1)
	var x [][]float64
	w := make([]float64, 60)
	for n := range w {
		row := make([]float64, 4)
		for d := range row {
			row[d] = r.NormFloat64() + 3*float64(n%2)
		}
		x, w[n] = append(x, row), 0.5+r.Float64()
	}
	m := New(2, 4, 2, []float64{0.5, 0.5}, []float64{0, 0, 0, 0, 1, 1, 1, 1},
		[]float64{1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0}, []float64{1, 1, 1, 1, 1, 1, 1, 1})
	last := math.Inf(-1)
	for range 30 {
		q, logLik := EStep(m, x, w)
		require.GreaterOrEqual(t, logLik, last-1e-12)
		last = logLik
		m = MStep(m, x, w, q, make([]float64, 4), false)
	}
}

func TestLloydByHand(t *testing.T) {
	x := [][]float64{{0}, {1}, {10}, {14}}
	centers, labels, inertia := Lloyd(x, []float64{1, 1, 1, 3}, [][]float64{{0}, {9}, {-50}}, 1)
	require.Equal(t, [][]float64{{0.5}, {13}, {-50}}, centers)
	require.Equal(t, []int{0, 0, 1, 1}, labels)
	require.Equal(t, 0.25+0.25+9+3, inertia)
}

func TestSelection(t *testing.T) {
	require.Equal(t, []int{2, 0, 3}, TopK([]float64{3, 1, 5, 3}, 3))
	require.InDelta(t, 1000+math.Log(2), LogSumExp([]float64{1000, 1000, -1e300}), 1e-12)
	require.True(t, math.IsInf(LogSumExp([]float64{math.Inf(-1)}), -1))
}
