package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	wantedRecall = 0.97
	manyRows     = 1 << 18 // from which on lists are shorter, for memory
)

// nearby is selection on a graph of nearest neighbours of rows. Greedy selection of k rows needs lists that reach about
// 4 n/k neighbours far (section 3 of Lindgren, Wu and Dimakis, NIPS 2016, has the order). Instead of longer lists there
// are fewer candidates, a random sample; afterwards each selected row gives way to the medoid of those it serves, among all
// rows. What is reported is evaluated on all pairs of a row and a selected one.
type nearby[T core.Float] struct {
	ctx     context.Context
	g       geometry[T]
	way     way[T]
	o       *FacilityOptions
	ids     []int
	weights []T
	offset  float64        // what is to be added to costs to report them
	x       core.Matrix[T] // features whose squared distances say who is near
	phase   func(phase string, done, of int)
}

// way is how the rows of a geometry are searched.
type way[T core.Float] interface {
	// place returns the features.
	place(s *nearby[T]) (core.Matrix[T], error)
	// search lists k near candidates (nil: all) of each row, the nearest first, with costs in place of squared distances.
	search(s *nearby[T], k int, candidates []bool) (*neighbors.Lists[T], error)
	// assign finds the nearest selected row of each row.
	assign(s *nearby[T], selected []int32) (*neighbors.Lists[T], error)
	// cost returns that of serving row i from row j.
	cost(s *nearby[T], i, j int) float64
}

func (s *nearby[T]) run(q request) (*part, error) {
	n := s.g.size()
	s.weights = clientWeights[T](s.o, s.ids, n)
	_, _, s.offset = s.g.orientation()
	var err error
	if s.x, err = s.way.place(s); err != nil {
		return nil, err
	}
	lists, net, q, err := s.graph(q)
	if err != nil {
		return nil, err
	}
	aim, most := q.coverLoss, n
	if q.candidates != nil {
		most = len(q.candidates)
	}
	for {
		attempt := *net
		p, err := attempt.run(q)
		if err != nil {
			return nil, err
		}
		if err := s.settle(p, len(q.initial), q.allowed); err != nil {
			return nil, err
		}
		// The graph does not know how far clients without a neighbour are from the nearest selected row.
		if q.budget > 0 || p.loss <= aim || len(p.selected) == most {
			p.recall, p.pairs = lists.Recall, p.pairs+lists.Pairs
			p.bytes = float64(elementSize[T]())*float64(n)*float64(2*s.x.Cols+1) + float64(n*lists.K)*float64(2*(4+elementSize[T]())) + float64(n)*64
			return p, nil
		}
		q.coverLoss *= 0.95 * aim / p.loss
	}
}

// settle moves what was selected on the graph to medoids, and evaluates it on all pairs.
func (s *nearby[T]) settle(p *part, fixed int, allowed []int32) error {
	near, err := s.way.assign(s, p.selected)
	if err != nil {
		return err
	}
	p.pairs += near.Pairs
	moved, count, err := s.medoids(p.selected, near.IDs, fixed, allowed)
	if err != nil {
		return err
	}
	p.pairs += count
	if moved {
		if near, err = s.way.assign(s, p.selected); err != nil {
			return err
		}
		p.pairs += near.Pairs
	}
	p.uncovered, p.bound = 0, 0
	s.report(p, near)
	return nil
}

// graph finds the neighbours, and returns them with what is to be selected from.
func (s *nearby[T]) graph(q request) (*neighbors.Lists[T], *sparseGreedy[T, int], request, error) {
	n := s.g.size()
	candidates, k := s.candidates(q)
	lists, err := s.way.search(s, k, candidates)
	if err != nil {
		return nil, nil, q, err
	}
	net := &sparseGreedy[T, int]{ctx: s.ctx, n: n, ptr: make([]int, n+1), candidate: lists.IDs, value: lists.Squares, sign: 1, base: make([]T, n), ascending: true,
		weights: s.weights, offset: s.offset}
	err = par.For(s.ctx, s.o.Threads, par.Tiles(n, 4096), func(_, t int) {
		lo, hi := par.Span(t, n, 4096)
		for i := lo; i < hi; i++ {
			net.ptr[i+1] = (i + 1) * k
			net.base[i] = lists.Squares[(i+1)*k-1]
		}
	})
	if err != nil {
		return nil, nil, q, err
	}
	q.allowed = q.candidates
	if candidates != nil {
		q.candidates = nil
		for j, ok := range candidates {
			if ok {
				q.candidates = append(q.candidates, int32(j))
			}
		}
	}
	return lists, net, q, nil
}

