package lowrank

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// sumSquares returns the sum of squares of x - 1 mean^T, or of x where there is no mean.
func sumSquares[T core.Float](x core.Matrix[T], mean []float64) float64 {
	wide, same := any(x).(core.Matrix[float64])
	line, sum := make([]float64, x.Cols), 0.0
	for i := range x.Rows {
		row := line
		switch {
		case same && mean == nil:
			row = wide.Row(i)
		case mean == nil:
			widen(line, x.Row(i))
		default:
			widen(line, x.Row(i))
			blas.Axpy(-1, mean, line)
		}
		sum += blas.Dot(row, row)
	}
	return sum
}

// columnSums adds the sum of each column of x to sums and returns it.
func columnSums[T core.Float](x core.Matrix[T], sums []float64) []float64 {
	for i := range x.Rows {
		accumulate(sums, x.Row(i))
	}
	return sums
}

// accumulate adds x to sum.
func accumulate[T core.Float](sum []float64, x []T) {
	switch x := any(x).(type) {
	case []float32:
		blas.AddWide(x, sum)
	case []float64:
		blas.Axpy(1, x, sum[:len(x)])
	}
}

// widen writes x to the leading elements of dst.
func widen[T core.Float](dst []float64, x []T) {
	switch x := any(x).(type) {
	case []float32:
		blas.Widen(x, dst)
	case []float64:
		copy(dst, x)
	}
}

// round writes the first len(dst) elements of x to dst.
func round[T core.Float](dst []T, x []float64) {
	switch dst := any(dst).(type) {
	case []float32:
		blas.Narrow(x[:len(dst)], dst)
	case []float64:
		copy(dst, x)
	}
}

// notFinite says why the sum of squares over x is not finite.
func notFinite[T core.Float](x core.Matrix[T], place func(i, j int) (row, col int)) error {
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if v-v == 0 {
				continue
			}
			what := "infinity"
			if v != v {
				what = "NaN"
			}
			row, col := place(i, j)
			return fmt.Errorf("lowrank: %w: A contains %s at row %d, column %d; remove or impute such rows first",
				core.ErrNotFinite, what, row, col)
		}
	}
	return overflow(math.Inf(1))
}

// overflow returns an error if a sum of squares of finite elements is not finite.
func overflow(sum float64) error {
	if sum-sum != 0 {
		return fmt.Errorf("lowrank: %w: the sum of squares of A overflows; rescale A", core.ErrNumerical)
	}
	return nil
}
