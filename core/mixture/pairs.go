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
}

// clear empties a list.
func (p *pairs[T]) clear() { p.point, p.component, p.q = p.point[:0], p.component[:0], p.q[:0] }

// size returns the most pairs that there can be.
func (p *pairs[T]) size() int { return len(p.point) + (p.hi-p.lo)*p.each }

// visit calls do for every pair that counts: candidates whose posterior is 0 and points without a component are passed
// over.
func (p *pairs[T]) visit(do func(point, component uint32, q T)) {
	for j, i := range p.point {
		do(i, p.component[j], p.q[j])
	}
	for j := p.lo; j < p.hi; j++ {
		i := j
		if p.order != nil {
			i = int(p.order[j])
		}
		for at := i * p.each; at < (i+1)*p.each; at++ {
			q := T(1)
			if p.q != nil {
				q = p.q[at]
			}
			if c := p.component[at]; q != 0 && c != unlabelled {
				do(uint32(i), c, q)
			}
		}
	}
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
