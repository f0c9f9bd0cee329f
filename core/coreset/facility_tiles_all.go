package coreset

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// halfTasks is how many parts the tiles on one side of the diagonal are dealt out to, each with sums of its own.
const halfTasks = 32

// halves adds to out the gain of each row from all clients, whose covers are hi, without a limit to it. A tile is its own mirror
// image on the other side of the diagonal, so that every pair is evaluated once.
func (t *tiles[T]) halves(out []float64, hi []T, sign T) error {
	span := endless[T](tile.Size)
	blocks := par.Tiles(t.n, tile.Size)
	tasks := min(halfTasks, (blocks+3)/4)
	t.pairs += int64(blocks) * int64(blocks+1) / 2 * tile.Elements
	partial := make([]float64, tasks*blocks*tile.Size)
	err := t.reported(t.n*t.n/2, t.few(t.n*t.n), tasks, func(w, task int) {
		me, sums := &t.workers[w], partial[task*blocks*tile.Size:(task+1)*blocks*tile.Size]
		for b := task; b < blocks && t.ctx.Err() == nil; b += tasks {
			candidates, own := t.panelOf(b), b*tile.Size
			for a := range b + 1 {
				me.g.costs(me.costs, me.scratch, t.panelOf(a), candidates)
				clear(me.sums)
				at := a * tile.Size
				cover.Columns(me.sums, me.costs, tile.Size, hi[at:at+tile.Size], span, t.weights[at:at+tile.Size], sign)
				addTo(sums[own:own+tile.Size], me.sums)
				if a < b {
					cover.Across(me.sums, me.costs, hi[own:own+tile.Size], t.weights[own:own+tile.Size], sign)
					addTo(sums[at:at+tile.Size], me.sums)
				}
			}
		}
	})
	for task := range tasks {
		for i := range out {
			out[i] += partial[task*blocks*tile.Size+i]
		}
	}
	if err == nil {
		err = t.ctx.Err()
	}
	return err
}

func addTo[T core.Float](sums []float64, some []T) {
	for i, v := range some {
		sums[i] += float64(v)
	}
}

// nearer compares blocks of clients with all candidates.
func (t *tiles[T]) nearer(candidates []int32, cover []T) (remaining[T], error) {
	lists, many := make(remaining[T], t.n), t.n
	if candidates != nil {
		many = len(candidates)
	}
	t.pairs += int64(t.n) * int64(many)
	err := t.reported(t.n*many, t.threads, par.Tiles(t.n, tile.Size), func(w, p int) {
		me := &t.workers[w]
		if me.list == nil {
			me.list = new(listing[T])
		}
		from, to := par.Span(p, t.n, tile.Size)
		me.list.limits(cover[from:to], t.sign)
		for b := range par.Tiles(many, tile.Size) {
			lo, hi := par.Span(b, many, tile.Size)
			me.g.costs(me.costs, me.scratch, t.panelOf(p), t.block(me.panel, candidates, b, many))
			me.list.compare(me.costs, t.sign)
			valid := ^uint64(0) >> (tile.Size - (hi - lo))
			for slot := range to - from {
				me.list.add(slot, me.list.mask[slot]&valid, me.costs[slot*tile.Size:], t.sign, func(c int) int32 {
					if candidates != nil {
						return candidates[lo+c]
					}
					return int32(lo + c)
				})
			}
		}
		me.list.pack(lists[from:to], t.n*many/thinShare)
	})
	return lists, err
}
