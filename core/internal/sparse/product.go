package sparse

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// scratch is the memory that products reuse.
type scratch[T core.Float, I Index] struct {
	partial []float64      // two rows per tile: before and after
	workers []worker[T, I] // one per thread
}

// worker is what one goroutine needs to sum a row in segments.
type worker[T core.Float, I Index] struct {
	ptr     [2]I
	segment []T
	sum     []float64
}

// resize makes room for products with width columns on the given number of threads.
func (s *scratch[T, I]) resize(tiles, width, threads int) {
	if cap(s.partial) < 2*tiles*width {
		s.partial = make([]float64, 2*tiles*width)
	}
	s.partial = s.partial[:2*tiles*width]
	if len(s.workers) < threads {
		s.workers = append(s.workers, make([]worker[T, I], threads-len(s.workers))...)
	}
	for i := range s.workers {
		w := &s.workers[i]
		if cap(w.sum) < width {
			w.segment, w.sum = make([]T, width), make([]float64, width)
		}
		w.segment, w.sum = w.segment[:width], w.sum[:width]
	}
}

// Mul writes A x to dst (rows x l) for x (cols x l), on at most threads goroutines (all processors if threads <= 0).
// The result is bit-identical for any number of threads. dst must not overlap x. When ctx ends, between tiles, its
// error is returned and dst is in an undefined state. Takes 2*l operations per entry. Views of the wrong shape are
// mistakes of the program: they panic.
func (a *CSR[T, I]) Mul(ctx context.Context, threads int, dst, x core.Matrix[T]) error {
	if dst.Rows != a.rows || x.Rows != a.cols || dst.Cols != x.Cols {
		panic(fmt.Sprintf("sparse.Mul: %d x %d times %d x %d into %d x %d",
			a.rows, a.cols, x.Rows, x.Cols, dst.Rows, dst.Cols))
	}
	for _, err := range []error{dst.Check("dst"), x.Check("x")} {
		if err != nil {
			panic("sparse.Mul: " + err.Error())
		}
	}
	if dst.Rows == 0 || dst.Cols == 0 {
		return nil
	}
	tiles := len(a.borders) - 1
	threads = min(par.Threads(threads), tiles)
	a.scratch.resize(tiles, dst.Cols, threads)
	err := par.For(ctx, threads, tiles, func(w, t int) { a.tile(&a.scratch.workers[w], t, dst, x) })
	if err == nil {
		a.join(dst)
	}
	return err
}

// cutAt tells whether the row before border t goes on after it.
func (a *CSR[T, I]) cutAt(t int) bool { return a.borders[t].entry < int(a.ptr[a.borders[t].row]) }

// before returns the partial sums of tile t for the row that began before it.
func (s *scratch[T, I]) before(t, width int) []float64 { return s.partial[2*t*width : (2*t+1)*width] }

// after returns the partial sums of tile t for the row that begins in it and goes on after it.
func (s *scratch[T, I]) after(t, width int) []float64 {
	return s.partial[(2*t+1)*width : (2*t+2)*width]
}

// tile computes the rows that begin in tile t, but for the last of them if it is cut, and the partial sums of rows
// that are.
func (a *CSR[T, I]) tile(w *worker[T, I], t int, dst, x core.Matrix[T]) {
	kn := kernelFor[T, I]()
	from, end := a.borders[t], a.borders[t+1]
	if a.cutAt(t) {
		a.sum(kn, w, a.scratch.before(t, x.Cols), from.entry, min(end.entry, int(a.ptr[from.row])), x)
	}
	last := end.row
	if a.cutAt(t+1) && last > from.row {
		last--
		a.sum(kn, w, a.scratch.after(t, x.Cols), int(a.ptr[last]), end.entry, x)
	}
	for i := from.row; i < last; {
		short := i
		for i < last && a.ptr[i+1]-a.ptr[i] <= segment {
			i++
		}
		if short < i {
			to := dst.Data[short*dst.Stride:]
			kn.multiply(to, dst.Stride, a.ptr[short:i+1], a.index, a.value, x.Data, x.Stride, x.Cols)
		}
		if i < last {
			a.sum(kn, w, w.sum, int(a.ptr[i]), int(a.ptr[i+1]), x)
			round(dst.Row(i), w.sum)
			i++
		}
	}
}

// sum writes to sum the contribution of the entries [k0, k1), which are of one row.
func (a *CSR[T, I]) sum(kn *kernel[T, I], w *worker[T, I], sum []float64, k0, k1 int, x core.Matrix[T]) {
	clear(sum)
	for k := k0; k < k1; k += segment {
		w.ptr = [2]I{I(k), I(min(k1, k+segment))}
		kn.multiply(w.segment, x.Cols, w.ptr[:], a.index, a.value, x.Data, x.Stride, x.Cols)
		for j, v := range w.segment {
			sum[j] += float64(v)
		}
	}
}

// join adds up the rows that are cut, tile after tile.
func (a *CSR[T, I]) join(dst core.Matrix[T]) {
	tiles := len(a.borders) - 1
	for t := range tiles {
		i := a.borders[t+1].row - 1
		if !a.cutAt(t+1) || a.borders[t].row > i {
			continue
		}
		sum := a.scratch.after(t, dst.Cols)
		for u := t + 1; a.borders[u].row == i+1 && a.cutAt(u); u++ {
			for j, v := range a.scratch.before(u, dst.Cols) {
				sum[j] += v
			}
		}
		round(dst.Row(i), sum)
	}
}

func round[T core.Float](dst []T, sum []float64) {
	for j, v := range sum {
		dst[j] = T(v)
	}
}
