package lowrank

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkFactors times one factorization of each kind on one thread.
func BenchmarkFactors(b *testing.B) {
	ctx := context.Background()
	draw := rand.New(rand.NewPCG(1, 1))
	decaying := func(m, n int) core.Matrix[float64] {
		x := normals[float64](draw, m, n, 0)
		for i := range m {
			for j := range x.Row(i) {
				x.Row(i)[j] /= math.Pow(float64(1+j), 1) // columns of norms like 1/j, independent ones
			}
		}
		return x
	}
	x := decaying(4000, 2000)
	a, err := NewDense(x, 1)
	require.NoError(b, err)
	b.Run("ColumnID/4000x2000/k=100", func(b *testing.B) {
		for b.Loop() {
			_, err := ColumnID(ctx, a, &Options{Rank: 100, Threads: 1})
			require.NoError(b, err)
		}
	})
	b.Run("QB/4000x2000/tol=0.1", func(b *testing.B) {
		for b.Loop() {
			f, err := QB(ctx, a, &Options{Tol: 0.1, Threads: 1})
			require.NoError(b, err)
			b.ReportMetric(float64(f.Q.Cols), "rank")
			b.ReportMetric(float64(f.Columns), "columns")
		}
	})
	tall := decaying(20_000, 500)
	b.Run("QRCP/20000x500", func(b *testing.B) {
		for b.Loop() {
			_, err := QRCP(ctx, tall, &Options{Threads: 1})
			require.NoError(b, err)
		}
	})
	k := gaussians[float64](4000, 10)
	kernel, err := NewDenseKernel(k)
	require.NoError(b, err)
	b.Run("RPCholesky/n=4000/k=200", func(b *testing.B) {
		for b.Loop() {
			f, err := RPCholesky(ctx, kernel, &Options{Rank: 200, Tol: 1e-12, Threads: 1})
			require.NoError(b, err)
			b.ReportMetric(float64(len(f.Pivots)), "rank")
			b.ReportMetric(float64(f.Columns), "columns")
		}
	})
}
