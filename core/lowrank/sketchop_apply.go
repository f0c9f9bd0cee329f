package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// sketching adds up S A (d x n) in float64.
type sketching[T core.Float] struct {
	s       test
	n       int
	threads int
	sum     []float64 // d x n
	mean    []float64 // subtracted from each row of A, unless nil
}

// over adds S A.
func (d *sketching[T]) over(ctx context.Context, a Operator[T]) error {
	fast, panels := d.s.(panelTest)
	switch of := a.(type) {
	case *dense[T]:
		if panels {
			return d.panels(ctx, fast, 0, of.x.Rows, of.loadRows)
		}
		return d.gaussian(ctx, of)
	case denseTransposed[T]:
		if panels {
			return d.panels(ctx, fast, 0, of.of.x.Cols, of.of.loadColumns)
		}
	case *rowBlocks[T]:
		if panels {
			return of.sweep(ctx, func(at int, block *dense[T]) error {
				return d.panels(ctx, fast, at, block.x.Rows, block.loadRows)
			})
		}
	case scatterer:
		if signs, ok := d.s.(signTest); ok {
			return of.scatter(ctx, d.threads, signs, d.sum)
		}
	}
	if inner, mean := uncentered(a); inner != nil && panels && d.mean == nil {
		switch inner.(type) {
		case *dense[T], denseTransposed[T], *rowBlocks[T]:
			d.mean = mean
			return d.over(ctx, inner)
		}
	}
	return d.products(ctx, a)
}

// uncentered returns what a view of [Centered] is made from; nil for other operators.
func uncentered[T core.Float](a Operator[T]) (Operator[T], []float64) {
	switch c := a.(type) {
	case centered[T]:
		return c.of, c.mean
	case centeredNormed[T]:
		return c.of, c.mean
	case centeredGramian[T]:
		return c.of, c.mean
	}
	return nil, nil
}

// products adds A^T S^T, a block of columns of S^T at a time.
func (d *sketching[T]) products(ctx context.Context, a Operator[T]) error {
	const most = 1 << 24 // elements of a block
	m, _ := a.Dims()
	size := d.s.size()
	wide := min(size, max(testBlock, most/m/testBlock*testBlock))
	x, y := core.NewMatrix[T](m, wide), core.NewMatrix[T](d.n, wide)
	const tile = 256
	for lo := 0; lo < size; lo += wide {
		part := columns(x, 0, min(wide, size-lo))
		err := par.For(ctx, d.threads, par.Tiles(m, tile), func(_, t int) {
			from, to := par.Span(t, m, tile)
			testRows(rowsOf(part, from, to), d.s, from, lo)
		})
		if err != nil {
			return err
		}
		out := columns(y, 0, part.Cols)
		if err := a.MulTrans(ctx, out, part); err != nil {
			return err
		}
		d.addTransposed(out, lo)
	}
	return nil
}

// addTransposed adds y^T to the rows [lo, ...) of the sketch.
func (d *sketching[T]) addTransposed(y core.Matrix[T], lo int) {
	for j := range d.n {
		for p, v := range y.Row(j) {
			d.sum[(lo+p)*d.n+j] += float64(v)
		}
	}
}

