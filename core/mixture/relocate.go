package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	mostRounds  = 20   // of one start; seldom more than five find something to move
	coarse      = 30   // a round begins when an iteration gains less than this many tol,
	ripe        = 1e-3 // ... or than this part of what the start has gained so far
	roundCost   = 10   // iterations that a round costs: it must promise a gain of as many tol
	screenSteps = 4    // EM iterations that tell what a split would gain
	childSteps  = 12   // EM iterations of the children of the splits that are made
	stillMass   = 0.01 // relative change of its weight up to which a component keeps what was found about it
)

// move frees component j by merging it into i, and gives its place to half of component from. With i = j the component
// has no points, and nothing is merged.
type move struct {
	i, j, from int
	gain       float64 // nats over all points, by estimate
}

// rounds is what one start knows about the splits and merges of its components.
type rounds struct {
	pi     []float64 // C: weight for which the rest was found; -1 for never
	gain   []float64 // C: of splitting each component
	merges [][]merge // C: of each component with near ones
}

func newRounds(c int) *rounds {
	r := &rounds{pi: make([]float64, c), gain: make([]float64, c), merges: make([][]merge, c)}
	for i := range r.pi {
		r.pi[i] = -1
	}
	return r
}

// relocate is one round: the components whose splits gain most take the places of those whose merges lose least. The
// moves are chosen by estimates from the posteriors of the last E-step (see splits and merger), carried out together, and
// stay if the bound has risen; otherwise the better half of them is tried, and so on. With none left everything is as
// it was, and relocate reports false.
func (c *climb[T]) relocate(ctx context.Context, r *rounds) (bool, error) {
	if err := c.m.sort(ctx, c.e.everyPair(nil), true); err != nil {
		return false, err
	}
	if err := c.survey(ctx, r); err != nil {
		return false, err
	}
	moves := c.choose(r)
	for ; len(moves) > 0; moves = moves[:len(moves)/2] {
		from := make([]int, len(moves))
		for i, v := range moves {
			from[i] = v.from
		}
		t, err := c.trySplits(ctx, from, childSteps)
		if err != nil {
			return false, err
		}
		if done, err := c.attempt(ctx, moves, t.children); done || err != nil {
			for _, v := range moves {
				r.pi[v.i], r.pi[v.j], r.pi[v.from] = -1, -1, -1
			}
			return done, err
		}
		// The E-step of the attempt left other pair lists.
		if err := c.refile(ctx); err != nil {
			return false, err
		}
		if err := c.m.sort(ctx, c.e.everyPair(nil), true); err != nil {
			return false, err
		}
	}
	return false, nil
}

// survey estimates what was not known before or may have changed.
func (c *climb[T]) survey(ctx context.Context, r *rounds) error {
	var active []int
	changed := make([]bool, c.p.C)
	for i, v := range c.p.pi {
		if changed[i] = math.Abs(v-r.pi[i]) > stillMass*v; changed[i] {
			active, r.pi[i] = append(active, i), v
		}
	}
	if err := c.screen(ctx, r, active); err != nil {
		return err
	}
	return c.tryMerges(ctx, r, changed)
}

// screen estimates what splits of the active components would gain.
func (c *climb[T]) screen(ctx context.Context, r *rounds, active []int) error {
	size := max(1, splitBlock/(2*c.f.k.stride))
	for ; len(active) > 0; active = active[min(size, len(active)):] {
		t, err := c.trySplits(ctx, active[:min(size, len(active))], screenSteps)
		if err != nil {
			return err
		}
		for a, i := range t.active {
			r.gain[i] = t.gain[a]
		}
	}
	return nil
}

