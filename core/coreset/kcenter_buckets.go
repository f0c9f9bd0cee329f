package coreset

import (
	"context"
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	bucketPanels = 16  // panels of a bucket: fewer make more buckets to compare with a centre, more of points that need not be
	mostPending  = 256 // centres that a bucket may leave unseen
	ballTile     = 64  // panels of balls that a goroutine compares with a new centre at a time
)

// buckets is the state of farthest-first traversal. Points lie in buckets of neighbours. A bucket keeps the centres that may
// be nearer to one of its points than those it has seen, and looks at them, all in one go, only when one of its points could
// be the farthest of all. Until then its distances are upper bounds.
type buckets[T core.Float] struct {
	*pointPanels[T]
	points  core.Matrix[T]
	threads int
	order   []uint32 // row at each place
	place   []uint32 // place of each row
	near    []T      // minus half of the squared distance to the nearest centre seen; positive for centres
	owner   []uint32 // number of that centre
	top     []T      // per bucket: the least near, and the first row that has it
	topRow  []uint32
	pending [][]uint32
	balls   *pointPanels[T] // a point in the middle of each bucket
	reach   []float64       // largest distance from there to a point of the bucket
	within  []T             // minus half of the squared distance from there within which a centre may be nearer to a point
	full    [][]uint32      // per tile of balls: buckets that have just looked at as many centres as they may leave unseen
	heap    []uint32        // buckets, the farthest point first
	at      []uint32        // place of each bucket in the heap
	looked  []int64         // per bucket: distances evaluated
	size    int             // points of a bucket
	scratch []bucketScratch[T]
}

type bucketScratch[T core.Float] struct {
	one, many []T // distances of a panel to one target, and to all that are pending
}

func newBuckets[T core.Float](ctx context.Context, x core.Matrix[T], threads int) (*buckets[T], error) {
	lanes := panel.Lanes[T]()
	b := &buckets[T]{points: x, threads: par.Threads(threads), size: bucketPanels * lanes, order: make([]uint32, x.Rows), place: make([]uint32, x.Rows)}
	for i := range b.order {
		b.order[i] = uint32(i)
	}
	if err := arrange(ctx, x, b.order, b.size, b.threads); err != nil {
		return nil, err
	}
	for at, i := range b.order {
		b.place[i] = uint32(at)
	}
	b.pointPanels = newPointPanels(x, b.order, b.threads)
	places, count := b.panels()*lanes, par.Tiles(x.Rows, b.size)
	b.near, b.owner = make([]T, places), make([]uint32, places)
	for at := range b.near {
		if b.near[at] = T(math.Inf(-1)); at >= x.Rows {
			b.near[at] = 1
		}
	}
	b.top, b.topRow, b.pending, b.heap = make([]T, count), make([]uint32, count), make([][]uint32, count), make([]uint32, count)
	b.at, b.looked, b.reach = make([]uint32, count), make([]int64, count), make([]float64, count)
	middles := core.NewMatrix[T](count, x.Cols)
	err := par.For(ctx, b.threads, count, func(_, k int) {
		b.heap[k], b.at[k] = uint32(k), uint32(k)
		b.top[k], b.topRow[k] = T(math.Inf(-1)), b.order[k*b.size]
		b.middle(x, k, middles.Row(k))
	})
	if err != nil {
		return nil, err
	}
	b.balls = newPointPanels(middles, nil, b.threads)
	b.within, b.full = make([]T, b.balls.panels()*lanes), make([][]uint32, par.Tiles(b.balls.panels(), ballTile))
	for k := range b.within {
		if b.within[k] = T(math.Inf(-1)); k >= count {
			b.within[k] = 1
		}
	}
	b.scratch = make([]bucketScratch[T], b.threads)
	for w := range b.scratch {
		b.scratch[w] = bucketScratch[T]{make([]T, lanes), make([]T, mostPending*lanes)}
	}
	for at := count/2 - 1; at >= 0; at-- {
		b.sink(at)
	}
	return b, nil
}

// middle finds the mean of a bucket and its reach.
func (b *buckets[T]) middle(x core.Matrix[T], k int, mean []T) {
	lo, hi := par.Span(k, x.Rows, b.size)
	for j := range mean {
		sum := 0.0
		for _, i := range b.order[lo:hi] {
			sum += float64(x.Row(int(i))[j])
		}
		mean[j] = T(sum / float64(hi-lo))
	}
	most := 0.0
	for _, i := range b.order[lo:hi] {
		sum := 0.0
		for j, v := range x.Row(int(i)) {
			e := float64(v) - float64(mean[j])
			sum += e * e
		}
		most = max(most, sum)
	}
	b.reach[k] = math.Sqrt(most)
}

func (b *buckets[T]) outermost() int { return outermost(b.points) }

