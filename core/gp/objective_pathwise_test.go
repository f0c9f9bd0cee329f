package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// TestPathwiseGradients holds gradients from 16 fixed draws of y against the exact one: unbiased to their spread, no worse for a
// tolerance of 0.01 than half a percent of the trace terms, and in the direction of the exact one away from the top.
func TestPathwiseGradients(t *testing.T) {
	x, y := surface(500, 2, 0.2, 21)
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}})
	theta := append(Theta(k), math.Log(0.02))
	gradient := func(y []float64, theta []float64) []float64 {
		g := make([]float64, len(theta))
		_, err := exactOf(t, x, y, k, Bounds{Lower: 1e-5, Upper: 10}, 0).evaluate(context.Background(), theta, g)
		require.NoError(t, err)
		return g
	}
	estimate := func(theta []float64, tol float64, seed uint64) []float64 {
		s, err := newSpace(k, Bounds{Lower: 1e-5, Upper: 10}, x.Cols, nil)
		require.NoError(t, err)
		o := (&RegressionOptions{ProbeLaw: ProbesPathwise, Seed: seed, Tol: tol, Rank: 120, Probes: 16}).withDefaults()
		g := make([]float64, len(theta))
		_, err = newIterativeObjective(newOperator(t, x, k, nil, Float64), x, s, y, 0, o).evaluate(context.Background(), theta, g)
		require.NoError(t, err)
		return g
	}
	want, traces := gradient(y, theta), gradient(make([]float64, len(y)), theta)
	const seeds = 10
	sum, squares := make([]float64, len(theta)), make([]float64, len(theta))
	for seed := range uint64(seeds) {
		for p, v := range estimate(theta, 1e-6, seed) {
			sum[p] += v
			squares[p] += v * v
		}
	}
	rough, fine := estimate(theta, 0.01, 0), estimate(theta, 1e-6, 0)
	for p, v := range want {
		mean := sum[p] / seeds
		spread := math.Sqrt((squares[p]/seeds - mean*mean) / (seeds - 1))
		require.InDelta(t, v, mean, 4*spread, "parameter %d", p)
		require.InDelta(t, fine[p], rough[p], 0.005*math.Abs(traces[p]), "parameter %d", p)
	}
	theta[1], theta[2] = theta[1]+math.Log(1.5), theta[2]+math.Log(1.5)
	exact, g := gradient(y, theta), estimate(theta, 0.01, 0)
	require.Greater(t, blas.Dot(exact, g), 0.99*math.Sqrt(blas.Dot(exact, exact)*blas.Dot(g, g)))
}
