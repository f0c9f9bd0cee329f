package mixture

import "slices"

// lengths is the number of sizes that a queue tells apart.
const lengths = 64

// queue deals pieces of work to threads: every piece to one that has probably worked on it in the last iteration, so that what
// it needs is in that processor's cache, and of these the long ones first, so that all threads end together. Which thread does
// what changes no result.
type queue struct {
	pieces []uint32 // those of thread w are pieces[starts[w]:starts[w+1]]
	starts []int
	key    []uint32 // of each piece: thread, then length
	byKey  sorter
}

// reset empties the queue for so many threads.
func (q *queue) reset(threads int) {
	q.key = q.key[:0]
	if len(q.starts) != threads+1 {
		q.starts = make([]int, threads+1)
	}
}

// add makes the next number a piece of the given size, at most most, whose work lies at place of n places.
func (q *queue) add(place, n, size, most int) {
	thread := min(place*(len(q.starts)-1)/max(n, 1), len(q.starts)-2)
	q.key = append(q.key, uint32(thread*lengths+lengths-1-size*(lengths-1)/most))
}

// arrange makes pieces and starts.
func (q *queue) arrange() {
	n := len(q.key)
	q.pieces = slices.Grow(q.pieces[:0], n)[:n]
	_ = q.byKey.points(nil, q.pieces, nil, n, q.key, 1, (len(q.starts)-1)*lengths, 1)
	for w := range q.starts {
		q.starts[w] = q.byKey.start[w*lengths]
	}
}
