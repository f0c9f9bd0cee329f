package coreset

import (
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/quickselect"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

const (
	widthRecall = 0.95    // share of the true neighbours that the rows looked at should have
	widthCosts  = 1 << 24 // costs that are held at a time to find that out
)

// width returns how many of the nearest candidates among the features have to be looked at so that most of the k truly nearest are
// among them, which it measures on a sample of rows; and whether these are so many that there is no memory for them, or all pairs
// would be as fast: then it is as many as there may be.
func (w *landmarks[T]) width(s *nearby[T], k, count int, candidates []bool) (wide int, many bool, err error) {
	n := w.g.size()
	least := min(landmarkSurplus*k, count)
	most := min(count, max(least, min(n/landmarkSlower, mostSurplus/(n*(4+elementSize[T]())))))
	if least == count {
		return least, false, nil
	}
	rows := without(rng.New(s.o.Seed, 0x4c414e44, 2), countTo(n), min(n, tile.Size, max(8, widthCosts/n)))
	costs := make([]T, len(rows)*n)
	if err := w.compare(s, rows, func(lo, hi int, block []T) {
		for c := range rows {
			copy(costs[c*n+lo:c*n+hi], block[c*tile.Size:])
		}
	}); err != nil {
		return 0, false, err
	}
	ranks := make([]int, len(rows)*k)
	err = par.For(s.ctx, s.o.Threads, len(rows), func(_, c int) {
		w.ranks(s, rows[c], costs[c*n:(c+1)*n], candidates, ranks[c*k:(c+1)*k])
	})
	if err != nil {
		return 0, false, err
	}
	slices.Sort(ranks)
	wide = max(least, ranks[int(widthRecall*float64(len(ranks)-1))]+1)
	return min(most, wide), wide > most, nil
}

// ranks finds how many candidates are nearer to a row among the features than each of the truly nearest of them, of which there are
// as many as places in ranks.
func (w *landmarks[T]) ranks(s *nearby[T], row int, costs []T, candidates []bool, ranks []int) {
	var ids []uint32
	var keys []T
	for j, v := range costs {
		if candidates == nil || candidates[j] {
			ids, keys = append(ids, uint32(j)), append(keys, -w.sign*v)
		}
	}
	quickselect.Partition(keys, ids, len(ranks), quickselect.Sampled)
	from := s.x.Row(row)
	square := func(j uint32) T {
		sum := T(0)
		for q, v := range s.x.Row(int(j)) {
			e := v - from[q]
			sum += e * e
		}
		return sum
	}
	near := make([]T, len(ranks))
	for e := range near {
		near[e] = square(ids[e])
	}
	slices.Sort(near)
	clear(ranks)
	for _, j := range ids {
		at, found := slices.BinarySearch(near, square(j))
		if found {
			at++
		}
		if at < len(ranks) {
			ranks[at]++
		}
	}
	for e := 1; e < len(ranks); e++ {
		ranks[e] += ranks[e-1]
	}
}

// compare visits the costs of some rows, at most tile.Size, and all others: of rows lo to hi at a time, block having them row by row.
func (w *landmarks[T]) compare(s *nearby[T], rows []int, visit func(lo, hi int, block []T)) error {
	n, me, panel := w.g.size(), &w.workers[0], make([]T, w.g.panel())
	me.pack(me.panel, func(slot int) int { return rows[slot] }, len(rows))
	for lo := 0; lo < n && s.ctx.Err() == nil; lo += tile.Size {
		hi := min(lo+tile.Size, n)
		me.pack(panel, func(slot int) int { return lo + slot }, hi-lo)
		me.g.costs(me.costs, me.scratch, me.panel, panel)
		visit(lo, hi, me.costs)
	}
	w.pairs += int64(n) * tile.Size
	return s.ctx.Err()
}

// recall measures which share of the nearest candidates of 64 rows is in their lists.
func (w *landmarks[T]) recall(s *nearby[T], lists *neighbors.Lists[T], candidates []bool) error {
	n, k := w.g.size(), lists.K
	sample := without(rng.New(s.o.Seed, 0x4c414e44, 1), countTo(n), min(n, tile.Size))
	nearer := make([][]int, len(sample))
	for c := range nearer {
		nearer[c] = make([]int, k) // so many rows are nearer than the first, the second, ... of the list, and not than those before
	}
	slack := T(1e3 * core.Epsilon[T]())
	err := w.compare(s, sample, func(lo, hi int, block []T) {
		for c, i := range sample {
			list := lists.Squares[i*k : (i+1)*k]
			for j := lo; j < hi; j++ {
				v := -w.sign * block[c*tile.Size+j-lo]
				if candidates != nil && !candidates[j] || v >= list[k-1] {
					continue
				}
				if at, _ := slices.BinarySearch(list, v+slack*max(v, -v)); at < k {
					nearer[c][at]++
				}
			}
		}
	})
	hits := 0
	for _, counts := range nearer {
		before := 0
		for _, count := range counts {
			if before += count; before < k {
				hits++
			}
		}
	}
	lists.Recall = min(1, float64(hits)/float64(k*len(sample)))
	return err
}
