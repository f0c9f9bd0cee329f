package gp

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestBlockMethodsMeetTheTolerance(t *testing.T) {
	ctx := context.Background()
	const n = 620
	noise := make([]float64, n)
	for i := range noise {
		noise[i] = 0.2 * (1 + float64(i%3))
	}
	c := newSolveCase(t, n, 3, 0.5, noise...)
	b := solveNormals(1, n, 4)
	for i := range n {
		b.Row(i)[1] = 0
		b.Row(i)[2] *= 1e20
	}
	exact := c.solved(t, b)
	for _, o := range []SolveOptions{
		{Method: MethodProjections, BlockSize: 100, Tol: 1e-3},
		{Method: MethodProjections, Tols: []float64{1e-2, 1e-3, 1e-3, 1e-1}, BlockSize: 64},
		{Method: MethodProjections, Tol: 1e-6}, // one block: solved at once
		{Method: MethodDual, BlockSize: 100, Tol: 1e-3, Seed: 1},
		{Method: MethodDual, BlockSize: 64, Tol: 1e-2, StepSize: 2, Seed: 1},
	} {
		var first *Solution
		for _, threads := range []int{1, 3} {
			o.Threads = threads
			out, err := Solve(ctx, c.system, b, &o)
			require.NoError(t, err)
			require.Empty(t, out.Diagnostics)
			for j := range 4 {
				require.True(t, out.Converged[j], "%+v column %d", o, j)
			}
			require.Zero(t, out.Iterations[1])
			if first == nil {
				first = out
				t.Logf("%s: %v iterations, %v", o.Method, out.Iterations, out.Residuals)
				actual := relativeResiduals(t, c.system, out.X, b)
				for _, j := range []int{0, 2, 3} {
					require.InDelta(t, actual[j], out.Residuals[j], 1e-9)
				}
			}
			require.Equal(t, first.X.Data, out.X.Data, o.Method)
		}
		if o.Tol == 1e-6 {
			for i := range n {
				require.InDelta(t, exact.Row(i)[0], first.X.Row(i)[0], 1e-3)
			}
		}
	}
}

// Blocks of neighbours have less to do with each other.
func TestProjectionsInAnOrder(t *testing.T) {
	ctx := context.Background()
	const n = 400
	c := newSolveCase(t, n, 1, 0.1, 0.05)
	b := solveNormals(1, n, 1)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(c.x[i][0], c.x[j][0]) })
	o := &SolveOptions{Method: MethodProjections, BlockSize: 50, Tol: 1e-4}
	plain, err := Solve(ctx, c.system, b, o)
	require.NoError(t, err)
	o.Order = order
	sorted, err := Solve(ctx, c.system, b, o)
	require.NoError(t, err)
	require.True(t, plain.Converged[0] && sorted.Converged[0])
	require.Less(t, sorted.Iterations[0], plain.Iterations[0]*2/3)
	order[3] = order[4]
	_, err = Solve(ctx, c.system, b, o)
	require.ErrorIs(t, err, core.ErrOption)
}

func TestBlockMethodsStartWarm(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 400, 2, 0.5, 0.1)
	b := solveNormals(1, 400, 2)
	for _, method := range []string{MethodProjections, MethodDual} {
		cold, err := Solve(ctx, c.system, b, &SolveOptions{Method: method, BlockSize: 50, Tol: 1e-2})
		require.NoError(t, err)
		require.True(t, cold.Converged[0] && cold.Converged[1])
		o := &SolveOptions{Method: method, BlockSize: 50, Tol: 1e-2, Start: &cold.X}
		warm, err := Solve(ctx, c.system, b, o)
		require.NoError(t, err)
		require.Equal(t, []int{0, 0}, warm.Iterations, method)
	}
}

func TestBlockMethodsKeepToBudgets(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 400, 2, 0.5, 1e-4)
	b := solveNormals(1, 400, 2)
	for _, method := range []string{MethodProjections, MethodDual} {
		out, err := Solve(ctx, c.system, b, &SolveOptions{Method: method, BlockSize: 50, Tol: 1e-9, MaxIterations: 7})
		require.NoError(t, err)
		require.Equal(t, []int{7, 7}, out.Iterations, method)
		require.Contains(t, codes(out.Diagnostics), NotConverged)
		out, err = Solve(ctx, c.system, b, &SolveOptions{Method: method, BlockSize: 50, Tol: 1e-9, MaxProducts: 20})
		require.NoError(t, err)
		require.LessOrEqual(t, out.Products, 20, method)
		_, err = Solve(ctx, productsOnly{c.system}, b, &SolveOptions{Method: method})
		require.ErrorIs(t, err, core.ErrOption)
		ended, cancel := context.WithCancel(ctx)
		_, err = Solve(ended, c.system, b, &SolveOptions{Method: method, BlockSize: 50, Tol: 1e-9,
			Progress: func(core.Progress) { cancel() }})
		require.ErrorIs(t, err, context.Canceled)
	}
	_, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodProjections, BlockSize: 400, MaxMemory: 1})
	require.ErrorIs(t, err, core.ErrOption)
}

// Steps that are far too long are found out.
func TestDualDescentHalvesItsStep(t *testing.T) {
	c := newSolveCase(t, 300, 2, 0.5, 0.1)
	b := solveNormals(1, 300, 1)
	out, err := Solve(context.Background(), c.system, b, &SolveOptions{Method: MethodDual, BlockSize: 50, StepSize: 1000})
	require.NoError(t, err)
	require.Contains(t, codes(out.Diagnostics), StepReduced)
	require.True(t, out.Converged[0])
}
