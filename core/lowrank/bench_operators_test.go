package lowrank

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkDense reports the speed of products of a 20 000 x 2 000 matrix with l columns, on one thread, and of the two
// products with A and A^T against the one sweep that does both.
func BenchmarkDense(b *testing.B) {
	b.Run("float32", benchmarkDense[float32])
	b.Run("float64", benchmarkDense[float64])
}

func benchmarkDense[T core.Float](b *testing.B) {
	const m, n = 20_000, 2_000
	x := normals[T](rand.New(rand.NewPCG(1, 1)), m, n, 0)
	op, err := NewDense(x, 1)
	require.NoError(b, err)
	ctx := context.Background()
	for _, l := range []int{10, 20, 60, 110} {
		left, right, back := core.NewMatrix[T](m, l), core.NewMatrix[T](n, l), core.NewMatrix[T](n, l)
		for i := range right.Data {
			right.Data[i] = T(i%7) - 3
		}
		speed := func(name string, products float64, run func() error) {
			b.Run(fmt.Sprintf("l=%d/%s", l, name), func(b *testing.B) {
				for b.Loop() {
					require.NoError(b, run())
				}
				b.ReportMetric(products*2*m*n*float64(l)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
		speed("Mul", 1, func() error { return op.Mul(ctx, left, right) })
		speed("MulTrans", 1, func() error { return op.MulTrans(ctx, back, left) })
		speed("MulTransMul", 2, func() error { return op.(Gramian[T]).MulTransMul(ctx, back, right) })
	}
}
