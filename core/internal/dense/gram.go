package dense

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// gramRows is how many rows a sum of products is extended by at a time: one block of the float64 kernels.
const gramRows = 256

// Gram writes x^T x to g (l x l, both triangles) for x of m x l, on at most threads goroutines (all processors if
// threads <= 0). Products and sums are float64, so those of float32 data are exact but for the rounding of sums.
// Takes m*l^2 operations. The error wraps [core.ErrShape], or is the context's.
func Gram[T core.Float](ctx context.Context, threads int, x core.Matrix[T], g []float64) error {
	l := x.Cols
	if err := checkTall("Gram", "x", x); err != nil {
		return err
	}
	if err := checkSmall("Gram", "g", g, l, l); err != nil {
		return err
	}
	g = g[:l*l]
	threads = threadsFor(threads, x.Rows, l, l)
	buffers := rowBuffers[T](threads, l)
	err := sumRows(ctx, threads, x.Rows, l, g, func(worker, inner, lo, hi int, sum []float64) {
		rows, ld := loadRows(x, lo, hi, buffers[worker])
		blas.Syrk(inner, false, true, l, hi-lo, 1, rows, ld, 1, sum, l)
	})
	if err != nil {
		return fmt.Errorf("dense.Gram: %w", err)
	}
	for i := range l {
		for j := range i {
			g[i*l+j] = g[j*l+i]
		}
	}
	return nil
}

// Cross writes x^T y to g (k x l) for x of m x k and y of m x l, in float64 like [Gram]. Takes 2*m*k*l operations.
// The error wraps [core.ErrShape], or is the context's.
func Cross[T core.Float](ctx context.Context, threads int, x, y core.Matrix[T], g []float64) error {
	k, l := x.Cols, y.Cols
	if err := checkTall("Cross", "x", x); err != nil {
		return err
	}
	if err := checkTall("Cross", "y", y); err != nil {
		return err
	}
	if x.Rows != y.Rows {
		return fmt.Errorf("dense.Cross: %w: x has %d rows and y has %d", core.ErrShape, x.Rows, y.Rows)
	}
	if err := checkSmall("Cross", "g", g, k, l); err != nil {
		return err
	}
	threads = threadsFor(threads, x.Rows, k, l)
	left, right := rowBuffers[T](threads, k), rowBuffers[T](threads, l)
	err := sumRows(ctx, threads, x.Rows, max(k, l), g[:k*l], func(worker, inner, lo, hi int, sum []float64) {
		xs, ldx := loadRows(x, lo, hi, left[worker])
		ys, ldy := loadRows(y, lo, hi, right[worker])
		blas.Gemm(inner, true, false, k, l, hi-lo, 1, xs, ldx, ys, ldy, 1, sum, l)
	})
	if err != nil {
		return fmt.Errorf("dense.Cross: %w", err)
	}
	return nil
}

// sumRows sets g to the sum of what add adds to sum for each tile [lo, hi) of m rows. Groups of tiles are summed apart,
// as many at a time as there are threads, and then in order. Threads that find no group help inside add, as inner of
// them, which must not change its result.
func sumRows(ctx context.Context, threads, m, width int, g []float64,
	add func(worker, inner, lo, hi int, sum []float64)) error {

	clear(g)
	if m == 0 || len(g) == 0 {
		return nil
	}
	rows := groupRows(m, width)
	groups := par.Tiles(m, rows)
	outer := min(par.Threads(threads), groups)
	inner := par.Threads(threads) / outer
	rest := make([]float64, (groups-1)*len(g))
	group := func(i int) []float64 {
		if i == 0 {
			return g
		}
		return rest[(i-1)*len(g) : i*len(g)]
	}
	err := par.For(ctx, outer, groups, func(worker, i int) {
		first, end := par.Span(i, m, rows)
		for lo := first; lo < end && (ctx == nil || ctx.Err() == nil); lo += gramRows {
			add(worker, inner, lo, min(end, lo+gramRows), group(i))
		}
	})
	if err == nil && ctx != nil {
		err = ctx.Err() // which may have ended a group early
	}
	if err != nil {
		return err
	}
	for i := 1; i < groups; i++ {
		blas.Axpy(1, group(i), g)
	}
	return nil
}
