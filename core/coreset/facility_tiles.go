package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// geometry evaluates tiles of costs from panels of [tile.Size] points, feature q of point i at q*Size+i.
type geometry[T core.Float] interface {
	size() int                                   // rows n
	panel() int                                  // elements of a panel
	scratch() int                                // elements of scratch that costs needs
	fill(panel []T, slot, i int)                 // writes row i to a place of a panel
	costs(dst, scratch, a, b []T)                // writes the tile of panel a against panel b
	near(dst, a []T, slot int, b []T, point []T) // writes one row of the tiles of a and panels b, of distances by differences where there are any
	local() geometry[T]                          // the same for another goroutine: costs and near may keep what they need again
	reaches() bool                               // every row can serve every client, at the ceiling at most
	// orientation returns the sign of the gains in what costs writes (-1: distances, 1: similarities), the cost of a
	// client that is not served, and what is to be added to costs to report them.
	orientation() (sign, ceiling, offset float64)
}

// tiles are the operations of greedy selection on costs that are never stored.
type tiles[T core.Float] struct {
	ctx         context.Context
	threads     int
	g           geometry[T]
	n           int
	panels      []T // of all rows
	weights     []T // n, padded with zeros to whole tiles
	sign        T
	top, offset float64
	pairs       int64
	workers     []tileWorker[T]
	served      []T // costs of the last row that was asked for
	gathered    []T // panels of some clients
	gatheredOf  []T // their hi, span and weight
	partial     []float64
	progress    func(core.Progress)
}

type tileWorker[T core.Float] struct {
	g                           geometry[T]
	costs, scratch, panel, sums []T
	list                        *listing[T]
}

const (
	longPairs      = 1e9 // pairs from which a pass reports how far it is
	tilesPerTask   = 16  // of 64 rows
	panelsInFlight = 1024
)

func newTiles[T core.Float](ctx context.Context, g geometry[T], o *FacilityOptions) *tiles[T] {
	t := &tiles[T]{ctx: ctx, threads: par.Threads(o.Threads), g: g, n: g.size(), progress: o.Progress}
	sign, top, offset := g.orientation()
	t.sign, t.top, t.offset = T(sign), top, offset
	t.workers = make([]tileWorker[T], t.threads)
	for w := range t.workers {
		t.workers[w] = tileWorker[T]{g: g.local(), costs: make([]T, tile.Elements), scratch: make([]T, max(g.scratch(), tile.Elements)),
			panel: make([]T, g.panel()), sums: make([]T, tile.Size)}
	}
	return t
}

// prepare packs all rows into panels.
func (t *tiles[T]) prepare(weights []T) error {
	count := par.Tiles(t.n, tile.Size)
	t.weights = make([]T, count*tile.Size)
	copy(t.weights, weights)
	t.served = make([]T, count*tile.Size)
	t.panels = hugepage.Make[T](count * t.g.panel())
	return par.For(t.ctx, t.threads, count, func(_, p int) {
		t.pack(t.panelOf(p), nil, p)
	})
}

func (t *tiles[T]) panelOf(p int) []T { return t.panels[p*t.g.panel() : (p+1)*t.g.panel()] }

// pack fills panel p of some rows, or of all; places beyond the last hold the last row.
func (t *tiles[T]) pack(panel []T, rows []int32, p int) {
	count := t.n
	if rows != nil {
		count = len(rows)
	}
	lo, hi := par.Span(p, count, tile.Size)
	for slot := range tile.Size {
		i := min(lo+slot, hi-1)
		if rows != nil {
			i = int(rows[i])
		}
		t.g.fill(panel, slot, i)
	}
}

// copyColumn copies a row from the panels of all rows to a place of another panel.
func (t *tiles[T]) copyColumn(panel []T, slot int, row int32) {
	from := t.panelOf(int(row) / tile.Size)
	at := int(row) % tile.Size
	for q := 0; q < len(from); q += tile.Size {
		panel[q+slot] = from[q+at]
	}
}

// block returns a panel of candidates (nil: all), in own if they are some.
func (t *tiles[T]) block(own []T, candidates []int32, block, many int) []T {
	if candidates == nil {
		return t.panelOf(block)
	}
	lo, up := par.Span(block, many, tile.Size)
	for slot := range tile.Size {
		t.copyColumn(own, slot, candidates[min(lo+slot, up-1)])
	}
	return own
}

func (t *tiles[T]) size() int { return t.n }

func (t *tiles[T]) ceiling() float64 { return t.top }

func (t *tiles[T]) reaches() bool { return t.g.reaches() }

func (t *tiles[T]) report() float64 { return t.offset }

func (t *tiles[T]) evaluated() int64 { return t.pairs }

func (t *tiles[T]) batch() int { return tile.Size }

func (t *tiles[T]) bytes() float64 { return float64(len(t.panels) * elementSize[T]()) }

// row evaluates the costs of serving each row from row j.
func (t *tiles[T]) row(j int32) ([]T, T, error) {
	t.pairs += int64(t.n)
	from := t.panelOf(int(j) / tile.Size)
	count := par.Tiles(t.n, tile.Size)
	err := par.For(t.ctx, t.few(t.n*t.g.panel()/tile.Size), par.Tiles(count, 8*tilesPerTask), func(w, task int) {
		me := &t.workers[w]
		lo, hi := par.Span(task, count, 8*tilesPerTask)
		me.g.near(t.served[lo*tile.Size:hi*tile.Size], from, int(j)%tile.Size, t.panels[lo*t.g.panel():hi*t.g.panel()], me.scratch)
	})
	return t.served[:t.n], t.sign, err
}

// few returns one thread for work too small to share.
func (t *tiles[T]) few(operations int) int {
	if operations < 1<<18 {
		return 1
	}
	return t.threads
}

