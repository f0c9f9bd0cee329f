package mixture

import (
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// justBelow returns the threshold above which values count next to best: best + logEps, and less than best itself even
// where that sum rounds to it.
func justBelow[T core.Float](best, logEps T) T {
	return min(best+logEps, best-max(best, -best)*T(core.Epsilon[T]()))
}

// leaders keeps the best entries of each lane, best first: entry r of lane l is at r*lanes + l.
type leaders[T core.Float] struct {
	k     int      // entries per lane
	value []T      // k x lanes; -Inf where there are fewer
	index []uint32 // k x lanes; row of the evaluated block
}

func newLeaders[T core.Float](k int) *leaders[T] {
	lanes := panel.Lanes[T]()
	return &leaders[T]{k: k, value: make([]T, k*lanes), index: make([]uint32, k*lanes)}
}

// reset empties the lists.
func (b *leaders[T]) reset() {
	low := T(math.Inf(-1))
	for i := range b.value {
		b.value[i] = low
	}
	clear(b.index)
}

// add offers rows 0..n-1 of l (n x lanes), named base, base+1, ... Of equal values the first offered wins.
func (b *leaders[T]) add(l []T, n int, base uint32) {
	lanes := panel.Lanes[T]()
	last := (b.k - 1) * lanes
	threshold := b.value[last : last+lanes]
	for i, mask := panel.NextAbove(l, 0, n, threshold); mask != 0; i, mask = panel.NextAbove(l, i+1, n, threshold) {
		row := l[i*lanes : (i+1)*lanes]
		for ; mask != 0; mask &= mask - 1 {
			lane := bits.TrailingZeros32(mask)
			v := row[lane]
			at := last + lane
			for at >= lanes && b.value[at-lanes] < v {
				b.value[at], b.index[at] = b.value[at-lanes], b.index[at-lanes]
				at -= lanes
			}
			b.value[at], b.index[at] = v, base+uint32(i)
		}
	}
}
