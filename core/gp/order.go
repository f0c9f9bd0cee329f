package gp

import (
	"cmp"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// metric returns for every feature the largest reciprocal length scale of any kernel that decays along it, 0 if there is
// none.
func (c *compiled) metric(features int) []float64 {
	weight := make([]float64, features)
	for _, l := range c.leaves {
		if l.period != nil {
			continue
		}
		for i, length := range l.length {
			weight[l.dims[i]] = max(weight[l.dims[i]], 1/length)
		}
	}
	return weight
}

// order returns the points in an order in which those of a tile and those of a block lie close together: the points are
// halved along their longest side, at a multiple of the block or tile size, again and again.
func order(x points, weight []float64, threads int) []int32 {
	return halved(x, weight, tile.Size, threads)
}

// halved is order with halves of at most least points, which is no more than tile.Size.
func halved(x points, weight []float64, least, threads int) []int32 {
	perm := make([]int32, x.n)
	for i := range perm {
		perm[i] = int32(i)
	}
	used := widest(x, weight)
	if len(used) == 0 || x.n <= least {
		return perm
	}
	m := len(used)
	z := make([]float64, x.n*m)
	_ = par.For(nil, threads, par.Tiles(x.n, blockSize), func(_, t int) {
		row := make([]float64, x.d)
		lo, hi := par.Span(t, x.n, blockSize)
		for i := lo; i < hi; i++ {
			x.row(i, row)
			for k, q := range used {
				z[i*m+k] = row[q] * weight[q]
			}
		}
	})
	for parts := [][]int32{perm}; len(parts) > 0; {
		halves := make([][]int32, 2*len(parts))
		_ = par.For(nil, threads, len(parts), func(_, t int) {
			ids := parts[t]
			half := splitPoint(len(ids))
			selectNth(ids, half, z, m, longestSide(ids, z, m))
			halves[2*t], halves[2*t+1] = ids[:half], ids[half:]
		})
		parts = parts[:0]
		for _, h := range halves {
			if len(h) > least {
				parts = append(parts, h)
			}
		}
	}
	return perm
}

// In many features no order brings points close together: this many, the widest, decide about it.
const orderFeatures = 8

// widest returns the features of largest extent, in ascending order.
func widest(x points, weight []float64) []int {
	used := byExtent(x, weight)
	used = used[:min(len(used), orderFeatures)]
	slices.Sort(used)
	return used
}

// byExtent returns the features with weight in which points differ, the widest first.
func byExtent(x points, weight []float64) []int {
	row, lo, hi := make([]float64, x.d), make([]float64, x.d), make([]float64, x.d)
	x.row(0, lo)
	copy(hi, lo)
	for i := range x.n {
		x.row(i, row)
		for q, v := range row {
			lo[q], hi[q] = min(lo[q], v), max(hi[q], v)
		}
	}
	var used []int
	for q := range row {
		if hi[q] > lo[q] && weight[q] > 0 {
			used = append(used, q)
		}
	}
	extent := func(q int) float64 { return (hi[q] - lo[q]) * weight[q] }
	slices.SortFunc(used, func(a, b int) int { return cmp.Or(cmp.Compare(extent(b), extent(a)), cmp.Compare(a, b)) })
	return used
}

// splitPoint returns about half of n, in whole blocks or at least whole tiles as long as there are some.
func splitPoint(n int) int {
	unit := 1
	switch {
	case n > blockSize:
		unit = blockSize
	case n > tile.Size:
		unit = tile.Size
	}
	return max(1, par.Tiles(n, unit)/2) * unit
}

// longestSide returns the feature of z (n x m) in which the points ids differ most.
func longestSide(ids []int32, z []float64, m int) int {
	lo, hi := make([]float64, m), make([]float64, m)
	copy(lo, z[int(ids[0])*m:])
	copy(hi, lo)
	for _, id := range ids {
		for q, v := range z[int(id)*m : int(id)*m+m] {
			lo[q], hi[q] = min(lo[q], v), max(hi[q], v)
		}
	}
	longest := 0
	for q := range lo {
		if hi[q]-lo[q] > hi[longest]-lo[longest] {
			longest = q
		}
	}
	return longest
}

// selectNth moves the nth points of ids along feature q of z (n x m) to the front, equal ones in the order of their indices.
func selectNth(ids []int32, nth int, z []float64, m, q int) {
	less := func(a, b int32) bool {
		x, y := z[int(a)*m+q], z[int(b)*m+q]
		return x < y || x == y && a < b
	}
	lo, hi := 0, len(ids)-1
	for lo < hi {
		// The median of three as the pivot.
		mid := (lo + hi) / 2
		if less(ids[mid], ids[lo]) {
			ids[mid], ids[lo] = ids[lo], ids[mid]
		}
		if less(ids[hi], ids[mid]) {
			ids[hi], ids[mid] = ids[mid], ids[hi]
			if less(ids[mid], ids[lo]) {
				ids[mid], ids[lo] = ids[lo], ids[mid]
			}
		}
		pivot, i, j := ids[mid], lo, hi
		for i <= j {
			for less(ids[i], pivot) {
				i++
			}
			for less(pivot, ids[j]) {
				j--
			}
			if i <= j {
				ids[i], ids[j] = ids[j], ids[i]
				i++
				j--
			}
		}
		switch {
		case nth <= j:
			hi = j
		case nth >= i:
			lo = i
		default:
			return
		}
	}
}