// total writes the gain of each candidate (nil: all) over nothing.
func (t *tiles[T]) total(out []float64, candidates []int32) error {
	count := par.Tiles(t.n, tile.Size) * tile.Size
	hi, err := make([]T, count), error(nil)
	if candidates == nil {
		err = t.halves(out, hi, 1)
	} else {
		err = t.sweep(out, candidates, nil, hi, endless[T](count), 1)
	}
	t.overNothing(out)
	return err
}

// overNothing turns sums of what tiles hold into gains.
func (t *tiles[T]) overNothing(sums []float64) {
	if t.sign > 0 {
		return
	}
	all := 0.0
	for _, c := range t.weights {
		all += float64(c)
	}
	for c, sum := range sums {
		sums[c] = t.top*all - sum
	}
}

// decrease implements operations.
func (t *tiles[T]) decrease(out []float64, candidates, clients []int32, hi, span []T) error {
	if candidates == nil && clients == nil {
		return t.halves(out, hi, t.sign)
	}
	return t.sweep(out, candidates, clients, hi, span, t.sign)
}

func (t *tiles[T]) sweep(out []float64, candidates, clients []int32, hi, span []T, sign T) error {
	if len(clients) > t.n/2 {
		clients = nil
	}
	if clients == nil {
		count := par.Tiles(t.n, tile.Size)
		return t.product(out, candidates, t.panels, count, hi, span, t.weights, sign)
	}
	for lo := 0; lo < len(clients); lo += panelsInFlight * tile.Size {
		some := clients[lo:min(lo+panelsInFlight*tile.Size, len(clients))]
		count, size := par.Tiles(len(some), tile.Size), t.g.panel()
		if need := count * size; cap(t.gathered) < need {
			t.gathered = make([]T, need+need/2)
		}
		if need := 3 * count * tile.Size; cap(t.gatheredOf) < need {
			t.gatheredOf = make([]T, need+need/2)
		}
		panels, padded := t.gathered[:count*size], count*tile.Size
		his, spans, weights := t.gatheredOf[:padded], t.gatheredOf[padded:2*padded], t.gatheredOf[2*padded:3*padded]
		err := par.For(t.ctx, t.few(count*size), count, func(_, p int) {
			for slot := range tile.Size {
				at := p*tile.Size + slot
				i := some[min(at, len(some)-1)]
				t.copyColumn(panels[p*size:(p+1)*size], slot, i)
				his[at], spans[at], weights[at] = hi[i], span[i], t.weights[i]
				if at >= len(some) {
					weights[at] = 0
				}
			}
		})
		if err != nil {
			return err
		}
		if err := t.product(out, candidates, panels, count, his, spans, weights, sign); err != nil {
			return err
		}
	}
	return nil
}

// product adds to out the gains of the candidates from count panels of clients.
func (t *tiles[T]) product(out []float64, candidates []int32, clients []T, count int, hi, span, weights []T, sign T) error {
	many := len(out)
	t.pairs += int64(many) * int64(count) * tile.Size
	blocks := par.Tiles(many, tile.Size)
	size := t.g.panel()
	// columns adds up the panels of clients [from, to) for one block of candidates.
	columns := func(w, block, from, to int, sums []float64) {
		me := &t.workers[w]
		lo, up := par.Span(block, many, tile.Size)
		panel := t.block(me.panel, candidates, block, many)
		for p := from; p < to; p++ {
			me.g.costs(me.costs, me.scratch, clients[p*size:(p+1)*size], panel)
			clear(me.sums)
			at := p * tile.Size
			cover.Columns(me.sums, me.costs, tile.Size, hi[at:at+tile.Size], span[at:at+tile.Size], weights[at:at+tile.Size], sign)
			for c := range up - lo {
				sums[c] += float64(me.sums[c])
			}
		}
	}
	if blocks >= 8 {
		// Tasks of some million pairs.
		group := max(1, min(tilesPerTask, 256/count))
		return t.reported(many*count*tile.Size, t.few(many*count*size), par.Tiles(blocks, group), func(w, task int) {
			first, last := par.Span(task, blocks, group)
			for b := first; b < last; b++ {
				lo, up := par.Span(b, many, tile.Size)
				columns(w, b, 0, count, out[lo:up])
			}
		})
	}
	tasks := par.Tiles(count, tilesPerTask)
	if need := tasks * many; cap(t.partial) < need {
		t.partial = make([]float64, need+need/2)
	}
	partial := t.partial[:tasks*many]
	clear(partial)
	err := par.For(t.ctx, t.few(many*count*size), tasks, func(w, task int) {
		from, to := par.Span(task, count, tilesPerTask)
		for b := range blocks {
			lo, up := par.Span(b, many, tile.Size)
			columns(w, b, from, to, partial[task*many+lo:task*many+up])
		}
	})
	for task := range tasks {
		for c := range many {
			out[c] += partial[task*many+c]
		}
	}
	return err
}

// reported is par.For, which comes back now and then to report if there are many pairs.
func (t *tiles[T]) reported(pairs, threads, tasks int, work func(w, task int)) error {
	rounds := 1
	if t.progress != nil && pairs >= longPairs {
		rounds = min(32, tasks)
	}
	for round := range rounds {
		lo, hi := tasks*round/rounds, tasks*(round+1)/rounds
		if err := par.For(t.ctx, threads, hi-lo, func(w, task int) { work(w, lo+task) }); err != nil {
			return err
		}
		if rounds > 1 {
			t.progress(core.Progress{Phase: "gains", Iteration: hi, MaxIterations: tasks, Objective: math.NaN()})
		}
	}
	return nil
}
