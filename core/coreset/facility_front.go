package coreset

import (
	"math"
	"slices"
)

// front keeps the candidates of the largest worth in a heap that stays in the cache, the first of equals above the others. Worths
// only fall; those in the heap may be of earlier. Everything else is worth less than floor.
type front struct {
	all   []int32 // nil: all of n
	n     int
	items []ranked
	floor float64
}

type ranked struct {
	worth float64
	id    int32
}

func newFront(candidates []int32, n int) front {
	return front{all: candidates, n: n, floor: math.Inf(1)}
}

// best takes the candidate of the largest worth from the heap; -1 if none is left, which is what a worth of -Inf says of one.
func (f *front) best(worth func(j int32) float64) int32 {
	for {
		for len(f.items) > 0 {
			top := f.items[0]
			now := worth(top.id)
			switch {
			case now < f.floor || math.IsInf(now, -1):
				f.pop()
			case now < top.worth:
				f.items[0].worth = now
				f.sink(0)
			default:
				f.pop()
				return top.id
			}
		}
		if math.IsInf(f.floor, -1) {
			return -1
		}
		f.refill(worth, frontShare)
	}
}

const (
	sampled    = 1024 // candidates by which refill chooses the floor
	frontShare = 16   // one candidate in so many is in the heap at first
)

// refill begins anew with those candidates, one in share, that are as good as this part of a sample.
func (f *front) refill(worth func(j int32) float64, share int) {
	count := f.n
	if f.all != nil {
		count = len(f.all)
	}
	at := func(c int) int32 {
		if f.all != nil {
			return f.all[c]
		}
		return int32(c)
	}
	f.floor = math.Inf(-1)
	if share > 1 && count > frontShare*sampled {
		var some [sampled]float64
		for c := range some {
			some[c] = worth(at(c * count / sampled))
		}
		slices.Sort(some[:])
		f.floor = some[sampled-sampled/share]
	}
	for c := range count {
		j := at(c)
		if now := worth(j); now >= f.floor && !math.IsInf(now, -1) {
			f.items = append(f.items, ranked{now, j})
		}
	}
	for i := (len(f.items)+2)/4 - 1; i >= 0; i-- {
		f.sink(i)
	}
}

// most returns the sum of the count largest worths, those below 0 as 0.
func (f *front) most(count int, worth func(j int32) float64) float64 {
	worths := f.worths(worth)
	for share := frontShare; len(worths) < count && !math.IsInf(f.floor, -1); share = 1 {
		f.items = f.items[:0]
		f.refill(worth, share)
		worths = f.worths(worth)
	}
	return largest(worths, count)
}

// worths returns those of the candidates in the heap, as they are now.
func (f *front) worths(worth func(j int32) float64) []float64 {
	worths := make([]float64, 0, len(f.items))
	for _, item := range f.items {
		if now := worth(item.id); now >= f.floor && !math.IsInf(now, -1) {
			worths = append(worths, max(0, now))
		}
	}
	return worths
}

func (a ranked) before(b ranked) bool { return a.worth > b.worth || a.worth == b.worth && a.id < b.id }

func (f *front) pop() {
	last := len(f.items) - 1
	f.items[0] = f.items[last]
	if f.items = f.items[:last]; last > 0 {
		f.sink(0)
	}
}

// sink moves an item down to its place among the four below each.
func (f *front) sink(i int) {
	item := f.items[i]
	for {
		first := 4*i + 1
		if first >= len(f.items) {
			break
		}
		best := first
		for c := first + 1; c < min(first+4, len(f.items)); c++ {
			if f.items[c].before(f.items[best]) {
				best = c
			}
		}
		if !f.items[best].before(item) {
			break
		}
		f.items[i] = f.items[best]
		i = best
	}
	f.items[i] = item
}
