package neighbors

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/quickselect"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Block is the number of points that are compared together.
const Block = 64

// span is a part of the line that is still to be halved.
type span struct{ lo, hi int }

// order returns the rows of x in an order in which every run of 64 that begins at a multiple of 64 is a cluster: halving,
// at a multiple of 64, along the principal direction of a sample.
func order[T core.Float](ctx context.Context, threads int, x core.Matrix[T], seed uint64) ([]int32, error) {
	line := make([]int32, x.Rows)
	for i := range line {
		line[i] = int32(i)
	}
	// Levels are halved side by side until there is enough for every thread, the rest each on its own.
	parts := []span{{0, x.Rows}}
	for len(parts) < 256 && len(parts) > 0 && parts[0].hi-parts[0].lo > Block {
		next := make([]span, 2*len(parts))
		err := par.For(ctx, threads, len(parts), func(_, p int) {
			h := newHalver(x, line, seed)
			middle := h.halve(parts[p])
			next[2*p], next[2*p+1] = span{parts[p].lo, middle}, span{middle, parts[p].hi}
		})
		if err != nil {
			return nil, err
		}
		parts = next
	}
	err := par.For(ctx, threads, len(parts), func(_, p int) { newHalver(x, line, seed).finish(parts[p]) })
	return line, err
}

type halver[T core.Float] struct {
	x                     core.Matrix[T]
	line                  []int32
	keys                  []float64
	mean, direction, next []float64
	seed                  uint64
}

func newHalver[T core.Float](x core.Matrix[T], line []int32, seed uint64) *halver[T] {
	d := x.Cols
	return &halver[T]{x: x, line: line, mean: make([]float64, d), direction: make([]float64, d), next: make([]float64, d), seed: seed}
}

func (h *halver[T]) finish(s span) {
	if s.hi-s.lo <= Block {
		return
	}
	middle := h.halve(s)
	h.finish(span{s.lo, middle})
	h.finish(span{middle, s.hi})
}

// halve puts the points of the lower half before the others, and returns where these begin.
func (h *halver[T]) halve(s span) int {
	count := s.hi - s.lo
	if count <= Block {
		return s.hi
	}
	h.principal(s)
	if cap(h.keys) < count {
		h.keys = make([]float64, count)
	}
	keys, line := h.keys[:count], h.line[s.lo:s.hi]
	for c, i := range line {
		sum := 0.0
		for q, v := range h.x.Row(int(i)) {
			sum += float64(v) * h.direction[q]
		}
		keys[c] = sum
	}
	half := (count/2 + Block - 1) / Block * Block
	quickselect.Partition(keys, line, half, quickselect.Middle)
	return s.lo + half
}

// principal finds the direction of the largest variance of a sample by the power method.
func (h *halver[T]) principal(s span) {
	const sample, rounds = 128, 3
	g := rng.At(h.seed, 0x4e454947, uint64(s.lo), uint64(s.hi))
	var rows [sample]int32
	clear(h.mean)
	for c := range rows {
		rows[c] = h.line[s.lo+g.Below(s.hi-s.lo)]
		for q, v := range h.x.Row(int(rows[c])) {
			h.mean[q] += float64(v) / sample
		}
	}
	for q := range h.direction {
		h.direction[q] = float64(g.Uint64()>>11)*0x1p-52 - 1
	}
	for range rounds {
		clear(h.next)
		for _, i := range rows {
			row, sum := h.x.Row(int(i)), 0.0
			for q, v := range row {
				sum += (float64(v) - h.mean[q]) * h.direction[q]
			}
			for q, v := range row {
				h.next[q] += sum * (float64(v) - h.mean[q])
			}
		}
		norm := 0.0
		for _, v := range h.next {
			norm += v * v
		}
		if norm == 0 {
			return
		}
		norm = math.Sqrt(norm)
		for q, v := range h.next {
			h.direction[q] = v / norm
		}
	}
}
