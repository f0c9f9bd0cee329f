package mixture

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	// chunkPairs bounds the pairs that one tile of the M-step accumulates, so that a large component can be shared.
	chunkPairs = 8192
	// flushPairs is the number of pairs summed in T before the sums move to float64.
	flushPairs = 256
)

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
	joint     *joint // nil for loadings of its own
	tied      bool   // the noise variances are shared by all components
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
	shared    []*moments // sums of the components that fill several chunks
	workers   []*mscratch[T]
}

// chunk is a run of the pair list that belongs to one component.
type chunk struct {
	component uint32
	lo, hi    int
	sums      *moments // nil when the chunk is all there is of its component
}

// moments are the float64 sums of one component (or a chunk of it).
type moments struct {
	n float64   // sum q
	u float64   // sum q u, with u the weights of t components and 1 for Gaussian ones
	l float64   // sum q log u; 0 for Gaussian components
	m []float64 // per group of loadings, panel.Moments x dp: sum q t^2, sum q t, sum q v_h t; the first two of group 0 count
}

func (s *moments) clear() { s.n, s.u, s.l = 0, 0, 0; clear(s.m) }

func (s *moments) add(o *moments) {
	s.n, s.u, s.l = s.n+o.n, s.u+o.u, s.l+o.l
	for i, v := range o.m {
		s.m[i] += v
	}
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
	sums    *moments
	e       []float64   // (H+1) x (H+1)
	r       []float64   // H+1
	z       []float64   // (H+1) x D
	noise   []float64   // D
	center  []float64   // H: mean of the factors v
	root    []float64   // H x H: Cholesky factor of their covariance
	part    *partial[T] // nil when no point lacks features
}

func newMstep[T core.Float](d *data[T], k *packed[T], o *Options) *mstep[T] {
	m := &mstep[T]{d: d, k: k, isotropic: o.isotropic(), tied: o.tied(), prior: o.prior(), floor: o.RegCovar, threads: par.Threads(o.Threads)}
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
			sums: m.newMoments(), e: make([]float64, (k.H+1)*(k.H+1)), r: make([]float64, k.H+1), z: make([]float64, (k.H+1)*k.D), noise: make([]float64, k.D),
			center: make([]float64, k.H), root: make([]float64, k.H*k.H),
		})
	}
	if d.patterns != nil || k.marginal != nil {
		for _, w := range m.workers {
			w.part = newPartial[T](k.H)
		}
	}
	return m
}

func (m *mstep[T]) newMoments() *moments {
	return &moments{m: make([]float64, max(1, panel.Groups(m.k.H))*panel.Moments*panel.Pad[T](m.k.D))}
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
	if err := m.each(ctx, found, func(c int, sums *moments, w *mscratch[T]) {
		p.pi[c] = sums.n
		mu, lambda, noise := p.component(c)
		if m.solve(c, sums, w, mu, lambda, noise) && m.dof {
			p.dof[c] = estimateDOF(p.dof[c], m.k.D, sums.u/sums.n, sums.l/sums.n)
		}
	}); err != nil {
		return err
	}
	if m.tied {
		p.tie(p.pi, m.prior, m.floor)
	}
	reweigh(p.pi, m.d.total, m.prior.concentration)
	return nil
}

// each calls use once for every component with pairs, with its sums. Calls for different components may run at the same
// time.
func (m *mstep[T]) each(ctx context.Context, found []pairs[T], use func(c int, sums *moments, w *mscratch[T])) error {
	if err := m.sort(ctx, found); err != nil {
		return err
	}
	m.cut()
	if err := par.For(ctx, m.threads, len(m.chunks), func(worker, i int) {
		c, w := &m.chunks[i], m.workers[worker]
		sums := c.sums
		if sums == nil {
			sums = w.sums
		}
		m.accumulate(sums, c, w)
		if c.sums == nil {
			use(int(c.component), sums, w)
		}
	}); err != nil {
		return err
	}
	return m.eachShared(ctx, use)
}

// sort lists the pairs by component.
func (m *mstep[T]) sort(ctx context.Context, found []pairs[T]) error {
	most := 0
	for i := range found {
		most += found[i].size()
	}
	keys, runs := m.k.C, shards(most, m.k.C)
	m.list.reserve(runs, keys)
	each := func(shard int, do func(point, component uint32, q T)) {
		for i := shard * len(found) / runs; i < (shard+1)*len(found)/runs; i++ {
			found[i].visit(do)
		}
	}
	if err := par.For(ctx, m.threads, runs, func(_, shard int) {
		counts := m.list.counts[shard*keys : (shard+1)*keys]
		each(shard, func(_, c uint32, _ T) { counts[c]++ })
	}); err != nil {
		return err
	}
	m.list.offsets(runs, keys)
	total := m.list.start[keys]
	if cap(m.point) < total {
		m.point, m.q = make([]uint32, total+total/8), make([]T, total+total/8)
	}
	m.point, m.q = m.point[:total], m.q[:total]
	return par.For(ctx, m.threads, runs, func(_, shard int) {
		at := m.list.counts[shard*keys : (shard+1)*keys]
		each(shard, func(point, c uint32, q T) {
			m.point[at[c]], m.q[at[c]] = point, q
			at[c]++
		})
	})
}

