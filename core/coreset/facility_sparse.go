package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
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

	count  []int32 // clients of each candidate; nil as long as these and gain are not known
	from   []int   // n+1: where these begin; nil: not listed
	client []int32
	place  []int // of the clients of one candidate: where they list it
	loaded T

	cover []T
	owner []int32
	gain  []float64 // of each candidate, up to date
	front front
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
func (s *sparseGreedy[T]) load(clients []int32) {
	const line = 64
	step := line / elementSize[T]()
	s.place = s.place[:0]
	ids, sum := int32(0), s.loaded
	for _, i := range clients {
		s.place = append(s.place, s.ptr[i])
		ids += s.owner[i]
		sum += s.cover[i] + s.weights[i]
	}
	for c, i := range clients {
		for e := s.place[c]; e < s.ptr[i+1]; e += line / 4 {
			ids += s.candidate[e]
		}
		for e := s.place[c]; e < s.ptr[i+1]; e += step {
			sum += s.value[e]
		}
	}
	s.loaded = sum + T(ids)
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
	s.cover, s.owner, s.taken = slices.Clone(s.base), make([]int32, s.n), make([]bool, s.n)
	for i, u := range s.base {
		s.owner[i] = -1
		s.loss += float64(s.weights[i]) * float64(u)
		s.all += float64(s.weights[i])
	}
	if s.count == nil {
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
func (s *sparseGreedy[T]) face() {
	s.count, s.gain = make([]int32, s.n), make([]float64, s.n)
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
}

func (s *sparseGreedy[T]) done(q request) bool {
	if q.budget > 0 && len(s.selected) >= q.budget {
		return true
	}
	return q.coverLoss > 0 && len(s.selected) > 0 && s.loss+s.offset*s.all <= q.coverLoss
}

// best returns the candidate of the largest gain, -1 if all are taken.
func (s *sparseGreedy[T]) best() int32 { return s.front.best(s.worth) }

// worth is what candidate j is compared by, -Inf if it is not to be selected.
func (s *sparseGreedy[T]) worth(j int32) float64 {
	if s.taken[j] || s.funds.forbids(j) {
		return math.Inf(-1)
	}
	return s.funds.worth(j, s.gain[j])
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
		s.lose(i, w, old, cost)
		gained += w * (float64(old) - float64(cost))
		s.cover[i], s.owner[i] = cost, place
	}
	s.loss -= gained
	s.selected, s.gains = append(s.selected, j), append(s.gains, gained)
	q.selected(len(s.selected), s.loss+s.offset*s.all)
}

// lose takes from the gains of the candidates of client i what they lose as its cover falls from old to now.
func (s *sparseGreedy[T]) lose(i int32, weight float64, old, now T) {
	ids, values := s.candidate[s.ptr[i]:s.ptr[i+1]], s.value[s.ptr[i]:s.ptr[i+1]]
	values = values[:len(ids)]
	if s.ascending {
		for e, j := range ids {
			cost := s.sign * values[e]
			if cost >= old {
				break
			}
			s.gain[j] -= weight * (float64(old) - float64(max(cost, now)))
			s.pairs++
		}
		return
	}
	// No branch, which would be hard to predict.
	for e, j := range ids {
		s.gain[j] -= weight * float64(max(old-max(s.sign*values[e], now), 0))
	}
	s.pairs += int64(len(ids))
}

func (s *sparseGreedy[T]) finish() *part {
	p := &part{selected: s.selected, gains: s.gains, owner: s.owner, recall: math.NaN(), pairs: s.pairs}
	p.bytes = float64(len(s.candidate))*float64(2*(4+elementSize[T]())) + float64(s.n)*48
	for i, c := range s.weights {
		p.loss += float64(c) * (float64(s.cover[i]) + s.offset)
		p.ceiling = max(p.ceiling, float64(s.base[i])+s.offset)
		if s.owner[i] < 0 {
			p.uncovered++
		}
	}
	p.bound = min(p.loss, max(0, p.loss-s.most()))
	return p
}

// most returns what no set of rows, as many as are selected or within the costs, can gain besides.
func (s *sparseGreedy[T]) most() float64 {
	if s.funds == nil {
		if sum, known := s.front.most(len(s.selected), s.worth); known {
			return sum
		}
	}
	var left []float64
	var rows []int32
	for j, gain := range s.gain {
		if !s.taken[j] {
			left, rows = append(left, max(0, gain)), append(rows, int32(j))
		}
	}
	if s.funds != nil {
		return s.funds.affordable(rows, s.gain)
	}
	return largest(left, min(len(left), len(s.selected)))
}
