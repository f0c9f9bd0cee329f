package sparse

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Transpose returns the transposed matrix in memory of its own. Columns ascend in each of its rows, and entries at the
// same place stay in the order they had. Takes time in proportion to entries, rows and columns, on at most threads
// goroutines (all processors if threads <= 0), each with a counter per column.
func (a *CSR[T, I]) Transpose(ctx context.Context, threads int) (*CSR[T, I], error) {
	// Parts are runs of rows of about equal cost. How many there are does not show in the result.
	parts := max(1, min(par.Threads(threads), len(a.borders)-1, len(a.index)/(a.cols+1)))
	span := func(p int) (lo, hi int) {
		tiles := len(a.borders) - 1
		return a.borders[p*tiles/parts].row, a.borders[(p+1)*tiles/parts].row
	}
	next := make([][]I, parts) // first the entries of each column in the part, then where the next of them goes
	err := par.For(ctx, parts, parts, func(_, p int) {
		count := make([]I, a.cols)
		lo, hi := span(p)
		for _, j := range a.index[a.ptr[lo]:a.ptr[hi]] {
			count[j]++
		}
		next[p] = count
	})
	if err != nil {
		return nil, err
	}
	ptr := make([]I, a.cols+1)
	var sum I
	for j := range a.cols {
		ptr[j] = sum
		for p := range parts {
			sum, next[p][j] = sum+next[p][j], sum
		}
	}
	ptr[a.cols] = sum
	t := &CSR[T, I]{rows: a.cols, cols: a.rows, ptr: ptr, borders: cut(ptr)}
	t.index, t.value = hugepage.Make[I](len(a.index)), hugepage.Make[T](len(a.value))
	err = par.For(ctx, parts, parts, func(_, p int) {
		at := next[p]
		lo, hi := span(p)
		for i := lo; i < hi; i++ {
			for k := a.ptr[i]; k < a.ptr[i+1]; k++ {
				j := a.index[k]
				t.index[at[j]], t.value[at[j]] = I(i), a.value[k]
				at[j]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}
