package gp

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// solvePaths runs a test with every family of kernels that this machine has.
func solvePaths(t *testing.T, f func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(fmt.Sprint(level), func(t *testing.T) { defer cpu.Force(level)(); f(t) })
	}
}

func TestCholesky(t *testing.T) {
	solvePaths(t, func(t *testing.T) {
		ctx := context.Background()
		for _, n := range []int{1, 2, 127, 128, 129, 300} {
			c := newSolveCase(t, n, 2, 0.6, 0.05)
			b := solveNormals(1, n, 3)
			x := c.solved(t, b)
			for _, v := range relativeResiduals(t, c.system, x, b) {
				require.Less(t, v, 1e-11)
			}
			inverse := core.NewMatrix[float64](n, n)
			for i := range n {
				inverse.Row(i)[i] = 1
			}
			require.NoError(t, c.exact.Solve(inverse))
			diagonal, err := c.exact.InverseDiagonal(ctx)
			require.NoError(t, err)
			for i, v := range diagonal {
				require.InEpsilon(t, inverse.Row(i)[i], v, 1e-9)
			}
		}
	})
}

// The determinant of a matrix a I + b 1 1^T is a^(n-1) (a + n b).
func TestCholeskyLogDet(t *testing.T) {
	const n, a, b = 200, 0.3, 2.0
	k := core.NewMatrix[float64](n, n)
	for i := range k.Data {
		k.Data[i] = b
	}
	s, err := NewDenseSystem(k, []float64{a}, 0)
	require.NoError(t, err)
	for _, system := range []System{s, productsOnly{s}} {
		c, err := NewCholesky(context.Background(), system, nil)
		require.NoError(t, err)
		require.InDelta(t, (n-1)*math.Log(a)+math.Log(a+n*b), c.LogDet(), 1e-9)
	}
}

// Leaving one out by formula is leaving it out.
func TestLeaveOneOut(t *testing.T) {
	const n, out = 60, 17
	c := newSolveCase(t, n, 2, 0.5, 0.1)
	y := solveNormals(3, n, 1)
	diagonal, err := c.exact.InverseDiagonal(context.Background())
	require.NoError(t, err)
	mean, variance := LeaveOneOut(y.Data, c.solved(t, y).Data, diagonal)

	rest := core.NewMatrix[float64](n-1, n-1)
	cross, target := core.NewMatrix[float64](n-1, 2), make([]float64, n-1)
	skip := func(i int) int {
		if i >= out {
			return i + 1
		}
		return i
	}
	for i := range n - 1 {
		for j := range n - 1 {
			rest.Row(i)[j] = c.system.k.Row(skip(i))[skip(j)]
		}
		target[i] = c.system.k.Row(out)[skip(i)]
		cross.Row(i)[0], cross.Row(i)[1] = y.Data[skip(i)], target[i]
	}
	s, err := NewDenseSystem(rest, []float64{0.1}, 1)
	require.NoError(t, err)
	f, err := NewCholesky(context.Background(), s, nil)
	require.NoError(t, err)
	require.NoError(t, f.Solve(cross))
	m, v := 0.0, 1+0.1
	for i, k := range target {
		m += k * cross.Row(i)[0]
		v -= k * cross.Row(i)[1]
	}
	require.InDelta(t, m, mean[out], 1e-10)
	require.InDelta(t, v, variance[out], 1e-10)
}

func TestCholeskyRefuses(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 500, 2, 0.5, 0.1)
	_, err := NewCholesky(ctx, c.system, &SolveOptions{MaxMemory: 1})
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, `"cg"`)
	require.ErrorIs(t, c.exact.Solve(core.NewMatrix[float64](499, 1)), core.ErrShape)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = NewCholesky(ended, c.system, nil)
	require.ErrorIs(t, err, context.Canceled)
	ended, cancel = context.WithCancel(ctx)
	rows := 0
	_, err = NewCholesky(ended, c.system, &SolveOptions{Progress: func(p core.Progress) {
		rows = p.Iteration
		cancel()
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, triangularBlock, rows)

	out, err := Solve(ctx, c.system, solveNormals(1, 500, 2), nil)
	require.NoError(t, err)
	require.Equal(t, MethodCholesky, out.Method)
	require.True(t, out.Converged[0] && out.Converged[1])
}

func TestSolveRefuses(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 30, 1, 0.5, 0.1)
	b := solveNormals(1, 30, 2)
	bad := solveCopy(b)
	bad.Row(4)[1] = math.NaN()
	wrong := solveNormals(1, 29, 2)
	for text, call := range map[string]func() error{
		"method must be":      func() error { _, err := Solve(ctx, c.system, b, &SolveOptions{Method: "lu"}); return err },
		"format must be":      func() error { _, err := Solve(ctx, c.system, b, &SolveOptions{Format: "int8"}); return err },
		"tol must be":         func() error { _, err := Solve(ctx, c.system, b, &SolveOptions{Tol: 1}); return err },
		"max_iter must not":   func() error { _, err := Solve(ctx, c.system, b, &SolveOptions{MaxIterations: -1}); return err },
		"29 rows for 30":      func() error { _, err := Solve(ctx, c.system, wrong, nil); return err },
		"row 4, column 1":     func() error { _, err := Solve(ctx, c.system, bad, nil); return err },
		"initial guess is 29": func() error { _, err := Solve(ctx, c.system, b, &SolveOptions{Start: &wrong}); return err },
		"1 tolerances for 2":  func() error { _, err := Solve(ctx, c.system, b, &SolveOptions{Tols: []float64{0.1}}); return err },
		"noise[0] = -1":       func() error { _, err := NewDenseSystem(c.system.k, []float64{-1}, 1); return err },
	} {
		require.ErrorContains(t, call(), text)
	}
	out, err := Solve(ctx, c.system, core.NewMatrix[float64](30, 0), nil)
	require.NoError(t, err)
	require.Empty(t, out.Residuals)
}
