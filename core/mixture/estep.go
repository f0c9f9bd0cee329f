package mixture

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"sort"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// taskPoints bounds the points of one task, so that a large component can be shared by threads.
const taskPoints = 1024

// task is a run of points order[lo:hi] of one component's block, and what the E-step leaves there. Tasks follow from
// the order of the points alone, so what they hold does not depend on the number of threads.
type task struct {
	component uint32
	lo, hi    int
	bound     float64 // sum over points of weight * log sum over K_n of exp l
	evaluated int64
	scores    []score
	list      []uint32 // of points with pairs that are in no sums yet, if some are
}

// estep evaluates candidates, updates the candidate sets and the graph, and leaves the posteriors of the kept
// candidates as pairs. Posteriors below the rounding of T are left out.
type estep[T core.Float] struct {
	d       *data[T]
	s       *search
	k       *packed[T]
	seed    uint64
	threads int
	tasks   []task
	pairs   []pairs[T] // of each task if exact or fused, else of spans of points
	q       []T        // n x C': posteriors of the candidates, 0 where they are negligible; nil if exact
	workers []*escratch[T]
	rankers []*ranker
	logPi   []float64
	all     []uint32 // 0 ... C-1
	queue   queue    // of tasks

	renumber *renumbering[T] // nil: the points keep their numbers

	m         *mstep[T] // forms sums on the way; nil: the M-step does it all
	own       own       // those sums
	fused     bool      // there are any: they would not take more memory than the points
	iteration int
	tile      func(worker, i int) // bound once, so that iterations allocate nothing
}

// escratch is the scratch space of one worker.
type escratch[T core.Float] struct {
	rows   []T // lanes x dp
	x      []T // dp x lanes
	l      []T // search space x lanes
	diff   []T // search space
	top    *leaders[T]
	set    *stamps
	rank   *ranker
	expo   []T         // keep x lanes
	norm   []T         // lanes
	margin []T         // lanes
	part   *partial[T] // nil when no point lacks features
}

func newEstep[T core.Float](d *data[T], s *search, k *packed[T], seed uint64, threads int) *estep[T] {
	e := &estep[T]{d: d, s: s, k: k, seed: seed, threads: par.Threads(threads), logPi: make([]float64, s.C)}
	lanes, dp := panel.Lanes[T](), panel.Pad[T](k.D)
	for range e.threads {
		w := &escratch[T]{rows: make([]T, lanes*dp), x: make([]T, dp*lanes), top: newLeaders[T](s.keep),
			expo: make([]T, s.keep*lanes), norm: make([]T, lanes), margin: make([]T, lanes)}
		if d.patterns != nil || k.marginal != nil {
			w.part = newPartial[T](k.H)
		}
		if s.exact {
			w.l = make([]T, s.C*lanes)
		} else {
			w.set, w.rank = newStamps(s.C), newRanker(s.C, s.neighbors)
			e.rankers = append(e.rankers, w.rank)
		}
		e.workers = append(e.workers, w)
	}
	if s.exact {
		e.all = make([]uint32, s.C)
		for c := range e.all {
			e.all[c] = uint32(c)
		}
	}
	e.tile = e.visitQueued
	return e
}

// run is one E-step under the packed parameters. It returns the bound in nats per unit of weight, in the units of the
// caller's data, and the number of (point, component) densities evaluated.
func (e *estep[T]) run(ctx context.Context, p *params, iteration int) (bound float64, evaluated int64, err error) {
	bound, evaluated, err = e.sweep(ctx, iteration)
	if err == nil && !e.s.exact {
		for c, v := range p.pi {
			e.logPi[c] = math.Log(v)
		}
		err = e.s.updateGraph(ctx, e.tasks, e.logPi, e.threads, e.rankers)
	}
	return bound/e.d.total + e.d.logJac, evaluated, err
}

// sweep visits every point once. It returns the sum over points of weight times bound, in standardised units, and the
// number of densities evaluated; the graph is left as it is.
func (e *estep[T]) sweep(ctx context.Context, iteration int) (bound float64, evaluated int64, err error) {
	if err := e.s.sort(ctx, e.threads); err != nil {
		return 0, 0, err
	}
	if e.renumber != nil {
		if err := e.renumber.run(ctx, e.threads); err != nil {
			return 0, 0, err
		}
	}
	e.cut()
	e.iteration = iteration
	if err := par.ForParts(ctx, e.queue.starts, e.tile); err != nil {
		return 0, 0, err
	}
	for i := range e.tasks {
		bound += e.tasks[i].bound
		evaluated += e.tasks[i].evaluated
	}
	if e.fused {
		e.pairs = e.pairs[:0]
		for i := range e.tasks {
			list := e.tasks[i].list
			e.pairs = append(e.pairs, pairs[T]{component: e.s.candidates, q: e.q, hi: len(list), each: e.s.keep, order: list, own: &e.own})
		}
	}
	return bound, evaluated, nil
}