// choose pairs the best split with the cheapest merge of other components, again and again, while that gains more than
// the noise of the estimates.
func (c *climb[T]) choose(r *rounds) []move {
	margin := float64(c.p.D) / 2
	merges := slices.Concat(r.merges...)
	for j := range r.gain {
		if c.m.list.start[j] == c.m.list.start[j+1] {
			merges = append(merges, merge{j, j, 0})
		}
	}
	slices.SortStableFunc(merges, func(a, b merge) int { return cmp.Compare(a.loss, b.loss) })
	order := make([]int, len(r.gain))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.gain[b], r.gain[a]) })
	used := make([]bool, len(r.gain))
	var moves []move
	total := 0.0
	for _, from := range order {
		if used[from] {
			continue
		}
		next := slices.IndexFunc(merges, func(m merge) bool {
			return !used[m.i] && !used[m.j] && m.i != from && m.j != from
		})
		if next < 0 || !(r.gain[from]-merges[next].loss > margin) {
			continue
		}
		m := merges[next]
		used[m.i], used[m.j], used[from] = true, true, true
		moves = append(moves, move{m.i, m.j, from, r.gain[from] - m.loss})
		total += r.gain[from] - m.loss
	}
	if total < roundCost*c.f.o.Tol*c.f.d.total {
		return nil
	}
	return moves
}

// attempt carries out the moves and looks at the bound. If it has not risen, the parameters, candidates and graph are
// put back and attempt reports false.
func (c *climb[T]) attempt(ctx context.Context, moves []move, children *params) (bool, error) {
	candidates, graph := slices.Clone(c.s.candidates), slices.Clone(c.s.graph)
	pi, old := slices.Clone(c.p.pi), c.p.some(3*len(moves))
	for n, v := range moves {
		old.copyComponent(3*n, c.p, v.i)
		old.copyComponent(3*n+1, c.p, v.j)
		old.copyComponent(3*n+2, c.p, v.from)
	}
	c.apply(moves, children)
	renumber := c.e.renumber
	c.e.renumber = nil
	bound, err := c.evaluate(ctx)
	c.e.renumber = renumber
	if err != nil {
		return false, err
	}
	if bound > c.model.LowerBound {
		c.file(bound)
		return true, nil
	}
	for n, v := range moves {
		c.p.copyComponent(v.i, old, 3*n)
		c.p.copyComponent(v.j, old, 3*n+1)
		c.p.copyComponent(v.from, old, 3*n+2)
	}
	copy(c.p.pi, pi)
	copy(c.s.candidates, candidates)
	copy(c.s.graph, graph)
	return false, nil
}

// apply carries out the moves. Where a point or a component had j in its list it now has i, and where it had a divided
// component it has both halves, so that the next search finds them.
func (c *climb[T]) apply(moves []move, children *params) {
	g := c.newMerger()
	merged, half := make([]uint32, c.p.C), make([]uint32, c.p.C)
	for k := range merged {
		merged[k], half[k] = uint32(k), uint32(k)
	}
	for n, v := range moves {
		if v.i != v.j {
			g.fit(c.p, v.i, v.j, mergedSteps)
			g.adopt(c.p, v.i)
			if a, b := c.p.pi[v.i], c.p.pi[v.j]; c.p.dof != nil {
				c.p.dof[v.i] = (a*c.p.dof[v.i] + b*c.p.dof[v.j]) / (a + b)
			}
			c.p.pi[v.i] += c.p.pi[v.j]
			merged[v.j] = uint32(v.i)
		}
		pi := c.p.pi[v.from]
		c.p.copyComponent(v.j, children, 2*n+1)
		c.p.copyComponent(v.from, children, 2*n)
		c.p.pi[v.j] *= pi
		c.p.pi[v.from] *= pi
		half[v.from] = uint32(v.j)
	}
	if c.s.exact {
		return
	}
	row := make([]uint32, max(c.s.keep, c.s.neighbors))
	rename := func(list []uint32, first ...uint32) {
		old, n := row[:copy(row, list)], 0
		add := func(k uint32) {
			if n < len(list) && !slices.Contains(list[:n], k) {
				list[n] = k
				n++
			}
		}
		for _, k := range first {
			add(k)
		}
		for _, k := range old {
			add(merged[k])
			add(half[merged[k]])
		}
		for ; n < len(list); n++ {
			list[n] = list[0]
		}
	}
	for i := range c.s.n {
		rename(c.s.candidates[i*c.s.keep : (i+1)*c.s.keep])
	}
	for _, v := range moves {
		copy(c.s.neighborsOf(uint32(v.j)), c.s.neighborsOf(uint32(v.from)))
	}
	for k := range c.p.C {
		rename(c.s.neighborsOf(uint32(k)), uint32(k))
	}
}
