package coreset

import (
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// remaining lists for each client the candidates that cost less than its cover, in no order. Nothing else can change a gain any
// more, so that greedy selection goes on with these lists alone once they are short.
type remaining[T core.Float] struct {
	id   [][]int32
	cost [][]T
}

const (
	thinFrom    = 4       // selected rows from which on it is worth looking how long lists would be
	thinShare   = 16      // lists replace the costs when one in so many is below a cover
	thinSample  = 32      // clients that this is estimated from
	thinEntries = 8 << 20 // most elements of all lists
)

// thin makes the lists as soon as they are short and much is left to select.
func (s *greedy[T]) thin(q request) error {
	count := len(s.selected)
	if s.lists != nil || count < s.look || s.done(q) || q.budget > 0 && q.budget < 2*count {
		return nil
	}
	s.look = max(thinFrom, count+count/2)
	if count < thinFrom {
		return nil
	}
	share, err := s.below()
	entries := share * float64(s.n) * float64(len(s.candidates))
	if err != nil || share > 1.0/thinShare || entries > thinEntries || entries*float64(4+elementSize[T]()) > s.spare-s.bytes() {
		return err
	}
	if s.lists, err = s.op.nearer(s.restricted(), s.cover[:s.n]); err != nil {
		return err
	}
	clear(s.base)
	for i, list := range s.lists.id {
		weight, old, costs := float64(s.weights[i]), float64(s.cover[i]), s.lists.cost[i]
		for e, j := range list {
			s.base[j] += weight * (old - float64(costs[e]))
		}
		s.listed += len(list)
	}
	s.renew(q)
	return nil
}

// below estimates the share of costs that are below the cover of their client.
func (s *greedy[T]) below() (float64, error) {
	clients, sum, all := min(s.n, thinSample), 0, 0
	for c := range clients {
		i := c * s.n / clients
		values, sign, err := s.op.row(int32(i))
		if err != nil {
			return 0, err
		}
		for _, j := range s.candidates {
			if s.cover[i]+sign*values[j] > 0 {
				sum++
			}
		}
		all += len(s.candidates)
	}
	return float64(sum) / float64(all), nil
}

// settle takes from all gains what they have lost with the pending clients, and from the lists what cannot matter any more.
func (s *greedy[T]) settle() {
	for _, i := range s.pending {
		now, ids, costs := s.cover[i], s.lists.id[i], s.lists.cost[i]
		kept := shorten(ids, costs, s.base, float64(s.weights[i]), s.synced[i], now)
		s.lists.id[i], s.lists.cost[i] = ids[:kept], costs[:kept]
		s.synced[i], s.span[i] = now, 0
	}
	s.pending = s.pending[:0]
}

// shorten takes from the gains of the candidates on the list of a client what they lose as its cover falls from old to now, keeps
// those that cost less at the front, and returns their number. There is no branch in it that would be hard to predict.
func shorten[T core.Float](ids []int32, costs []T, gains []float64, weight float64, old, now T) int {
	costs = costs[:len(ids)]
	kept := 0
	for e, j := range ids {
		cost := costs[e]
		gains[j] -= weight * (float64(old) - float64(max(cost, now)))
		ids[kept], costs[kept] = j, cost
		if cost < now {
			kept++
		}
	}
	return kept
}

// listing collects the lists of up to 64 clients.
type listing[T core.Float] struct {
	id    [tile.Size][]int32
	cost  [tile.Size][]T
	mask  [tile.Size]uint64
	limit [tile.Size]T
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
	for ; mask != 0; mask &= mask - 1 {
		c := bits.TrailingZeros64(mask)
		l.id[slot], l.cost[slot] = append(l.id[slot], name(c)), append(l.cost[slot], -sign*costs[c])
	}
}

// pack moves the lists of the first clients to memory of their own, as long as they are.
func (l *listing[T]) pack(to *remaining[T], lo, hi int) {
	total := 0
	for slot := range hi - lo {
		total += len(l.id[slot])
	}
	ids, costs := make([]int32, 0, total), make([]T, 0, total)
	for slot := range hi - lo {
		from := len(ids)
		ids, costs = append(ids, l.id[slot]...), append(costs, l.cost[slot]...)
		to.id[lo+slot], to.cost[lo+slot] = ids[from:len(ids):len(ids)], costs[from:len(costs):len(costs)]
		l.id[slot], l.cost[slot] = l.id[slot][:0], l.cost[slot][:0]
	}
}

func newRemaining[T core.Float](n int) *remaining[T] {
	return &remaining[T]{id: make([][]int32, n), cost: make([][]T, n)}
}
