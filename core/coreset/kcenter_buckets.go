package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	bucketPanels = 2   // panels of a bucket: its points fit the first-level cache
	mostPending  = 256 // centres that a bucket may leave unseen
)

// buckets is the state of farthest-first traversal. Points lie in buckets of neighbours. A bucket keeps the centres that may
// be nearer to one of its points than those it has seen, and looks at them, all in one go, only when one of its points could
// be the farthest of all. Until then its distances are upper bounds.
type buckets[T core.Float] struct {
	*pointPanels[T]
	order    []uint32 // row at each place
	place    []uint32 // place of each row
	near     []T      // minus half of the squared distance to the nearest centre seen; positive for centres
	owner    []uint32 // number of that centre
	top      []T      // per bucket: the least near, and the first row that has it
	topRow   []uint32
	pending  [][]uint32
	balls    *pointPanels[T] // a point in the middle of each bucket
	reach    []float64       // largest distance from there to a point of the bucket
	heap     []uint32        // buckets, the farthest point first
	at       []uint32        // place of each bucket in the heap
	looked   []int64         // per bucket: distances evaluated
	size     int             // points of a bucket
	distance []T             // scratch: of the balls
	l        []T             // scratch of look
}

func newBuckets[T core.Float](x core.Matrix[T]) *buckets[T] {
	lanes := panel.Lanes[T]()
	b := &buckets[T]{size: bucketPanels * lanes, order: make([]uint32, x.Rows), place: make([]uint32, x.Rows)}
	for i := range b.order {
		b.order[i] = uint32(i)
	}
	arrange(x, b.order, b.size)
	for at, i := range b.order {
		b.place[i] = uint32(at)
	}
	b.pointPanels = newPointPanels(x, b.order)
	places := b.panels() * lanes
	count := par.Tiles(x.Rows, b.size)
	b.near, b.owner = make([]T, places), make([]uint32, places)
	for at := range b.near {
		if b.near[at] = T(math.Inf(-1)); at >= x.Rows {
			b.near[at] = 1
		}
	}
	b.top, b.topRow, b.pending, b.heap = make([]T, count), make([]uint32, count), make([][]uint32, count), make([]uint32, count)
	b.at, b.looked = make([]uint32, count), make([]int64, count)
	b.reach, b.l = make([]float64, count), make([]T, mostPending*lanes)
	middles := core.NewMatrix[T](count, x.Cols)
	for k := range count {
		b.heap[k], b.at[k] = uint32(k), uint32(k)
		b.top[k], b.topRow[k] = T(math.Inf(-1)), b.order[k*b.size]
		b.middle(x, k, middles.Row(k))
	}
	b.balls = newPointPanels(middles, nil)
	b.distance = make([]T, b.balls.panels()*lanes)
	for at := count/2 - 1; at >= 0; at-- {
		b.sink(at)
	}
	return b
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

// add makes row i of x a centre.
func (b *buckets[T]) add(x core.Matrix[T], i int) {
	id := b.addTarget(x.Row(i))
	b.balls.addTarget(x.Row(i))
	at := int(b.place[i])
	home := at / b.size
	for k := range b.balls.panels() {
		b.balls.distances(b.distance[k*b.lanes:(k+1)*b.lanes], k, []uint32{id})
	}
	slack := 1 + 64*core.Epsilon[T]()
	for k, list := range b.pending {
		// Nearer than the ball's middle minus its reach no point of the bucket can be.
		limit := (b.reach[k] + math.Sqrt(-2*min(float64(b.top[k]), 0))) * slack
		if -2*float64(b.distance[k]) > limit*limit && k != home {
			continue
		}
		if b.pending[k] = append(list, id); len(list)+1 == mostPending {
			b.refresh(k)
		}
	}
	b.look(home, b.l)
	b.near[at], b.owner[at] = 1, id
	b.findTop(home)
	b.sink(int(b.at[home]))
}

// refresh makes the top of bucket k exact, and moves the bucket to its place in the heap: down, as points only come nearer.
func (b *buckets[T]) refresh(k int) {
	b.look(k, b.l)
	b.findTop(k)
	b.sink(int(b.at[k]))
}

// look compares the points of bucket k with its pending centres. l is scratch of mostPending panels.
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
			for lane := 0; mask != 0; lane, mask = lane+1, mask>>1 {
				if mask&1 != 0 {
					near[lane], owner[lane] = l[at*b.lanes+lane], ids[at]
				}
			}
			from = at
		}
	}
	b.looked[k] += int64(len(ids)) * int64((last-first)*b.lanes)
	b.pending[k] = ids[:0]
}

// findTop finds the farthest point of bucket k, of several the first row.
func (b *buckets[T]) findTop(k int) {
	lo, hi := par.Span(k, b.n, b.size)
	b.top[k], b.topRow[k] = b.near[lo], b.order[lo]
	for at := lo + 1; at < hi; at++ {
		if v := b.near[at]; v < b.top[k] || v == b.top[k] && b.order[at] < b.topRow[k] {
			b.top[k], b.topRow[k] = v, b.order[at]
		}
	}
}

// farthest returns the row farthest from all centres, the first of several, and its distance.
func (b *buckets[T]) farthest() (row int, distance float64) {
	for len(b.pending[b.heap[0]]) > 0 {
		b.refresh(int(b.heap[0]))
	}
	k := b.heap[0]
	return int(b.topRow[k]), math.Sqrt(-2 * min(float64(b.top[k]), 0))
}

// distanceOf returns the distance of a row to the nearest centre.
func (b *buckets[T]) distanceOf(row int) float64 {
	at := int(b.place[row])
	b.refresh(at / b.size)
	return math.Sqrt(-2 * min(float64(b.near[at]), 0))
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

// arrange orders rows so that each stretch of the given size holds neighbours: halves are split at the median of the column
// of largest spread, down to the size. O(n D log n).
func arrange[T core.Float](x core.Matrix[T], rows []uint32, size int) {
	for len(rows) > size {
		column := widest(x, rows)
		middle := par.Tiles(len(rows), size) / 2 * size
		partition(x, rows, column, middle)
		arrange(x, rows[:middle], size)
		rows = rows[middle:]
	}
}

// widest returns the column of largest spread among some of the rows.
func widest[T core.Float](x core.Matrix[T], rows []uint32) int {
	step := max(1, len(rows)/256)
	best, spread := 0, T(-1)
	for j := range x.Cols {
		lo, hi := x.Row(int(rows[0]))[j], x.Row(int(rows[0]))[j]
		for i := 0; i < len(rows); i += step {
			v := x.Row(int(rows[i]))[j]
			lo, hi = min(lo, v), max(hi, v)
		}
		if hi-lo > spread {
			best, spread = j, hi-lo
		}
	}
	return best
}

// partition reorders rows so that the first middle of them have the smallest values of a column.
func partition[T core.Float](x core.Matrix[T], rows []uint32, column, middle int) {
	value := func(i int) T { return x.Data[int(rows[i])*x.Stride+column] }
	lo, hi := 0, len(rows)-1
	for lo < hi {
		a, m, c := value(lo), value((lo+hi)/2), value(hi)
		pivot := max(min(a, m), min(max(a, m), c))
		i, j := lo, hi
		for i <= j {
			for value(i) < pivot {
				i++
			}
			for value(j) > pivot {
				j--
			}
			if i <= j {
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
