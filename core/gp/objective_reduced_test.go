package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestControlVariatesReduceTheErrorOfGradients compares gradients of both laws, from the same probes, with the exact one.
func TestControlVariatesReduceTheErrorOfGradients(t *testing.T) {
	x, y := surface(500, 2, 0.2, 21)
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}})
	exact := exactOf(t, x, y, k, Bounds{Lower: 1e-5, Upper: 10}, 0)
	theta := append(Theta(k), math.Log(0.02))
	want := make([]float64, len(theta))
	_, err := exact.evaluate(context.Background(), theta, want)
	require.NoError(t, err)
	off := map[string]float64{}
	for _, law := range []string{ProbesMatched, ProbesReduced} {
		for seed := range uint64(5) {
			o := (&RegressionOptions{ProbeLaw: law, Seed: seed, Tol: 1e-5, Rank: 120, Probes: 4}).withDefaults()
			e := newIterativeObjective(newOperator(t, x, k, nil, Float64), x, exact.space, y, 0, o)
			g := make([]float64, len(theta))
			_, err := e.evaluate(context.Background(), theta, g)
			require.NoError(t, err)
			for p, v := range g {
				off[law] += (v - want[p]) * (v - want[p])
			}
		}
	}
	require.Less(t, off[ProbesReduced], off[ProbesMatched]/6)
}
