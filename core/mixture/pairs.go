package mixture

import "github.com/lithe-ml/lithe/core"

// pairs lists (point, component, posterior), in one of two forms. A list holds all three of each pair. A span refers to
// the candidate sets, which it does not own: the candidates of a run of points, with their posteriors.
type pairs[T core.Float] struct {
	point     []uint32 // nil: a span
	component []uint32
	q         []T // nil in a span: 1 for all

	lo, hi int      // of a span: its points are order[lo:hi], or lo ... hi-1 without an order
	each   int      // candidates per point: those of point i are component[i*each:(i+1)*each]
	order  []uint32 // nil: the points as they are numbered
	own    *own     // the sums that the pairs of negative posterior -q are part of already; nil: there are none
}

// clear empties a list.
func (p *pairs[T]) clear() { p.point, p.component, p.q = p.point[:0], p.component[:0], p.q[:0] }

// size returns the most pairs that there can be.
func (p *pairs[T]) size() int { return len(p.point) + (p.hi-p.lo)*p.each }

// runs calls do for the runs of candidates of a span that lie side by side: all of them, or those of one point after the other.
func (p *pairs[T]) runs(do func(lo, hi int)) {
	if p.order == nil {
		do(p.lo*p.each, p.hi*p.each)
		return
	}
	for _, i := range p.order[p.lo:p.hi] {
		do(int(i)*p.each, (int(i)+1)*p.each)
	}
}

// count adds the number of pairs of each component that count: candidates whose posterior is 0 and points without a
// component are passed over, and so are those that are in sums already, unless all are asked for.
func (p *pairs[T]) count(counts []int, all bool) {
	for _, c := range p.component[:len(p.point)] {
		counts[c]++
	}
	p.runs(func(lo, hi int) {
		component := p.component[lo:hi]
		if p.q == nil {
			for _, c := range component {
				if c != unlabelled {
					counts[c]++
				}
			}
			return
		}
		for k, q := range p.q[lo:hi] {
			if q > 0 || all && q < 0 {
				counts[component[k]]++
			}
		}
	})
}

// list writes points and posteriors of the pairs that count to the places at[component], and moves those on.
func (p *pairs[T]) list(at []int, points []uint32, q []T, all bool) {
	for j, i := range p.point {
		to := &at[p.component[j]]
		points[*to], q[*to] = i, p.q[j]
		*to++
	}
	p.runs(func(lo, hi int) {
		component := p.component[lo:hi]
		for k, c := range component {
			v := T(1)
			if p.q != nil {
				v = p.q[lo+k]
			}
			if v > 0 && c != unlabelled || all && v < 0 {
				to := &at[c]
				points[*to], q[*to] = uint32((lo+k)/p.each), max(v, -v)
				*to++
			}
		}
	})
}

// spanPoints is the number of points of a span.
const spanPoints = 2048

// spans makes spans of n points that have so many candidates each, in the room of list.
func spans[T core.Float](list []pairs[T], n, each int, component []uint32, q []T, order []uint32) []pairs[T] {
	list = list[:0]
	for lo := 0; lo < n; lo += spanPoints {
		list = append(list, pairs[T]{component: component, q: q, lo: lo, hi: min(lo+spanPoints, n), each: each, order: order})
	}
	return list
}
