package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// sparseGreedy is greedy selection on a graph: client i can be served by the candidates of its own list only, or not at all at
// the cost base_i.
type sparseGreedy[T core.Float] struct {
	ctx       context.Context
	n         int
	ptr       []int // n+1: where the lists begin
	candidate []int32
	value     []T
	sign      T    // costs are the values times this: 1, or -1 for similarities
	mirrored  bool // the clients of most candidates are the candidates of their own list
	ascending bool // lists are in ascending order of costs, so that what still matters of one is its beginning
	base      []T
	weights   []T
	offset    float64 // what to add to a cost to report it

	count  []int32 // clients of each candidate
	from   []int   // n+1: where these begin; nil: not listed
	client []int32
	place  []int // of the clients of one candidate: where they list it

	cover []T
	owner []int32
	gain  []float64 // of each candidate, up to date
	heap  ranking   // by gains of earlier
	key   []float64
	funds *funds
	taken []bool
	pairs int64

	selected []int32
	gains    []float64
	loss     float64
	all      float64 // weight of all clients
}

// transpose lists the clients of each candidate.
func (s *sparseGreedy[T]) transpose() {
	s.from = make([]int, s.n+1)
	for j, count := range s.count {
		s.from[j+1] = s.from[j] + int(count)
	}
	next := slices.Clone(s.from)
	s.client = hugepage.Make[int32](len(s.candidate))
	for i := range s.n {
		for _, j := range s.candidate[s.ptr[i]:s.ptr[i+1]] {
			s.client[next[j]] = int32(i)
			next[j]++
		}
	}
}

// clients returns the clients of a candidate, and leaves in place where each lists it. In a graph that is the same from either
// side they are its own list: all of this list name it, and as many as do at all.
func (s *sparseGreedy[T]) clients(j int32) []int32 {
	if s.from == nil {
		list := s.candidate[s.ptr[j]:s.ptr[j+1]]
		if len(list) == int(s.count[j]) && s.find(j, list) {
			return list
		}
		s.transpose()
	}
	list := s.client[s.from[j]:s.from[j+1]]
	s.find(j, list)
	return list
}

// find sets where each of some clients lists candidate j, and returns whether all do. Few are asked for, so that lists are
// searched, which are looked at then anyway.
func (s *sparseGreedy[T]) find(j int32, clients []int32) bool {
	s.place = s.place[:0]
	for _, i := range clients {
		lo := s.ptr[i]
		at := slices.Index(s.candidate[lo:s.ptr[i+1]], j)
		if at < 0 {
			return false
		}
		s.place = append(s.place, lo+at)
	}
	return true
}

func (s *sparseGreedy[T]) run(q request) (*part, error) {
	s.start(q)
	for _, j := range q.initial {
		s.take(j, q)
	}
	for !s.done(q) {
		if len(s.selected)%64 == 0 && s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		j := s.best()
		if j < 0 {
			break
		}
		s.take(j, q)
	}
	return s.finish(), nil
}

func (s *sparseGreedy[T]) start(q request) {
	s.count = make([]int32, s.n)
	s.cover, s.owner = slices.Clone(s.base), make([]int32, s.n)
	s.gain, s.key, s.taken = make([]float64, s.n), make([]float64, s.n), make([]bool, s.n)
	for i, u := range s.base {
		s.owner[i] = -1
		s.loss += float64(s.weights[i]) * float64(u)
		s.all += float64(s.weights[i])
	}
	for i, u := range s.base {
		weight, base := float64(s.weights[i]), float64(u)
		values := s.value[s.ptr[i]:s.ptr[i+1]]
		for e, j := range s.candidate[s.ptr[i]:s.ptr[i+1]] {
			s.count[j]++
			if span := base - float64(s.sign*values[e]); span > 0 {
				s.gain[j] += weight * span
			}
		}
	}
	if !s.mirrored {
		s.transpose()
	}
	s.pairs += int64(len(s.candidate))
	s.funds = q.funds
	for j, gain := range s.gain {
		s.key[j] = s.funds.worth(int32(j), gain)
	}
	items := q.candidates
	if items == nil {
		items = make([]int32, s.n)
		for j := range items {
			items[j] = int32(j)
		}
	}
	s.heap = ranking{items: slices.Clone(items), gain: s.key}
	s.heap.build()
}

func (s *sparseGreedy[T]) done(q request) bool {
	if q.budget > 0 && len(s.selected) >= q.budget {
		return true
	}
	return q.coverLoss > 0 && len(s.selected) > 0 && s.loss+s.offset*s.all <= q.coverLoss
}

