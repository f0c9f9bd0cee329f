package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// search is the discrete state of a truncated fit: the candidate sets K_n, the component graph g_c, and the order in
// which points are visited. Its size is 4 (C' + 1) bytes per point and 4 G bytes per component.
type search struct {
	C, n       int
	keep       int      // C', candidates per point
	neighbors  int      // G, size of each g_c
	explore    int      // E, random components per panel
	exact      bool     // every component is a candidate of every point: no sets, no graph
	candidates []uint32 // n x C', best first
	graph      []uint32 // C x G, g_c with c itself first
	order      []uint32 // n: points sorted by best candidate, then by second
	byBest     sorter   // byBest.start[c]..[c+1] are the places of component c's points in order
	bySecond   sorter
	unsorted   []uint32  // n: the order by second candidate alone, later the points with pairs that the M-step must list
	patterns   *patterns // what the points lack; nil when they lack nothing
	byGap      sorter
	blocks     []int // where the tasks of each component with points begin

	tasks   []task // of the present update of the graph, with its arguments
	logPi   []float64
	rankers []*ranker
	relink  func(worker, b int) // bound once, so that iterations allocate nothing
}

func newSearch(n, c int, o *Options) *search {
	s := &search{C: c, n: n, keep: min(o.Candidates, c), neighbors: min(o.Neighbors, c), explore: min(o.Explore, c-1)}
	s.exact = o.Algorithm == "exact" || o.Algorithm == "auto" && c <= o.Neighbors
	if s.exact {
		s.keep, s.neighbors, s.explore = 1, 1, 0
	}
	s.candidates, s.order, s.unsorted = make([]uint32, n*s.keep), make([]uint32, n), make([]uint32, n)
	s.graph = make([]uint32, c*s.neighbors)
	for k := range c {
		s.graph[k*s.neighbors] = uint32(k)
	}
	return s
}

// sort brings the points into order. Points of one component become one block, and inside it those with the same
// runner-up come together, so that the sixteen points of a panel agree on most of their candidates. The points that
// lack features are the last of their block, those with equal patterns and runners-up together.
func (s *search) sort(ctx context.Context, threads int) error {
	var src []uint32
	if s.patterns != nil {
		src = s.patterns.byPoint
	}
	if s.keep > 1 {
		if err := s.bySecond.points(ctx, s.unsorted, src, s.n, s.candidates[1:], s.keep, s.C, threads); err != nil {
			return err
		}
		src = s.unsorted
	}
	if s.patterns != nil && s.keep > 1 {
		if err := s.byGap.points(ctx, s.order, src, s.n, s.patterns.gap, 1, 2, threads); err != nil {
			return err
		}
		src = s.unsorted
		copy(src, s.order)
	}
	return s.byBest.points(ctx, s.order, src, s.n, s.candidates, s.keep, s.C, threads)
}

// neighborsOf returns g_c.
func (s *search) neighborsOf(c uint32) []uint32 {
	return s.graph[int(c)*s.neighbors : (int(c)+1)*s.neighbors]
}

// stamps collects a set of components without hashing: component c is in the set when mark[c] is the current tick.
type stamps struct {
	mark []uint32
	tick uint32
	ids  []uint32
}

func newStamps(c int) *stamps { return &stamps{mark: make([]uint32, c), ids: make([]uint32, 0, c+1)} }

func (s *stamps) reset() {
	s.ids = s.ids[:0]
	s.tick++
	if s.tick == 0 { // after 2^32 sets the old marks would look current
		clear(s.mark)
		s.tick = 1
	}
}

// add adds one, and reports whether it was not there yet.
func (s *stamps) add(id uint32) bool {
	if s.mark[id] == s.tick {
		return false
	}
	s.mark[id] = s.tick
	s.ids = append(s.ids, id)
	return true
}

// addAll adds several, without a branch that depends on them: whether a component is there already is hard to foresee.
// There is room for one more than all components.
func (s *stamps) addAll(ids []uint32) {
	list, n, mark, tick := s.ids[:len(s.mark)+1], len(s.ids), s.mark, s.tick
	for _, id := range ids {
		list[n] = id
		fresh := 0
		if mark[id] != tick {
			fresh = 1
		}
		n += fresh
		mark[id] = tick
	}
	s.ids = list[:n]
}

// addRest is addAll for entries 1 ... each-1 of the rows, each long, of some points.
func (s *stamps) addRest(rows []uint32, each int, points []uint32) {
	list, n, mark, tick := s.ids[:len(s.mark)+1], len(s.ids), s.mark, s.tick
	for _, i := range points {
		for _, id := range rows[int(i)*each+1 : (int(i)+1)*each] {
			list[n] = id
			fresh := 0
			if mark[id] != tick {
				fresh = 1
			}
			n += fresh
			mark[id] = tick
		}
	}
	s.ids = list[:n]
}

