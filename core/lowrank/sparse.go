package lowrank

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/sparse"
)

// Index is the set of types that positions and places in a sparse matrix may be stored in.
type Index interface{ int32 | int64 }

// NewCSR returns a sparse m x n matrix kept by rows as an operator whose products run on at most threads goroutines
// (all processors if threads <= 0): the entries of row i are values[k] in column indices[k] for k in
// [indptr[i], indptr[i+1]). Entries of a row may stand in any order, and entries at the same place add up. The slices
// are not copied and must not change while the operator is in use. The result is [Normed].
//
// The first transposed product makes a transposed copy, as large as the matrix; so does a norm where entries are not in
// order.
//
// Errors wrap [core.ErrShape] or [core.ErrNotFinite] and say where. Products take 2*l operations per entry.
func NewCSR[T core.Float, I Index](rows, cols int, indptr, indices []I, values []T, threads int) (Operator[T], error) {
	a, err := sparse.New(rows, cols, indptr, indices, values, "row", "column", threads)
	if err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	return &compressed[T, I]{kept: a, threads: threads}, nil
}

// NewCSC is as [NewCSR] for a matrix kept by columns: the entries of column j are values[k] in row indices[k] for k in
// [indptr[j], indptr[j+1]). Here the first plain product makes the copy.
func NewCSC[T core.Float, I Index](rows, cols int, indptr, indices []I, values []T, threads int) (Operator[T], error) {
	a, err := sparse.New(cols, rows, indptr, indices, values, "column", "row", threads)
	if err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	return &compressed[T, I]{kept: a, byColumns: true, threads: threads}, nil
}

// compressed is a sparse matrix in one or both orientations.
type compressed[T core.Float, I Index] struct {
	kept      *sparse.CSR[T, I] // A, or its transpose if byColumns
	made      *sparse.CSR[T, I] // the transpose of kept, once needed
	byColumns bool
	threads   int
}

func (a *compressed[T, I]) Dims() (rows, cols int) {
	rows, cols = a.kept.Dims()
	if a.byColumns {
		return cols, rows
	}
	return rows, cols
}

func (a *compressed[T, I]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	return a.product(ctx, "Mul", a.byColumns, dst, x)
}

func (a *compressed[T, I]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	return a.product(ctx, "MulTrans", !a.byColumns, dst, x)
}

// product multiplies x with the matrix as kept, or with its transpose.
func (a *compressed[T, I]) product(ctx context.Context, call string, transposed bool, dst, x core.Matrix[T]) error {
	rows, cols := a.kept.Dims()
	if transposed {
		rows, cols = cols, rows
	}
	if err := checkProduct(call, rows, cols, dst, x); err != nil {
		return err
	}
	m := a.kept
	if transposed {
		if err := a.transpose(ctx); err != nil {
			return err
		}
		m = a.made
	}
	return m.Mul(ctx, a.threads, dst, x)
}

func (a *compressed[T, I]) transpose(ctx context.Context) (err error) {
	if a.made == nil {
		a.made, err = a.kept.Transpose(ctx, a.threads)
	}
	return err
}

// SquaredNorm returns the sum of squares of the elements. Entries at the same place are one element.
func (a *compressed[T, I]) SquaredNorm(ctx context.Context) (float64, error) {
	return a.centeredNorm(ctx, nil)
}

func (a *compressed[T, I]) centeredNorm(ctx context.Context, mean []float64) (float64, error) {
	single, err := a.kept.Ascending(ctx, a.threads)
	if err != nil {
		return 0, err
	}
	of, byColumns := a.kept, a.byColumns
	if !single {
		if err := a.transpose(ctx); err != nil {
			return 0, err
		}
		of, byColumns = a.made, !a.byColumns
	}
	var sum float64
	switch {
	case mean == nil:
		sum, err = of.SquaredNorm(ctx, a.threads)
	case byColumns:
		sum = of.SquaredDistance(mean, nil)
	default:
		sum = of.SquaredDistance(nil, mean)
	}
	if err != nil {
		return 0, err
	}
	return sum, overflow(sum)
}

// single returns the operator with values, and products, in float32, or nil where that would not be safe.
func (a *compressed[T, I]) single(ctx context.Context) (Operator[float32], error) {
	kept, safe, err := a.kept.Single(ctx, a.threads)
	if err != nil || !safe {
		return nil, err
	}
	return &compressed[float32, I]{kept: kept, byColumns: a.byColumns, threads: a.threads}, nil
}

func (a *compressed[T, I]) columnSums(ctx context.Context) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if a.byColumns {
		return a.kept.RowSums(), nil
	}
	return a.kept.ColumnSums(), nil
}
