package coreset

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// pointPanels is a copy of points in the layout of package panel, whose kernels find squared distances from differences:
// exact near zero, whatever the origin. Places that are not points repeat the last one.
type pointPanels[T core.Float] struct {
	n, d, lanes int
	x           []T
	params      []T // the points that distances are taken to, as components of unit noise
	zero        []T // one per such point
}

// newPointPanels copies the rows of x in the given order, or in their own where order is nil.
func newPointPanels[T core.Float](x core.Matrix[T], order []uint32, threads int) *pointPanels[T] {
	lanes := panel.Lanes[T]()
	p := &pointPanels[T]{n: x.Rows, d: x.Cols, lanes: lanes}
	p.x = make([]T, p.panels()*x.Cols*lanes)
	_ = par.For(nil, threads, par.Tiles(p.panels(), seedPanels), func(_, tile int) { // without a context there is no error
		first, last := par.Span(tile, p.panels(), seedPanels)
		for place := first * lanes; place < last*lanes; place++ {
			i := min(place, x.Rows-1)
			if order != nil {
				i = int(order[i])
			}
			at := p.x[place/lanes*p.d*lanes+place%lanes:]
			for j, v := range x.Row(i) {
				at[j*lanes] = v
			}
		}
	})
	return p
}

func (p *pointPanels[T]) panels() int { return par.Tiles(p.n, p.lanes) }

// addTarget adds a point that distances will be taken to, and returns its number.
func (p *pointPanels[T]) addTarget(x []T) uint32 {
	for _, v := range x {
		p.params = append(p.params, v, 1)
	}
	p.zero = append(p.zero, 0)
	return uint32(len(p.zero) - 1)
}

// distances writes minus half of the squared distances between the points of panel k and the targets ids to l, a row of
// lanes for each target.
func (p *pointPanels[T]) distances(l []T, k int, ids []uint32) {
	panel.Evaluate(l, p.x[k*p.d*p.lanes:(k+1)*p.d*p.lanes], p.d, 0, p.params, p.zero, ids)
}
