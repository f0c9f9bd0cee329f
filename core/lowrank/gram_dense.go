package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	gramTile   = 256 // rows that a sum of products is extended by: one block of the float64 kernels
	gramGroups = 32  // most partial sums of a Gram matrix
	gramWork   = 2e6 // multiplications that make up for the time it takes to start another thread
)

// formGram writes the Gram matrix of the columns of x, or of x - 1 mean^T where there is a mean, to the upper triangle of g
// (n x n). Rows are widened and centred a tile at a time, so that means cost no digits. Groups of tiles are summed apart, as
// many at a time as there are threads, and in order. Takes m n^2 operations.
func (d *dense[T]) formGram(ctx context.Context, mean, g []float64) error {
	m, n := d.x.Rows, d.x.Cols
	// Partial sums take at most an eighth of the memory of the rows they are sums over.
	rows := par.Tiles(max(par.Tiles(m, gramGroups), 8*n), gramTile) * gramTile
	groups := par.Tiles(m, rows)
	threads := min(d.threads, 1+int(float64(m)*float64(n)*float64(n)/gramWork))
	together := min(threads, groups)
	sums, tiles := make([]float64, together*n*n), make([]float64, together*gramTile*n)
	for first := 0; first < groups; first += together {
		now := min(together, groups-first)
		clear(sums)
		err := par.For(ctx, now, now, func(_, i int) {
			sum, tile := sums[i*n*n:(i+1)*n*n], tiles[i*gramTile*n:(i+1)*gramTile*n]
			lo, end := par.Span(first+i, m, rows)
			for ; lo < end && ctx.Err() == nil; lo += gramTile {
				part := rowsOf(d.x, lo, min(end, lo+gramTile))
				rows, ld := centredRows(part, mean, tile)
				blas.Syrk(max(1, threads/now), false, true, n, part.Rows, 1, rows, ld, 1, sum, n)
			}
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for i := range now {
			blas.Axpy(1, sums[i*n*n:(i+1)*n*n], g)
		}
	}
	return nil
}

// centredRows returns the rows of x - 1 mean^T in float64 and their stride, in buf unless they are x itself.
func centredRows[T core.Float](x core.Matrix[T], mean, buf []float64) (rows []float64, ld int) {
	if same, ok := any(x.Data).([]float64); ok && mean == nil {
		return same, x.Stride
	}
	for i := range x.Rows {
		line := buf[i*x.Cols : (i+1)*x.Cols]
		widen(line, x.Row(i))
		if mean != nil {
			blas.Axpy(-1, mean, line)
		}
	}
	return buf, x.Cols
}
