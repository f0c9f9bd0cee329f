package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

const (
	mostDrawn  = 1 << 14 // clients of a bound: all where there are no more
	leastDrawn = 1 << 11
	drawnPairs = 1 << 32 // about how many distances a bound may take
	boundRisk  = 1e-6    // probability that a bound from drawn clients is too large
)

// bounding looks for a loss that no set of k rows is below, for engines that do not tell. Whatever the radii v_i,
//
//	L(T) >= sum_i c_i v_i - (the k largest, over j, of sum_i c_i max(0, v_i - d_ij))      for all T of k rows,
//
// which is the dual of the linear program of L. There are two kinds of radii: the distance from the nearest other row, so that a
// row is within the radius of itself only; and the distance from the selection. Of more than 16,384 rows a sample is
// drawn with replacement, and compared with all rows. Of the first kind the sum is a mean of independent bounded numbers
// (the empirical bound of Bernstein: Maurer and Pontil, COLT 2009). Of the second the value for a sample is on average
// below that for all rows, since a largest sum is convex, and each client drawn changes it by a bounded amount (McDiarmid).
type bounding[T core.Float] struct {
	ctx        context.Context
	threads    int
	g          geometry[T]
	all        bool    // every row is a client, once
	clients    []int32 // in the order in which they were drawn
	sorted     []int32 // places in clients, by row
	candidates []int32 // ascending; nil: all
	weights    []T     // of the clients, padded to whole tiles
	panels     []T
	reach      []T // distances from the selection as costs, padded
	value      float64
	endless    [tile.Size]T
	gains      []float64 // of the candidates at these; nil: not wanted
	workers    []boundWorker[T]
	sign       T
	top        T
	offset     float64
	limit      float64 // of a client's weight times its radius
}

type boundWorker[T core.Float] struct {
	g                                  geometry[T]
	panel, costs, scratch, sums, least []T
}

// boundLoss raises the bound of a part, whose rows g measures.
func boundLoss[T core.Float](ctx context.Context, g geometry[T], ids []int, o *FacilityOptions, q request, p *part, phase func(string, int, int)) error {
	s := &bounding[T]{ctx: ctx, threads: par.Threads(o.Threads), g: g}
	sign, top, offset := g.orientation()
	s.sign, s.top, s.offset = T(sign), T(top), offset
	if q.candidates != nil {
		s.candidates = append(slices.Clone(q.candidates), q.initial...)
		slices.Sort(s.candidates)
		s.candidates = slices.Compact(s.candidates)
	}
	s.draw(ids, o, q)
	s.measure(p)
	if err := s.sweep(len(p.selected), phase); err != nil {
		return err
	}
	p.pairs += int64(len(s.clients)) * int64(s.rows())
	k := len(p.selected)
	p.bound = min(p.loss, max(p.bound, s.own(k), s.dual(k)))
	if !s.all && p.bound > 0 {
		p.risk = boundRisk
	}
	return nil
}

// rows is the number of candidates.
func (s *bounding[T]) rows() int {
	if s.candidates != nil {
		return len(s.candidates)
	}
	return s.g.size()
}

// draw chooses the clients.
func (s *bounding[T]) draw(ids []int, o *FacilityOptions, q request) {
	n := s.g.size()
	count := min(n, max(leastDrawn, int(min(mostDrawn, drawnPairs/int64(s.rows())))))
	s.all = count == n
	random := rng.New(q.seed, 0x424f554e, q.stream)
	s.clients, s.sorted = make([]int32, count), make([]int32, count)
	padded := par.Tiles(count, tile.Size) * tile.Size
	s.weights, s.panels = make([]T, padded), make([]T, padded/tile.Size*s.g.panel())
	for c := range s.clients {
		i := c
		if !s.all {
			i = random.IntN(n)
		}
		s.clients[c], s.sorted[c], s.weights[c] = int32(i), int32(c), 1
		if o.ClientWeights != nil {
			s.weights[c] = T(o.ClientWeights[rowOf(ids, i)])
		}
	}
	slices.SortStableFunc(s.sorted, func(a, b int32) int { return int(s.clients[a] - s.clients[b]) })
	for at := range padded {
		b := at / tile.Size
		s.g.fill(s.panels[b*s.g.panel():(b+1)*s.g.panel()], at%tile.Size, int(s.clients[min(at, count-1)]))
	}
}

// measure sets the radii of the second kind.
func (s *bounding[T]) measure(p *part) {
	const cut = 2 // of the mean, so that no client drawn matters much
	s.limit = math.Inf(1)
	if !s.all {
		s.limit = cut * p.loss / float64(s.g.size())
	}
	s.reach = make([]T, len(s.weights))
	for i := range s.endless {
		s.endless[i] = T(math.Inf(1))
	}
	size := s.g.panel()
	panel, costs, point := make([]T, size), make([]T, tile.Size), make([]T, max(s.g.scratch(), tile.Elements))
	for c, i := range s.clients {
		at := p.owner[i]
		weight := float64(s.weights[c])
		if at < 0 || weight == 0 {
			s.weights[c] = 0
			continue
		}
		s.g.fill(panel, 0, int(p.selected[at]))
		b := c / tile.Size
		s.g.near(costs, s.panels[b*size:(b+1)*size], c%tile.Size, panel, point)
		far := max(0, float64(-s.sign*costs[0])+s.offset)
		s.reach[c] = T(min(far, s.limit/weight) - s.offset)
		s.value += weight * (float64(s.reach[c]) + s.offset)
	}
}