// listLength is the number of neighbours of each of n rows.
func listLength(n int, o *FacilityOptions) int {
	switch {
	case o.Neighbors > 0:
		return o.Neighbors
	case n > manyRows:
		return 32
	}
	return 64
}

// candidates returns the rows that may be selected at first (nil: all), and the length of the lists.
func (s *nearby[T]) candidates(q request) ([]bool, int) {
	n := s.g.size()
	k := listLength(n, s.o)
	count := n
	var some []bool
	if q.candidates != nil {
		some, count = make([]bool, n), 0
		for _, j := range q.candidates {
			some[j] = true
		}
	} else if share := float64(k) * float64(q.budget) / (4 * float64(n)); q.budget > 0 && share < 0.7 {
		g := rng.New(q.seed, 0x4e454152, q.stream)
		some, count = make([]bool, n), 0
		for j := range some {
			some[j] = g.Float64() < share
		}
	}
	for _, j := range q.initial {
		if some != nil {
			some[j] = true
		}
	}
	for j := range some {
		if some[j] {
			count++
		}
	}
	if count < max(q.budget, k) && q.candidates == nil {
		return nil, min(k, n)
	}
	return some, min(k, count)
}

// cell is the largest number of rows of a cell of which all pairs are compared; of a larger one every so many are.
const cell = 1024

// medoids replaces each selected row, but for the first few, by the row of its cell that serves the cell best, and returns
// whether there was any and the number of pairs. allowed, if set, are the only rows that may be selected.
func (s *nearby[T]) medoids(selected, owner []int32, fixed int, allowed []int32) (bool, int64, error) {
	n := s.g.size()
	place := make([]int32, n)
	for c, j := range selected {
		place[j] = int32(c)
	}
	from := make([]int32, len(selected)+1)
	for _, j := range owner {
		from[place[j]+1]++
	}
	for c := range selected {
		from[c+1] += from[c]
	}
	members, next := make([]int32, n), append([]int32(nil), from...)
	for i, j := range owner {
		members[next[place[j]]] = int32(i)
		next[place[j]]++
	}
	var may []bool
	if allowed != nil {
		may = make([]bool, n)
		for _, j := range allowed {
			may[j] = true
		}
	}
	threads := par.Threads(s.o.Threads)
	workers := make([]medoidWorker[T], threads)
	moved := make([]bool, len(selected))
	err := par.For(s.ctx, threads, len(selected)-fixed, func(w, t int) {
		c := t + fixed
		list := members[from[c]:from[c+1]]
		if len(list) > cell {
			step := float64(len(list)) / cell
			thin := make([]int32, cell)
			for e := range thin {
				thin[e] = list[int(float64(e)*step)]
			}
			list = thin
		}
		if best := workers[w].medoid(s, list, selected[c], may); best != selected[c] {
			selected[c], moved[c] = best, true
		}
	})
	any, pairs := false, int64(0)
	for _, m := range moved {
		any = any || m
	}
	for w := range workers {
		pairs += workers[w].pairs
	}
	return any, pairs, err
}

// report evaluates the loss and the assignment from the nearest selected rows.
func (s *nearby[T]) report(p *part, near *neighbors.Lists[T]) {
	place := make(map[int32]int32, len(p.selected))
	for c, j := range p.selected {
		place[j] = int32(c)
	}
	p.loss = 0
	for i, j := range near.IDs {
		p.owner[i] = place[j]
		p.loss += float64(s.weights[i]) * (s.way.cost(s, i, int(j)) + s.offset)
	}
}
