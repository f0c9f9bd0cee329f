package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// TestMatchedPreconditioners have the trace of K + Sigma, and their floor is one.
func TestMatchedPreconditioners(t *testing.T) {
	const n = 90
	ctx := context.Background()
	noise := make([]float64, n)
	for i := range noise {
		noise[i] = 0.01 * float64(1+i%3)
	}
	op := newOperator(t, cloud(n, 3, 4), Multiply(Constant{Value: 1.7}, Matern{LengthScale: []float64{1, 2, 3}}), noise, Float64)
	m, err := newMatched(ctx, op, &PreconditionerOptions{Rank: 12}, nil)
	require.NoError(t, err)

	k, inverse := make([]float64, n*n), core.NewMatrix[float64](n, n)
	require.NoError(t, fillMatrix(ctx, k, op))
	for i := range n {
		inverse.Row(i)[i] = 1
	}
	require.NoError(t, m.Solve(ctx, inverse, inverse))
	var ratio, own mat.Dense
	ratio.Mul(mat.NewDense(n, n, inverse.Data), mat.NewDense(n, n, k))
	var e mat.Eigen
	require.True(t, e.Factorize(&ratio, mat.EigenNone))
	least := math.Inf(1)
	for _, v := range e.Values(nil) {
		least = min(least, real(v))
	}
	require.Positive(t, m.Floor())
	require.GreaterOrEqual(t, least, m.Floor()*(1-1e-6))

	require.NoError(t, own.Inverse(mat.NewDense(n, n, inverse.Data)))
	require.InEpsilon(t, mat.Trace(mat.NewDense(n, n, k)), mat.Trace(&own), 1e-5)
}

// TestValuesFollowTheLikelihood compares what gradients without matrices know of values with Cholesky, where probes are drawn
// and some steps later.
func TestValuesFollowTheLikelihood(t *testing.T) {
	x, y := surface(500, 2, 0.2, 12)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 2}})
	exact := exactOf(t, x, y, k, Bounds{Lower: 1e-5, Upper: 10}, 0)
	o := (&RegressionOptions{Tol: 1e-3, Rank: 60}).withDefaults()
	e := newIterativeObjective(newOperator(t, x, k, nil, Float64), x, exact.space, y, 0, o)
	theta := append(Theta(k), math.Log(0.04))
	g := make([]float64, len(theta))
	var first, start float64
	for step := range 4 {
		value, err := e.evaluate(context.Background(), theta, g)
		require.NoError(t, err)
		want, err := exact.evaluate(context.Background(), theta, make([]float64, len(theta)))
		require.NoError(t, err)
		require.InDelta(t, want, value, 0.02*500)
		if step == 0 {
			first, start = value, want
		} else {
			require.InDelta(t, want-start, value-first, 1+0.1*math.Abs(want-start))
		}
		for p := range theta {
			theta[p] += 0.1 * float64(1-2*(p%2))
		}
	}
	require.Greater(t, math.Abs(first-e.value), 5.0)
}

// TestResidualsOfTheAccurateSystemAreSolvedFor has a system whose products are off by more than the tolerance.
func TestResidualsOfTheAccurateSystemAreSolvedFor(t *testing.T) {
	ctx := context.Background()
	x := cloud(300, 2, 5)
	k := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{1, 1}})
	fine := newOperator(t, x, k, []float64{1e-3}, Float64)
	rough := newOperator(t, x, k, []float64{1e-3}, Float32)
	pre, err := newMatched(ctx, fine, &PreconditionerOptions{Rank: 40}, nil)
	require.NoError(t, err)
	b := core.NewMatrix[float64](300, 1)
	for i := range b.Data {
		b.Data[i] = math.Sin(float64(i))
	}
	o := SolveOptions{Method: MethodCG, Tol: 1e-7, MaxIterations: 400, Refresh: 10, Preconditioner: pre}
	plain, err := Solve(ctx, rough, b, &o)
	require.NoError(t, err)
	truth := core.NewMatrix[float64](300, 1)
	residual := func(s *Solution) float64 {
		require.NoError(t, fine.Mul(ctx, truth, s.X))
		sum, size := 0.0, 0.0
		for i, v := range b.Data {
			sum += (v - truth.Data[i]) * (v - truth.Data[i])
			size += v * v
		}
		return math.Sqrt(sum / size)
	}
	require.Greater(t, residual(plain), 2e-7)
	o.accurate = fine
	refined, err := Solve(ctx, rough, b, &o)
	require.NoError(t, err)
	require.True(t, refined.Converged[0])
	require.Less(t, residual(refined), 1.1e-7)
}
