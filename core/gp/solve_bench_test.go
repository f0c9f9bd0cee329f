package gp

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkCholesky reports the speed of the reference in GFLOP/s of processor time.
func BenchmarkCholesky(b *testing.B) {
	const n = 2000
	c := newSolveCase(b, n, 3, 0.5, 0.01)
	start := cpuTime()
	for b.Loop() {
		_, err := NewCholesky(context.Background(), c.system, nil)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(n)*n*n/3*float64(b.N)/(cpuTime()-start).Seconds()/1e9, "GFLOP/s")
}

// BenchmarkPreconditioner reports the processor time of P^-1 v per element of F and column, in nanoseconds.
func BenchmarkPreconditioner(b *testing.B) {
	ctx := context.Background()
	const n, r = 20_000, 200
	f := core.NewMatrix[float32](r, n)
	for i, v := range solveNormals(1, n, r).Data {
		f.Data[i] = float32(v)
	}
	noise := make([]float64, n)
	for i := range noise {
		noise[i] = 1
	}
	p, err := NewLowRank(ctx, f, noise, 1, 0)
	require.NoError(b, err)
	for _, t := range []int{1, 8, 16} {
		b.Run(fmt.Sprintf("t=%d", t), func(b *testing.B) {
			v, dst := solveNormals(2, n, t), core.NewMatrix[float64](n, t)
			start := cpuTime()
			for b.Loop() {
				require.NoError(b, p.Solve(ctx, dst, v))
			}
			b.ReportMetric((cpuTime()-start).Seconds()*1e9/float64(b.N)/float64(n*r*t), "ns/element")
		})
	}
}

// BenchmarkCG solves for 8 columns on the operator, with and without a preconditioner, and reports iterations.
func BenchmarkCG(b *testing.B) {
	ctx := context.Background()
	const n = 4000
	c := solveNormals(1, n, 3)
	op, err := NewOperator(c, Matern{Nu: 1.5, LengthScale: []float64{2}}, []float64{1e-2}, nil)
	require.NoError(b, err)
	v := solveNormals(2, n, 8)
	for _, rank := range []int{0, 100, 500} {
		b.Run(fmt.Sprintf("rank=%d", rank), func(b *testing.B) {
			o := &SolveOptions{Method: MethodCG}
			if rank > 0 {
				p, err := NewPreconditioner(ctx, op, &PreconditionerOptions{Rank: rank})
				require.NoError(b, err)
				o.Preconditioner = p
			}
			iterations := 0
			for b.Loop() {
				out, err := Solve(ctx, op, v, o)
				require.NoError(b, err)
				iterations = out.Iterations[0]
			}
			b.ReportMetric(float64(iterations), "iterations")
		})
	}
}
