package lowrank

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// sumSquares returns the sum of squares of x - 1 mean^T, or of x where there is no mean.
func sumSquares[T core.Float](x core.Matrix[T], mean []float64) float64 {
	var s0, s1, s2, s3 float64
	for i := range x.Rows {
		row := x.Row(i)
		if mean != nil {
			for j, m := range mean[:len(row)] {
				e := float64(row[j]) - m
				s0 += e * e
			}
			continue
		}
		for len(row) >= 4 {
			v0, v1, v2, v3 := float64(row[0]), float64(row[1]), float64(row[2]), float64(row[3])
			s0 += v0 * v0
			s1 += v1 * v1
			s2 += v2 * v2
			s3 += v3 * v3
			row = row[4:]
		}
		for _, v := range row {
			s0 += float64(v) * float64(v)
		}
	}
	return (s0 + s1) + (s2 + s3)
}

// columnSums adds the sum of each column of x to sums and returns it.
func columnSums[T core.Float](x core.Matrix[T], sums []float64) []float64 {
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			sums[j] += float64(v)
		}
	}
	return sums
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
