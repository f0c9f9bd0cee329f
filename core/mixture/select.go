package mixture

import (
	"math"

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
	low   []T      // k x lanes of -Inf
}

func newLeaders[T core.Float](k int) *leaders[T] {
	lanes := panel.Lanes[T]()
	b := &leaders[T]{k: k, value: make([]T, k*lanes), index: make([]uint32, k*lanes), low: make([]T, k*lanes)}
	for i := range b.low {
		b.low[i] = T(math.Inf(-1))
	}
	return b
}

// reset empties the lists.
func (b *leaders[T]) reset() {
	copy(b.value, b.low)
	clear(b.index)
}

// add offers rows 0..n-1 of l (n x lanes), named base, base+1, ... Of equal values the first offered wins.
func (b *leaders[T]) add(l []T, n int, base uint32) {
	panel.Lead(b.value, b.index, b.k, l, n, base)
}
