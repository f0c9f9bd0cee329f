package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// products is the geometry of points r_i x [a_i, 1]. A panel holds r, then a, then the squared norms |r|^2 (|a|^2 + 1).
type products[T core.Float] struct {
	r, a    core.Matrix[T]
	ids     []int
	rooted  bool
	zero    []T       // as many as r has columns
	squares []float64 // norms of the rows of the data, if they are wanted often
	nothing [tile.Size]T
	ones    [tile.Size]T
}

func newProducts[T core.Float](r, a core.Matrix[T], ids []int, rooted bool) *products[T] {
	p := &products[T]{r: r, a: a, ids: ids, rooted: rooted, zero: make([]T, r.Cols)}
	for i := range p.ones {
		p.ones[i] = 1
	}
	return p
}

func (p *products[T]) size() int {
	if p.ids != nil {
		return len(p.ids)
	}
	return p.r.Rows
}

func (p *products[T]) panel() int { return (p.r.Cols + p.a.Cols + 1) * tile.Size }

func (p *products[T]) scratch() int { return tile.Elements + (p.r.Cols+1)*tile.Size }

func (p *products[T]) local() geometry[T] { return p }

func (p *products[T]) reaches() bool { return true }

func (p *products[T]) fill(panel []T, slot, i int) {
	i = rowOf(p.ids, i)
	rr, aa := 0.0, 0.0
	for q, v := range p.r.Row(i) {
		panel[q*tile.Size+slot] = v
		rr += float64(v) * float64(v)
	}
	rest := panel[p.r.Cols*tile.Size:]
	for q, v := range p.a.Row(i) {
		rest[q*tile.Size+slot] = v
		aa += float64(v) * float64(v)
	}
	rest[p.a.Cols*tile.Size+slot] = T(rr * (aa + 1))
}

func (p *products[T]) costs(dst, scratch, a, b []T) {
	second, left := scratch[:tile.Elements], scratch[tile.Elements:]
	nr := p.r.Cols * tile.Size
	tile.Expand(left, left[nr:], a, p.zero)
	lowest := T(math.Inf(-1))
	tile.Products(dst, left, b, p.r.Cols, p.nothing[:], p.nothing[:], lowest)
	tile.Products(second, a[nr:], b[nr:], p.a.Cols, p.ones[:], p.nothing[:], lowest)
	na, nb := a[p.panel()-tile.Size:p.panel()], b[p.panel()-tile.Size:p.panel()]
	for i, square := range na {
		row, other := dst[i*tile.Size:(i+1)*tile.Size], second[i*tile.Size:(i+1)*tile.Size]
		for j, v := range row {
			row[j] = max(v*other[j]+square+nb[j], 0)
		}
	}
	if p.rooted {
		cover.Root(dst)
	}
}

func (p *products[T]) near(dst []T, a []T, slot int, b []T, _ []T) {
	for at := 0; at < len(dst); at += tile.Size {
		p.nearPanel(dst[at:at+tile.Size], a, slot, b[at/tile.Size*p.panel():])
	}
}

// nearPanel is near for one panel.
func (p *products[T]) nearPanel(dst []T, a []T, slot int, b []T) {
	var first, second [tile.Size]float64
	nr := p.r.Cols * tile.Size
	for q := 0; q < nr; q += tile.Size {
		v := float64(a[q+slot])
		for i, w := range b[q : q+tile.Size] {
			first[i] += v * float64(w)
		}
	}
	end := p.panel() - tile.Size
	for q := nr; q < end; q += tile.Size {
		v := float64(a[q+slot])
		for i, w := range b[q : q+tile.Size] {
			second[i] += v * float64(w)
		}
	}
	square := float64(a[end+slot])
	for i := range dst {
		e := max(square+float64(b[end+i])-2*first[i]*(second[i]+1), 0)
		// What the rounding of the norms leaves of a difference that is nothing.
		if e <= 4*core.Epsilon[T]()*square {
			e = 0
		}
		if p.rooted {
			e = math.Sqrt(e)
		}
		dst[i] = T(e)
	}
}

// between writes the costs of row i and some others.
func (p *products[T]) between(dst []T, i int, others []int32) {
	i = rowOf(p.ids, i)
	own, inputs := p.r.Row(i), p.a.Row(i)
	square := p.squared(i)
	for c, j := range others {
		j := rowOf(p.ids, int(j))
		first, second := 0.0, 1.0
		for q, v := range p.r.Row(j) {
			first += float64(v) * float64(own[q])
		}
		for q, v := range p.a.Row(j) {
			second += float64(v) * float64(inputs[q])
		}
		e := max(0, square+p.squared(j)-2*first*second)
		if p.rooted {
			e = math.Sqrt(e)
		}
		dst[c] = T(e)
	}
}

// squared returns the squared norm of a row of the data.
func (p *products[T]) squared(i int) float64 {
	if p.squares != nil {
		return p.squares[i]
	}
	rr, aa := 0.0, 1.0
	for _, v := range p.r.Row(i) {
		rr += float64(v) * float64(v)
	}
	for _, v := range p.a.Row(i) {
		aa += float64(v) * float64(v)
	}
	return rr * aa
}

func (p *products[T]) orientation() (sign, ceiling, offset float64) {
	most := 0.0
	for i := range p.r.Rows {
		most = max(most, p.squared(i))
	}
	if p.rooted {
		return -1, 2 * math.Sqrt(most), 0
	}
	return -1, 4 * most, 0
}
