package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// SparseFeatureKernel is the kernel x_i . x_j of the rows of a sparse X (n x m), given as for [NewSparsePoints]. Columns of the
// kernel are evaluated when they are needed, by as many operations as there are entries, and observed rows are conditioned on
// one after the other; bait begins with all n columns.
func SparseFeatureKernel[T core.Float, I int32 | int64](n, m int, ptr, index []I, value []T) Kernel {
	return &sparseKernel[T, I]{&sparseRows[T, I]{"the features", n, m, ptr, index, value}}
}

type sparseKernel[T core.Float, I int32 | int64] struct{ rows *sparseRows[T, I] }

func (k *sparseKernel[T, I]) Size() int { return k.rows.n }

func (k *sparseKernel[T, I]) check() error { return k.rows.check() }

func (k *sparseKernel[T, I]) mean() float64 {
	sum := 0.0
	for i := range k.rows.n {
		sum += k.rows.dot(i, i)
	}
	return sum / float64(k.rows.n)
}

func (k *sparseKernel[T, I]) given(_ context.Context, _ int, observed []int, _ float64) (kernelProducts, []int, error) {
	return k, observed, nil
}

func (k *sparseKernel[T, I]) measure() distances { return k.rows.measure() }

func (k *sparseKernel[T, I]) diagonal(_ context.Context, _ int, dst []float64) error {
	for i := range dst {
		dst[i] = k.rows.dot(i, i)
	}
	return nil
}

func (k *sparseKernel[T, I]) column(ctx context.Context, threads, i int, dst []float64) error {
	row := make([]float64, k.rows.m)
	k.rows.addTo(row, i, 1)
	return k.rows.correlate(ctx, threads, nil, row, dst)
}

func (k *sparseKernel[T, I]) times(ctx context.Context, threads int, u, dst []float64) error {
	sum := make([]float64, k.rows.m)
	for i, w := range u {
		k.rows.addTo(sum, i, w)
	}
	return k.rows.correlate(ctx, threads, nil, sum, dst)
}

// squares takes n times as many operations as there are entries.
func (k *sparseKernel[T, I]) squares(ctx context.Context, threads int) ([]float64, error) {
	squares, rows := make([]float64, k.rows.n), make([][]float64, par.Threads(threads))
	return squares, par.For(ctx, len(rows), len(squares), func(worker, i int) {
		if rows[worker] == nil {
			rows[worker] = make([]float64, k.rows.m)
		}
		row := rows[worker]
		k.rows.addTo(row, i, 1)
		for j := range k.rows.n {
			columns, values := k.rows.row(j)
			dot := 0.0
			for e, c := range columns {
				dot += float64(values[e]) * row[c]
			}
			squares[i] += dot * dot
		}
		columns, _ := k.rows.row(i)
		for _, c := range columns {
			row[c] = 0
		}
	})
}
