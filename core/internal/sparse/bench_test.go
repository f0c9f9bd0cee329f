package sparse

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// mix is splitmix64, which any language reproduces.
func mix(i uint64) uint64 {
	z := (i + 1) * 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func uniform(i int) float64 { return float64(mix(uint64(i))>>11) * 0x1p-53 }

// powerLaw returns a matrix with nnz/m entries in every row, in columns n u^3 for uniform u: a few columns are common.
func powerLaw[T core.Float, I Index](m, n, nnz int) (ptr, index []I, value []T) {
	ptr, index, value = make([]I, m+1), make([]I, nnz), make([]T, nnz)
	for k := range nnz {
		u := uniform(k)
		index[k], value[k] = I(float64(n)*u*u*u), T(uniform(k+nnz)-0.5)
	}
	for i := range ptr {
		ptr[i] = I(i * (nnz / m))
	}
	return ptr, index, value
}

// BenchmarkMul reports the speed of products of a 200 000 x 50 000 matrix of four million entries, and of its
// transpose, with blocks of l columns, on one thread.
func BenchmarkMul(b *testing.B) {
	b.Run("float32", benchmarkMul[float32])
	b.Run("float64", benchmarkMul[float64])
}

func benchmarkMul[T core.Float](b *testing.B) {
	const m, n, nnz = 200_000, 50_000, 4_000_000
	ptr, index, value := powerLaw[T, int32](m, n, nnz)
	a, err := New(m, n, ptr, index, value, "row", "column", 2)
	require.NoError(b, err)
	t, err := a.Transpose(context.Background(), 1)
	require.NoError(b, err)
	for _, l := range []int{8, 16, 60, 110} {
		for _, side := range []struct {
			name string
			a    *CSR[T, int32]
		}{{"A", a}, {"AT", t}} {
			b.Run(fmt.Sprintf("%s/l=%d", side.name, l), func(b *testing.B) {
				rows, cols := side.a.Dims()
				x, y := core.NewMatrix[T](cols, l), core.NewMatrix[T](rows, l)
				for i := range x.Data {
					x.Data[i] = T(uniform(i) - 0.5)
				}
				for b.Loop() {
					require.NoError(b, side.a.Mul(context.Background(), 1, y, x))
				}
				b.ReportMetric(2*float64(nnz)*float64(l)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// BenchmarkTranspose reports the speed of making the transpose.
func BenchmarkTranspose(b *testing.B) {
	const m, n, nnz = 200_000, 50_000, 4_000_000
	ptr, index, value := powerLaw[float32, int32](m, n, nnz)
	a, err := New(m, n, ptr, index, value, "row", "column", 2)
	require.NoError(b, err)
	for b.Loop() {
		_, err := a.Transpose(context.Background(), 1)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(nnz)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mentries/s")
}
