package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// differences is the largest number of features up to which distances are sums of squared differences; beyond it the squares
// are multiplied out, about the mean of the data.
const differences = 32

// space is what the metric of points depends on besides the points.
type space struct {
	metric string
	center []float64
	scale  float64 // of the features
	radius float64 // largest distance from the center (of the metric dot: zero), in units of the metric before it is squared
}

// newSpace centres the rows, and looks for the scale and the radius that the metric needs.
func newSpace[T core.Float](x core.Matrix[T], o *FacilityOptions) (space, error) {
	s := space{metric: o.Metric, center: make([]float64, x.Cols), scale: 1, radius: 1}
	if o.Metric == Cosine {
		return s, nil
	}
	for i := range x.Rows {
		for q, v := range x.Row(i) {
			s.center[q] += float64(v)
		}
	}
	for q := range s.center {
		s.center[q] /= float64(x.Rows)
	}
	if o.Metric == Dot {
		clear(s.center)
	}
	most, total := 0.0, 0.0
	for i := range x.Rows {
		sum := 0.0
		for q, v := range x.Row(i) {
			e := float64(v) - s.center[q]
			sum += e * e
		}
		total += sum
		most = max(most, sum)
	}
	if o.Metric == RBF {
		gamma := o.Gamma
		if gamma == 0 {
			gamma = 1
			if total > 0 {
				gamma = float64(x.Rows) / total
			}
		}
		// The curve is exp(-r^2/2).
		s.scale = math.Sqrt(2 * gamma)
	}
	s.radius = math.Sqrt(most)
	if math.IsInf(most*4, 1) || core.Epsilon[T]() > 1e-10 && most*4 > math.MaxFloat32 {
		return s, overflows("X")
	}
	return s, nil
}

// points is a geometry of rows under a metric. A panel holds the features of its points and, last, their squared norms.
type points[T core.Float] struct {
	x     core.Matrix[T]
	ids   []int
	space space
	d     int // features of a panel besides the norms
	curve *tile.Curve[T]
	zero  []T // d

	nothing [tile.Size]T
}

func newPoints[T core.Float](x core.Matrix[T], s space, ids []int) *points[T] {
	p := &points[T]{x: x, ids: ids, space: s, d: x.Cols}
	switch s.metric {
	case Cosine:
		p.d++
	case RBF:
		p.curve = tile.NewRBF[T](1)
	}
	p.zero = make([]T, p.d)
	return p
}

func (p *points[T]) size() int {
	if p.ids != nil {
		return len(p.ids)
	}
	return p.x.Rows
}

func (p *points[T]) panel() int { return (p.d + 1) * tile.Size }

func (p *points[T]) scratch() int { return (p.d + 1) * tile.Size }

func (p *points[T]) local() geometry[T] { return p }

func (p *points[T]) reaches() bool { return p.space.metric != Dot }

func (p *points[T]) fill(panel []T, slot, i int) {
	row := p.x.Row(rowOf(p.ids, i))
	shift, scale := p.space.center, p.space.scale
	if p.space.metric == Cosine {
		sum := 0.0
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		// A row of zeros gets a direction of its own.
		scale, panel[len(row)*tile.Size+slot] = 0, 1
		if sum > 0 {
			scale, panel[len(row)*tile.Size+slot] = math.Sqrt(0.5/sum), 0
		} else {
			panel[len(row)*tile.Size+slot] = T(math.Sqrt(0.5))
		}
	}
	square := 0.0
	for q, v := range row {
		e := T((float64(v) - shift[q]) * scale)
		panel[q*tile.Size+slot] = e
		square += float64(e) * float64(e)
	}
	if p.space.metric == Cosine {
		e := panel[len(row)*tile.Size+slot]
		square += float64(e) * float64(e)
	}
	panel[p.d*tile.Size+slot] = T(square)
}

func (p *points[T]) costs(dst, scratch, a, b []T) {
	switch {
	case p.space.metric == Dot:
		tile.Products(dst, a, b, p.d, p.nothing[:], p.nothing[:], T(math.Inf(-1)))
	case p.d <= differences:
		tile.Distances(dst, a, b, p.d)
	default:
		left, norms := scratch[:p.d*tile.Size], scratch[p.d*tile.Size:]
		tile.Expand(left, norms, a, p.zero)
		tile.Products(dst, left, b, p.d, norms, b[p.d*tile.Size:], 0)
	}
	p.finish(dst, scratch)
}

// finish turns squared distances into costs, some tiles or a part of one.
func (p *points[T]) finish(dst, scratch []T) {
	switch p.space.metric {
	case Euclidean:
		cover.Root(dst)
	case RBF:
		tile.Evaluate(p.curve, dst, nil, dst, scratch)
	}
}

func (p *points[T]) near(dst []T, a []T, slot int, b []T, point []T) {
	if p.space.metric == Dot {
		for at := 0; at < len(dst); at += tile.Size {
			p.dots(dst[at:at+tile.Size], a, slot, b[at/tile.Size*p.panel():])
		}
		return
	}
	for q := range p.d {
		point[q] = a[q*tile.Size+slot]
	}
	for at := 0; at < len(dst); at += tile.Size {
		cover.Near(dst[at:at+tile.Size], point, b[at/tile.Size*p.panel():], p.d)
	}
	switch p.space.metric {
	case Euclidean:
		cover.Root(dst)
	case RBF:
		for i, v := range dst {
			dst[i] = T(math.Exp(-0.5 * float64(v)))
		}
	}
}

// dots writes products in float64, none above the largest squared norm.
func (p *points[T]) dots(dst, a []T, slot int, b []T) {
	var sums [tile.Size]float64
	for q := 0; q < p.d*tile.Size; q += tile.Size {
		v := float64(a[q+slot])
		for i, w := range b[q : q+tile.Size] {
			sums[i] += v * float64(w)
		}
	}
	_, _, most := p.orientation()
	for i := range dst {
		dst[i] = T(min(sums[i], most))
	}
}

func (p *points[T]) orientation() (sign, ceiling, offset float64) {
	switch p.space.metric {
	case SqEuclidean:
		return -1, 4 * p.space.radius * p.space.radius, 0
	case Cosine:
		return -1, 2, 0
	case RBF:
		return 1, 0, 1
	case Dot:
		return 1, 0, float64(T(p.space.radius * p.space.radius))
	}
	return -1, 2 * p.space.radius, 0
}
