package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// NewDenseTransposed returns the transpose of x as an operator: an m x n matrix kept column after column is its
// transpose, n x m, kept row after row. Otherwise it is as [NewDense], but no [Gramian].
func NewDenseTransposed[T core.Float](x core.Matrix[T], threads int) (Operator[T], error) {
	d, err := newDense(x, threads)
	if err != nil {
		return nil, err
	}
	return denseTransposed[T]{d}, nil
}

// denseTransposed is the transpose of a matrix kept by rows.
type denseTransposed[T core.Float] struct{ of *dense[T] }

func (d denseTransposed[T]) Dims() (rows, cols int) { return d.of.x.Cols, d.of.x.Rows }

func (d denseTransposed[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("Mul", d.of.x.Cols, d.of.x.Rows, dst, x); err != nil {
		return err
	}
	return d.of.mulTrans(ctx, dst, x)
}

func (d denseTransposed[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("MulTrans", d.of.x.Rows, d.of.x.Cols, dst, x); err != nil {
		return err
	}
	return d.of.mul(ctx, dst, x)
}

func (d denseTransposed[T]) SquaredNorm(ctx context.Context) (float64, error) {
	return d.centeredNorm(ctx, nil)
}

func (d denseTransposed[T]) centeredNorm(ctx context.Context, mean []float64) (float64, error) {
	swap := func(i, j int) (row, col int) { return j, i }
	if mean == nil {
		return d.of.norm(ctx, nil, swap)
	}
	// Row i of x is column i of A, so that mean[i] belongs to all of its elements.
	sums, err := d.of.eachRow(ctx, func(i int, row []T) (sum float64) {
		for _, v := range row {
			e := float64(v) - mean[i]
			sum += e * e
		}
		return sum
	})
	if err != nil {
		return 0, err
	}
	var total float64
	for _, sum := range sums {
		total += sum
	}
	if total-total != 0 {
		return 0, notFinite(d.of.x, swap)
	}
	return total, nil
}

func (d denseTransposed[T]) columnSums(ctx context.Context) ([]float64, error) {
	return d.of.eachRow(ctx, func(_ int, row []T) (sum float64) {
		for _, v := range row {
			sum += float64(v)
		}
		return sum
	})
}

// eachRow returns what statistic makes of each row of x.
func (d *dense[T]) eachRow(ctx context.Context, statistic func(i int, row []T) float64) ([]float64, error) {
	values, rows := make([]float64, d.x.Rows), statRows(d.x.Cols)
	err := par.For(ctx, d.threads, par.Tiles(d.x.Rows, rows), func(_, t int) {
		lo, hi := par.Span(t, d.x.Rows, rows)
		for i := lo; i < hi; i++ {
			values[i] = statistic(i, d.x.Row(i))
		}
	})
	return values, err
}
