package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/par"
)

// sorter is a stable parallel counting sort whose result does not depend on the number of threads.
type sorter struct {
	counts []int // shards x keys
	start  []int // keys + 1

	n, shards    int // of the present call of points, with its arguments
	dst, src     []uint32
	key          []uint32
	stride, keys int
	count, place func(worker, shard int) // bound once, so that later calls allocate nothing
}

// shards returns into how many runs n items with the given number of keys are cut: few enough that the counts cost
// less than the items, and that what a run has of a key fills several cache lines, which threads would else fight over.
func shards(n, keys int) int { return max(1, min(16, n/(32*keys+1024))) }

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
	if s.count == nil {
		s.count, s.place = s.countShard, s.placeShard
	}
	s.n, s.shards, s.dst, s.src, s.key, s.stride, s.keys = n, shards(n, keys), dst, src, key, stride, keys
	s.reserve(s.shards, keys)
	if err := par.For(ctx, threads, s.shards, s.count); err != nil {
		return err
	}
	s.offsets(s.shards, keys)
	err := par.For(ctx, threads, s.shards, s.place)
	s.dst, s.src, s.key = nil, nil, nil
	return err
}

// run returns the items and the counts of a shard.
func (s *sorter) run(shard int) (lo, hi int, counts []int) {
	return shard * s.n / s.shards, (shard + 1) * s.n / s.shards, s.counts[shard*s.keys : (shard+1)*s.keys]
}

func (s *sorter) countShard(_, shard int) {
	lo, hi, counts := s.run(shard)
	if s.src == nil {
		for i := lo; i < hi; i++ {
			counts[s.key[i*s.stride]]++
		}
		return
	}
	for _, i := range s.src[lo:hi] {
		counts[s.key[int(i)*s.stride]]++
	}
}

func (s *sorter) placeShard(_, shard int) {
	lo, hi, places := s.run(shard)
	if s.src == nil {
		for i := lo; i < hi; i++ {
			at := &places[s.key[i*s.stride]]
			s.dst[*at] = uint32(i)
			*at++
		}
		return
	}
	for _, i := range s.src[lo:hi] {
		at := &places[s.key[int(i)*s.stride]]
		s.dst[*at] = i
		*at++
	}
}