func (b *buckets[T]) add(ctx context.Context, i int) error {
	id := b.addTarget(b.points.Row(i))
	b.balls.addTarget(b.points.Row(i))
	at := int(b.place[i])
	home := at / b.size
	err := par.For(ctx, b.threads, len(b.full), func(worker, tile int) {
		s, target := &b.scratch[worker], [1]uint32{id}
		b.full[tile] = b.full[tile][:0]
		first, last := par.Span(tile, b.balls.panels(), ballTile)
		for p := first; p < last; p++ {
			b.balls.distances(s.one, p, target[:])
			_, mask := panel.NextAbove(s.one, 0, 1, b.within[p*b.lanes:(p+1)*b.lanes])
			if home/b.lanes == p {
				mask |= 1 << (home % b.lanes)
			}
			for ; mask != 0; mask &= mask - 1 {
				k := p*b.lanes + bits.TrailingZeros32(mask)
				if b.pending[k] = append(b.pending[k], id); len(b.pending[k]) == mostPending {
					b.look(k, s.many)
					b.full[tile] = append(b.full[tile], uint32(k))
				}
			}
		}
	})
	if err != nil {
		return err
	}
	for _, full := range b.full {
		for _, k := range full {
			b.sink(int(b.at[k]))
		}
	}
	b.look(home, b.scratch[0].many)
	b.near[at], b.owner[at] = 1, id
	b.findTop(home)
	b.sink(int(b.at[home]))
	return nil
}

// refresh makes the top of bucket k exact, and moves the bucket to its place in the heap: down, as points only come nearer.
func (b *buckets[T]) refresh(k int) {
	b.look(k, b.scratch[0].many)
	b.sink(int(b.at[k]))
}

// look compares the points of bucket k with its pending centres, and finds its top. l is scratch of mostPending panels.
func (b *buckets[T]) look(k int, l []T) {
	ids := b.pending[k]
	if len(ids) == 0 {
		return
	}
	first, last := k*bucketPanels, min((k+1)*bucketPanels, b.panels())
	for p := first; p < last; p++ {
		b.distances(l, p, ids)
		near, owner := b.near[p*b.lanes:(p+1)*b.lanes], b.owner[p*b.lanes:(p+1)*b.lanes]
		for from := 0; ; from++ {
			at, mask := panel.NextAbove(l, from, len(ids), near)
			if mask == 0 {
				break
			}
			for ; mask != 0; mask &= mask - 1 {
				lane := bits.TrailingZeros32(mask)
				near[lane], owner[lane] = l[at*b.lanes+lane], ids[at]
			}
			from = at
		}
	}
	b.looked[k] += int64(len(ids)) * int64((last-first)*b.lanes)
	b.pending[k] = ids[:0]
	b.findTop(k)
}

// findTop finds the farthest point of bucket k, of several the first row, and how near a centre has to be to matter.
func (b *buckets[T]) findTop(k int) {
	lo, hi := par.Span(k, b.n, b.size)
	b.top[k], b.topRow[k] = b.near[lo], b.order[lo]
	for at := lo + 1; at < hi; at++ {
		if v := b.near[at]; v < b.top[k] || v == b.top[k] && b.order[at] < b.topRow[k] {
			b.top[k], b.topRow[k] = v, b.order[at]
		}
	}
	// Nearer than the ball's middle minus its reach no point of the bucket can be.
	limit := (b.reach[k] + math.Sqrt(-2*min(float64(b.top[k]), 0))) * (1 + 64*core.Epsilon[T]())
	b.within[k] = T(-limit * limit / 2)
}

func (b *buckets[T]) farthest() (row int, distance float64) {
	for len(b.pending[b.heap[0]]) > 0 {
		b.refresh(int(b.heap[0]))
	}
	k := b.heap[0]
	return int(b.topRow[k]), math.Sqrt(-2 * min(float64(b.top[k]), 0))
}

func (b *buckets[T]) distanceOf(row int) float64 {
	at := int(b.place[row])
	b.refresh(at / b.size)
	return math.Sqrt(-2 * min(float64(b.near[at]), 0))
}

// assign compares all points with what they have missed, and collects the owners.
func (b *buckets[T]) assign(ctx context.Context, c *Centers) error {
	err := par.For(ctx, b.threads, len(b.heap), func(worker, k int) { b.look(k, b.scratch[worker].many) })
	c.Assignment, c.Weights = make([]int, b.n), make([]float64, len(c.Indices))
	for i, at := range b.place {
		c.Assignment[i] = int(b.owner[at])
		c.Weights[b.owner[at]]++
	}
	return err
}

// evaluations counts distances to the middles of buckets too.
func (b *buckets[T]) evaluations() int64 {
	sum := int64(len(b.zero)) * int64(b.balls.n)
	for _, v := range b.looked {
		sum += v
	}
	return sum
}

// before tells whether bucket i has the farther point.
func (b *buckets[T]) before(i, j uint32) bool {
	if b.top[i] != b.top[j] {
		return b.top[i] < b.top[j]
	}
	return b.topRow[i] < b.topRow[j]
}

func (b *buckets[T]) sink(at int) {
	for {
		child := 2*at + 1
		if child >= len(b.heap) {
			return
		}
		if child+1 < len(b.heap) && b.before(b.heap[child+1], b.heap[child]) {
			child++
		}
		if !b.before(b.heap[child], b.heap[at]) {
			return
		}
		b.heap[at], b.heap[child] = b.heap[child], b.heap[at]
		b.at[b.heap[at]], b.at[b.heap[child]] = uint32(at), uint32(child)
		at = child
	}
}

// outermost returns the row farthest from the mean, the first of several.
func outermost[T core.Float](x core.Matrix[T]) int {
	mean := make([]float64, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(x.Rows)
	}
	best, most := 0, -1.0
	for i := range x.Rows {
		sum := 0.0
		for j, v := range x.Row(i) {
			e := float64(v) - mean[j]
			sum += e * e
		}
		if sum > most {
			best, most = i, sum
		}
	}
	return best
}
