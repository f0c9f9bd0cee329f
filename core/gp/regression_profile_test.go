package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// TestProfiledTrainingFindsTheSameOptimum compares exact likelihoods with those of training without a profile.
func TestProfiledTrainingFindsTheSameOptimum(t *testing.T) {
	x, y := surface(300, 2, 0.3, 51)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1}})
	best := fit(t, x, y, k, RegressionOptions{})
	m := fit(t, x, y, k, RegressionOptions{Solver: MethodCG, Profile: true, Init: InitNone, MaxIter: 8, NoLikelihood: true, Seed: 4})
	again := fit(t, x, y, m.Kernel, RegressionOptions{Noise: m.Noise, NoiseFixed: true, Optimizer: OptimizerNone})
	require.Greater(t, again.LogLikelihood, best.LogLikelihood-3.5)
	require.InDelta(t, math.Log(best.Noise), math.Log(m.Noise), 0.15)
}

// TestProfilesFindThePairOfTheLargestLikelihood compares with exact likelihoods around the pair.
func TestProfilesFindThePairOfTheLargestLikelihood(t *testing.T) {
	x, y := surface(300, 2, 0.3, 52)
	k := Multiply(Constant{Value: 0.3}, Matern{LengthScale: []float64{1, 1.5}})
	s, err := newSpace(k, Bounds{Lower: 1e-5, Upper: 10}, 2, nil)
	require.NoError(t, err)
	theta := append(Theta(k), math.Log(0.5))
	work := &training{theta: theta, space: s, y: tall(y, len(y)), o: (&RegressionOptions{Seed: 1}).withDefaults()}
	op := newOperator(t, x, k, []float64{0.5}, Float64)
	p, err := newProfiler(work, op)
	require.NoError(t, err)
	found, err := p.best(context.Background(), op, theta)
	require.NoError(t, err)
	require.Equal(t, theta[1:3], found[1:3])
	exact, g := exactOf(t, x, y, k, Bounds{Lower: 1e-5, Upper: 10}, 0), make([]float64, 4)
	_, err = exact.evaluate(context.Background(), found, g)
	require.NoError(t, err)
	require.Less(t, math.Abs(g[0])+math.Abs(g[3]), 6.0, "slopes of %v", found) // of some 150 each by a factor e
	settled := append([]float64(nil), theta...)
	p.settle(settled)
	require.Equal(t, found, settled)
}

func TestProfilesNeedAScaleAndANoise(t *testing.T) {
	x, y := surface(60, 2, 0.3, 53)
	pair := core.NewMatrix[float64](60, 2)
	c := Multiply(Constant{Value: 1}, Matern{})
	try := func(y core.Matrix[float64], k Kernel, o RegressionOptions) {
		t.Helper()
		o.Profile, o.Init = true, InitNone
		_, err := FitOutputs(context.Background(), x, y, k, &o)
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, "profile")
	}
	one := tall(y, 60)
	try(one, c, RegressionOptions{Solver: MethodCholesky})
	try(one, c, RegressionOptions{Solver: MethodCG, NoiseFixed: true, Noise: 0.1})
	try(one, Matern{}, RegressionOptions{Solver: MethodCG})
	try(one, Add(c, White{Noise: 0.1}), RegressionOptions{Solver: MethodCG})
	try(pair, c, RegressionOptions{Solver: MethodCG})
	try(one, c, RegressionOptions{Solver: MethodCG, Priors: []Prior{{Parameter: "noise", Kind: LogNormalPrior, B: 1}}})
}