// cut makes the chunks. Components that need several get sums of their own.
func (m *mstep[T]) cut() {
	m.chunks = m.chunks[:0]
	used := 0
	for c := range m.k.C {
		lo, end := m.list.start[c], m.list.start[c+1]
		several := end-lo > chunkPairs
		for ; lo < end; lo += chunkPairs {
			next := chunk{component: uint32(c), lo: lo, hi: min(lo+chunkPairs, end)}
			if several {
				if used == len(m.shared) {
					m.shared = append(m.shared, m.newMoments())
				}
				next.sums = m.shared[used]
				used++
			}
			m.chunks = append(m.chunks, next)
		}
	}
}

// accumulate forms the sums of one chunk.
func (m *mstep[T]) accumulate(sums *moments, c *chunk, w *mscratch[T]) {
	lanes, D, H := panel.Lanes[T](), m.k.D, m.k.H
	dp, groups := panel.Pad[T](D), panel.Groups(H)
	component := m.k.component(int(c.component))
	row := panel.Row
	if H == 0 {
		row = 2
	}
	for d := range D {
		w.mu[d] = component[d*row]
	}
	w.own[0] = c.component
	sums.clear()
	clear(w.acc)
	for lo := c.lo; lo < c.hi; lo += lanes {
		hi := min(lo+lanes, c.hi)
		points, q := m.point[lo:hi], m.q[lo:hi]
		m.d.gather(w.rows, dp, points)
		m.d.prefetch(m.point[hi:min(hi+lanes, c.hi)])
		partial := w.part != nil && m.d.missing(&w.part.lacks, points)
		if partial {
			m.k.marginal.fill(w.rows, &w.part.lacks, int(c.component))
		}
		if H > 0 || m.k.tails != nil {
			panel.Transpose(w.x, w.rows, dp)
		}
		if H > 0 {
			panel.Project(w.v, w.x, D, H, component)
		}
		if m.k.tails != nil {
			panel.Evaluate(w.u, w.x, D, H, m.k.vec, m.k.c0, w.own[:])
		}
		for k, i := range points {
			w.a[k] = q[k]
			if m.d.w != nil {
				w.a[k] *= T(m.d.w[i])
			}
		}
		if partial {
			m.k.marginal.complete(w.rows, w.v, w.part, int(c.component), sums, w.a[:len(points)])
		}
		if m.k.tails != nil {
			m.weigh(w, int(c.component), partial)
		}
		for k, a := range w.a[:len(points)] {
			sums.n += float64(a)
			if m.k.tails != nil {
				sums.l += float64(a) * float64(w.logU[k])
				a *= w.u[k]
				w.a[k] = a
			}
			sums.u += float64(a)
		}
		if panel.Weigh(w.coef, w.v, w.a, groups); groups == 0 {
			copy(w.coef, w.a)
		}
		for g := range max(1, groups) {
			panel.Accumulate(w.acc[g*panel.Moments*dp:], w.rows, len(points), dp, w.mu, w.coef[g*panel.Coefs*lanes:])
		}
		if (lo-c.lo)/lanes%(flushPairs/lanes) == flushPairs/lanes-1 || hi == c.hi {
			for i, v := range w.acc {
				sums.m[i] += float64(v)
			}
			clear(w.acc)
		}
	}
}

// weigh turns the values -delta/2 of a panel under t component c, at the means where rows lack features, into weights.
func (m *mstep[T]) weigh(w *mscratch[T], c int, partial bool) {
	if partial {
		for lane := range w.u {
			if len(w.part.lacks[lane]) > 0 {
				w.u[lane] += w.part.gain[lane] / 2
			}
		}
	}
	m.k.tails.weights(w.u, w.logU, uint32(c))
	if partial {
		m.k.tails.lessen(w.u, w.logU, w.part, c, m.k.D)
	}
}

// eachShared merges the chunks of each large component in order and calls use with the sums.
func (m *mstep[T]) eachShared(ctx context.Context, use func(c int, sums *moments, w *mscratch[T])) error {
	var first []int
	for i, c := range m.chunks {
		if c.sums != nil && (i == 0 || m.chunks[i-1].component != c.component) {
			first = append(first, i)
		}
	}
	return par.For(ctx, m.threads, len(first), func(worker, j int) {
		c := m.chunks[first[j]]
		for _, next := range m.chunks[first[j]+1:] {
			if next.component != c.component {
				break
			}
			c.sums.add(next.sums)
		}
		use(int(c.component), c.sums, m.workers[worker])
	})
}

// reweigh turns the N of each component into weights. A component that lost all its points keeps a trace of weight, so
// that its density stays finite and points may still find it.
// The weights have a Dirichlet prior.
func reweigh(pi []float64, total, concentration float64) {
	const trace = 1e-10
	sum := 0.0
	for c, n := range pi {
		pi[c] = math.Max(n+concentration-1, trace*total/float64(len(pi)))
		sum += pi[c]
	}
	for c := range pi {
		pi[c] /= sum
	}
}
