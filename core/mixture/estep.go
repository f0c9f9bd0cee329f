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
const taskPoints = 2048

// task is a run of points order[lo:hi] of one component's block, and what the E-step leaves there. Tasks follow from
// the order of the points alone, so what they hold does not depend on the number of threads.
type task struct {
	component uint32
	lo, hi    int
	bound     float64 // sum over points of weight * log sum over K_n of exp l
	evaluated int64
	scores    []score
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
	pairs   []pairs[T] // of each task if exact, else of spans of points
	q       []T        // n x C': posteriors of the candidates, 0 where they are negligible; nil if exact
	workers []*escratch[T]
	rankers []*ranker
	logPi   []float64
	all     []uint32 // 0 ... C-1
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
	e.cut()
	if err := par.For(ctx, e.threads, len(e.tasks), func(worker, t int) {
		var out *pairs[T]
		if e.s.exact {
			out = &e.pairs[t]
			out.clear()
		}
		e.visit(&e.tasks[t], out, e.workers[worker], iteration)
	}); err != nil {
		return 0, 0, err
	}
	for i := range e.tasks {
		bound += e.tasks[i].bound
		evaluated += e.tasks[i].evaluated
	}
	return bound, evaluated, nil
}

// cut makes the tasks from the blocks of the current order, reusing the lists of earlier iterations.
func (e *estep[T]) cut() {
	n := 0
	for c := range e.s.C {
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
			t := &e.tasks[n]
			*t = task{component: uint32(c), lo: lo, hi: hi, scores: t.scores[:0]}
			n++
		}
	}
	e.tasks = e.tasks[:n]
	if e.s.exact {
		e.pairs = slices.Grow(e.pairs[:0], n)[:n]
		return
	}
	if size := e.s.n * e.s.keep; len(e.q) < size {
		e.q = make([]T, size)
	}
	var order []uint32
	if e.s.patterns != nil {
		order = e.s.order // brings equal patterns together
	}
	e.pairs = spans(e.pairs, e.s.n, e.s.keep, e.s.candidates, e.q, order)
}

// complete returns where in order[lo:end], a block, the points begin that lack features.
func (e *estep[T]) complete(lo, end int) int {
	if e.d.patterns == nil {
		return end
	}
	return lo + sort.Search(end-lo, func(j int) bool { return e.d.incomplete(e.s.order[lo+j]) })
}

// visit is the E-step of one task.
func (e *estep[T]) visit(t *task, out *pairs[T], w *escratch[T], iteration int) {
	lanes, dp := panel.Lanes[T](), panel.Pad[T](e.k.D)
	if !e.s.exact {
		w.rank.reset()
	}
	draw := rng.At(e.seed, streamExplore, uint64(iteration), uint64(t.lo))
	for lo := t.lo; lo < t.hi; lo += lanes {
		points := e.s.order[lo:min(lo+lanes, t.hi)]
		e.d.gather(w.rows, dp, points)
		e.d.prefetch(e.s.order[lo+len(points) : min(lo+2*lanes, t.hi)])
		ids := e.all
		if !e.s.exact {
			e.s.space(w.set, points, iteration, &draw)
			ids = w.set.ids
		}
		if need := len(ids) * lanes; len(w.l) < need {
			w.l, w.diff = make([]T, 2*need), make([]T, 2*len(ids))
		}
		e.evaluate(w.l, w, points, ids)
		t.evaluated += int64(len(ids) * len(points))
		w.top.reset()
		w.top.add(w.l, len(ids), 0)
		t.bound += e.normalise(out, w, ids, points)
		for r := range e.s.keep {
			for lane, i := range points {
				e.s.candidates[int(i)*e.s.keep+r] = ids[w.top.index[r*lanes+lane]]
			}
		}
		if !e.s.exact {
			e.score(t, w, ids, len(points))
		}
	}
	if !e.s.exact {
		for _, k := range w.rank.set.ids {
			t.scores = append(t.scores, score{id: k, count: w.rank.count[k], sum: w.rank.sum[k]})
		}
	}
}

// evaluate writes the log joint densities of the points gathered in w.rows under the components ids to l.
func (e *estep[T]) evaluate(l []T, w *escratch[T], points, ids []uint32) {
	if w.part != nil && e.d.missing(&w.part.lacks, points) {
		e.k.marginal.evaluate(l, w.rows, w.x, w.part, ids)
		return
	}
	panel.Transpose(w.x, w.rows, panel.Pad[T](e.k.D))
	e.k.evaluate(l, w.x, ids)
}

// normalise leaves the posteriors over the kept candidates and returns the panel's share of the bound.
func (e *estep[T]) normalise(out *pairs[T], w *escratch[T], ids, points []uint32) (bound float64) {
	lanes := panel.Lanes[T]()
	best := w.top.value[:lanes]
	if e.s.exact {
		return e.normaliseAll(out, w, points)
	}
	for r := range e.s.keep {
		expo, value := w.expo[r*lanes:(r+1)*lanes], w.top.value[r*lanes:(r+1)*lanes]
		for lane, b := range best {
			expo[lane] = value[lane] - b
		}
	}
	vmath.Exp(w.expo, w.expo)
	copy(w.norm, w.expo[:lanes])
	for r := 1; r < e.s.keep; r++ {
		for lane, v := range w.expo[r*lanes : (r+1)*lanes] {
			w.norm[lane] += v
		}
	}
	eps := T(core.Epsilon[T]() / 2)
	for lane, i := range points {
		norm, place := w.norm[lane], int(i)*e.s.keep
		for at := lane; at < len(w.expo); at += lanes {
			v := w.expo[at] / norm
			if !(v > eps) {
				v = 0
			}
			e.q[place] = v
			place++
		}
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

// score adds what this panel says about the distances from the task's component: its points whose best candidate
// is still that component stand for a sample of it.
func (e *estep[T]) score(t *task, w *escratch[T], ids []uint32, points int) {
	lanes := panel.Lanes[T]()
	own := -1
	for j, id := range ids {
		if id == t.component {
			own = j
			break
		}
	}
	var mask uint32
	for lane := range points {
		if int(w.top.index[lane]) == own {
			mask |= 1 << lane
		}
	}
	if mask == 0 {
		return
	}
	panel.DiffSums(w.diff, w.l, len(ids), w.l[own*lanes:], mask)
	n := uint32(bits.OnesCount32(mask))
	for j, id := range ids {
		w.rank.add(score{id: id, count: n, sum: float64(w.diff[j])})
	}
}
