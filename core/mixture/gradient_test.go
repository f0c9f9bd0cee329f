package mixture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// normalQuantiles stands for a sample of N(0, 1) whose moments are those of the population.
func normalQuantiles(n int) core.Matrix[float64] {
	x := core.NewMatrix[float64](n, 1)
	for i := range n {
		x.Data[i] = math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/float64(n)-1)
	}
	return x
}

// together returns how far two components of fixed weights and unit variance are apart after some steps on one Gaussian.
func together(t *testing.T, weight float64, o Options) float64 {
	t.Helper()
	o.Components, o.CovarianceType, o.Tol = 2, Spherical, -1
	o.Start = &Start{Weights: []float64{weight, 1 - weight}, Means: []float64{-1, 1}, NoiseVariance: []float64{1, 1}}
	m := mustFit(t, normalQuantiles(1000), &o)
	requireMonotone(t, m, 1e-12)
	require.Equal(t, o.Start.Weights, m.Weights)
	require.InDelta(t, 1, m.NoiseVariance[0], 1e-12)
	return m.Means[1] - m.Means[0]
}

// Two components with free means on one Gaussian come together like 1/sqrt(t), whatever their weights (Xu, Fazel and Du).
func TestSurplusComponentsComeTogetherSlowly(t *testing.T) {
	for _, o := range []Options{{MStep: UpdateMeans}, {MStep: UpdateGradient, LearningRate: 1}} {
		for _, weight := range []float64{0.5, 0.8} {
			o.MaxIter = 400
			late := together(t, weight, o)
			o.MaxIter = 100
			ratio := late / together(t, weight, o)
			require.Greater(t, ratio, 0.4, "%s %v", o.MStep, weight)
			require.Less(t, ratio, 0.6, "%s %v", o.MStep, weight)
		}
	}
}

// With the means tied to a regular simplex, here -theta and theta, unequal weights make the rate linear and equal ones
// leave it at 1/sqrt(t) (Assylbekov, Legg and Pak).
func TestTiedSurplusComponentsComeTogetherAtALinearRate(t *testing.T) {
	x := normalQuantiles(1000)
	after := func(weight float64, steps int) float64 {
		theta, q := 1.0, core.NewMatrix[float64](x.Rows, 2)
		for range steps {
			m, err := NewModel(Spherical, 2, 1, 0, []float64{1 - weight, weight}, []float64{-theta, theta}, nil, ones(2))
			require.NoError(t, err)
			require.NoError(t, Posterior(background, m, x, 1, q))
			theta = 0
			for i := range x.Rows {
				theta += x.Data[i] * (q.Row(i)[1] - q.Row(i)[0]) / float64(x.Rows)
			}
			theta = math.Abs(theta)
		}
		return theta
	}
	require.Less(t, after(0.8, 80), 1e-9)
	require.Greater(t, after(0.5, 80), 0.05)
	require.InDelta(t, 0.5, after(0.5, 80)/after(0.5, 20), 0.1)
}

// More components than clusters, by gradient steps: the surplus ends where the clusters are.
func TestSurplusComponentsJoinTheClusters(t *testing.T) {
	const C, D = 8, 2
	x := matrix[float64](draw(truth(2, 3, D, 0, 12), 3, 600), D)
	reference := mustFit(t, x, &Options{Components: 3, CovarianceType: Diag})
	noise := make([]float64, C*D)
	for i := range noise {
		noise[i] = 1
	}
	m := mustFit(t, x, &Options{Components: C, CovarianceType: Diag, MStep: UpdateGradient, LearningRate: 4, MaxIter: 400, Tol: -1,
		Algorithm: "exact", Start: &Start{NoiseVariance: noise}})
	for c := range C {
		near := math.Inf(1)
		for k := range 3 {
			near = min(near, distance(m.Means[c*D:(c+1)*D], reference.Means[k*D:(k+1)*D]))
		}
		require.Less(t, near, 1.0)
	}
}