// cut makes the tasks from the blocks of the current order, reusing the lists of earlier iterations.
func (e *estep[T]) cut() {
	n := 0
	e.queue.reset(e.threads)
	e.own.first, e.own.place = e.own.first[:0], e.s.byBest.start
	for c := range e.s.C {
		e.own.first = append(e.own.first, n)
		lo, end := e.s.byBest.start[c], e.s.byBest.start[c+1]
		complete := e.complete(lo, end)
		for hi := lo; lo < end; lo = hi {
			hi = min(lo+taskPoints, end)
			if lo < complete {
				hi = min(hi, complete)
			}
			if n == cap(e.tasks) {
				e.tasks = append(e.tasks[:n], task{})
			}
			e.tasks = e.tasks[:n+1]
			e.queue.add(lo, e.s.n, hi-lo, taskPoints)
			t := &e.tasks[n]
			*t = task{component: uint32(c), lo: lo, hi: hi, scores: t.scores[:0], list: e.s.unsorted[lo:lo:hi]}
			n++
		}
	}
	e.own.first = append(e.own.first, n)
	e.tasks = e.tasks[:n]
	e.queue.arrange()
	if e.s.exact {
		e.pairs = slices.Grow(e.pairs[:0], n)[:n]
		return
	}
	if size := e.s.n * e.s.keep; len(e.q) < size {
		e.q = make([]T, size)
	}
	if e.fused = e.m != nil && e.m.wants(e.s.n, n); !e.fused {
		e.pairs = e.everyPair(e.pairs)
		return
	}
	for len(e.own.sums) < n {
		e.own.sums = append(e.own.sums, e.m.newMoments())
	}
}

// everyPair returns the posteriors of all candidates, in the room of list.
func (e *estep[T]) everyPair(list []pairs[T]) []pairs[T] {
	if e.s.exact {
		return e.pairs
	}
	var order []uint32
	if e.s.patterns != nil {
		order = e.s.order // brings equal patterns together
	}
	return spans(list, e.s.n, e.s.keep, e.s.candidates, e.q, order)
}

// complete returns where in order[lo:end], a block, the points begin that lack features.
func (e *estep[T]) complete(lo, end int) int {
	if e.d.patterns == nil {
		return end
	}
	return lo + sort.Search(end-lo, func(j int) bool { return e.d.incomplete(e.s.order[lo+j]) })
}

// visitQueued is the E-step of one task of the queue.
func (e *estep[T]) visitQueued(worker, i int) {
	at, w := e.queue.pieces[i], e.workers[worker]
	t := &e.tasks[at]
	switch {
	case e.s.exact:
		out := &e.pairs[at]
		out.clear()
		e.visitAll(t, out, w)
	case e.fused:
		e.visit(t, w, e.m.workers[worker], e.own.sums[at])
	default:
		e.visit(t, w, nil, nil)
	}
}

// visit is the E-step of one task. With sums it forms those of the block's own pairs in the scratch space mw.
func (e *estep[T]) visit(t *task, w *escratch[T], mw *mscratch[T], sums *moments) {
	lanes, dp := panel.Lanes[T](), panel.Pad[T](e.k.D)
	w.rank.reset()
	draw := rng.At(e.seed, streamExplore, uint64(e.iteration), uint64(t.lo))
	var own, v []T
	if sums != nil {
		e.m.open(sums, mw, t.component)
		own, v = mw.a, mw.v
	}
	for lo := t.lo; lo < t.hi; lo += lanes {
		points := e.s.order[lo:min(lo+lanes, t.hi)]
		e.d.gather(w.rows, dp, points)
		e.s.space(w.set, points, e.iteration, &draw)
		ids := w.set.ids // of which the block's component is the first
		if need := len(ids) * lanes; len(w.l) < need {
			w.l, w.diff = make([]T, 2*need), make([]T, 2*len(ids))
		}
		ready := e.evaluate(w.l, v, w, points, e.s.order[lo+len(points):min(lo+2*lanes, t.hi)], ids)
		t.evaluated += int64(len(ids) * len(points))
		w.top.reset()
		w.top.add(w.l, len(ids), 0)
		t.bound += e.normalise(t, w, ids, points, own)
		e.score(w, ids, len(points))
		if sums != nil {
			e.m.add(sums, mw, w.rows, w.x, ready, points)
		}
	}
	if sums != nil {
		e.m.flush(sums, mw)
	}
	t.scores = w.rank.scores(t.scores)
}

// visitAll is the E-step of one task in the exact mode, where every component counts.
func (e *estep[T]) visitAll(t *task, out *pairs[T], w *escratch[T]) {
	lanes, dp := panel.Lanes[T](), panel.Pad[T](e.k.D)
	for lo := t.lo; lo < t.hi; lo += lanes {
		points := e.s.order[lo:min(lo+lanes, t.hi)]
		e.d.gather(w.rows, dp, points)
		e.evaluate(w.l, nil, w, points, e.s.order[lo+len(points):min(lo+2*lanes, t.hi)], e.all)
		t.evaluated += int64(len(e.all) * len(points))
		w.top.reset()
		w.top.add(w.l, len(e.all), 0)
		t.bound += e.normaliseAll(out, w, points)
		for lane, i := range points {
			e.s.candidates[i] = w.top.index[lane]
		}
	}
}