// gaussian adds S A for a dense A, making S a piece at a time.
func (d *sketching[T]) gaussian(ctx context.Context, a *dense[T]) error {
	const piece = 256
	y := core.NewMatrix[T](d.n, d.s.size())
	err := a.sweep(ctx, y, func(sum *adjoint[T], threads, lo, hi int) error {
		rows := core.NewMatrix[T](min(piece, hi-lo), d.s.size())
		for ; lo < hi; lo += piece {
			part := rowsOf(rows, 0, min(piece, hi-lo))
			testRows(part, d.s, lo, 0)
			if err := sum.add(ctx, threads, rowsOf(a.x, lo, lo+part.Rows), part); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.addTransposed(y, 0)
	}
	return err
}

const (
	sketchTile  = 64 // columns of A in work at a time, so that their part of a sketch stays in cache
	sketchLanes = 8  // parts of the work, at least, as far as there are rows
)

// panels adds S A for the m rows of A from row first on, which load brings, converted, to the memory it is given.
func (d *sketching[T]) panels(ctx context.Context, s panelTest, first, m int, load func(x []float64, i, rows, lo, hi int)) error {
	size, span := s.size(), s.span()
	tiles := par.Tiles(d.n, sketchTile)
	runs := max(1, min(sketchLanes/max(1, tiles), m/(4*span)))
	each := par.Tiles(par.Tiles(m, span), runs) * span
	sums := [][]float64{d.sum}
	for len(sums) < runs {
		sums = append(sums, make([]float64, size*d.n))
	}
	err := par.For(ctx, d.threads, tiles*runs, func(_, t int) {
		lo, hi := par.Span(t%tiles, d.n, sketchTile)
		w, from := hi-lo, t/tiles*each
		x, sum := make([]float64, span*w), make([]float64, size*w)
		for i := from; i < min(m, from+each); {
			rows := min(span-(first+i)%span, min(m, from+each)-i)
			load(x, i, rows, lo, hi)
			if d.mean != nil {
				for r := range rows {
					blas.Axpy(-1, d.mean[lo:hi], x[r*w:(r+1)*w])
				}
			}
			s.add(first+i, rows, w, x, sum)
			i += rows
		}
		for p := range size {
			blas.Axpy(1, sum[p*w:(p+1)*w], sums[t/tiles][p*d.n+lo:p*d.n+hi])
		}
	})
	for _, sum := range sums[1:] {
		blas.Axpy(1, sum, d.sum)
	}
	return err
}

// loadRows copies the rows [i, i+rows) and columns [lo, hi) of a.
func (d *dense[T]) loadRows(x []float64, i, rows, lo, hi int) {
	for r := range rows {
		widen(x[r*(hi-lo):(r+1)*(hi-lo)], d.x.Row(i + r)[lo:hi])
	}
}

// loadColumns does the same for the transpose.
func (d *dense[T]) loadColumns(x []float64, i, rows, lo, hi int) {
	for j := lo; j < hi; j++ {
		for r, v := range d.x.Row(j)[i : i+rows] {
			x[r*(hi-lo)+j-lo] = float64(v)
		}
	}
}

// scatterer is a sparse operator that adds S A to sum (d x n).
type scatterer interface {
	scatter(ctx context.Context, threads int, s signTest, sum []float64) error
}

func (a *compressed[T, I]) scatter(ctx context.Context, threads int, s signTest, sum []float64) error {
	m, n := a.Dims()
	byColumns := a.kept
	if !a.byColumns {
		if err := a.transpose(ctx); err != nil {
			return err
		}
		byColumns = a.made
	}
	const tile = 64
	place, value := make([]int32, m*s.nonzeros), make([]float64, m*s.nonzeros)
	err := par.For(ctx, threads, par.Tiles(m, tile), func(_, t int) {
		lo, hi := par.Span(t, m, tile)
		at := lo * s.nonzeros
		for i := lo; i < hi; i++ {
			s.places(i, func(p int, v float64) {
				place[at], value[at] = int32(p), v
				at++
			})
		}
	})
	if err != nil {
		return err
	}
	return par.For(ctx, threads, par.Tiles(n, tile), func(_, t int) {
		lo, hi := par.Span(t, n, tile)
		column := make([]float64, s.d)
		for j := lo; j < hi; j++ {
			clear(column)
			index, entry := byColumns.Row(j)
			for k, i := range index {
				x, at := float64(entry[k]), int(i)*s.nonzeros
				for q, p := range place[at : at+s.nonzeros] {
					column[p] += x * value[at+q]
				}
			}
			for p, v := range column {
				sum[p*n+j] += v
			}
		}
	})
}