// best returns the candidate of the largest gain, -1 if all are taken.
func (s *sparseGreedy[T]) best() int32 {
	for len(s.heap.items) > 0 {
		j := s.heap.items[0]
		switch worth := s.funds.worth(j, s.gain[j]); {
		case s.taken[j] || s.funds.forbids(j):
			s.heap.pop()
		case s.key[j] > worth:
			s.key[j] = worth
			s.heap.sink(0)
		default:
			return s.heap.pop()
		}
	}
	return -1
}

func (s *sparseGreedy[T]) take(j int32, q request) {
	place, gained := int32(len(s.selected)), 0.0
	s.taken[j] = true
	s.funds.spend(j)
	for c, i := range s.clients(j) {
		cost, old := s.sign*s.value[s.place[c]], s.cover[i]
		if cost >= old {
			if s.owner[i] < 0 && cost <= s.base[i] {
				s.owner[i] = place
			}
			continue
		}
		w := float64(s.weights[i])
		for e := s.ptr[i]; e < s.ptr[i+1]; e++ {
			own := s.sign * s.value[e]
			if own >= old {
				if s.ascending {
					break
				}
				continue
			}
			s.gain[s.candidate[e]] -= w * (float64(old) - float64(max(own, cost)))
			s.pairs++
		}
		gained += w * (float64(old) - float64(cost))
		s.cover[i], s.owner[i] = cost, place
	}
	s.loss -= gained
	s.selected, s.gains = append(s.selected, j), append(s.gains, gained)
	q.selected(len(s.selected), s.loss+s.offset*s.all)
}

func (s *sparseGreedy[T]) finish() *part {
	p := &part{selected: s.selected, gains: s.gains, owner: s.owner, recall: math.NaN(), pairs: s.pairs}
	p.bytes = float64(len(s.candidate))*float64(2*(4+elementSize[T]())) + float64(s.n)*48
	left, rows := make([]float64, 0, s.n), []int32(nil)
	for i, c := range s.weights {
		p.loss += float64(c) * (float64(s.cover[i]) + s.offset)
		p.ceiling = max(p.ceiling, float64(s.base[i])+s.offset)
		if s.owner[i] < 0 {
			p.uncovered++
		}
		if !s.taken[i] {
			left = append(left, max(0, s.gain[i]))
			if s.funds != nil {
				rows = append(rows, int32(i))
			}
		}
	}
	most := 0.0
	if s.funds != nil {
		most = s.funds.affordable(rows, s.gain)
	} else {
		most = largest(left, min(len(left), len(s.selected)))
	}
	p.bound = min(p.loss, max(0, p.loss-most))
	return p
}

// graphGround is a sparse matrix of similarities, a row for each client.
type graphGround[T core.Float, I int32 | int64] struct {
	n       int
	ptr     []I
	index   []I
	value   []T
	largest float64
}

// Graph returns rows whose similarities are the entries of a sparse n x n matrix, none negative, kept by rows: entries
// index[p], value[p] for p from ptr[i] to ptr[i+1] are the candidates that may serve client i, in any order; those named twice are added up. It need not be symmetric.
// A client without a selected candidate gains nothing, counts in [Facilities].Uncovered, and has the assignment -1. The
// distance that losses are made of is what a similarity, or nothing, lacks of the largest one.
func Graph[T core.Float, I int32 | int64](n int, ptr, index []I, value []T) Ground {
	return &graphGround[T, I]{n: n, ptr: ptr, index: index, value: value}
}

func (g *graphGround[T, I]) Len() int { return g.n }

func (g *graphGround[T, I]) exact() string { return Neighbors }

// graph tells this ground from others: no engine but greedy selection on the graph applies.
func (g *graphGround[T, I]) graph() {}

