package coreset

import (
	"context"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// arrange orders rows so that each stretch of the given size holds neighbours: halves are split at the median of the column
// of largest spread, down to the size, one generation after the other. O(n D log n), and memory for one column.
func arrange[T core.Float](ctx context.Context, x core.Matrix[T], rows []uint32, size, threads int) error {
	keys := make([]T, len(rows))
	now := [][2]int{{0, len(rows)}}
	for len(now) > 0 {
		next := make([][2]int, 2*len(now))
		err := par.For(ctx, threads, len(now), func(_, s int) {
			lo, hi := now[s][0], now[s][1]
			if hi-lo <= size {
				return
			}
			middle := lo + par.Tiles(hi-lo, size)/2*size
			column := widest(x, rows[lo:hi])
			for at := lo; at < hi; at++ {
				keys[at] = x.Data[int(rows[at])*x.Stride+column]
			}
			partition(keys[lo:hi], rows[lo:hi], middle-lo)
			next[2*s], next[2*s+1] = [2]int{lo, middle}, [2]int{middle, hi}
		})
		if err != nil {
			return err
		}
		now = now[:0]
		for _, span := range next {
			if span[1]-span[0] > size {
				now = append(now, span)
			}
		}
	}
	return nil
}

// widest returns the column of largest spread among some of the rows.
func widest[T core.Float](x core.Matrix[T], rows []uint32) int {
	step := max(1, len(rows)/64)
	lo, hi := make([]T, x.Cols), make([]T, x.Cols)
	copy(lo, x.Row(int(rows[0])))
	copy(hi, lo)
	for i := step; i < len(rows); i += step {
		for j, v := range x.Row(int(rows[i])) {
			if v < lo[j] {
				lo[j] = v
			} else if v > hi[j] {
				hi[j] = v
			}
		}
	}
	best := 0
	for j := range lo {
		if hi[j]-lo[j] > hi[best]-lo[best] {
			best = j
		}
	}
	return best
}

// partition reorders rows, and their keys, so that the first middle of them have the smallest keys.
func partition[T core.Float](keys []T, rows []uint32, middle int) {
	lo, hi := 0, len(rows)-1
	for lo < hi {
		pivot := pivotOf(keys[lo:hi+1], middle-lo)
		i, j := lo, hi
		for i <= j {
			for keys[i] < pivot {
				i++
			}
			for keys[j] > pivot {
				j--
			}
			if i <= j {
				keys[i], keys[j] = keys[j], keys[i]
				rows[i], rows[j] = rows[j], rows[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case middle <= j:
			hi = j
		case middle >= i:
			lo = i
		default:
			return
		}
	}
}

// pivotOf guesses which key has a given rank: from a sample of many keys, and of few the median of three.
func pivotOf[T core.Float](keys []T, rank int) T {
	var some [64]T
	if len(keys) < 16*len(some) {
		a, m, c := keys[0], keys[len(keys)/2], keys[len(keys)-1]
		return max(min(a, m), min(max(a, m), c))
	}
	for i := range some {
		some[i] = keys[i*(len(keys)-1)/(len(some)-1)]
	}
	slices.Sort(some[:])
	return some[min(rank*len(some)/len(keys), len(some)-1)]
}
