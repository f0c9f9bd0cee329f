package par

import (
	"context"
	"sync/atomic"
)

// ForParts is [For] with a place to begin for every worker: worker w of len(starts)-1 takes the tiles starts[w] ...
// starts[w+1]-1 in order, and when there are none left the last ones of the others. Tiles that touch the same memory from one
// call to the next then stay with one processor and its caches. starts ascends; tiles are those from starts[0] on.
func ForParts(ctx context.Context, starts []int, fn func(worker, tile int)) error {
	threads := len(starts) - 1
	if threads <= 1 {
		return serial(ctx, starts[0], starts[threads], fn)
	}
	j := take()
	for len(j.parts) < threads {
		j.parts = append(j.parts, part{})
	}
	j.parts = j.parts[:threads]
	for w := range j.parts {
		j.parts[w].span.Store(uint64(starts[w])<<32 | uint64(starts[w+1]))
	}
	return j.run(ctx, threads, fn)
}

// part is the tiles first ... end-1 that are left of a worker's share: first in the upper half, end in the lower.
type part struct {
	span atomic.Uint64
	_    [56]byte // a cache line each
}

// first takes the first tile, last the last; -1: there is none.
func (p *part) first() int {
	for {
		v := p.span.Load()
		first, end := v>>32, v&(1<<32-1)
		if first >= end {
			return -1
		}
		if p.span.CompareAndSwap(v, v+1<<32) {
			return int(first)
		}
	}
}

func (p *part) last() int {
	for {
		v := p.span.Load()
		first, end := v>>32, v&(1<<32-1)
		if first >= end {
			return -1
		}
		if p.span.CompareAndSwap(v, v-1) {
			return int(end) - 1
		}
	}
}

// tile returns the next tile of a worker; -1: there is none left.
func (j *job) tile(worker int) int {
	if len(j.parts) == 0 {
		if t := int(j.next.Add(1)) - 1; t < j.tiles {
			return t
		}
		return -1
	}
	if t := j.parts[worker].first(); t >= 0 {
		return t
	}
	for w := range j.parts {
		if t := j.parts[(worker+w)%len(j.parts)].last(); t >= 0 {
			return t
		}
	}
	return -1
}
