package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// rowTile is how many rows of a block of columns are worked on at a time. Sums over columns are sums over tiles in their
// order, so that they do not depend on threads.
const rowTile = 1024

// columnSpace does the vector work of solvers on blocks of columns, n x t.
type columnSpace struct {
	ctx      context.Context
	threads  int
	n        int
	partials []float64
}

func newColumnSpace(ctx context.Context, threads, n, most int) *columnSpace {
	return &columnSpace{ctx, threads, n, make([]float64, par.Tiles(n, rowTile)*most)}
}

// each calls fn for all tiles of rows.
func (s *columnSpace) each(fn func(lo, hi int)) error {
	return par.For(s.ctx, s.threads, par.Tiles(s.n, rowTile), func(_, t int) {
		lo, hi := par.Span(t, s.n, rowTile)
		fn(lo, hi)
	})
}

// dots writes the inner product of each column of a with that of b to dst.
func (s *columnSpace) dots(dst []float64, a, b core.Matrix[float64]) error {
	t := a.Cols
	tiles := par.Tiles(s.n, rowTile)
	err := par.For(s.ctx, s.threads, tiles, func(_, tile int) {
		lo, hi := par.Span(tile, s.n, rowTile)
		sum := s.partials[tile*t : tile*t+t]
		clear(sum)
		for i := lo; i < hi; i++ {
			other := b.Row(i)[:t]
			for j, v := range a.Row(i) {
				sum[j] += v * other[j]
			}
		}
	})
	clear(dst[:t])
	for tile := range tiles {
		for j, v := range s.partials[tile*t : tile*t+t] {
			dst[j] += v
		}
	}
	return err
}

// norms writes the norm of each column of a to dst.
func (s *columnSpace) norms(dst []float64, a core.Matrix[float64]) error {
	err := s.dots(dst, a, a)
	for j, v := range dst[:a.Cols] {
		dst[j] = math.Sqrt(v)
	}
	return err
}

// addScaled adds column j of x times scale[j] to column place[j] of y.
func (s *columnSpace) addScaled(y core.Matrix[float64], place []int, scale []float64, x core.Matrix[float64]) error {
	return s.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := y.Row(i)
			for j, v := range x.Row(i) {
				row[place[j]] += scale[j] * v
			}
		}
	})
}

// subScaled subtracts column j of x times scale[j] from column j of y.
func (s *columnSpace) subScaled(y core.Matrix[float64], scale []float64, x core.Matrix[float64]) error {
	return s.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := y.Row(i)
			for j, v := range x.Row(i) {
				row[j] -= scale[j] * v
			}
		}
	})
}

// turn replaces each column of d with that of z plus scale times itself.
func (s *columnSpace) turn(d core.Matrix[float64], scale []float64, z core.Matrix[float64]) error {
	return s.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := d.Row(i)
			for j, v := range z.Row(i) {
				row[j] = v + scale[j]*row[j]
			}
		}
	})
}

// gather writes column place[j] of x times scale[j] to column j of dst.
func (s *columnSpace) gather(dst core.Matrix[float64], place []int, scale []float64, x core.Matrix[float64]) error {
	return s.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := x.Row(i)
			for j := range dst.Row(i) {
				dst.Row(i)[j] = scale[j] * row[place[j]]
			}
		}
	})
}

// scale multiplies each column of x.
func (s *columnSpace) scale(x core.Matrix[float64], by []float64) error {
	return s.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := x.Row(i)
			for j := range row {
				row[j] *= by[j]
			}
		}
	})
}

// keep moves the columns of x named by kept, in ascending order, to the left and returns them as a narrower matrix
// without gaps in the same memory.
func keep(x core.Matrix[float64], kept []int) core.Matrix[float64] {
	t := len(kept)
	for i := range x.Rows {
		for j, c := range kept {
			x.Data[i*t+j] = x.Data[i*x.Stride+c]
		}
	}
	return core.Matrix[float64]{Data: x.Data, Rows: x.Rows, Cols: t, Stride: t}
}

// lengths returns the norm of each column of b without overflow, 1 for a column of zeros, and which are of zeros.
func lengths(b core.Matrix[float64]) (norm []float64, zero []bool) {
	norm, zero = make([]float64, b.Cols), make([]bool, b.Cols)
	for i := range b.Rows {
		for j, v := range b.Row(i) {
			norm[j] = max(norm[j], math.Abs(v))
		}
	}
	sums := make([]float64, b.Cols)
	for i := range b.Rows {
		for j, v := range b.Row(i) {
			if norm[j] > 0 {
				sums[j] += (v / norm[j]) * (v / norm[j])
			}
		}
	}
	for j, most := range norm {
		zero[j] = most == 0
		if norm[j] = most * math.Sqrt(sums[j]); zero[j] {
			norm[j] = 1
		}
	}
	return norm, zero
}
