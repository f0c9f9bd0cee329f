package gp

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVariancesOfSharedNeighbors looks at kernels with and without a reach, at sets that are shared and at points of their own.
func TestVariancesOfSharedNeighbors(t *testing.T) {
	x, y := surface(700, 2, 0.1, 5)
	z := shifted(x, 150, 0.3)
	z.Row(149)[0] = 1e6 // far from all others
	for name, k := range map[string]Kernel{
		"matern": Matern{LengthScale: []float64{0.4, 1}}, "linear": Add(Linear{Sigma0: 1}, RBF{LengthScale: []float64{0.5}}),
		"periodic": Multiply(Periodic{Period: []float64{2}}, RBF{LengthScale: []float64{3}}), "white": Add(Matern{Nu: 0.5}, White{Noise: 0.1}),
	} {
		o := RegressionOptions{Noise: 0.02, NoiseFixed: true, Optimizer: OptimizerNone, Solver: MethodCG, Threads: 1, NoLikelihood: true}
		m := fit(t, x, y, k, o)
		near := predict(t, m, z, PredictOptions{Neighbors: 200})
		all := predict(t, m, z, PredictOptions{Neighbors: 700})
		for i, v := range near.Variance {
			if i < 149 {
				require.GreaterOrEqual(t, v, all.Variance[i]-1e-9*math.Abs(all.Variance[i]), name)
				require.Less(t, v, all.Variance[i]+0.1*(all.Variance[i]+0.02), name)
			}
		}
		require.InEpsilon(t, all.Variance[149], near.Variance[149], 0.05, name)
		m.Threads = 3
		m.Reset()
		require.Equal(t, near.Variance, predict(t, m, z, PredictOptions{Neighbors: 200, Chunk: 37}).Variance, name)
	}
}

// TestVariancesOfSingularNeighbors has a kernel matrix of copies without noise, which no factor exists for.
func TestVariancesOfSingularNeighbors(t *testing.T) {
	x, y := surface(100, 2, 0.1, 5)
	copy(x.Data[100:], x.Data[:100])
	m := &Regression{Kernel: RBF{LengthScale: []float64{3}}, X: x, Y: y, Weights: y, Solver: MethodCG, Precision: Float32}
	for _, v := range predict(t, m, shifted(x, 20, 0.3), PredictOptions{}).Variance {
		require.True(t, v >= 0 && v <= 1)
	}
}