// space collects the search space of a panel of one block: the candidate sets of its points, the neighbours of the block's
// component, the neighbours of one point's runner-up (another point's in every iteration), and E random components.
// It contains K_n for every point n of the panel, so that choosing the best C' of it cannot lower the bound.
func (s *search) space(set *stamps, points []uint32, iteration int, draw *rng.Stream) {
	set.reset()
	best := s.candidates[int(points[0])*s.keep] // of all points of the panel
	set.add(best)
	set.addRest(s.candidates, s.keep, points)
	set.addAll(s.neighborsOf(best))
	if s.keep > 1 {
		at := int(points[iteration%len(points)])*s.keep + 1
		set.addAll(s.neighborsOf(s.candidates[at]))
	}
	for range s.explore {
		set.add(uint32(draw.Below(s.C)))
	}
}

// score is what the points of one task say about the distance from their component to component id: the sum over
// points of l_nc - l_nk, and their number.
type score struct {
	id    uint32
	count uint32
	sum   float64
}

// updateGraph replaces g_c by c and the G-1 components of smallest estimated KL(p_c || p_k): the mean of l_nc - l_nk
// over the points of c, plus log pi_k - log pi_c. Components without points keep their neighbours.
func (s *search) updateGraph(ctx context.Context, tasks []task, logPi []float64, threads int, workers []*ranker) error {
	s.blocks = s.blocks[:0]
	for i := range tasks {
		if i == 0 || tasks[i].component != tasks[i-1].component {
			s.blocks = append(s.blocks, i)
		}
	}
	s.blocks = append(s.blocks, len(tasks))
	if s.relink == nil {
		s.relink = s.relinkBlock
	}
	s.tasks, s.logPi, s.rankers = tasks, logPi, workers
	return par.For(ctx, threads, len(s.blocks)-1, s.relink)
}

// relinkBlock replaces the neighbours of the component of block b.
func (s *search) relinkBlock(worker, b int) {
	r, tasks := s.rankers[worker], s.tasks[s.blocks[b]:s.blocks[b+1]]
	r.reset()
	for i := range tasks {
		for _, v := range tasks[i].scores {
			r.add(v.id, v.count, v.sum)
		}
	}
	c := tasks[0].component
	r.nearest(s.neighborsOf(c), c, s.logPi)
}

// ranker sums the scores of one component's tasks and picks the nearest components.
type ranker struct {
	set  *stamps   // of nearest
	all  []tally   // C
	tick uint32    // of the present sums
	ids  []uint32  // components with present sums
	best []float64 // G: distances of the picked, ascending
	pick []uint32  // G: the picked
}

// tally is the sum of the scores of a component, present while mark is the current tick.
type tally struct {
	sum         float64
	count, mark uint32
}

func newRanker(c, g int) *ranker {
	return &ranker{set: newStamps(c), all: make([]tally, c), ids: make([]uint32, 0, c), best: make([]float64, g),
		pick: make([]uint32, g)}
}

func (r *ranker) reset() {
	r.ids = r.ids[:0]
	r.tick++
	if r.tick == 0 { // after 2^32 sums the old marks would look current
		clear(r.all)
		r.tick = 1
	}
}

// add adds count points whose differences add up to sum to the scores of component id.
func (r *ranker) add(id, count uint32, sum float64) {
	t := &r.all[id]
	if t.mark != r.tick {
		*t = tally{mark: r.tick}
		r.ids = append(r.ids, id)
	}
	t.sum += sum
	t.count += count
}

// scores appends the sums to list.
func (r *ranker) scores(list []score) []score {
	for _, id := range r.ids {
		list = append(list, score{id: id, count: r.all[id].count, sum: r.all[id].sum})
	}
	return list
}

// nearest writes c and the closest scored components to g. Old neighbours that were not scored fill empty places.
func (r *ranker) nearest(g []uint32, c uint32, logPi []float64) {
	old := g
	n := 0 // picked so far, in pick and best
	pick := r.pick[:len(g)-1]
	for _, k := range r.ids {
		t := r.all[k]
		if k == c || t.count == 0 {
			continue
		}
		d := t.sum/float64(t.count) + logPi[k] - logPi[c]
		if n == len(pick) && (n == 0 || !(d < r.best[n-1])) {
			continue
		}
		if n < len(pick) {
			n++
		}
		at := n - 1
		for at > 0 && d < r.best[at-1] {
			r.best[at], pick[at] = r.best[at-1], pick[at-1]
			at--
		}
		r.best[at], pick[at] = d, k
	}
	r.set.reset()
	r.set.add(c)
	for _, k := range pick[:n] {
		r.set.add(k)
	}
	for _, k := range old {
		if len(r.set.ids) == len(g) {
			break
		}
		r.set.add(k)
	}
	kept := copy(g, r.set.ids)
	for ; kept < len(g); kept++ {
		g[kept] = c
	}
}
