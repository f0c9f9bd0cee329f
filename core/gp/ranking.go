package gp

import (
	"cmp"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// ranking is the scratch of one goroutine.
type ranking interface {
	// first returns for each of at most tile.Size points x the indices of the columns with the largest weighted squares, the
	// largest first. Without own, all columns count; with it, column own[j] does not for point j. They are valid until the next call.
	first(x points, own []int32) [][]int32
}

// ranked looks at the tiles of columns in the order of what they can hold at most, and at none that can change nothing: with
// kernels that decay, at those near x only.
type ranked[T core.Float] struct {
	evaluator[T]
	of     *kernelEngine[T]
	x      packed[T]
	weight []float64 // in the order of the places of columns
	most   []float64 // of each tile
	bounds []float64 // of the weighted squares of each tile
	tiles  []int32
	best   [tile.Size]leaders
	out    [tile.Size][]int32
}

func (e *kernelEngine[T]) rankings(weight []float64, count, goroutines int) []ranking {
	placed, most := make([]float64, e.packed.n), make([]float64, e.packed.tiles)
	for at, id := range e.packed.perm {
		placed[at] = weight[id]
		most[at/tile.Size] = max(most[at/tile.Size], weight[id])
	}
	out := make([]ranking, goroutines)
	for i := range out {
		r := &ranked[T]{of: e, weight: placed, most: most, bounds: make([]float64, len(most)), tiles: make([]int32, len(most))}
		for j := range r.best {
			r.best[j].count = min(count, e.packed.n)
		}
		out[i] = r
	}
	return out
}

func (r *ranked[T]) first(x points, own []int32) [][]int32 {
	r.x.pack(r.of.program.compiled, x, unordered(x.n), r.of.origin, 1)
	r.use(r.of.program, &r.x, &r.of.packed, false, 0)
	for j := range x.n {
		r.best[j].reset()
	}
	if r.start(0, 0) {
		r.look(x.n, own)
	}
	for j := range x.n {
		r.out[j] = r.best[j].chosen()
	}
	return r.out[:x.n]
}

// look fills best.
func (r *ranked[T]) look(rows int, own []int32) {
	for t := range r.tiles {
		for l := range r.leaves {
			lo1, hi1 := r.x.leaves[l].tileBox(0)
			lo2, hi2 := r.cols.leaves[l].tileBox(t)
			r.r2[l], _ = gap(lo1, hi1, lo2, hi2)
		}
		k := r.bound(r.root, r.r2)
		r.bounds[t], r.tiles[t] = k*k*r.most[t], int32(t)
	}
	slices.SortFunc(r.tiles, func(a, b int32) int {
		return cmp.Or(cmp.Compare(r.bounds[b], r.bounds[a]), cmp.Compare(a, b))
	})
	for _, t := range r.tiles {
		least := r.best[0].least
		for j := range rows {
			least = min(least, r.best[j].least)
		}
		if r.bounds[t] <= least {
			return
		}
		k := r.tile(0, int(t))
		at, count := int(t)*tile.Size, r.cols.count(int(t))
		ids, weight := r.cols.perm[at:at+count], r.weight[at:at+count]
		for j := range rows {
			b, skip := &r.best[j], int32(-1)
			if own != nil {
				skip = own[j]
			}
			for l, v := range k[j*tile.Size : j*tile.Size+count] {
				if score := float64(v) * float64(v) * weight[l]; score > b.least && ids[l] != skip {
					b.add(ids[l], score)
				}
			}
		}
	}
}

// leaders are the columns with the largest scores so far, and others that wait to be compared with them.
type leaders struct {
	count  int
	least  float64 // what a score must exceed to count
	ids    []int32
	scores []float64
	places []int32   // scratch
	losses []float64 // scratch: scores with the other sign
}

func (b *leaders) reset() {
	b.least, b.ids, b.scores = -1, b.ids[:0], b.scores[:0]
}

// gathered is how many times as many columns as are wanted gather before they are compared.
const gathered = 4

func (b *leaders) add(id int32, score float64) {
	b.ids, b.scores = append(b.ids, id), append(b.scores, score)
	if len(b.ids) == gathered*b.count {
		b.compare()
	}
}

// compare leaves count columns. Of equal ones the first to come stay.
func (b *leaders) compare() {
	b.places, b.losses = b.places[:0], b.losses[:0]
	for i, score := range b.scores {
		b.places, b.losses = append(b.places, int32(i)), append(b.losses, -score)
	}
	selectNth(b.places, b.count, b.losses, 1, 0)
	slices.Sort(b.places[:b.count])
	b.least = math.Inf(1)
	for i, from := range b.places[:b.count] { // from is not before i
		b.ids[i], b.scores[i] = b.ids[from], b.scores[from]
		b.least = min(b.least, b.scores[i])
	}
	b.ids, b.scores = b.ids[:b.count], b.scores[:b.count]
}

// chosen returns the best columns in the order of their scores.
func (b *leaders) chosen() []int32 {
	if len(b.ids) > b.count {
		b.compare()
	}
	b.places = b.places[:0]
	for i := range b.ids {
		b.places = append(b.places, int32(i))
	}
	slices.SortFunc(b.places, func(i, j int32) int { return cmp.Or(cmp.Compare(b.scores[j], b.scores[i]), cmp.Compare(i, j)) })
	for k, i := range b.places {
		b.places[k] = b.ids[i]
	}
	return b.places
}
