package coreset

import (
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// entry is a candidate on the list of a client, and its cost.
type entry[T core.Float] struct {
	id   int32
	cost T
}

// entrySize is the size of an entry in bytes.
func entrySize[T core.Float]() float64 { return float64(2 * elementSize[T]()) }

// listing collects the lists of up to 64 clients.
type listing[T core.Float] struct {
	list  [tile.Size][]entry[T]
	mask  [tile.Size]uint64
	limit [tile.Size]T
	room  room[T]
}

// limits sets the bounds of the costs k, or of the similarities of which costs are the negatives.
func (l *listing[T]) limits(cover []T, sign T) {
	for slot := range l.limit {
		u := cover[min(slot, len(cover)-1)]
		if sign > 0 {
			u = after(-u)
		}
		l.limit[slot] = u
	}
}

// after returns the least number above x.
func after[T core.Float](x T) T {
	if elementSize[T]() == 4 {
		return T(math.Nextafter32(float32(x), float32(math.Inf(1))))
	}
	return T(math.Nextafter(float64(x), math.Inf(1)))
}

// compare finds what is below the limits in a tile, whose rows all have limits of their own.
func (l *listing[T]) compare(block []T, sign T) {
	neighbors.Below(l.mask[:], block, l.limit[:])
	if sign > 0 {
		for slot := range l.mask {
			l.mask[slot] = ^l.mask[slot]
		}
	}
}

// add appends those of some costs that a mask names, the first of which is that of the given candidate.
func (l *listing[T]) add(slot int, mask uint64, costs []T, sign T, name func(c int) int32) {
	list := l.list[slot]
	for ; mask != 0; mask &= mask - 1 {
		c := bits.TrailingZeros64(mask)
		list = append(list, entry[T]{name(c), -sign * costs[c]})
	}
	l.list[slot] = list
}

// pack moves the lists of the first clients to memory of their own, as long as they are.
func (l *listing[T]) pack(to [][]entry[T], most int) {
	total := 0
	for slot := range to {
		total += len(l.list[slot])
	}
	all := l.room.take(total, most)
	for slot := range to {
		count := copy(all, l.list[slot])
		to[slot], all = all[:count:count], all[count:]
		l.list[slot] = l.list[slot][:0]
	}
}

// room is memory for lists, which is fetched in large pieces.
type room[T core.Float] struct{ free []entry[T] }

// listRoom is how many entries memory is fetched for at once.
const listRoom = 1 << 19

// take returns memory for some entries, of which most are wanted in all.
func (r *room[T]) take(count, most int) []entry[T] {
	if len(r.free) < count {
		r.free = hugepage.Make[entry[T]](max(count, min(listRoom, most)))
	}
	some := r.free[:count:count]
	r.free = r.free[count:]
	return some
}
