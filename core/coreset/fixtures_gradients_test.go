package coreset_test

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// clusters returns n points of d coordinates around some centres, and the number of the centre of each.
func clusters[T core.Float](seed uint64, n, d, centres int) (core.Matrix[T], []int32) {
	draw := rng.New(seed)
	means := make([]float64, centres*d)
	for i := range means {
		means[i] = 3 * draw.NormFloat64()
	}
	x, labels := core.NewMatrix[T](n, d), make([]int32, n)
	for i := range n {
		c := draw.IntN(centres)
		labels[i] = int32(c)
		for j := range d {
			x.Row(i)[j] = T(means[c*d+j] + draw.NormFloat64())
		}
	}
	return x, labels
}

// plain returns the rows of x as slices of float64.
func plain[T core.Float](x core.Matrix[T]) [][]float64 {
	rows := make([][]float64, x.Rows)
	for i := range rows {
		rows[i] = make([]float64, x.Cols)
		for j, v := range x.Row(i) {
			rows[i][j] = float64(v)
		}
	}
	return rows
}

// widened returns x with a gap of junk between rows.
func widened[T core.Float](x core.Matrix[T]) core.Matrix[T] {
	y := core.Matrix[T]{Data: make([]T, x.Rows*(x.Cols+3)), Rows: x.Rows, Cols: x.Cols, Stride: x.Cols + 3}
	for i := range y.Data {
		y.Data[i] = T(math.NaN())
	}
	for i := range x.Rows {
		copy(y.Row(i), x.Row(i))
	}
	return y
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}
