package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// submatrices is what a system may offer besides columns: the elements of K in some rows and columns only.
type submatrices interface {
	Submatrix(ctx context.Context, dst core.Matrix[float64], rows, cols []int) error
}

// blockReader gives solvers the rows of K + Sigma that belong to a block of points, some at a time.
type blockReader struct {
	k      lowrank.Kernel[float64]
	sub    submatrices
	sigma  []float64
	n      int
	rows   int // that are in memory together
	buffer []float64
}

// readerBytes bounds the rows of K that are in memory together.
const readerBytes = 64 << 20

func newBlockReader(s System, method string) (*blockReader, error) {
	k := columnsOf(s)
	if k == nil {
		return nil, fmt.Errorf("gp: %w: method %q needs columns of the kernel matrix, which this system does not give; use %q",
			core.ErrOption, method, MethodCG)
	}
	r := &blockReader{k: k, sigma: s.Sigma(), n: s.Size()}
	r.sub, _ = s.(submatrices)
	r.rows = max(1, min(r.n, 256, readerBytes/8/r.n))
	r.buffer = make([]float64, r.rows*r.n)
	return r, nil
}

// each calls fn with rows ids[lo:hi] of K, of symmetric K its columns, for all of ids.
func (r *blockReader) each(ctx context.Context, ids []int, fn func(lo, hi int, rows core.Matrix[float64])) error {
	for lo := 0; lo < len(ids); lo += r.rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(len(ids), lo+r.rows)
		rows := core.Matrix[float64]{Data: r.buffer, Rows: hi - lo, Cols: r.n, Stride: r.n}
		if err := r.k.Columns(ctx, rows, ids[lo:hi]); err != nil {
			return err
		}
		fn(lo, hi, rows)
	}
	return nil
}

// square writes the rows and columns ids of K + Sigma to dst (b x b).
func (r *blockReader) square(ctx context.Context, dst []float64, ids []int) error {
	b := len(ids)
	if r.sub != nil {
		if err := r.sub.Submatrix(ctx, core.Matrix[float64]{Data: dst, Rows: b, Cols: b, Stride: b}, ids, ids); err != nil {
			return err
		}
	} else {
		err := r.each(ctx, ids, func(lo, hi int, rows core.Matrix[float64]) {
			for i := lo; i < hi; i++ {
				row := rows.Row(i - lo)
				for j, id := range ids {
					dst[i*b+j] = row[id]
				}
			}
		})
		if err != nil {
			return err
		}
	}
	for i, id := range ids {
		dst[i*b+i] += r.sigma[id]
	}
	return nil
}

// multiply writes the rows ids of (K + Sigma) v to dst (b x t).
func (r *blockReader) multiply(ctx context.Context, threads int, dst []float64, ids []int, v core.Matrix[float64]) error {
	t := v.Cols
	err := r.each(ctx, ids, func(lo, hi int, rows core.Matrix[float64]) {
		blas.Gemm(threads, false, false, hi-lo, t, r.n, 1, rows.Data, r.n, v.Data, v.Stride, 0, dst[lo*t:], t)
	})
	for i, id := range ids {
		blas.Axpy(r.sigma[id], v.Row(id), dst[i*t:i*t+t])
	}
	return err
}

// subtract takes the columns ids of K + Sigma times d (b x t) from x (n x t).
func (r *blockReader) subtract(ctx context.Context, threads int, x core.Matrix[float64], ids []int, d []float64) error {
	t := x.Cols
	err := r.each(ctx, ids, func(lo, hi int, rows core.Matrix[float64]) {
		blas.Gemm(threads, true, false, r.n, t, hi-lo, -1, rows.Data, r.n, d[lo*t:], t, 1, x.Data, x.Stride)
	})
	for i, id := range ids {
		blas.Axpy(-r.sigma[id], d[i*t:i*t+t], x.Row(id))
	}
	return err
}
