package sparse

import (
	"context"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/par"
)

// elements calls visit for every element of row i that has entries, in the order of the row, with the sum of its
// neighbouring entries: for a matrix that [CSR.Transpose] made, once per element.
func (a *CSR[T, I]) elements(i int, visit func(j int, v float64)) {
	for k, k1 := int(a.ptr[i]), int(a.ptr[i+1]); k < k1; {
		j, v := a.index[k], 0.0
		for ; k < k1 && a.index[k] == j; k++ {
			v += float64(a.value[k])
		}
		visit(int(j), v)
	}
}

// Ascending tells whether the columns of every row ascend, so that every entry is an element of its own. Takes one pass
// over the entries, on at most threads goroutines (all processors if threads <= 0).
func (a *CSR[T, I]) Ascending(ctx context.Context, threads int) (bool, error) {
	tiles := len(a.borders) - 1
	falls := make([]bool, tiles)
	err := par.For(ctx, threads, tiles, func(_, t int) {
		for i := a.borders[t].row; i < a.borders[t+1].row; i++ {
			index := a.index[a.ptr[i]:a.ptr[i+1]]
			for k := 1; k < len(index); k++ {
				falls[t] = falls[t] || index[k] <= index[k-1]
			}
		}
	})
	return !slices.Contains(falls, true), err
}

// SquaredNorm returns the sum of squares of the elements of a matrix that [CSR.Transpose] made, or whose columns are
// [CSR.Ascending], in float64 on at most threads goroutines (all processors if threads <= 0). Entries at the same place
// are one element.
func (a *CSR[T, I]) SquaredNorm(ctx context.Context, threads int) (float64, error) {
	tiles := len(a.borders) - 1
	sums := make([]float64, tiles)
	err := par.For(ctx, threads, tiles, func(_, t int) {
		var total float64
		for i := a.borders[t].row; i < a.borders[t+1].row; i++ {
			index, value := a.index[a.ptr[i]:a.ptr[i+1]], a.value[a.ptr[i]:a.ptr[i+1]]
			var sum, v float64
			for k, x := range value {
				if k > 0 && index[k] != index[k-1] {
					sum += v * v
					v = 0
				}
				v += float64(x)
			}
			total += sum + v*v
		}
		sums[t] = total
	})
	var total float64
	for _, s := range sums {
		total += s
	}
	return total, err
}

// SquaredDistance returns, for a matrix that [CSR.Transpose] made or whose columns are [CSR.Ascending], the sum of squares
// of the elements after ofRow[i] is subtracted from all elements of row i, or, where that is nil, ofColumn[j] from all of
// column j. Takes time in proportion to entries, rows and columns.
func (a *CSR[T, I]) SquaredDistance(ofRow, ofColumn []float64) float64 {
	var total float64
	if ofRow != nil {
		for i, m := range ofRow[:a.rows] {
			sum, zeros := 0.0, a.cols
			a.elements(i, func(_ int, v float64) { sum, zeros = sum+(v-m)*(v-m), zeros-1 })
			total += sum + float64(zeros)*m*m
		}
		return total
	}
	seen := make([]int, a.cols)
	for i := range a.rows {
		var sum float64
		a.elements(i, func(j int, v float64) {
			e := v - ofColumn[j]
			sum += e * e
			seen[j]++
		})
		total += sum
	}
	for j, m := range ofColumn[:a.cols] {
		total += float64(a.rows-seen[j]) * m * m
	}
	return total
}

// RowSums returns the sum of the entries of each row, in float64.
func (a *CSR[T, I]) RowSums() []float64 {
	sums := make([]float64, a.rows)
	for i := range sums {
		for _, v := range a.value[a.ptr[i]:a.ptr[i+1]] {
			sums[i] += float64(v)
		}
	}
	return sums
}

// ColumnSums returns the sum of the entries of each column, in float64.
func (a *CSR[T, I]) ColumnSums() []float64 {
	sums := make([]float64, a.cols)
	for k, j := range a.index {
		sums[j] += float64(a.value[k])
	}
	return sums
}
