package gp

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// layout says how t columns are laid out: in panels of a cache line and, where few are left, one by one.
type layout struct{ panels, singles int }

// A panel costs as much as about thirteen sixteenths of its columns one by one.
const panelParts, singleParts = 16, 13

func layoutOf[T core.Float](t int) layout {
	lanes := tile.Lanes[T]()
	l := layout{t / lanes, t % lanes}
	if l.singles*panelParts > lanes*singleParts {
		l.panels, l.singles = l.panels+1, 0
	}
	return l
}

// columns holds right-hand sides or results: panel after panel of (places x lanes), then the single columns.
type columns[T core.Float] struct {
	layout
	places int
	data   []T
	scales []float64 // the power of two that each column was divided by
}

func (c *columns[T]) resize(l layout, places, lanes int) {
	c.layout, c.places = l, places
	c.data = sized(c.data, places*(l.panels*lanes+l.singles))
}

// panel returns the rows [lo, hi) of panel p, and single those of a single column.
func panelOf[E core.Float](c *columns[E], lanes, p, lo, hi int) []E {
	at := p * c.places * lanes
	return c.data[at+lo*lanes : at+hi*lanes]
}

func singleOf[E core.Float](c *columns[E], lanes, s, lo, hi int) []E {
	at := c.places * (c.panels*lanes + s)
	return c.data[at+lo : at+hi]
}

// load fills c with v in the order perm. Columns are divided by powers of two, so that the smallest and the largest numbers
// fit into float32.
func (c *columns[T]) load(v core.Matrix[float64], perm []int32, places, threads int) {
	lanes := tile.Lanes[T]()
	c.resize(layoutOf[T](v.Cols), places, lanes)
	c.scales = sized(c.scales, v.Cols)
	clear(c.scales)
	for i := range v.Rows {
		for j, x := range v.Row(i) {
			if x < 0 {
				x = -x
			}
			if x > c.scales[j] {
				c.scales[j] = x
			}
		}
	}
	for j, most := range c.scales {
		c.scales[j] = powerOfTwo(most)
	}
	if threads > 1 {
		c.loadParallel(v, perm, threads)
		return
	}
	for b := range par.Tiles(places, blockSize) {
		c.loadBlock(v, perm, b)
	}
}

func (c *columns[T]) loadParallel(v core.Matrix[float64], perm []int32, threads int) {
	_ = par.For(nil, threads, par.Tiles(c.places, blockSize), func(_, b int) { c.loadBlock(v, perm, b) })
}

// powerOfTwo returns one near v, or 1 if v is not a positive number.
func powerOfTwo(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 1) {
		return 1
	}
	_, e := math.Frexp(v)
	return math.Ldexp(1, max(e, -1021))
}

// flushed returns x, or 0 where that changes no sum with elements near 1: processors take a hundred times as long for numbers
// too small for all their digits, which float32 has from 1e-38 down, and kernels that fall with distance make many.
func flushed[T core.Float](x float64) T {
	if math.Abs(x) < 1e-30 {
		return 0
	}
	return T(x)
}

func (c *columns[T]) loadBlock(v core.Matrix[float64], perm []int32, b int) {
	lanes := tile.Lanes[T]()
	lo, hi := par.Span(b, c.places, blockSize)
	filled := min(hi, len(perm))
	for p := range c.panels {
		to, first := panelOf(c, lanes, p, lo, hi), p*lanes
		last := min(first+lanes, v.Cols)
		for i := lo; i < filled; i++ {
			row := to[(i-lo)*lanes : (i-lo+1)*lanes]
			for j, x := range v.Row(int(perm[i]))[first:last] {
				row[j] = flushed[T](x / c.scales[first+j])
			}
			clear(row[last-first:])
		}
		clear(to[(filled-lo)*lanes:])
	}
	for s := range c.singles {
		to, j := singleOf(c, lanes, s, lo, hi), c.panels*lanes+s
		for i := lo; i < filled; i++ {
			to[i-lo] = flushed[T](v.Data[int(perm[i])*v.Stride+j] / c.scales[j])
		}
		clear(to[filled-lo:])
	}
}
