package gp

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// results are sums in float64: panels of as many columns as those of T have, and single columns.
type results struct {
	layout
	lanes, places int
	data          []float64
}

func (r *results) resize(l layout, places, lanes int) {
	r.layout, r.places, r.lanes = l, places, lanes
	r.data = sized(r.data, places*(l.panels*lanes+l.singles))
	clear(r.data)
}

func (r *results) panel(p, lo, hi int) []float64 {
	at := p * r.places * r.lanes
	return r.data[at+lo*r.lanes : at+hi*r.lanes]
}

func (r *results) single(s, lo, hi int) []float64 {
	at := r.places * (r.panels*r.lanes + s)
	return r.data[at+lo : at+hi]
}

// at returns element (i, j).
func (r *results) at(i, j int) float64 {
	if p := j / r.lanes; p < r.panels {
		return r.data[(p*r.places+i)*r.lanes+j%r.lanes]
	}
	return r.data[r.places*j+i]
}

// sums are those of a block that a worker carries: panels of (blockSize x lanes), single columns, and single columns as
// partial sums over the lanes of a tile's rows.
type sums[T core.Float] struct {
	layout
	panels  [][]T
	single  [][]T
	partial [][]T
	whole   [][]float64
}

func (s *sums[T]) resize(l layout) {
	lanes := tile.Lanes[T]()
	s.layout = l
	for len(s.panels) < l.panels {
		s.panels = append(s.panels, make([]T, blockSize*lanes))
	}
	for len(s.single) < l.singles {
		s.single = append(s.single, make([]T, blockSize))
		s.partial = append(s.partial, make([]T, tile.Size*lanes))
		s.whole = append(s.whole, make([]float64, blockSize))
	}
}

// reset forgets what a panic left behind.
func (s *sums[T]) reset() {
	for _, all := range [][][]T{s.panels, s.single, s.partial} {
		for _, x := range all {
			clear(x)
		}
	}
	for _, x := range s.whole {
		clear(x)
	}
}

// addTo adds the sums for places [lo, hi) to r and clears them.
func (s *sums[T]) addTo(r *results, lo, hi int) {
	n := hi - lo
	for p := range r.panels {
		tile.Accumulate(r.panel(p, lo, hi), s.panels[p][:n*r.lanes])
	}
	for c := range r.singles {
		to := r.single(c, lo, hi)
		tile.Accumulate(to, s.single[c][:n])
		for i, v := range s.whole[c][:n] {
			to[i] += v
		}
		clear(s.whole[c][:n])
	}
}
