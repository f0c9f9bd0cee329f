package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// medoidWorker is the scratch of one goroutine's search for medoids.
type medoidWorker[T core.Float] struct {
	g                     geometry[T]
	better                float64 // the sign of the gains: similarities are summed as they are, and more is better
	panels, tile, scratch []T
	sums                  []T
	totals                []float64
	zero, endless         [tile.Size]T
	pairs                 int64
}

// medoid returns the row of a list with the least weighted sum of costs to the others; the present one unless another is
// better by more than rounding.
func (w *medoidWorker[T]) medoid(s *nearby[T], list []int32, present int32, may []bool) int32 {
	blocks, size := par.Tiles(len(list), tile.Size), s.g.panel()
	if w.tile == nil {
		w.g = s.g.local()
		w.better, _, _ = w.g.orientation()
		w.tile, w.scratch = make([]T, tile.Elements), make([]T, max(s.g.scratch(), tile.Elements))
		w.panels, w.sums = make([]T, (cell/tile.Size)*size), make([]T, tile.Size)
		w.totals = make([]float64, cell)
		for i := range w.endless {
			w.endless[i] = T(math.Inf(1))
		}
	}
	for b := range blocks {
		lo, hi := par.Span(b, len(list), tile.Size)
		for slot := range tile.Size {
			w.g.fill(w.panels[b*size:(b+1)*size], slot, int(list[min(lo+slot, hi-1)]))
		}
	}
	totals := w.totals[:len(list)]
	clear(totals)
	var weights [tile.Size]T
	for a := range blocks {
		lo, hi := par.Span(a, len(list), tile.Size)
		clear(weights[:])
		for i := lo; i < hi; i++ {
			weights[i-lo] = s.weights[list[i]]
		}
		for b := range blocks {
			w.g.costs(w.tile, w.scratch, w.panels[a*size:(a+1)*size], w.panels[b*size:(b+1)*size])
			clear(w.sums)
			cover.Columns(w.sums, w.tile, tile.Size, w.zero[:], w.endless[:], weights[:], 1)
			from, to := par.Span(b, len(list), tile.Size)
			for j := from; j < to; j++ {
				totals[j] += w.better * float64(w.sums[j-from])
			}
		}
	}
	w.pairs += int64(blocks) * int64(blocks) * tile.Elements
	best, most := present, math.Inf(-1)
	for c, j := range list {
		if j == present {
			most = totals[c] + 1e-6*math.Abs(totals[c])
		}
	}
	for c, j := range list {
		if totals[c] > most && (may == nil || may[j]) {
			best, most = j, totals[c]
		}
	}
	return best
}
