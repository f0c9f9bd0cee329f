package gp

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// solveCase is a Gaussian process of smoothness 3/2 on random points, solved exactly.
type solveCase struct {
	x      [][]float64
	system *DenseSystem
	exact  *Cholesky
	noise  []float64
}

// newSolveCase has n points in d dimensions on the unit cube, signal variance 1.
func newSolveCase(t testing.TB, n, d int, length float64, noise ...float64) *solveCase {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	c := &solveCase{x: make([][]float64, n), noise: noise}
	for i := range c.x {
		c.x[i] = make([]float64, d)
		for q := range c.x[i] {
			c.x[i][q] = r.Float64()
		}
	}
	k := core.NewMatrix[float64](n, n)
	for i, a := range c.x {
		for j, b := range c.x {
			k.Row(i)[j] = matern(a, b, length)
		}
	}
	var err error
	c.system, err = NewDenseSystem(k, noise, 2)
	require.NoError(t, err)
	c.exact, err = NewCholesky(context.Background(), c.system, nil)
	require.NoError(t, err)
	return c
}

func matern(a, b []float64, length float64) float64 {
	sum := 0.0
	for q, v := range a {
		sum += (v - b[q]) * (v - b[q])
	}
	rho := math.Sqrt(3*sum) / length
	return (1 + rho) * math.Exp(-rho)
}

// kernelRows returns k(x, X) for m fresh points, m x n, and the points.
func (c *solveCase) kernelRows(m int, length float64) core.Matrix[float64] {
	r := rand.New(rand.NewPCG(uint64(m), 77))
	k := core.NewMatrix[float64](m, len(c.x))
	for i := range m {
		at := make([]float64, len(c.x[0]))
		for q := range at {
			at[q] = r.Float64()
		}
		for j, b := range c.x {
			k.Row(i)[j] = matern(at, b, length)
		}
	}
	return k
}

// solved returns the exact solution.
func (c *solveCase) solved(t testing.TB, b core.Matrix[float64]) core.Matrix[float64] {
	t.Helper()
	x := solveCopy(b)
	require.NoError(t, c.exact.Solve(x))
	return x
}

func solveCopy(b core.Matrix[float64]) core.Matrix[float64] {
	x := core.NewMatrix[float64](b.Rows, b.Cols)
	for i := range b.Rows {
		copy(x.Row(i), b.Row(i))
	}
	return x
}

func solveNormals(seed uint64, n, t int) core.Matrix[float64] {
	r := rand.New(rand.NewPCG(seed, 5))
	x := core.NewMatrix[float64](n, t)
	for i := range x.Data {
		x.Data[i] = r.NormFloat64()
	}
	return x
}

// relativeResiduals are |b - (K + Sigma) x| / |b|, plainly.
func relativeResiduals(t testing.TB, s System, x, b core.Matrix[float64]) []float64 {
	t.Helper()
	y := core.NewMatrix[float64](b.Rows, b.Cols)
	require.NoError(t, s.Mul(context.Background(), y, x))
	out := make([]float64, b.Cols)
	for j := range out {
		var top, bottom float64
		for i := range b.Rows {
			e := b.Row(i)[j] - y.Row(i)[j]
			top += e * e
			bottom += b.Row(i)[j] * b.Row(i)[j]
		}
		out[j] = math.Sqrt(top / bottom)
	}
	return out
}

// productsOnly hides the columns of a system.
type productsOnly struct{ s System }

func (p productsOnly) Size() int { return p.s.Size() }
func (p productsOnly) Mul(ctx context.Context, dst, v core.Matrix[float64]) error {
	return p.s.Mul(ctx, dst, v)
}
func (p productsOnly) Sigma() []float64 { return p.s.Sigma() }

func codes(notes []Diagnostic) []string {
	var out []string
	for _, d := range notes {
		out = append(out, d.Code)
	}
	return out
}
