package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
)

// whole numbers are places in the lists of a graph.
type whole interface{ int | int32 | int64 }

// sparseGreedy is greedy selection on a graph: client i can be served by the candidates of its own list only, or not at all at
// the cost base_i. What is kept of a client or of a candidate is in one line of the cache, since both are met anywhere in memory.
type sparseGreedy[T core.Float, P whole] struct {
	ctx       context.Context
	n         int
	ptr       []P // n+1: where the lists begin
	candidate []int32
	value     []T
	sign      T       // costs are the values times this: 1, or -1 for similarities
	mirrored  bool    // the clients of most candidates are the candidates of their own list
	ascending bool    // lists are in ascending order of costs, so that what still matters of one is its beginning
	base      []T     // nil: 0
	weights   []T     // nil: 1
	offset    float64 // what to add to a cost to report it

	slab   hugepage.Slab
	faced  []facing // of each candidate; nil: not known yet
	from   []int    // n+1: where the clients of a candidate begin; nil: not listed
	client []int32
	place  []int // of the clients of one candidate: where they list it
	loaded T

	served []service[T] // of each client
	front  front
	funds  *funds
	pairs  int64

	selected []int32
	gains    []float64
	loss     float64
	all      float64 // weight of all clients
}

// facing is what is known of a candidate.
type facing struct {
	gain  float64 // up to date; -Inf: it is selected
	count int32   // clients
	last  int32   // the last of these, plus 1, while they are counted
}

// service is what is known of a client.
type service[T core.Float] struct {
	cover T
	owner int32 // position in selected of the row that serves it, plus 1
}

// weight returns that of a client.
func (s *sparseGreedy[T, P]) weight(i int32) float64 {
	if s.weights == nil {
		return 1
	}
	return float64(s.weights[i])
}

// floor returns the cost of client i if it is not served.
func (s *sparseGreedy[T, P]) floor(i int32) T {
	if s.base == nil {
		return 0
	}
	return s.base[i]
}

