package coreset

import (
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// halves adds to out the gain of each row from all clients, whose covers are hi, without a limit to it. Only one side of the
// diagonal is read, two rows at a time.
func (s *stored[T]) halves(out []float64, hi []T, sign T) error {
	n, ld := s.m.Rows, s.m.Stride
	blocks := par.Tiles(n, tile.Size)
	tasks := min(halfTasks, (blocks+3)/4)
	s.pairs += int64(n) * int64(n+1) / 2
	partial := make([]float64, tasks*n)
	span := endless[T](tile.Size)
	workers := make([]struct {
		two  cover.Two[T]
		sums [cover.Run]T
	}, s.threads)
	err := par.For(s.ctx, s.few(n*n), tasks, func(w, task int) {
		me, gains := &workers[w], partial[task*n:(task+1)*n]
		for b := task; b < blocks && s.ctx.Err() == nil; b += tasks {
			from, to := par.Span(b, n, tile.Size)
			corner := me.sums[:to-from]
			clear(corner)
			cover.Columns(corner, s.m.Data[from*ld+from:], ld, hi[from:to], span[:to-from], s.weights[from:to], sign)
			addTo(gains[from:to], corner)
			for lo := to; lo < n; lo += cover.Run {
				up := min(lo+cover.Run, n)
				sums := me.sums[:up-lo]
				clear(sums)
				for i := from; i < to; i += 2 {
					two := me.two.Mirror(sums, s.m.Data[i*ld+lo:], ld, 2*ld, hi[lo:up], s.weights[lo:up],
						[2]T(hi[i:i+2]), [2]T(s.weights[i:i+2]), sign)
					gains[i] += two[0]
					gains[i+1] += two[1]
				}
				addTo(gains[lo:up], sums)
			}
		}
	})
	if err == nil {
		err = s.ctx.Err()
	}
	for task := range tasks {
		for i := range out {
			out[i] += partial[task*n+i]
		}
	}
	return err
}

// nearer compares the rows of the matrix, which are the costs of clients, with their covers.
func (s *stored[T]) nearer(candidates []int32, hi []T) (remaining[T], error) {
	const some = 16
	n := s.m.Rows
	lists, words := make(remaining[T], n), par.Tiles(n, 64)
	var may []uint64
	if candidates != nil {
		may = make([]uint64, words)
		for _, j := range candidates {
			may[j/64] |= 1 << (j % 64)
		}
	}
	s.pairs += int64(n) * int64(n)
	workers := make([]struct {
		mask []uint64
		one  [16]T
		room room[T]
	}, s.threads)
	err := par.For(s.ctx, s.threads, par.Tiles(n, some), func(w, t int) {
		me := &workers[w]
		if me.mask == nil {
			me.mask = make([]uint64, words)
		}
		from, to := par.Span(t, n, some)
		for i := from; i < to; i++ {
			row, count := s.m.Row(i), 0
			for lane := range me.one {
				me.one[lane] = hi[i]
			}
			cover.UnderOne(me.mask, row, &me.one, s.sign)
			for b := range may {
				me.mask[b] &= may[b]
			}
			for _, mask := range me.mask {
				count += bits.OnesCount64(mask)
			}
			list, at := me.room.take(count, n*n/thinShare), 0
			for b, mask := range me.mask {
				for ; mask != 0; mask &= mask - 1 {
					j := b*64 + bits.TrailingZeros64(mask)
					list[at] = entry[T]{int32(j), -s.sign * row[j]}
					at++
				}
			}
			lists[i] = list
		}
	})
	return lists, err
}

// endless returns n infinite spans.
func endless[T core.Float](n int) []T {
	span := make([]T, n)
	for i := range span {
		span[i] = T(math.Inf(1))
	}
	return span
}