func (g *graphGround[T, I]) check(_ context.Context, o *FacilityOptions) error {
	if g.n < 0 || len(g.ptr) != g.n+1 || g.ptr[0] != 0 {
		return errorf(core.ErrShape, "indptr of a graph of %d rows needs %d positions that begin with 0, got %d", g.n, g.n+1, len(g.ptr))
	}
	for i := range g.n {
		if g.ptr[i+1] < g.ptr[i] {
			return errorf(core.ErrShape, "indptr falls from %d to %d at row %d; it must not decrease", g.ptr[i], g.ptr[i+1], i)
		}
	}
	if count := int(g.ptr[g.n]); len(g.index) < count || len(g.value) < count {
		return errorf(core.ErrShape, "indptr announces %d entries, but there are %d indices and %d values", count, len(g.index), len(g.value))
	}
	most, sound := g.canonical()
	twice, seen := false, []int32(nil)
	if !sound {
		seen = make([]int32, g.n)
	}
	for i := range len(seen) {
		for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
			switch v, j := g.value[p], g.index[p]; {
			case j < 0 || int(j) >= g.n:
				return errorf(core.ErrShape, "row %d of the graph has column %d; it must be in [0, %d)", i, j, g.n)
			case v-v != 0:
				return errorf(core.ErrNotFinite, "the similarity at row %d, column %d is %v", i, j, v)
			case v < 0:
				return errorf(core.ErrOption, "the similarity at row %d, column %d is %v; similarities must not be negative", i, j, v)
			default:
				most = max(most, v)
				twice = twice || seen[j] == int32(i+1)
				seen[j] = int32(i + 1)
			}
		}
	}
	if twice {
		g.merge()
		most = slices.Max(g.value)
	}
	g.largest = float64(most)
	if o.Engine != Auto && o.Engine != Neighbors && o.Engine != Decremental && o.Engine != Lazy {
		return errorf(core.ErrOption, "engine %q cannot select on a graph; use auto", o.Engine)
	}
	return nil
}

// canonical returns whether the columns of all rows are in ascending order and everything is possible, and then the largest value.
func (g *graphGround[T, I]) canonical() (most T, sound bool) {
	largest := T(math.MaxFloat32)
	if elementSize[T]() == 8 {
		largest = T(math.Nextafter(math.Inf(1), 0))
	}
	for i := range g.n {
		last, values := I(-1), g.value[g.ptr[i]:g.ptr[i+1]]
		for e, j := range g.index[g.ptr[i]:g.ptr[i+1]] {
			v := values[e]
			if j <= last || !(v >= 0 && v <= largest) {
				return 0, false
			}
			last = j
			if v > most {
				most = v
			}
		}
		if int(last) >= g.n {
			return 0, false
		}
	}
	return most, true
}

// merge adds up entries of the same place, in a copy.
func (g *graphGround[T, I]) merge() {
	ptr, index, value := make([]I, g.n+1), make([]I, 0, len(g.index)), make([]T, 0, len(g.value))
	place := make([]int, g.n) // where the last entry of a column is, plus 1
	for i := range g.n {
		for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
			j := g.index[p]
			if at := place[j]; at > int(ptr[i]) {
				value[at-1] += g.value[p]
				continue
			}
			index, value = append(index, j), append(value, g.value[p])
			place[j] = len(index)
		}
		ptr[i+1] = I(len(index))
	}
	g.ptr, g.index, g.value = ptr, index, value
}

func (g *graphGround[T, I]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	n := g.n
	var place []int32 // in the group, plus 1
	if ids != nil {
		n, place = len(ids), make([]int32, g.n)
		for c, i := range ids {
			place[i] = int32(c + 1)
		}
	}
	s := &sparseGreedy[T]{ctx: ctx, n: n, ptr: make([]int, n+1), base: make([]T, n), weights: clientWeights[T](o, ids, n), offset: g.largest,
		sign: -1, mirrored: true}
	for c := range n {
		i := rowOf(ids, c)
		s.ptr[c+1] = s.ptr[c] + int(g.ptr[i+1]-g.ptr[i])
		for p := g.ptr[i]; place != nil && p < g.ptr[i+1]; p++ {
			if place[g.index[p]] == 0 {
				s.ptr[c+1]--
			}
		}
	}
	if columns, ok := any(g.index).([]int32); ok && ids == nil {
		s.candidate, s.value = columns[:s.ptr[n]], g.value[:s.ptr[n]]
		return s, nil
	}
	s.candidate, s.value = hugepage.Make[int32](s.ptr[n]), hugepage.Make[T](s.ptr[n])
	err := par.For(ctx, o.Threads, par.Tiles(n, 4096), func(_, t int) {
		lo, hi := par.Span(t, n, 4096)
		for c := lo; c < hi; c++ {
			at := s.ptr[c]
			i := rowOf(ids, c)
			for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
				j := int32(g.index[p])
				if place != nil {
					if j = place[j] - 1; j < 0 {
						continue
					}
				}
				s.candidate[at], s.value[at] = j, g.value[p]
				at++
			}
		}
	})
	return s, err
}

func (g *graphGround[T, I]) effort(n int) (bytes, perPair float64) {
	entries := float64(len(g.index))
	return entries*float64(2*(4+elementSize[T]())) + float64(n)*48, entries * 5e-9 / (float64(n) * float64(n))
}
