package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// chunkPairs bounds the pairs that one tile of the M-step accumulates, so that a large component can be shared.
const chunkPairs = 4096

// mstep re-estimates every component from its pairs. With t = x - mu (the mean of the E-step) and v = W^T t, whose
// posterior covariance is I, the joint update of loadings and mean (Ghahramani and Hinton, 1996) reads
//
//	[Lambda~ delta] = Y E^-1,  Y = sum q t [v 1]^T,  E = sum q [v 1][v 1]^T + blockdiag(N I, 0)
//	D = (sum q t^2 - rowsum([Lambda~ delta] o Y)) / N
//
// and, since the mean a and the covariance R R^T of v that the posteriors show are parameters too, at which the model is
// the same as with standard factors elsewhere,
//
//	mu += delta + Lambda~ a,  Lambda = Lambda~ R.
//
// This is parameter-expanded EM (Liu, Rubin and Wu, 1998). It climbs the same likelihood as plain EM, which has a = 0 and
// R = L^T, in an eighth of the steps or fewer where rows have many features.
//
// The statistics are centred at the current mean, so nothing cancels, and E follows from Y: sum q v v^T = W^T Y.
//
// A row of a t component has q u in place of q in every sum but N, and the new scale matrix is divided by sum q u / N,
// another expansion (Kent, Tyler and Vardi, 1994). Where the floor of the noise is met that need not climb, and is left out.
type mstep[T core.Float] struct {
	d         *data[T]
	k         *packed[T]
	isotropic bool
	joint     *joint    // nil for loadings of its own
	tied      bool      // the noise variances are shared by all components
	held      []float64 // D: what these stay at; nil where they are updated
	prior     prior
	floor     float64 // smallest noise variance
	dof       bool    // estimate degrees of freedom
	mStep     string  // what is updated, and for UpdateGradient how far
	rate      float64
	dp        int // D padded
	threads   int
	list      sorter   // list.start[c]..[c+1] are the places of component c's pairs
	point     []uint32 // pairs by component, then in order of the points
	q         []T
	chunks    []chunk
	queue     queue      // of chunks
	several   []int      // first chunks of the components that fill several
	shared    []*moments // sums of their chunks
	workers   []*mscratch[T]

	// What the call in progress works on, and its tiles, bound once so that iterations allocate nothing.
	p                         *params
	found                     []pairs[T]
	all                       bool
	runs                      int
	use, update               func(c int, sums *moments, w *mscratch[T])
	count, place, sum, merges func(worker, tile int)
}

// chunk is a run of the pair list that belongs to one component.
type chunk struct {
	component uint32
	lo, hi    int
	own       []*moments // sums that the E-step has formed
	sums      *moments   // nil when the chunk is all there is of its component
}

// mscratch is the scratch space of one worker.
type mscratch[T core.Float] struct {
	rows, x []T       // a panel of points, row-major and transposed
	v       []T       // groups*Width x lanes
	coef    []T       // groups x Coefs x lanes
	a       []T       // lanes: weights of the panel's points
	acc     []T       // groups x Moments x dp
	mu      []T       // dp
	u, logU []T       // lanes: weights of t components and their logarithms
	own     [1]uint32 // the component
	summed  int       // points in acc
	sums    *moments
	e       []float64   // (H+1) x (H+1)
	r       []float64   // D
	z       []float64   // (H+1) x D
	wt      []float64   // H x D: whitened loadings, then the new ones
	noise   []float64   // D
	center  []float64   // H: mean of the factors v
	root    []float64   // H x H: Cholesky factor of their covariance
	part    *partial[T] // nil when no point lacks features
}

func newMstep[T core.Float](d *data[T], k *packed[T], o *Options) *mstep[T] {
	m := &mstep[T]{d: d, k: k, isotropic: o.isotropic(), tied: o.tied(), prior: o.prior().in(d.unit), floor: o.RegCovar, threads: par.Threads(o.Threads)}
	_, _, m.dof = o.family(k.D)
	m.mStep, m.rate, m.dp = o.MStep, o.LearningRate, panel.Pad[T](k.D)
	if o.LoadingsType == LoadingsTied || o.LoadingsType == LoadingsCommon {
		m.joint = newJoint(o, k.C, k.D, k.H)
	}
	lanes, dp, g := panel.Lanes[T](), panel.Pad[T](k.D), max(1, panel.Groups(k.H))
	for range m.threads {
		m.workers = append(m.workers, &mscratch[T]{
			rows: make([]T, lanes*dp), x: make([]T, dp*lanes), v: make([]T, g*panel.Width*lanes),
			coef: make([]T, g*panel.Coefs*lanes), acc: make([]T, g*panel.Moments*dp), mu: make([]T, dp), a: make([]T, lanes), u: make([]T, lanes), logU: make([]T, lanes),
			sums: m.newMoments(), e: make([]float64, (k.H+1)*(k.H+1)), r: make([]float64, k.D), wt: make([]float64, k.H*k.D), z: make([]float64, (k.H+1)*k.D), noise: make([]float64, k.D),
			center: make([]float64, k.H), root: make([]float64, k.H*k.H),
		})
	}
	if d.patterns != nil || k.marginal != nil {
		for _, w := range m.workers {
			w.part = newPartial[T](k.H)
		}
	}
	m.update, m.sum, m.merges, m.count, m.place = m.renew, m.sumChunk, m.mergeChunks, m.countRun, m.placeRun
	return m
}

