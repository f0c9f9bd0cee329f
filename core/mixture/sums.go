package mixture

import (
	"unsafe"

	"github.com/lithe-ml/lithe/core/internal/panel"
)

// flushPairs is the number of pairs summed in T before the sums move to float64.
const flushPairs = 256

// moments are the float64 sums of one component (or a part of its pairs).
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

func (m *mstep[T]) newMoments() *moments {
	return &moments{m: make([]float64, max(1, panel.Groups(m.k.H))*panel.Moments*panel.Pad[T](m.k.D))}
}

// own holds sums that the E-step forms while it has a panel at hand: those of the pairs of a block's points with the
// component of the block, by far the most. They need no list, and their rows are fetched once for both steps.
type own struct {
	first []int      // C+1: the tasks first[c] ... first[c+1]-1 are of the block of component c
	place []int      // C+1: where the blocks begin in the order of visits
	sums  []*moments // of each task
}

// wants reports whether sums by task are worth their memory: at most what n rows take.
func (m *mstep[T]) wants(n, tasks int) bool {
	var z T
	sums := tasks * max(1, panel.Groups(m.k.H)) * panel.Moments * panel.Pad[T](m.k.D)
	return sums*8 <= n*m.k.D*int(unsafe.Sizeof(z))
}

// open begins the sums of pairs of component c.
func (m *mstep[T]) open(sums *moments, w *mscratch[T], c uint32) {
	component, row := m.k.component(int(c)), panel.Row
	if m.k.H == 0 {
		row = 2
	}
	for d := range m.k.D {
		w.mu[d] = component[d*row]
	}
	w.own[0], w.summed = c, 0
	sums.clear()
	clear(w.acc)
}

// add adds a panel of points, whose posteriors are in w.a, to open sums. rows are the standardised points (lanes x dp). If
// ready is set, x is their panel and w.v holds their factors, otherwise x is room for it. What points lack is overwritten.
func (m *mstep[T]) add(sums *moments, w *mscratch[T], rows, x []T, ready bool, points []uint32) {
	dp, D, H := m.dp, m.k.D, m.k.H
	component := int(w.own[0])
	partial := w.part != nil && m.d.missing(&w.part.lacks, points)
	if partial {
		m.k.marginal.fill(rows, &w.part.lacks, component)
		ready = false
	}
	if !ready && (H > 0 || m.k.tails != nil) {
		panel.Transpose(x, rows, dp)
	}
	if !ready && H > 0 {
		panel.Project(w.v, x, D, H, m.k.component(component))
	}
	if m.k.tails != nil {
		panel.Evaluate(w.u, x, D, H, m.k.vec, m.k.c0, w.own[:])
	}
	if m.d.w != nil {
		for k, i := range points {
			w.a[k] *= T(m.d.w[i])
		}
	}
	if partial {
		m.k.marginal.complete(rows, w.v, w.part, component, sums, w.a[:len(points)])
	}
	if m.k.tails == nil {
		n := 0.0
		for _, a := range w.a[:len(points)] {
			n += float64(a)
		}
		sums.n, sums.u = sums.n+n, sums.u+n
	} else {
		m.weigh(w, component, partial)
		for k, a := range w.a[:len(points)] {
			if a == 0 {
				continue // of a point whose log u may be infinite
			}
			w.a[k] *= w.u[k]
			sums.n, sums.u, sums.l = sums.n+float64(a), sums.u+float64(w.a[k]), sums.l+float64(a)*float64(w.logU[k])
		}
	}
	groups, lanes := panel.Groups(H), panel.Lanes[T]()
	if panel.Weigh(w.coef, w.v, w.a, groups); groups == 0 {
		copy(w.coef, w.a)
	}
	for g := range max(1, groups) {
		panel.Accumulate(w.acc[g*panel.Moments*dp:], rows, len(points), dp, w.mu, w.coef[g*panel.Coefs*lanes:])
	}
	if w.summed += len(points); w.summed >= flushPairs {
		m.flush(sums, w)
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

// flush moves what was summed in T to float64.
func (m *mstep[T]) flush(sums *moments, w *mscratch[T]) {
	if w.summed == 0 {
		return
	}
	to := sums.m[:len(w.acc)]
	for i, v := range w.acc {
		to[i] += float64(v)
	}
	clear(w.acc)
	w.summed = 0
}

// accumulate forms the sums of one chunk: of the listed pairs, and in its component's first chunk also those that the E-step
// has formed.
func (m *mstep[T]) accumulate(sums *moments, c *chunk, w *mscratch[T]) {
	lanes := panel.Lanes[T]()
	m.open(sums, w, c.component)
	for _, o := range c.own {
		sums.add(o)
	}
	for lo := c.lo; lo < c.hi; lo += lanes {
		hi := min(lo+lanes, c.hi)
		points := m.point[lo:hi]
		m.d.gather(w.rows, m.dp, points)
		m.d.prefetch(m.point[hi:min(hi+lanes, c.hi)])
		copy(w.a, m.q[lo:hi])
		m.add(sums, w, w.rows, w.x, false, points)
	}
	m.flush(sums, w)
}
