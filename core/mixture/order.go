package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/par"
)

// sorter is a stable parallel counting sort whose result does not depend on the number of threads.
type sorter struct {
	counts []int // shards x keys
	start  []int // keys + 1
}

// shards returns into how many runs n items with the given number of keys are cut: few enough that the counts cost
// less than the items.
func shards(n, keys int) int { return max(1, min(16, n/(4*keys+1024))) }

// offsets turns the counts of all shards into the place of each shard's first item of each key, and fills start.
func (s *sorter) offsets(shards, keys int) {
	at := 0
	for k := range keys {
		s.start[k] = at
		for i := range shards {
			at, s.counts[i*keys+k] = at+s.counts[i*keys+k], at
		}
	}
	s.start[keys] = at
}

func (s *sorter) reserve(shards, keys int) {
	if need := shards * keys; cap(s.counts) < need {
		s.counts = make([]int, need)
	} else {
		s.counts = s.counts[:need]
		clear(s.counts)
	}
	if len(s.start) != keys+1 {
		s.start = make([]int, keys+1)
	}
}

// points sorts the n points src (nil: 0, 1, ..., n-1) into dst by key[point*stride] in [0, keys).
// Afterwards s.start[k]..s.start[k+1] are the places of key k.
func (s *sorter) points(ctx context.Context, dst, src []uint32, n int, key []uint32, stride, keys, threads int) error {
	m := shards(n, keys)
	s.reserve(m, keys)
	each := func(shard int, do func(point uint32, count *int)) {
		counts := s.counts[shard*keys : (shard+1)*keys]
		for i := shard * n / m; i < (shard+1)*n/m; i++ {
			point := uint32(i)
			if src != nil {
				point = src[i]
			}
			do(point, &counts[key[int(point)*stride]])
		}
	}
	if err := par.For(ctx, threads, m, func(_, shard int) {
		each(shard, func(_ uint32, count *int) { *count++ })
	}); err != nil {
		return err
	}
	s.offsets(m, keys)
	return par.For(ctx, threads, m, func(_, shard int) {
		each(shard, func(point uint32, count *int) { dst[*count] = point; *count++ })
	})
}