// transpose lists the clients of each candidate.
func (s *sparseGreedy[T, P]) transpose() {
	s.from = make([]int, s.n+1)
	for j := range s.faced {
		s.from[j+1] = s.from[j] + int(s.faced[j].count)
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
func (s *sparseGreedy[T, P]) clients(j int32) []int32 {
	if s.from == nil {
		list := s.candidate[s.ptr[j]:s.ptr[j+1]]
		if len(list) == int(s.faced[j].count) && s.find(j, list) {
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
func (s *sparseGreedy[T, P]) find(j int32, clients []int32) bool {
	s.load(clients)
	for c, i := range clients {
		lo := s.place[c]
		at := slices.Index(s.candidate[lo:s.ptr[i+1]], j)
		if at < 0 {
			return false
		}
		s.place[c] = lo + at
	}
	return true
}

// load sets where the lists of some clients begin, and reads a part of every line of the cache that they are in. They are
// anywhere in memory, and none of these reads waits for another.
func (s *sparseGreedy[T, P]) load(clients []int32) {
	const line = 64
	step := line / elementSize[T]()
	s.place = s.place[:0]
	ids, sum := int32(0), s.loaded
	for _, i := range clients {
		s.place = append(s.place, int(s.ptr[i]))
		ids += s.served[i].owner
	}
	for c, i := range clients {
		end := int(s.ptr[i+1])
		for e := s.place[c]; e < end; e += line / 4 {
			ids += s.candidate[e]
		}
		for e := s.place[c]; e < end; e += step {
			sum += s.value[e]
		}
	}
	s.loaded = sum + T(ids)
}

func (s *sparseGreedy[T, P]) run(q request) (*part, error) {
	s.start(q)
	for _, j := range q.initial {
		s.take(j, q)
	}
	for !s.done(q) {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		j := s.best()
		if j < 0 {
			break
		}
		s.take(j, q)
	}
	return s.finish(), nil
}

func (s *sparseGreedy[T, P]) start(q request) {
	s.served = hugepage.Cut[service[T]](&s.slab, s.n)
	if s.base == nil && s.weights == nil {
		s.all = float64(s.n)
	} else {
		for i := range int32(s.n) {
			w := s.weight(i)
			s.served[i].cover = s.floor(i)
			s.loss += w * float64(s.served[i].cover)
			s.all += w
		}
	}
	if s.faced == nil {
		s.face()
	}
	if !s.mirrored {
		s.transpose()
	}
	s.pairs += int64(len(s.candidate))
	s.funds = q.funds
	s.front = newFront(q.candidates, s.n)
}

// face counts the clients of each candidate and adds up what it gains from them.
func (s *sparseGreedy[T, P]) face() {
	s.faced = make([]facing, s.n)
	for i := range int32(s.n) {
		weight, base := s.weight(i), float64(s.floor(i))
		values := s.value[s.ptr[i]:s.ptr[i+1]]
		for e, j := range s.candidate[s.ptr[i]:s.ptr[i+1]] {
			f := &s.faced[j]
			f.count++
			if span := base - float64(s.sign*values[e]); span > 0 {
				f.gain += weight * span
			}
		}
	}
}

func (s *sparseGreedy[T, P]) done(q request) bool {
	if q.budget > 0 && len(s.selected) >= q.budget {
		return true
	}
	return q.coverLoss > 0 && len(s.selected) > 0 && s.loss+s.offset*s.all <= q.coverLoss
}

// best returns the candidate of the largest gain, -1 if all are taken.
func (s *sparseGreedy[T, P]) best() int32 { return s.front.best(s.worth) }

// worth is what candidate j is compared by, -Inf if it is not to be selected.
func (s *sparseGreedy[T, P]) worth(j int32) float64 {
	if s.funds == nil {
		return s.faced[j].gain
	}
	if s.funds.forbids(j) {
		return math.Inf(-1)
	}
	return s.funds.worth(j, s.faced[j].gain)
}

func (s *sparseGreedy[T, P]) take(j int32, q request) {
	place, gained := int32(len(s.selected))+1, 0.0
	s.funds.spend(j)
	for c, i := range s.clients(j) {
		at := &s.served[i]
		cost, old := s.sign*s.value[s.place[c]], at.cover
		if cost >= old {
			if at.owner == 0 && cost <= s.floor(i) {
				at.owner = place
			}
			continue
		}
		w := s.weight(i)
		s.lose(i, w, old, cost)
		gained += w * (float64(old) - float64(cost))
		at.cover, at.owner = cost, place
	}
	s.faced[j].gain = math.Inf(-1)
	s.loss -= gained
	s.selected, s.gains = append(s.selected, j), append(s.gains, gained)
	q.selected(len(s.selected), s.loss+s.offset*s.all)
}

// lose takes from the gains of the candidates of client i what they lose as its cover falls from old to now.
func (s *sparseGreedy[T, P]) lose(i int32, weight float64, old, now T) {
	ids, values := s.candidate[s.ptr[i]:s.ptr[i+1]], s.value[s.ptr[i]:s.ptr[i+1]]
	values = values[:len(ids)]
	faced, sign := s.faced, s.sign
	if s.ascending {
		for e, j := range ids {
			cost := sign * values[e]
			if cost >= old {
				break
			}
			faced[j].gain -= weight * (float64(old) - float64(max(cost, now)))
			s.pairs++
		}
		return
	}
	// No branch, which would be hard to predict.
	rise := now - old
	for e, j := range ids {
		faced[j].gain += weight * float64(min(max(sign*values[e]-old, rise), 0))
	}
	s.pairs += int64(len(ids))
}

func (s *sparseGreedy[T, P]) finish() *part {
	p := &part{selected: s.selected, gains: s.gains, owner: hugepage.Cut[int32](&s.slab, s.n), recall: math.NaN(), pairs: s.pairs}
	p.bytes = float64(len(s.candidate))*float64(2*(4+elementSize[T]())) + float64(s.n)*48
	for i := range int32(s.n) {
		at := s.served[i]
		p.owner[i] = at.owner - 1
		p.loss += s.weight(i) * (float64(at.cover) + s.offset)
		p.ceiling = max(p.ceiling, float64(s.floor(i))+s.offset)
		if at.owner == 0 {
			p.uncovered++
		}
	}
	p.bound = min(p.loss, max(0, p.loss-s.most()))
	return p
}

// most returns what no set of rows, as many as are selected or within the costs, can gain besides.
func (s *sparseGreedy[T, P]) most() float64 {
	if s.funds == nil {
		return s.front.most(len(s.selected), s.worth)
	}
	gains, rows := make([]float64, s.n), make([]int32, 0, s.n)
	for j := range s.faced {
		if gains[j] = s.faced[j].gain; !math.IsInf(gains[j], -1) {
			rows = append(rows, int32(j))
		}
	}
	return s.funds.affordable(rows, gains)
}
