package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	regressorBlock  = 1024 // rows
	gramStripe      = 64   // columns of a Gram matrix that a goroutine sums up at a time
	mostSparseWidth = 4096 // columns of sparse rows of which all pairs have a place in memory
)

// denseRegressors are the rows of a matrix, with a last element of 1 if width exceeds x.Cols, a block at a time.
type denseRegressors[T core.Float] struct {
	x     core.Matrix[T]
	width int
	row   []float64 // scratch
}

// load writes row i, times scale, to dst.
func (r *denseRegressors[T]) load(dst []float64, i int, scale float64) {
	for j, v := range r.x.Row(i) {
		dst[j] = scale * float64(v)
	}
	if r.width > r.x.Cols {
		dst[r.x.Cols] = scale
	}
}

func (r *denseRegressors[T]) gram(ctx context.Context, threads int, rows []int, scale func(k, i int) float64, gram []float64) error {
	n, d := r.x.Rows, r.width
	if rows != nil {
		n = len(rows)
	}
	block := make([]float64, min(n, regressorBlock)*d)
	for b := range par.Tiles(n, regressorBlock) {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo, hi := par.Span(b, n, regressorBlock)
		for k := lo; k < hi; k++ {
			i := rowOf(rows, k)
			r.load(block[(k-lo)*d:(k-lo+1)*d], i, math.Sqrt(scale(k, i)))
		}
		blas.Syrk(threads, true, true, d, hi-lo, 1, block, d, 1, gram, d)
	}
	return nil
}

func (r *denseRegressors[T]) images(ctx context.Context, threads int, a, norms []float64) error {
	d := r.width
	var packed blas.Packed[float64]
	blas.PackRight(&packed, true, d, d, a, d)
	type scratch struct {
		rows, images []float64
		ws           blas.Workspace[float64]
	}
	own := make([]scratch, par.Threads(threads))
	return par.For(ctx, len(own), par.Tiles(r.x.Rows, regressorBlock), func(worker, tile int) {
		s := &own[worker]
		if s.rows == nil {
			s.rows, s.images = make([]float64, regressorBlock*d), make([]float64, regressorBlock*d)
		}
		lo, hi := par.Span(tile, r.x.Rows, regressorBlock)
		for i := lo; i < hi; i++ {
			r.load(s.rows[(i-lo)*d:(i-lo+1)*d], i, 1)
		}
		blas.GemmPacked(&s.ws, false, hi-lo, 1, s.rows, d, &packed, 0, s.images, d)
		for i := lo; i < hi; i++ {
			image := s.images[(i-lo)*d : (i-lo+1)*d]
			norms[i] = math.Sqrt(blas.Dot(image, image))
		}
	})
}

func (r *denseRegressors[T]) dotRow(i int, v []float64) float64 {
	r.load(r.row, i, 1)
	return blas.Dot(r.row, v)
}

func (r *denseRegressors[T]) squareRow(i int) float64 {
	r.load(r.row, i, 1)
	return blas.Dot(r.row, r.row)
}

func (r *denseRegressors[T]) addRow(sum []float64, i int, w float64) {
	r.load(r.row, i, 1)
	blas.Axpy(w, r.row, sum)
}

// sparseRegressors are sparse rows, with a last element of 1 if width exceeds rows.m.
type sparseRegressors[T core.Float, I int32 | int64] struct {
	rows  *sparseRows[T, I]
	width int
}

func (g *sparseRows[T, I]) predictors(width int) (predictors, error) {
	if g.m > mostSparseWidth {
		return nil, errorf(core.ErrShape, "X has %d columns, and these methods need a matrix of all pairs of them, which is for %d at most; "+
			"select or hash columns, or draw with importance and scores of your own", g.m, mostSparseWidth)
	}
	return &sparseRegressors[T, I]{g, width}, nil
}

func (r *sparseRegressors[T, I]) gram(ctx context.Context, threads int, rows []int, scale func(k, i int) float64, gram []float64) error {
	n, d := r.rows.n, r.width
	if rows != nil {
		n = len(rows)
	}
	return par.For(ctx, threads, par.Tiles(d, gramStripe), func(_, t int) {
		lo, hi := par.Span(t, d, gramStripe)
		for k := range n {
			i := rowOf(rows, k)
			columns, values := r.rows.row(i)
			from, _ := slices.BinarySearch(columns, I(lo))
			constant := hi > r.rows.m // so that the 1 is of this stripe
			if (from == len(columns) || int(columns[from]) >= hi) && !constant {
				continue
			}
			w := scale(k, i)
			for e := from; e < len(columns) && int(columns[e]) < hi; e++ {
				f, place := w*float64(values[e]), gram[int(columns[e])*d:]
				for c := range e + 1 {
					place[columns[c]] += f * float64(values[c])
				}
			}
			if constant {
				place := gram[r.rows.m*d:]
				for c, j := range columns {
					place[j] += w * float64(values[c])
				}
				place[r.rows.m] += w
			}
		}
	})
}

func (r *sparseRegressors[T, I]) images(ctx context.Context, threads int, a, norms []float64) error {
	// Column j of a, as row j here, is not zero from first[j] to last[j] only.
	d := r.width
	columns, first, last := make([]float64, d*d), make([]int, d), make([]int, d)
	for j := range d {
		first[j] = d
		for q := range d {
			v := a[q*d+j]
			columns[j*d+q] = v
			if v != 0 {
				first[j], last[j] = min(first[j], q), q+1
			}
		}
	}
	own := make([][]float64, par.Threads(threads))
	return par.For(ctx, len(own), par.Tiles(r.rows.n, regressorBlock), func(worker, tile int) {
		if own[worker] == nil {
			own[worker] = make([]float64, d)
		}
		image := own[worker]
		add := func(j int, v float64) {
			if lo, hi := first[j], last[j]; lo < hi {
				blas.Axpy(v, columns[j*d+lo:j*d+hi], image[lo:hi])
			}
		}
		lo, hi := par.Span(tile, r.rows.n, regressorBlock)
		for i := lo; i < hi; i++ {
			clear(image)
			places, values := r.rows.row(i)
			for e, j := range places {
				add(int(j), float64(values[e]))
			}
			if d > r.rows.m {
				add(r.rows.m, 1)
			}
			norms[i] = math.Sqrt(blas.Dot(image, image))
		}
	})
}

func (r *sparseRegressors[T, I]) dotRow(i int, v []float64) float64 {
	columns, values := r.rows.row(i)
	sum := 0.0
	for e, j := range columns {
		sum += float64(values[e]) * v[j]
	}
	if r.width > r.rows.m {
		sum += v[r.rows.m]
	}
	return sum
}

func (r *sparseRegressors[T, I]) squareRow(i int) float64 {
	sum := 0.0
	if r.width > r.rows.m {
		sum = 1
	}
	_, values := r.rows.row(i)
	for _, v := range values {
		sum += float64(v) * float64(v)
	}
	return sum
}

func (r *sparseRegressors[T, I]) addRow(sum []float64, i int, w float64) {
	r.rows.addTo(sum, i, w)
	if r.width > r.rows.m {
		sum[r.rows.m] += w
	}
}