// run is one M-step: it overwrites p, of which only components without points keep their values.
func (m *mstep[T]) run(ctx context.Context, p *params, found []pairs[T]) error {
	if m.mStep == UpdateMeans || m.mStep == UpdateGradient {
		return m.moveMeans(ctx, p, found)
	}
	if m.joint != nil {
		return m.runJoint(ctx, p, found)
	}
	clear(p.pi)
	m.p = p
	if err := m.each(ctx, found, m.update); err != nil {
		return err
	}
	m.tieNoise(p)
	reweigh(p.pi, m.d.total, m.prior.concentration)
	return nil
}

// renew gives component c the parameters that its sums decide.
func (m *mstep[T]) renew(c int, sums *moments, w *mscratch[T]) {
	p := m.p
	p.pi[c] = sums.n
	mu, lambda, noise := p.component(c)
	if m.solve(c, sums, w, mu, lambda, noise) && m.dof {
		p.dof[c] = estimateDOF(p.dof[c], m.k.D, sums.u/sums.n, sums.l/sums.n)
	}
}

// each calls use once for every component with pairs, with its sums. Calls for different components may run at the same
// time.
func (m *mstep[T]) each(ctx context.Context, found []pairs[T], use func(c int, sums *moments, w *mscratch[T])) error {
	if err := m.sort(ctx, found, false); err != nil {
		return err
	}
	m.use = use
	m.cut(found)
	if err := par.ForParts(ctx, m.queue.starts, m.sum); err != nil {
		return err
	}
	return par.For(ctx, m.threads, len(m.several), m.merges)
}

// sumChunk forms the sums of a chunk, and uses those that are complete.
func (m *mstep[T]) sumChunk(worker, i int) {
	c, w := &m.chunks[m.queue.pieces[i]], m.workers[worker]
	sums := c.sums
	if sums == nil {
		sums = w.sums
	}
	m.accumulate(sums, c, w)
	if c.sums == nil {
		m.use(int(c.component), sums, w)
	}
}

// mergeChunks merges the chunks of a large component in order and uses the sums.
func (m *mstep[T]) mergeChunks(worker, i int) {
	first := m.several[i]
	c := m.chunks[first]
	for _, next := range m.chunks[first+1:] {
		if next.component != c.component {
			break
		}
		c.sums.add(next.sums)
	}
	m.use(int(c.component), c.sums, m.workers[worker])
}

// sort lists by component the pairs that are in no sums yet, or all of them.
func (m *mstep[T]) sort(ctx context.Context, found []pairs[T], all bool) error {
	most := 0
	for i := range found {
		most += found[i].size()
	}
	keys := m.k.C
	m.found, m.all, m.runs = found, all, shards(most, keys)
	m.list.reserve(m.runs, keys)
	if err := par.For(ctx, m.threads, m.runs, m.count); err != nil {
		return err
	}
	m.list.offsets(m.runs, keys)
	total := m.list.start[keys]
	if cap(m.point) < total {
		m.point, m.q = make([]uint32, total+total/8), make([]T, total+total/8)
	}
	m.point, m.q = m.point[:total], m.q[:total]
	return par.For(ctx, m.threads, m.runs, m.place)
}

// shard returns the found pairs of a run and its counts.
func (m *mstep[T]) shard(run int) ([]pairs[T], []int) {
	keys, n := m.k.C, len(m.found)
	return m.found[run*n/m.runs : (run+1)*n/m.runs], m.list.counts[run*keys : (run+1)*keys]
}

func (m *mstep[T]) countRun(_, run int) {
	found, counts := m.shard(run)
	for i := range found {
		found[i].count(counts, m.all)
	}
}

func (m *mstep[T]) placeRun(_, run int) {
	found, at := m.shard(run)
	for i := range found {
		found[i].list(at, m.point, m.q, m.all)
	}
}

// cut makes the chunks. Components that need several get sums of their own.
func (m *mstep[T]) cut(found []pairs[T]) {
	m.chunks, m.several = m.chunks[:0], m.several[:0]
	m.queue.reset(m.threads)
	place := m.list.start
	var formed *own
	if len(found) > 0 {
		formed = found[0].own
	}
	if formed != nil {
		place = formed.place
	}
	used := 0
	for c := range m.k.C {
		lo, end := m.list.start[c], m.list.start[c+1]
		var ready []*moments
		if formed != nil {
			ready = formed.sums[formed.first[c]:formed.first[c+1]]
		}
		if lo == end && len(ready) == 0 {
			continue
		}
		several := end-lo > chunkPairs
		if several {
			m.several = append(m.several, len(m.chunks))
		}
		for more := true; more; more = lo < end {
			next := chunk{component: uint32(c), lo: lo, hi: min(lo+chunkPairs, end), own: ready}
			if several {
				if used == len(m.shared) {
					m.shared = append(m.shared, m.newMoments())
				}
				next.sums = m.shared[used]
				used++
			}
			m.queue.add(place[c], place[m.k.C], next.hi-next.lo, chunkPairs)
			m.chunks = append(m.chunks, next)
			lo, ready = next.hi, nil
		}
	}
	m.queue.arrange()
}
