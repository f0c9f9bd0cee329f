package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/quickselect"
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
			quickselect.Partition(keys[lo:hi], rows[lo:hi], middle-lo, quickselect.Sampled)
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
