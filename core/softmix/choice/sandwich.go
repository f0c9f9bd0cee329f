package choice

import (
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// sandwich writes inverse (size x size) times the sum over rows of scores (N x size) of their squares times inverse to dst.
func sandwich(dst, inverse, scores []float64, size int) {
	n := len(scores) / size
	middle, left := make([]float64, size*size), make([]float64, size*size)
	blas.Gemm(1, true, false, size, size, n, 1, scores, size, scores, size, 0, middle, size)
	blas.Gemm(1, false, false, size, size, size, 1, inverse, size, middle, size, 0, left, size)
	blas.Gemm(1, false, false, size, size, size, 1, left, size, inverse, size, 0, dst, size)
}

func matrixOf(values []float64, rows, cols int) core.Matrix[float64] {
	return core.Matrix[float64]{Data: values, Rows: rows, Cols: cols, Stride: cols}
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func secondsSince(t time.Time) float64 { return time.Since(t).Seconds() }
