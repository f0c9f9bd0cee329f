package coreset

import (
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/quickselect"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// nearestRows holds the k nearest of the rows offered so far, and some more.
type nearestRows[T core.Float] struct {
	keys  []T
	ids   []uint32
	limit T // from which on others are too far; where fewer than k were offered it does not count
}

func (l *nearestRows[T]) offer(k int, key T, id uint32) {
	if len(l.keys) >= k && key >= l.limit {
		return
	}
	l.keys, l.ids = append(l.keys, key), append(l.ids, id)
	if len(l.keys) == k || len(l.keys) == 2*k {
		l.tidy(k)
	}
}

// tidy keeps the k nearest.
func (l *nearestRows[T]) tidy(k int) {
	if len(l.keys) > k {
		quickselect.Partition(l.keys, l.ids, k, quickselect.Sampled)
	}
	l.keys, l.ids = l.keys[:k], l.ids[:k]
	l.limit = slices.Max(l.keys)
}

// compareAll lists the k nearest candidates of each row by the costs of all pairs.
func (w *landmarks[T]) compareAll(s *nearby[T], k int, candidates []bool) (*neighbors.Lists[T], error) {
	n := w.g.size()
	lists := &neighbors.Lists[T]{K: k, IDs: hugepage.Make[int32](n * k), Squares: hugepage.Make[T](n * k), Recall: 1, Pairs: w.pairs + int64(n)*int64(n)}
	return lists, par.For(s.ctx, s.o.Threads, par.Tiles(n, tile.Size), func(t, p int) {
		me := &w.workers[t]
		if me.near == nil {
			me.near, me.other = make([]nearestRows[T], tile.Size), make([]T, w.g.panel())
		}
		lo, hi := par.Span(p, n, tile.Size)
		me.pack(me.panel, func(slot int) int { return lo + slot }, hi-lo)
		for i := range me.near {
			me.near[i].keys, me.near[i].ids = me.near[i].keys[:0], me.near[i].ids[:0]
		}
		for from := 0; from < n; from += tile.Size {
			to := min(from+tile.Size, n)
			me.pack(me.other, func(slot int) int { return from + slot }, to-from)
			me.g.costs(me.costs, me.scratch, me.panel, me.other)
			for i := range hi - lo {
				for j, v := range me.costs[i*tile.Size:][:to-from] {
					if candidates == nil || candidates[from+j] {
						me.near[i].offer(k, -w.sign*v, uint32(from+j))
					}
				}
			}
		}
		for i := lo; i < hi; i++ {
			near := &me.near[i-lo]
			near.tidy(k)
			near.list(lists, i)
		}
	})
}

// list writes them to the list of row i, the nearest first and of equals the first.
func (l *nearestRows[T]) list(lists *neighbors.Lists[T], i int) {
	order := make([]int, lists.K)
	for e := range order {
		order[e] = e
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case l.keys[a] < l.keys[b]:
			return -1
		case l.keys[a] > l.keys[b]:
			return 1
		}
		return int(l.ids[a]) - int(l.ids[b])
	})
	for e, at := range order {
		lists.IDs[i*lists.K+e], lists.Squares[i*lists.K+e] = int32(l.ids[at]), l.keys[at]
	}
}