// sweep compares the clients with all candidates.
func (s *bounding[T]) sweep(k int, phase func(string, int, int)) error {
	const rounds = 16
	many, blocks := s.rows(), par.Tiles(s.rows(), tile.Size)
	s.workers = make([]boundWorker[T], s.threads)
	for w := range s.workers {
		me := &s.workers[w]
		*me = boundWorker[T]{g: s.g.local(), panel: make([]T, s.g.panel()), costs: make([]T, tile.Elements), sums: make([]T, tile.Size),
			scratch: make([]T, max(s.g.scratch(), tile.Elements)), least: make([]T, len(s.clients))}
		for c := range me.least {
			me.least[c] = s.top
		}
	}
	// So few clients for each selected row say nothing about sums of several.
	if s.all || k <= len(s.clients)/4 {
		s.gains = make([]float64, many)
	}
	for round := range rounds {
		lo, hi := blocks*round/rounds, blocks*(round+1)/rounds
		if err := par.For(s.ctx, s.threads, hi-lo, func(w, b int) { s.block(&s.workers[w], lo+b) }); err != nil {
			return err
		}
		phase("bound", hi, blocks)
	}
	return nil
}

// block compares the clients with 64 candidates.
func (s *bounding[T]) block(me *boundWorker[T], b int) {
	lo, hi := par.Span(b, s.rows(), tile.Size)
	row := func(slot int) int32 {
		if s.candidates != nil {
			return s.candidates[lo+slot]
		}
		return int32(lo + slot)
	}
	for slot := range tile.Size {
		s.g.fill(me.panel, slot, int(row(min(slot, hi-lo-1))))
	}
	self, _ := slices.BinarySearchFunc(s.sorted, row(0), func(c, i int32) int { return int(s.clients[c] - i) })
	selves := s.sorted[self:]
	size, most := s.g.panel(), row(hi-lo-1)
	meets := make(map[int32]int) // clients that are candidates of the block, and where
	slot := 0
	for _, c := range selves {
		if s.clients[c] > most {
			break
		}
		for row(slot) < s.clients[c] {
			slot++
		}
		if row(slot) == s.clients[c] {
			meets[c] = slot
		}
	}
	for from := 0; from < len(s.clients); from += tile.Size {
		p := from / tile.Size
		me.g.costs(me.costs, me.scratch, s.panels[p*size:(p+1)*size], me.panel)
		if s.gains != nil {
			clear(me.sums)
			cover.Columns(me.sums, me.costs, tile.Size, s.reach[from:from+tile.Size], s.endless[:], s.weights[from:from+tile.Size], s.sign)
			for c := range hi - lo {
				s.gains[lo+c] += float64(me.sums[c])
			}
		}
		for c := from; c < min(from+tile.Size, len(s.clients)); c++ {
			costs := me.costs[(c-from)*tile.Size:][:hi-lo]
			if len(meets) > 0 {
				if slot, ok := meets[int32(c)]; ok {
					costs[slot] = -s.sign * s.top
				}
			}
			least, largest, _ := cover.Extent(costs)
			if s.sign > 0 {
				least = -largest
			}
			me.least[c] = min(me.least[c], least)
		}
	}
}

// dual returns the bound with radii of the second kind.
func (s *bounding[T]) dual(k int) float64 {
	if s.gains == nil {
		return 0
	}
	value := s.value - largest(s.gains, min(k, len(s.gains)))
	if s.all {
		return value
	}
	m := float64(len(s.clients))
	return float64(s.g.size()) * (value/m - s.limit*math.Sqrt(math.Log(2/boundRisk)/(2*m)))
}

// own returns the bound with the distances from nearest other candidates as radii.
func (s *bounding[T]) own(k int) float64 {
	values := make([]float64, len(s.clients))
	for c := range values {
		least := s.top
		for w := range s.workers {
			least = min(least, s.workers[w].least[c])
		}
		values[c] = float64(s.weights[c]) * max(0, float64(least)+s.offset)
	}
	if s.all {
		return sumOf(values) - largest(values, min(k, len(values)))
	}
	// Cutting values off at z bounds the k largest by k z. The first quarter of the clients settles z.
	pilot, rest := values[:len(values)/4], values[len(values)/4:]
	best, cut := 0.0, 0.0
	for _, z := range pilot {
		if found := s.mean(pilot, z, len(rest), k); found > best {
			best, cut = found, z
		}
	}
	return max(0, s.mean(rest, cut, len(rest), k))
}

// mean returns n times what the mean of values, cut off at z, is at least as far as m of them tell, less k z.
func (s *bounding[T]) mean(values []float64, z float64, m, k int) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += min(v, z)
	}
	mean := sum / float64(len(values))
	for _, v := range values {
		e := min(v, z) - mean
		squares += e * e
	}
	odds, count := math.Log(4/boundRisk), float64(m)
	low := mean - math.Sqrt(2*squares/float64(len(values)-1)*odds/count) - 7*z*odds/(3*(count-1))
	return float64(s.g.size())*low - float64(k)*z
}
