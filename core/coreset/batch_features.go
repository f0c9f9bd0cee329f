package coreset

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// features is the kernel of features x, or of s L^-1 x once it is conditioned, in float64. Rows are widened and transformed step
// by step when they are needed: a product with them waits for memory anyway, and there is no second matrix of this size.
type features[T core.Float] struct {
	x       core.Matrix[T]
	step    int         // rows at a time
	l       []float64   // lower triangular (m x m); nil: not conditioned
	upper   []float64   // its transpose over s
	noise   float64     // s^2
	scratch [][]float64 // step rows for each goroutine
}

const (
	stepElements = 1 << 16 // of the rows that are widened at a time
	productParts = 64      // sums that a product with the transpose is made of
)

func newFeatures[T core.Float](x core.Matrix[T], threads int) *features[T] {
	return &features[T]{x: x, step: max(16, stepElements/x.Cols), scratch: make([][]float64, par.Threads(threads))}
}

// squareOf reports whether there is no memory for matrices of m x m.
func squareOf(m int) error {
	return memory.Check("coreset", fmt.Sprintf("a matrix of %d x %d, the products of columns,", m, m), 24*float64(m)*float64(m),
		"project the rows to fewer columns")
}

// condition takes over the Cholesky factor l of s^2 I plus the sum of f f^T over what was observed.
func (f *features[T]) condition(l []float64, noise float64) {
	m := f.x.Cols
	f.l, f.noise, f.upper = l, noise, make([]float64, m*m)
	for i := range m {
		for j := i; j < m; j++ {
			f.upper[i*m+j] = l[j*m+i] / math.Sqrt(noise)
		}
	}
}

// plain returns rows lo to hi in float64, valid until the next call of the same goroutine, and their stride.
func (f *features[T]) plain(worker, lo, hi int) ([]float64, int) {
	if x, ok := any(f.x).(core.Matrix[float64]); ok {
		return x.Data[lo*x.Stride : (hi-1)*x.Stride+x.Cols], x.Stride
	}
	return f.widened(worker, lo, hi), f.x.Cols
}

func (f *features[T]) widened(worker, lo, hi int) []float64 {
	if f.scratch[worker] == nil {
		f.scratch[worker] = make([]float64, f.step*f.x.Cols)
	}
	wide := f.scratch[worker]
	for i := lo; i < hi; i++ {
		row := wide[(i-lo)*f.x.Cols : (i-lo+1)*f.x.Cols]
		for j, v := range f.x.Row(i) {
			row[j] = float64(v)
		}
	}
	return wide[:(hi-lo)*f.x.Cols]
}

// transformed is plain for the features of the posterior.
func (f *features[T]) transformed(ctx context.Context, worker, lo, hi int) ([]float64, int, error) {
	if f.l == nil {
		rows, stride := f.plain(worker, lo, hi)
		return rows, stride, nil
	}
	rows := f.widened(worker, lo, hi)
	y := core.Matrix[float64]{Rows: hi - lo, Cols: f.x.Cols, Stride: f.x.Cols, Data: rows}
	return rows, f.x.Cols, dense.SolveRight(ctx, 1, y, f.upper)
}

// metric overwrites u with s^2 (L L^T)^-1 u, by which products of plain features become those of the posterior.
func (f *features[T]) metric(u []float64) {
	if f.l == nil {
		return
	}
	dense.SolveLower(f.l, len(u), u)
	dense.SolveLowerTransposed(f.l, len(u), u)
	for j := range u {
		u[j] *= f.noise
	}
}

func (f *features[T]) diagonal(ctx context.Context, threads int, dst []float64) error {
	return f.each(ctx, threads, func(lo, hi int, rows []float64, stride int) {
		for i := lo; i < hi; i++ {
			row := rows[(i-lo)*stride:][:f.x.Cols]
			dst[i] = blas.Dot(row, row)
		}
	})
}

// each visits all rows of the posterior, step by step.
func (f *features[T]) each(ctx context.Context, threads int, visit func(lo, hi int, rows []float64, stride int)) error {
	steps := par.Tiles(f.x.Rows, f.step)
	errs := make([]error, steps)
	err := par.For(ctx, threads, steps, func(w, t int) {
		lo, hi := par.Span(t, f.x.Rows, f.step)
		rows, stride, err := f.transformed(ctx, w, lo, hi)
		if errs[t] = err; err == nil {
			visit(lo, hi, rows, stride)
		}
	})
	for _, e := range errs {
		if err == nil {
			err = e
		}
	}
	return err
}

func (f *features[T]) column(ctx context.Context, threads, i int, dst []float64) error {
	u := make([]float64, f.x.Cols)
	for j, v := range f.x.Row(i) {
		u[j] = float64(v)
	}
	f.metric(u)
	return f.against(ctx, threads, u, dst)
}

// against writes x u to dst.
func (f *features[T]) against(ctx context.Context, threads int, u, dst []float64) error {
	return par.For(ctx, threads, par.Tiles(f.x.Rows, f.step), func(w, t int) {
		lo, hi := par.Span(t, f.x.Rows, f.step)
		rows, stride := f.plain(w, lo, hi)
		blas.Gemv(false, hi-lo, f.x.Cols, 1, rows, stride, u, 0, dst[lo:hi])
	})
}

func (f *features[T]) times(ctx context.Context, threads int, u, dst []float64) error {
	m, n := f.x.Cols, f.x.Rows
	part := (par.Tiles(n, f.step) + productParts - 1) / productParts * f.step
	sums := make([]float64, par.Tiles(n, part)*m)
	err := par.For(ctx, threads, len(sums)/m, func(w, t int) {
		first, last := par.Span(t, n, part)
		for lo := first; lo < last; lo += f.step {
			hi := min(lo+f.step, last)
			rows, stride := f.plain(w, lo, hi)
			blas.Gemv(true, m, hi-lo, 1, rows, stride, u[lo:hi], 1, sums[t*m:(t+1)*m])
		}
	})
	if err != nil {
		return err
	}
	for k := m; k < len(sums); k += m {
		blas.Axpy(1, sums[k:k+m], sums[:m])
	}
	f.metric(sums[:m])
	return f.against(ctx, threads, sums[:m], dst)
}

func (f *features[T]) squares(ctx context.Context, threads int) ([]float64, error) {
	n, m := f.x.Rows, f.x.Cols
	if err := squareOf(m); err != nil {
		return nil, err
	}
	gram, squares := make([]float64, m*m), make([]float64, n)
	for lo := 0; lo < n; lo += f.step {
		hi := min(lo+f.step, n)
		rows, stride, err := f.transformed(ctx, 0, lo, hi)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		blas.Syrk(threads, true, true, m, hi-lo, 1, rows, stride, 1, gram, m)
	}
	for i := range m {
		for j := range i {
			gram[j*m+i] = gram[i*m+j]
		}
	}
	var packed blas.Packed[float64]
	blas.PackRight(&packed, false, m, m, gram, m)
	return squares, f.each(ctx, threads, func(lo, hi int, rows []float64, stride int) {
		var ws blas.Workspace[float64]
		image := make([]float64, (hi-lo)*m)
		blas.GemmPacked(&ws, false, hi-lo, 1, rows, stride, &packed, 0, image, m)
		for i := lo; i < hi; i++ {
			squares[i] = blas.Dot(rows[(i-lo)*stride:][:m], image[(i-lo)*m:(i-lo+1)*m])
		}
	})
}
