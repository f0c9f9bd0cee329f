package mixture

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// deconvolution draws n rows theta + e with theta uniform on three spots and a line, e of variances noise; it returns theta too.
func deconvolution(seed uint64, n int, noise []float64) (x, theta core.Matrix[float64]) {
	r := rng.New(seed)
	D := len(noise)
	x, theta = core.NewMatrix[float64](n, D), core.NewMatrix[float64](n, D)
	for i := range n {
		spot := r.IntN(4)
		line := 6 * r.Float64()
		for d := range D {
			theta.Row(i)[d] = []float64{-4, 0, 3, 4 + line}[spot]
			x.Row(i)[d] = theta.Row(i)[d] + math.Sqrt(noise[d])*r.NormFloat64()
		}
	}
	return x, theta
}

func mustNPMLE[T core.Float](t *testing.T, x core.Matrix[T], noise []float64, o NPMLEOptions) *NPMLE {
	t.Helper()
	m, err := FitNPMLE(background, x, noise, &o)
	require.NoError(t, err)
	require.NoError(t, m.Model.check())
	for i, h := range m.Model.History[1:] {
		require.GreaterOrEqual(t, h.Objective, m.Model.History[i].Objective-2e-3, "iteration %d", i+1) // atoms that join cost a little
	}
	return m
}

func TestMixingDistributionIsCertified(t *testing.T) {
	for _, noise := range [][]float64{{1}, {0.5}, {1, 0.5}} {
		x, theta := deconvolution(1, 600, noise)
		m := mustNPMLE(t, x, noise, NPMLEOptions{})
		require.LessOrEqual(t, m.Certificate, 1e-4)
		require.True(t, m.Model.Converged)
		require.Less(t, m.Model.Components, 30)
		require.InDelta(t, m.Model.LowerBound, mean(scores(t, m.Model, x)), 1e-9)
		// The truth is a distribution as well, so it cannot be much likelier than the maximum.
		require.Greater(t, m.Model.LowerBound+1e-4, mean(truthScores(x, noise)))
		// Empirical Bayes beats the rows themselves.
		posterior := core.NewMatrix[float64](x.Rows, x.Cols)
		require.NoError(t, Denoise(background, m.Model, x, 1, -1, posterior))
		require.Less(t, squared(posterior, theta), 0.85*squared(x, theta))
	}
}

// truthScores are the log-densities of the rows under the distribution they come from.
func truthScores(x core.Matrix[float64], noise []float64) []float64 {
	const K = 3 + 600
	means, weights := make([]float64, 0, K*x.Cols), make([]float64, 0, K)
	for k := range K {
		place, weight := 4+6*(float64(k-3)+0.5)/600, 0.25/600
		if k < 3 {
			place, weight = []float64{-4, 0, 3}[k], 0.25
		}
		means, weights = append(means, slices.Repeat([]float64{place}, x.Cols)...), append(weights, weight)
	}
	m, err := NewModel(Diag, K, x.Cols, 0, weights, means, nil, slices.Repeat(noise, K))
	if err != nil {
		panic(err)
	}
	dst := make([]float64, x.Rows)
	if err := ScoreSamples(background, m, x, 1, dst); err != nil {
		panic(err)
	}
	return dst
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, a := range v {
		sum += a / float64(len(v))
	}
	return sum
}

func squared(a, b core.Matrix[float64]) float64 {
	sum := 0.0
	for i, v := range a.Data {
		sum += (v - b.Data[i]) * (v - b.Data[i])
	}
	return sum
}

// The certificate is the largest value of mean_i phi(x_i - theta) / p(x_i) - 1. Before the flow has converged that is large, and
// climbing from every row by many steps finds it, too.
func TestCertificateIsTheLargestGain(t *testing.T) {
	for _, noise := range [][]float64{{0.8}, {1, 0.5}} {
		D := len(noise)
		x, _ := deconvolution(4, 300, noise)
		m := mustNPMLE(t, x, noise, NPMLEOptions{Flow: FlowWeights, Atoms: 6, MaxIter: 5, Seed: 2})
		p := scores(t, m.Model, x)
		share := func(theta []float64, i int) float64 {
			log := -p[i]
			for d, v := range x.Row(i) {
				log -= ((v-theta[d])*(v-theta[d])/noise[d] + math.Log(2*math.Pi*noise[d])) / 2
			}
			return math.Exp(log)
		}
		want := 0.0
		for start := range x.Rows {
			theta := slices.Clone(x.Row(start))
			for range 40 {
				sum, center := 0.0, make([]float64, D)
				for i := range x.Rows {
					v := share(theta, i)
					sum += v
					for d, u := range x.Row(i) {
						center[d] += v * u
					}
				}
				want = max(want, sum/float64(x.Rows)-1)
				for d := range theta {
					theta[d] = center[d] / sum
				}
			}
		}
		require.Greater(t, want, 0.01)
		require.InEpsilon(t, want, m.Certificate, 0.01, "%d features", D)
	}
}

// Of flows with equally many steps the joint one ends highest (Yan, Wang and Rigollet).
func TestJointFlowBeatsItsParts(t *testing.T) {
	x, _ := deconvolution(2, 400, []float64{1, 1})
	o := NPMLEOptions{Atoms: 25, MaxIter: 60, Seed: 3}
	reached := map[string]float64{}
	for _, o.Flow = range []string{FlowWeights, FlowPlaces, FlowJoint} {
		m := mustNPMLE(t, x, []float64{1, 1}, o)
		reached[o.Flow] = m.Model.LowerBound
		if o.Flow != FlowJoint {
			require.Greater(t, m.Certificate, 1e-3, o.Flow)
		}
		require.GreaterOrEqual(t, m.Certificate, 0.0)
	}
	require.Greater(t, reached[FlowJoint], reached[FlowWeights]+1e-3)
	require.Greater(t, reached[FlowJoint], reached[FlowPlaces]+1e-3)
}

func TestMixingDistributionTrouble(t *testing.T) {
	x, _ := deconvolution(3, 200, []float64{1})
	one := mustNPMLE(t, x, []float64{1}, NPMLEOptions{Threads: 1})
	require.Equal(t, one.Model.Means, mustNPMLE(t, x, []float64{1}, NPMLEOptions{Threads: 4}).Model.Means)
	// Rows that are all one place, and a single row, have one atom.
	for _, rows := range []int{1, 50} {
		same := core.NewMatrix[float32](rows, 2)
		for i := range same.Data {
			same.Data[i] = 3
		}
		m := mustNPMLE(t, same, []float64{1, 1}, NPMLEOptions{})
		require.Equal(t, []float64{1}, m.Model.Weights)
		requireNear(t, []float64{3, 3}, m.Model.Means, 1e-6, "atoms")
	}
	// Two rows far apart; weights move mass between atoms.
	two := matrix[float64]([]float64{-1e6, 1e6}, 1)
	m := mustNPMLE(t, two, []float64{1}, NPMLEOptions{SampleWeight: []float64{1, 3}})
	requireNear(t, []float64{0.25, 0.75}, m.Model.Weights, 1e-4, "weights")
	requireNear(t, []float64{-1e6, 1e6}, m.Model.Means, 1e-6, "atoms")
	for _, o := range []NPMLEOptions{{Atoms: -1}, {Flow: "up"}, {Tol: -1}, {MaxIter: -1}} {
		_, err := FitNPMLE(background, x, []float64{1}, &o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	for _, noise := range [][]float64{nil, {1, 1}, {0}, {math.Inf(1)}} {
		_, err := FitNPMLE(background, x, noise, nil)
		require.Error(t, err)
	}
}
