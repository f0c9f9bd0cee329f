package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestFormatsRound(t *testing.T) {
	f16, bf16, f32 := formats[Float16], formats[BFloat16], formats[Float32]
	for _, c := range []struct {
		f        format
		in, want float64
	}{
		{f16, 1, 1}, {f16, 1 + 0x1p-11, 1}, {f16, 1 + 0x1p-11 + 0x1p-30, 1 + 0x1p-10}, {f16, 1 + 3*0x1p-11, 1 + 0x1p-9},
		{f16, 2049, 2048}, {f16, 2051, 2052}, {f16, 65519, 65504}, {f16, -1e9, -65504}, {f16, 0x1p-24, 0x1p-24},
		{f16, 0x1p-25, 0}, {f16, 0x1.8p-24, 0x1p-23}, {f16, -0x1p-14, -0x1p-14},
		{bf16, 1 + 0x1p-8, 1}, {bf16, 1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-7}, {bf16, 257, 256}, {bf16, 259, 260},
		{f32, 1 + 0x1p-24, 1}, {f32, 0.1, float64(float32(0.1))}, {f32, 1e-42, float64(float32(1e-42))},
	} {
		require.Equal(t, c.want, c.f.round(c.in), "%s of %v", c.f.name, c.in)
	}
	require.True(t, math.IsNaN(f16.round(math.NaN())))
	for _, f := range formats {
		for _, x := range solveNormals(1, 300, 1).Data {
			for _, scale := range []float64{1, 1e-4, 1e-6, 1e3} {
				v := f.round(x * scale)
				require.Equal(t, v, f.unpack(f.pack(v)))
				require.LessOrEqual(t, math.Abs(v-x*scale), max(f.epsilon*math.Abs(x*scale), f.smallest/2))
			}
		}
	}
}

// plainLowPrecisionCG is the textbook's preconditioned method with every vector rounded to the format.
func plainLowPrecisionCG(t *testing.T, s System, p Preconditioner, b core.Matrix[float64], f format, iterations int) (best float64) {
	n := b.Rows
	x, r, q, z := core.NewMatrix[float64](n, 1), solveCopy(b), core.NewMatrix[float64](n, 1), core.NewMatrix[float64](n, 1)
	round := func(v core.Matrix[float64]) {
		for i, e := range v.Data {
			v.Data[i] = f.round(e)
		}
	}
	dot := func(a, b []float64) float64 {
		sum := 0.0
		for i, v := range a {
			sum += v * b[i]
		}
		return sum
	}
	ctx := context.Background()
	require.NoError(t, p.Solve(ctx, z, r))
	round(z)
	d := solveCopy(z)
	best = 1
	gamma := dot(r.Data, z.Data)
	for range iterations {
		require.NoError(t, s.Mul(ctx, q, d))
		round(q)
		a := gamma / dot(d.Data, q.Data)
		for i := range n {
			x.Data[i] = f.round(x.Data[i] + f.round(a*d.Data[i]))
			r.Data[i] = f.round(r.Data[i] - f.round(a*q.Data[i]))
		}
		require.NoError(t, p.Solve(ctx, z, r))
		round(z)
		next := dot(r.Data, z.Data)
		if !(next > 0) {
			break
		}
		for i := range n {
			d.Data[i] = f.round(z.Data[i] + f.round(next/gamma*d.Data[i]))
		}
		gamma = next
		if v := relativeResiduals(t, s, x, b)[0]; v < best {
			best = v
		}
	}
	return best
}

func TestLowPrecisionConvergesWherePlainOneStagnates(t *testing.T) {
	ctx := context.Background()
	const n, tol = 500, 1e-3
	smooth, rough := newSolveCase(t, n, 2, 1, 3e-3), newSolveCase(t, n, 2, 0.5, 3e-3)
	wave := core.NewMatrix[float64](n, 1)
	for i, x := range smooth.x {
		wave.Data[i] = math.Sin(6*x[0]) + math.Cos(5*x[1])
	}
	for format, at := range map[string]struct {
		c *solveCase
		b core.Matrix[float64]
	}{Float16: {rough, solveNormals(1, n, 1)}, BFloat16: {smooth, wave}} {
		p, err := NewPreconditioner(ctx, at.c.system, &PreconditionerOptions{Rank: 40, Seed: 1})
		require.NoError(t, err)
		plain := plainLowPrecisionCG(t, at.c.system, p, at.b, formats[format], 200)
		require.Greater(t, plain, 10*tol, format)
		out, err := Solve(ctx, at.c.system, at.b, &SolveOptions{Method: MethodLowCG, Format: format, Tol: tol, Preconditioner: p})
		require.NoError(t, err)
		t.Logf("%s: plain %.3g, ours %.3g after %d iterations", format, plain, out.Residuals[0], out.Iterations[0])
		require.True(t, out.Converged[0])
		require.InDelta(t, relativeResiduals(t, at.c.system, out.X, at.b)[0], out.Residuals[0], 1e-12)
	}
}

// Where the format cannot do it the result says so, and is no worse than nothing.
func TestLowPrecisionSaysWhereItEnds(t *testing.T) {
	c := newSolveCase(t, 300, 2, 1, 1e-6)
	out, err := Solve(context.Background(), c.system, solveNormals(1, 300, 1), &SolveOptions{Method: MethodLowCG, Format: BFloat16})
	require.NoError(t, err)
	require.False(t, out.Converged[0])
	require.Equal(t, []string{Stagnated}, codes(out.Diagnostics))
	require.LessOrEqual(t, out.Residuals[0], 1.0)
}

func TestLowPrecisionWithPreconditionerAndStart(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 600, 3, 0.8, 3e-3)
	b := solveNormals(1, 600, 3)
	for i := range 600 {
		b.Row(i)[1] *= 1e-30
	}
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 120, Seed: 1})
	require.NoError(t, err)
	full, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Preconditioner: p})
	require.NoError(t, err)
	var first *Solution
	for _, threads := range []int{1, 3} {
		out, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodLowCG, Preconditioner: p, Threads: threads})
		require.NoError(t, err)
		for j := range 3 {
			require.True(t, out.Converged[j])
			require.LessOrEqual(t, out.Iterations[j], 3*full.Iterations[j])
		}
		if first == nil {
			first = out
		}
		require.Equal(t, first.X.Data, out.X.Data)
	}
	again, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodLowCG, Preconditioner: p, Start: &first.X})
	require.NoError(t, err)
	require.Equal(t, []int{0, 0, 0}, again.Iterations)
}
