package coreset

import (
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// aheadTasks is how many parts the tiles are dealt out to, each with sums of its own for all covers.
const aheadTasks = 8

// costlyFeatures is the number of features from which guesses pay, whose lists cost as much as some passes over few features do.
const costlyFeatures = 24

// costly implements foreseeing.
func (t *tiles[T]) costly() bool { return t.g.panel() > costlyFeatures*tile.Size }

// against implements foreseeing.
func (t *tiles[T]) against(some []int32) ([]T, T, error) {
	count, size := par.Tiles(t.n, tile.Size), t.g.panel()
	padded := count * tile.Size
	clients := make([]T, len(some)/tile.Size*size)
	for c, i := range some {
		p := c / tile.Size
		t.copyColumn(clients[p*size:(p+1)*size], c%tile.Size, i)
	}
	costs := make([]T, len(some)*padded)
	t.pairs += int64(len(some)) * int64(t.n)
	err := par.For(t.ctx, t.threads, count, func(w, b int) {
		me := &t.workers[w]
		for p := range len(some) / tile.Size {
			me.g.costs(me.costs, me.scratch, clients[p*size:(p+1)*size], t.panelOf(b))
			for slot := range tile.Size {
				copy(costs[(p*tile.Size+slot)*padded+b*tile.Size:], me.costs[slot*tile.Size:(slot+1)*tile.Size])
			}
		}
	})
	return costs, t.sign, err
}

// ahead implements foreseeing: tiles on one side of the diagonal, each of which is compared with all covers while it is there.
func (t *tiles[T]) ahead(covers [][]T, listed bool) ([][]float64, remaining[T], error) {
	blocks := par.Tiles(t.n, tile.Size)
	padded := blocks * tile.Size
	p := &passAhead[T]{t: t, blocks: blocks, covers: append([][]T{make([]T, padded)}, covers...), endless: endless[T](tile.Size)}
	tasks := min(aheadTasks, blocks)
	each := len(p.covers) * padded
	p.partial = make([]float64, tasks*each)
	if listed {
		p.lists, p.rest = make(remaining[T], 2*t.n), make([]sifted[T], blocks*(blocks-1)/2)
		p.most, p.stores = t.n*t.n/thinShare/2, make([]store[T], t.threads)
	}
	t.pairs += int64(blocks) * int64(blocks+1) / 2 * tile.Elements
	err := par.For(t.ctx, t.few(t.n*t.n), tasks, func(w, task int) {
		for b := task; b < blocks && t.ctx.Err() == nil; b += tasks {
			p.strip(w, b, p.partial[task*each:(task+1)*each])
		}
	})
	if err == nil {
		err = t.ctx.Err()
	}
	if err == nil && listed {
		err = par.For(t.ctx, t.few(t.n*t.n), blocks, p.unpack)
	}
	gains := make([][]float64, len(p.covers))
	for c := range gains {
		gains[c] = make([]float64, t.n)
		for task := range tasks {
			sums := p.partial[task*each+c*padded:]
			for i := range gains[c] {
				gains[c][i] += sums[i]
			}
		}
	}
	t.overNothing(gains[0])
	return gains, p.lists, err
}

// passAhead is one pass over all pairs for several covers.
type passAhead[T core.Float] struct {
	t       *tiles[T]
	blocks  int
	covers  [][]T // zeros first
	endless []T
	partial []float64    // of each task: for each cover the gains of all rows
	lists   remaining[T] // nil: not wanted
	most    int          // about how many entries they have
	rest    []sifted[T]  // of the tiles above the diagonal, columns of tiles one after the other
	stores  []store[T]   // of each goroutine
}

// sifted are the costs of a tile that a mask for each row names.
type sifted[T core.Float] struct {
	mask []uint64
	cost []T
}

// store is memory for sifted costs.
type store[T core.Float] struct {
	free []T
	hi   []T // covers of the columns of a tile, for each row
	mask [tile.Size]uint64
}

// strip evaluates the tiles of block b from either side. For its own rows as clients lists are complete but for candidates of later
// blocks, and what rows of earlier blocks as clients find here is packed.
func (p *passAhead[T]) strip(w, b int, sums []float64) {
	t, me, own, padded := p.t, &p.t.workers[w], b*tile.Size, p.blocks*tile.Size
	candidates := t.panelOf(b)
	for a := range b + 1 {
		me.g.costs(me.costs, me.scratch, t.panelOf(a), candidates)
		at := a * tile.Size
		for c, hi := range p.covers {
			sign := t.sign
			if c == 0 {
				sign = 1
			}
			clear(me.sums)
			cover.Columns(me.sums, me.costs, tile.Size, hi[at:at+tile.Size], p.endless, t.weights[at:at+tile.Size], sign)
			tile.Accumulate(sums[c*padded+own:c*padded+own+tile.Size], me.sums)
			if a < b {
				cover.Across(me.sums, me.costs, hi[own:own+tile.Size], t.weights[own:own+tile.Size], sign)
				tile.Accumulate(sums[c*padded+at:c*padded+at+tile.Size], me.sums)
			}
		}
		if p.lists != nil {
			p.list(w, a, b)
		}
	}
	if p.lists != nil {
		me.list.pack(p.lists[own:min(own+tile.Size, t.n)], p.most)
	}
}

// list keeps of a tile what is below the last covers.
func (p *passAhead[T]) list(w, a, b int) {
	t, me, keep := p.t, &p.t.workers[w], &p.stores[w]
	if me.list == nil {
		me.list = new(listing[T])
	}
	limits, at, own := p.covers[len(p.covers)-1], a*tile.Size, b*tile.Size
	valid := ^uint64(0) >> (tile.Size - (min(own+tile.Size, t.n) - own))
	me.list.limits(limits[at:min(at+tile.Size, t.n)], t.sign)
	me.list.compare(me.costs, t.sign)
	if a == b {
		for slot := range min(tile.Size, t.n-at) {
			me.list.add(slot, me.list.mask[slot]&valid, me.costs[slot*tile.Size:], t.sign, func(c int) int32 { return int32(own + c) })
		}
		return
	}
	if len(keep.free) < tile.Elements {
		keep.free = make([]T, 16*tile.Elements)
	}
	masks, costs, many := make([]uint64, tile.Size), keep.free, 0
	for slot := range masks {
		row := me.costs[slot*tile.Size : (slot+1)*tile.Size]
		mask := me.list.mask[slot] & valid
		masks[slot] = mask
		for ; mask != 0; mask &= mask - 1 {
			costs[many] = -t.sign * row[bits.TrailingZeros64(mask)]
			many++
		}
	}
	p.rest[b*(b-1)/2+a], keep.free = sifted[T]{masks, costs[:many:many]}, costs[many:]
	if a == 0 {
		keep.spread(limits[own : own+tile.Size])
	}
	cover.Under(keep.mask[:], me.costs, keep.hi, t.sign)
	for slot := range tile.Size {
		row, id := me.costs[slot*tile.Size:(slot+1)*tile.Size], int32(at+slot)
		for mask := keep.mask[slot] & valid; mask != 0; mask &= mask - 1 {
			c := bits.TrailingZeros64(mask)
			me.list.list[c] = append(me.list.list[c], entry[T]{id, -t.sign * row[c]})
		}
	}
}

// spread repeats the covers of the columns of a tile for each row.
func (k *store[T]) spread(hi []T) {
	if k.hi == nil {
		k.hi = make([]T, tile.Elements)
	}
	for slot := range tile.Size {
		copy(k.hi[slot*tile.Size:], hi)
	}
}

// unpack lists for the clients of block a the candidates of later blocks.
func (p *passAhead[T]) unpack(w, a int) {
	me, lo := &p.t.workers[w], a*tile.Size
	if me.list == nil {
		me.list = new(listing[T])
	}
	for b := a + 1; b < p.blocks; b++ {
		from := p.rest[b*(b-1)/2+a]
		many := 0
		for slot, mask := range from.mask {
			list := me.list.list[slot]
			for ; mask != 0; mask &= mask - 1 {
				list = append(list, entry[T]{int32(b*tile.Size + bits.TrailingZeros64(mask)), from.cost[many]})
				many++
			}
			me.list.list[slot] = list
		}
	}
	me.list.pack(p.lists[p.t.n+lo:p.t.n+min(lo+tile.Size, p.t.n)], p.most)
}
