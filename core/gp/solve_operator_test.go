package gp

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// Every solver works on the matrix-free operator, and finds what Cholesky finds.
func TestSolversOnTheOperator(t *testing.T) {
	ctx := context.Background()
	const n, length = 900, 0.5
	c := newSolveCase(t, n, 3, length, 0.05)
	x := core.NewMatrix[float64](n, 3)
	for i, row := range c.x {
		copy(x.Row(i), row)
	}
	op, err := NewOperator(x, Matern{Nu: 1.5, LengthScale: []float64{length}}, []float64{0.05}, nil)
	require.NoError(t, err)
	b := solveNormals(1, n, 2)
	exact := c.solved(t, b)
	p, err := NewPreconditioner(ctx, op, &PreconditionerOptions{Rank: 100, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, 100, p.Rank())
	for _, o := range []SolveOptions{
		{Method: MethodCholesky, Tol: 1e-3},
		{Method: MethodCG, Tol: 1e-3, Preconditioner: p},
		{Method: MethodLowCG, Tol: 1e-3, Preconditioner: p},
		{Method: MethodProjections, BlockSize: 100, Tol: 3e-2},
		{Method: MethodDual, BlockSize: 128, Tol: 3e-2},
	} {
		out, err := Solve(ctx, op, b, &o)
		require.NoError(t, err)
		require.True(t, out.Converged[0] && out.Converged[1], "%s: %v after %v: %v", o.Method, out.Residuals, out.Iterations, out.Diagnostics)
		for _, r := range relativeResiduals(t, c.system, out.X, b) {
			require.Less(t, r, 1.05*o.Tol, o.Method)
		}
		if o.Tol == 1e-3 {
			for i := range n {
				require.InDelta(t, exact.Row(i)[0], out.X.Row(i)[0], 0.2, o.Method)
			}
		}
	}
	e, err := LogDet(ctx, op, &LogDetOptions{Preconditioner: p, Seed: 2})
	require.NoError(t, err)
	require.InDelta(t, c.exact.LogDet(), e.Value, 0.01*n)

	y := make([]float64, n)
	for i := range y {
		y[i] = b.Row(i)[0]
	}
	kx := c.kernelRows(5, length)
	belief, err := IterGP(ctx, op, y, &IterGPOptions{Stages: []Stage{{Policy: PolicyCholesky, Actions: 20}, {Policy: PolicyCG, Actions: 20}}, Preconditioner: p})
	require.NoError(t, err)
	root, err := NewLanczosRoot(ctx, op, y, &LanczosOptions{Rank: 40})
	require.NoError(t, err)
	cross := core.NewMatrix[float64](n, 5)
	for i := range 5 {
		for j, v := range kx.Row(i) {
			cross.Row(j)[i] = v
		}
	}
	solved := c.solved(t, cross)
	fromBelief, fromRoot := make([]float64, 5), make([]float64, 5)
	require.NoError(t, belief.Explained(fromBelief, kx))
	require.NoError(t, root.Explained(fromRoot, kx))
	for i := range 5 {
		most := 0.0
		for j, v := range kx.Row(i) {
			most += v * solved.Row(j)[i]
		}
		require.LessOrEqual(t, fromBelief[i], most+1e-5)
		require.LessOrEqual(t, fromRoot[i], most+1e-5)
		require.Greater(t, fromBelief[i], most/2)
	}
	_, err = NewProfile(ctx, op, y, &ProfileOptions{Steps: 20})
	require.NoError(t, err)
}
