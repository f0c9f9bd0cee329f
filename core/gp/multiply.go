package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// multiply walks over the pairs of blocks of the upper triangle. Each pair is one task; what it adds to the result is kept
// apart and added when it is its turn.
func (e *kernelEngine[T]) multiply(ctx context.Context, dst, v core.Matrix[float64], sigma []float64, threads int) error {
	p := &e.packed
	places := p.tiles * tile.Size
	tasks := p.blocks * (p.blocks + 1) / 2
	threads = e.ready(threads, tasks)
	e.v.load(v, p.perm, places, threads)
	e.o.resize(e.v.layout, places, tile.Lanes[T]())
	for _, w := range e.workers[:threads] {
		w.use(e.program, p, p, false, negligible[T]())
		w.stored = e.stored
		w.rowSums.resize(e.v.layout)
		w.colSums.resize(e.v.layout)
	}
	e.resetTurns()
	if err := e.run(ctx, threads, tasks); err != nil {
		return err
	}
	e.store(dst, v, sigma, threads)
	return nil
}

func (e *kernelEngine[T]) run(ctx context.Context, threads, tasks int) error {
	if threads > 1 {
		return e.runParallel(ctx, threads, tasks)
	}
	for t := range tasks {
		if ctx != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		e.pair(e.workers[0], t)
	}
	return nil
}

func (e *kernelEngine[T]) runParallel(ctx context.Context, threads, tasks int) error {
	return par.For(ctx, threads, tasks, func(worker, t int) { e.pair(e.workers[worker], t) })
}

// pair does task t.
func (e *kernelEngine[T]) pair(w *worker[T], t int) {
	i, k := pairOf(t, e.packed.blocks)
	j := i + k
	whole := false
	// Others wait for this task even if it panics.
	defer func() {
		if !whole {
			w.rowSums.reset()
			w.colSums.reset()
		}
		e.settle(&w.rowSums, i, rank(i, k, e.packed.blocks, true))
		if i != j {
			e.settle(&w.colSums, j, rank(j, k, e.packed.blocks, false))
		}
	}()
	if w.start(i, j) {
		w.symmetric(&e.v)
	}
	whole = true
}

// settle adds the sums of block b to the result when it is their turn.
func (e *kernelEngine[T]) settle(s *sums[T], b, rank int) {
	e.turns[b].wait(rank)
	lo, hi := par.Span(b, e.o.places, blockSize)
	s.addTo(&e.o, lo, hi)
	e.turns[b].pass()
}

// symmetric multiplies the tiles of a pair of blocks and, off the diagonal, their transposes with v.
func (w *worker[T]) symmetric(v *columns[T]) {
	lanes, i, j := tile.Lanes[T](), w.i, w.j
	diagonal := i == j
	firstRow, lastRow := w.rows.span(i)
	firstCol, lastCol := w.cols.span(j)
	cols := &w.colSums
	if diagonal {
		cols = &w.rowSums
	}
	const size = tile.Size
	for s := firstRow; s < lastRow; s++ {
		row := (s - firstRow) * size
		from := firstCol
		if diagonal {
			from = s
		}
		for t := from; t < lastCol; t++ {
			if w.negligible(s, t) {
				continue
			}
			k := w.tile(s, t)
			col := (t - firstCol) * size
			for p := range v.panels {
				tile.Multiply(w.rowSums.panels[p][row*lanes:], k, panelOf(v, lanes, p, t*size, (t+1)*size), false)
				if !diagonal || s != t {
					tile.Multiply(cols.panels[p][col*lanes:], k, panelOf(v, lanes, p, s*size, (s+1)*size), true)
				}
			}
			for c := range v.singles {
				to, vi := cols.single[c][col:col+size], singleOf(v, lanes, c, s*size, (s+1)*size)
				if diagonal && s == t {
					vi = w.zeros[:]
				}
				tile.Apply(w.rowSums.partial[c], to, k, vi, singleOf(v, lanes, c, t*size, (t+1)*size))
			}
		}
		for c := range v.singles {
			tile.Reduce(w.rowSums.whole[c][row:row+size], w.rowSums.partial[c])
		}
	}
}

// store writes the result and the noise's part of it to dst.
func (e *kernelEngine[T]) store(dst, v core.Matrix[float64], sigma []float64, threads int) {
	if threads > 1 {
		e.storeParallel(dst, v, sigma, threads)
		return
	}
	for b := range e.packed.blocks {
		e.storeBlock(dst, v, sigma, b)
	}
}

func (e *kernelEngine[T]) storeParallel(dst, v core.Matrix[float64], sigma []float64, threads int) {
	_ = par.For(nil, threads, e.packed.blocks, func(_, b int) { e.storeBlock(dst, v, sigma, b) })
}

func (e *kernelEngine[T]) storeBlock(dst, v core.Matrix[float64], sigma []float64, b int) {
	unit := 1.0
	if e.stored != nil {
		unit = e.stored.unit
	}
	lo, hi := par.Span(b, e.packed.n, blockSize)
	for at := lo; at < hi; at++ {
		id := int(e.packed.perm[at])
		to, from := dst.Row(id), v.Row(id)
		for j, scale := range e.v.scales {
			x := e.o.at(at, j) * scale * unit
			if sigma != nil {
				x += sigma[id] * from[j]
			}
			to[j] = x
		}
	}
}