// evaluate writes the log joint densities of the points gathered in w.rows under the components ids to l, and announces the
// points next. Unless some points lack features it leaves their panel in w.x, and the factors under the first of ids in v if
// there is one, and reports true.
func (e *estep[T]) evaluate(l, v []T, w *escratch[T], points, next, ids []uint32) bool {
	e.d.prefetch(next)
	if w.part != nil && e.d.missing(&w.part.lacks, points) {
		e.k.marginal.evaluate(l, w.rows, w.x, w.part, ids)
		return false
	}
	panel.Transpose(w.x, w.rows, panel.Pad[T](e.k.D))
	e.k.evaluateProject(l, v, w.x, ids)
	return true
}

// normalise leaves the kept candidates and their posteriors, and returns the panel's share of the bound. With own (lanes) the
// posteriors of the first of ids go there as well, and are negative in the list, as pairs that are in sums already; points with
// others are listed.
func (e *estep[T]) normalise(t *task, w *escratch[T], ids, points []uint32, own []T) (bound float64) {
	lanes := panel.Lanes[T]()
	best := w.top.value[:lanes]
	for r := 1; r < e.s.keep; r++ {
		expo, value := w.expo[r*lanes:(r+1)*lanes], w.top.value[r*lanes:(r+1)*lanes]
		for lane, b := range best {
			expo[lane] = value[lane] - b
		}
	}
	vmath.Exp(w.expo[lanes:], w.expo[lanes:])
	for lane := range lanes {
		w.expo[lane] = 1
	}
	others := panel.Shares(w.expo, own, w.top.index, e.s.keep, w.norm, T(core.Epsilon[T]()/2))
	for lane, i := range points {
		place := int(i) * e.s.keep
		q, candidates := e.q[place:place+e.s.keep], e.s.candidates[place:place+e.s.keep]
		for r := range q {
			q[r], candidates[r] = w.expo[r*lanes+lane], ids[w.top.index[r*lanes+lane]]
		}
		// Without a branch: which points these are is hard to foresee.
		n := len(t.list)
		t.list = t.list[:n+1]
		t.list[n] = i
		t.list = t.list[:n+int(others>>lane&1)]
	}
	vmath.Log(w.norm, w.norm)
	for lane, i := range points {
		bound += e.d.weight(i) * (float64(best[lane]) + float64(w.norm[lane]))
	}
	return bound
}

// normaliseAll is normalise for the exact mode, where every component of w.l counts.
func (e *estep[T]) normaliseAll(out *pairs[T], w *escratch[T], points []uint32) (bound float64) {
	lanes := panel.Lanes[T]()
	best := w.top.value[:lanes]
	logEps := T(math.Log(core.Epsilon[T]() / 2))
	var sum [16]float64
	for lane := range lanes {
		w.margin[lane] = justBelow(best[lane], logEps)
	}
	first := len(out.point)
	for c, mask := panel.NextAbove(w.l, 0, e.s.C, w.margin); mask != 0; c, mask = panel.NextAbove(w.l, c+1, e.s.C, w.margin) {
		mask &= 1<<len(points) - 1
		row := w.l[c*lanes : (c+1)*lanes]
		for lane := range lanes {
			w.norm[lane] = row[lane] - best[lane]
		}
		vmath.Exp(w.norm, w.norm)
		for ; mask != 0; mask &= mask - 1 {
			lane := bits.TrailingZeros32(mask)
			sum[lane] += float64(w.norm[lane])
			out.point = append(out.point, uint32(lane))
			out.component = append(out.component, uint32(c))
			out.q = append(out.q, w.norm[lane])
		}
	}
	for j := first; j < len(out.point); j++ {
		lane := out.point[j]
		out.point[j], out.q[j] = points[lane], T(float64(out.q[j])/sum[lane])
	}
	for lane, i := range points {
		bound += e.d.weight(i) * (float64(best[lane]) + math.Log(sum[lane]))
	}
	return bound
}

// score adds what this panel says about the distances from the block's component, the first of ids: its points whose best
// candidate is still that component stand for a sample of it.
func (e *estep[T]) score(w *escratch[T], ids []uint32, points int) {
	var mask uint32
	for lane, best := range w.top.index[:points] {
		if best == 0 {
			mask |= 1 << lane
		}
	}
	if mask == 0 {
		return
	}
	panel.DiffSums(w.diff, w.l, len(ids), w.l, mask)
	n := uint32(bits.OnesCount32(mask))
	for j, id := range ids {
		w.rank.add(id, n, float64(w.diff[j]))
	}
}
