package sparse

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Index is the set of types that positions and columns may be stored in.
type Index interface{ int32 | int64 }

// CSR is a sparse matrix kept by rows. It shares the memory it was made from, which must not change meanwhile.
// Products use scratch memory of the matrix: one at a time.
type CSR[T core.Float, I Index] struct {
	rows, cols int
	ptr        []I // rows+1
	index      []I
	value      []T
	borders    []border // where tiles begin, and the end
	scratch    scratch[T, I]
}

// New checks the parts of a rows x cols matrix and joins them: ptr has rows+1 positions, ascending from 0 to the
// number of entries, index the column of each entry and value its value. major and minor name the two dimensions in
// messages ("row" and "column", or the reverse for the transpose of a matrix kept by columns).
// Errors wrap [core.ErrShape] or [core.ErrNotFinite] and say where. Takes one pass over the entries, on at most threads
// goroutines (all processors if threads <= 0).
func New[T core.Float, I Index](rows, cols int, ptr, index []I, value []T, major, minor string, threads int) (*CSR[T, I], error) {
	if err := checkPositions(rows, cols, ptr, index, value, major, minor); err != nil {
		return nil, err
	}
	if nnz := int(ptr[rows]); !sound(cols, index[:nnz], value[:nnz], threads) {
		return nil, unsound(rows, cols, ptr, index, value, major, minor)
	}
	nnz := int(ptr[rows])
	a := &CSR[T, I]{rows: rows, cols: cols, ptr: ptr[:rows+1], index: index[:nnz], value: value[:nnz]}
	a.borders = cut(a.ptr)
	return a, nil
}

func checkPositions[T core.Float, I Index](rows, cols int, ptr, index []I, value []T, major, minor string) error {
	switch {
	case rows < 0 || cols < 0:
		return fmt.Errorf("%w: a sparse matrix cannot have %d %ss and %d %ss", core.ErrShape, rows, major, cols, minor)
	case rows == math.MaxInt || len(ptr) != rows+1:
		return fmt.Errorf("%w: indptr has %d entries; a matrix of %d %ss needs %d+1",
			core.ErrShape, len(ptr), rows, major, rows)
	case ptr[0] != 0:
		return fmt.Errorf("%w: indptr starts at %d; it must start at 0", core.ErrShape, ptr[0])
	case max(rows, cols) > largest[I]():
		return fmt.Errorf("%w: a matrix of %d %ss and %d %ss is too large for 32-bit indices; use 64-bit ones",
			core.ErrShape, rows, major, cols, minor)
	}
	for i := range rows {
		if ptr[i+1] < ptr[i] {
			return fmt.Errorf("%w: indptr falls from %d to %d at %s %d; it must not decrease",
				core.ErrShape, ptr[i], ptr[i+1], major, i)
		}
	}
	nnz := int(ptr[rows])
	if len(index) < nnz || len(value) < nnz {
		return fmt.Errorf("%w: indptr announces %d entries, but there are %d indices and %d values",
			core.ErrShape, nnz, len(index), len(value))
	}
	return nil
}

// sound tells whether all columns lie within the matrix and all values are finite.
func sound[T core.Float, I Index](cols int, index []I, value []T, threads int) bool {
	const run = 1 << 16
	bad := make([]bool, par.Tiles(len(index), run))
	err := par.For(context.Background(), threads, len(bad), func(_, t int) {
		lo, hi := par.Span(t, len(index), run)
		var most uint // a negative column is a very large one
		for _, j := range index[lo:hi] {
			most = max(most, uint(j))
		}
		var sum T // x-x is 0 for finite x and NaN otherwise
		for _, v := range value[lo:hi] {
			sum += v - v
		}
		bad[t] = most >= uint(cols) || sum != 0
	})
	return err == nil && !slices.Contains(bad, true)
}

// unsound names the first entry that is not.
func unsound[T core.Float, I Index](rows, cols int, ptr, index []I, value []T, major, minor string) error {
	for i := range rows {
		for k := int(ptr[i]); k < int(ptr[i+1]); k++ {
			if j := int(index[k]); uint(j) >= uint(cols) {
				return fmt.Errorf("%w: entry %d, in %s %d, has %s index %d; it must be at least 0 and less than %d",
					core.ErrShape, k, major, i, minor, j, cols)
			}
			if v := value[k]; v-v != 0 {
				what := "infinity"
				if v != v {
					what = "NaN"
				}
				return fmt.Errorf("%w: the value at %s %d, %s %d (entry %d) is %s; remove or replace it",
					core.ErrNotFinite, major, i, minor, index[k], k, what)
			}
		}
	}
	return nil
}

// largest returns the largest number that I holds.
func largest[I Index]() int {
	if any(I(0)) == any(int32(0)) {
		return math.MaxInt32
	}
	return math.MaxInt
}

// Dims returns the number of rows and of columns.
func (a *CSR[T, I]) Dims() (rows, cols int) { return a.rows, a.cols }

// Entries returns the number of stored entries.
func (a *CSR[T, I]) Entries() int { return len(a.index) }
