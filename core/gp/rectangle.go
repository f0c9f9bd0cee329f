package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// A product with few rows is cut along the columns too, into this many parts.
const columnParts = 16

// cross takes a group of row blocks' products with a part of the columns as a task; parts are added in order.
func (e *kernelEngine[T]) cross(ctx context.Context, dst, v core.Matrix[float64], x points, threads int) error {
	var rows packed[T]
	c := e.program.compiled
	rows.pack(c, x, order(x, c.metric(x.d), threads), e.origin, threads)
	cols := &e.packed
	parts := 1
	if rows.blocks < columnParts {
		parts = min(columnParts, cols.blocks)
	}
	wide := par.Tiles(cols.blocks, parts)
	tasks := rows.blocks * parts
	threads = e.ready(threads, tasks)
	e.v.load(v, cols.perm, cols.tiles*tile.Size, threads)
	lanes, places := tile.Lanes[T](), rows.tiles*tile.Size
	for _, w := range e.workers[:threads] {
		w.use(e.program, &rows, cols, false, negligible[T]())
		w.rowSums.resize(e.v.layout)
		w.colSums.resize(layout{singles: e.v.singles})
	}
	out := make([]results, parts)
	for p := range out {
		out[p].resize(e.v.layout, places, lanes)
	}
	err := par.For(ctx, threads, tasks, func(worker, t int) {
		w, i, part := e.workers[worker], t/parts, t%parts
		lo, hi := par.Span(i, places, blockSize)
		for j := part * wide; j < min((part+1)*wide, cols.blocks); j++ {
			if w.start(i, j) {
				w.oneWay(&e.v)
				w.rowSums.addTo(&out[part], lo, hi)
			}
		}
	})
	if err != nil {
		return err
	}
	for at, id := range rows.perm {
		to := dst.Row(int(id))
		for j, scale := range e.v.scales {
			sum := 0.0
			for p := range out {
				sum += out[p].at(at, j)
			}
			to[j] = sum * scale
		}
	}
	return nil
}

// oneWay multiplies the tiles of a pair of blocks with v.
func (w *worker[T]) oneWay(v *columns[T]) {
	lanes := tile.Lanes[T]()
	firstRow, lastRow := w.rows.span(w.i)
	firstCol, lastCol := w.cols.span(w.j)
	const size = tile.Size
	for s := firstRow; s < lastRow; s++ {
		row := (s - firstRow) * size
		for t := firstCol; t < lastCol; t++ {
			if w.negligible(s, t) {
				continue
			}
			k := w.tile(s, t)
			for p := range v.panels {
				tile.Multiply(w.rowSums.panels[p][row*lanes:], k, panelOf(v, lanes, p, t*size, (t+1)*size), false)
			}
			for c := range v.singles {
				tile.Apply(w.rowSums.partial[c], w.colSums.single[c], k, w.zeros[:], singleOf(v, lanes, c, t*size, (t+1)*size))
			}
		}
		for c := range v.singles {
			tile.Reduce(w.rowSums.whole[c][row:row+size], w.rowSums.partial[c])
		}
	}
}

// target is a matrix of either element type.
type target struct {
	single core.Matrix[float32]
	double core.Matrix[float64]
}

func targetOf[T core.Float](m core.Matrix[T]) target {
	switch m := any(m).(type) {
	case core.Matrix[float32]:
		return target{single: m}
	case core.Matrix[float64]:
		return target{double: m}
	}
	panic("gp: a matrix of neither float32 nor float64")
}

// elements writes K(x, y) to dst, and K(x, X) without y. Distances are taken from differences.
func (e *kernelEngine[T]) elements(ctx context.Context, dst target, x points, y *points, threads int) error {
	var rows, other packed[T]
	c := e.program.compiled
	rows.pack(c, x, unordered(x.n), e.origin, threads)
	cols := &e.packed
	if y != nil {
		other.pack(c, *y, unordered(y.n), e.origin, threads)
		cols = &other
	}
	tasks := rows.blocks * cols.blocks
	threads = e.ready(threads, tasks)
	for _, w := range e.workers[:threads] {
		w.use(e.program, &rows, cols, true, 0)
	}
	return par.For(ctx, threads, tasks, func(worker, t int) {
		w := e.workers[worker]
		zero := !w.start(t/cols.blocks, t%cols.blocks)
		firstRow, lastRow := rows.span(w.i)
		firstCol, lastCol := cols.span(w.j)
		var k []T
		if zero {
			k = w.take()
			clear(k)
		}
		for r := firstRow; r < lastRow; r++ {
			for c := firstCol; c < lastCol; c++ {
				if !zero {
					k = w.tile(r, c)
				}
				ids := cols.perm[c*tile.Size : c*tile.Size+cols.count(c)]
				for i := range rows.count(r) {
					row, at := k[i*tile.Size:], int(rows.perm[r*tile.Size+i])
					if dst.double.Data != nil {
						scatter(dst.double.Row(at), row, ids)
					} else {
						scatter(dst.single.Row(at), row, ids)
					}
				}
			}
		}
	})
}

func scatter[U, T core.Float](dst []U, row []T, ids []int32) {
	for l, id := range ids {
		dst[id] = U(row[l])
	}
}

func unordered(n int) []int32 {
	perm := make([]int32, n)
	for i := range perm {
		perm[i] = int32(i)
	}
	return perm
}
