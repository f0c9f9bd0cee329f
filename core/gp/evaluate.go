package gp

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// program evaluates a kernel on tiles in one precision.
type program[T core.Float] struct {
	*compiled
	curves []*tile.Curve[T] // per leaf, nil for inner
	totals []float64        // per leaf, the constant it is multiplied by
	top    float64          // a bound of the diagonal; infinite with an inner product
}

func newProgram[T core.Float](c *compiled) *program[T] {
	p := &program[T]{compiled: c, curves: make([]*tile.Curve[T], len(c.leaves)), totals: make([]float64, len(c.leaves))}
	if c.root != nil {
		p.assign(c.root)
		none := make([]float64, len(c.leaves))
		p.top = p.bound(c.root, none)
	}
	return p
}

// negligible is the fraction of the diagonal below which elements are taken as zero.
func negligible[T core.Float]() float64 {
	if core.Epsilon[T]() > 1e-10 {
		return 1e-8
	}
	return 1e-17
}

func (p *program[T]) assign(e *expr) {
	for _, kid := range e.kids {
		p.assign(kid)
	}
	if e.op != leafOp {
		return
	}
	p.totals[e.leaf] = e.total
	switch l := e.source; l.shape {
	case squaredExponential:
		p.curves[e.leaf] = tile.NewRBF[T](e.total)
	case matern12:
		p.curves[e.leaf] = tile.NewMatern12[T](e.total)
	case matern32:
		p.curves[e.leaf] = tile.NewMatern32[T](e.total)
	case matern52:
		p.curves[e.leaf] = tile.NewMatern52[T](e.total)
	case rational:
		p.curves[e.leaf] = tile.NewRationalQuadratic[T](e.total, l.alpha)
	}
}

// bound returns an upper bound of the elements between points that for leaf i are at a squared distance of r2[i] or more.
func (p *program[T]) bound(e *expr, r2 []float64) float64 {
	switch e.op {
	case constantOp:
		return e.total
	case leafOp:
		if p.curves[e.leaf] == nil {
			return math.Inf(1)
		}
		return p.curves[e.leaf].Bound(r2[e.leaf])
	case sumOp:
		sum := 0.0
		for _, kid := range e.kids {
			sum += p.bound(kid, r2)
		}
		return sum
	default:
		product := 1.0
		for _, kid := range e.kids {
			if b := p.bound(kid, r2); b == 0 {
				return 0
			} else {
				product *= b
			}
		}
		return product
	}
}

// evaluator evaluates the tiles of one pair of blocks after the other. It is the scratch of one worker.
type evaluator[T core.Float] struct {
	*program[T]
	rows, cols *packed[T]
	exact      bool    // distances from differences, always
	cut        float64 // elements below this are taken as zero
	reach2     float64 // see reach; of a single leaf
	i, j       int     // blocks
	check      bool    // tiles may be negligible
	moved, by  []T     // features of the row points about the centre of the column points, and from where to there
	expanded   bool    // the last distances came from products
	norms      [tile.Size]T
	zeros      [tile.Size]T
	stored     *storage[T] // read tiles from here, unless nil
	stack      [][]T       // tiles
	used       int
	scratch    []T // a tile
	r2         []float64
}

// use makes e evaluate rows against cols with the program p. Elements below the fraction cut of the diagonal are taken as
// zero.
func (e *evaluator[T]) use(p *program[T], rows, cols *packed[T], exact bool, cut float64) {
	if cut > 0 { // the bound may be infinite
		cut *= p.top
	}
	if e.program != p || e.cut != cut {
		e.program, e.cut = p, cut
		e.reach2 = e.reach()
	}
	e.rows, e.cols, e.exact = rows, cols, exact
	widest := 0
	for _, l := range p.leaves {
		widest = max(widest, l.width())
	}
	e.r2 = sized(e.r2, len(p.leaves))
	e.moved, e.by = sized(e.moved, (widest+3)*tile.Size), sized(e.by, widest)
	e.used, e.stored, e.scratch = 0, nil, sized(e.scratch, tile.Elements)
}

// start makes ready for the tiles of row block i and column block j. It returns false if all are negligible.
func (e *evaluator[T]) start(i, j int) bool {
	e.i, e.j, e.check = i, j, false
	if e.root == nil {
		return false
	}
	if e.cut == 0 {
		return true
	}
	least, most := 0.0, 0.0
	for _, far := range []bool{false, true} {
		for l := range e.r2 {
			lo1, hi1 := e.rows.leaves[l].box(i)
			lo2, hi2 := e.cols.leaves[l].box(j)
			least, most = gap(lo1, hi1, lo2, hi2)
			if e.r2[l] = least; far {
				e.r2[l] = most
			}
		}
		if e.check = e.below(); e.check && !far {
			return false
		}
	}
	return true
}

// negligible reports whether all elements of the tile of row tile s and column tile t are.
func (e *evaluator[T]) negligible(s, t int) bool {
	if !e.check {
		return false
	}
	for l := range e.leaves {
		lo1, hi1 := e.rows.leaves[l].tileBox(s)
		lo2, hi2 := e.cols.leaves[l].tileBox(t)
		e.r2[l], _ = gap(lo1, hi1, lo2, hi2)
	}
	return e.below()
}

// below reports whether all elements between points at squared distances of r2 or more are negligible.
func (e *evaluator[T]) below() bool {
	if e.root.op == leafOp {
		return e.r2[0] > e.reach2
	}
	return e.bound(e.root, e.r2) < e.cut
}

// farthest is the largest squared distance that reach looks at.
const farthest = 1e15

// reach returns the least squared distance, to a millionth, beyond which all elements of a single leaf are negligible.
func (e *evaluator[T]) reach() float64 {
	if e.root == nil || e.root.op != leafOp {
		return 0
	}
	hi := 1.0
	for ; e.bound(e.root, []float64{hi}) >= e.cut; hi *= 2 {
		if hi > farthest {
			return math.Inf(1)
		}
	}
	lo := 0.0
	for hi-lo > 1e-6*hi {
		if mid := (lo + hi) / 2; e.bound(e.root, []float64{mid}) >= e.cut {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// take returns a tile of scratch; setting used back returns it.
func (e *evaluator[T]) take() []T {
	if e.used == len(e.stack) {
		e.stack = append(e.stack, make([]T, tile.Elements))
	}
	e.used++
	return e.stack[e.used-1]
}

// tile returns the elements of the tile of row tile s and column tile t, valid until the next call.
func (e *evaluator[T]) tile(s, t int) []T {
	e.used = 0
	k := e.take()
	if e.stored != nil {
		return e.stored.read(k, s, t)
	}
	e.value(k, e.root, s, t)
	return k
}

// value writes the value of x on the tile (s, t) to k.
func (e *evaluator[T]) value(k []T, x *expr, s, t int) {
	switch x.op {
	case constantOp:
		v := T(x.total)
		for i := range k {
			k[i] = v
		}
	case leafOp:
		e.distances(k, x.leaf, s, t)
		if c := e.curves[x.leaf]; c != nil {
			tile.Evaluate(c, k, nil, k, e.scratch)
		}
	default:
		e.value(k, x.kids[0], s, t)
		keep := e.used
		other := e.take()
		for _, kid := range x.kids[1:] {
			e.value(other, kid, s, t)
			if x.op == sumOp {
				tile.Add(k, other)
			} else {
				tile.Scale(k, other)
			}
		}
		e.used = keep
	}
}

// Distances are taken from products where the rounding of squared norms up to normLimit does not matter, or where the
// points are far apart on the scale of these norms; and from differences in a few features, where that costs little, and for
// Matern 1/2, which has a kink at zero.
const (
	fewFeatures = 4
	normLimit   = 128
	farRatio    = 64
)

// distances writes the squared distances, or for an inner product its values, of leaf l on the tile (s, t).
func (e *evaluator[T]) distances(dst []T, l, s, t int) {
	source, rows, cols := e.program.compiled.leaves[l], &e.rows.leaves[l], &e.cols.leaves[l]
	w := rows.width
	a, b := rows.tile(s), cols.tile(t)
	if source.shape == inner {
		total, constant := T(e.totals[l]), T(e.totals[l]*source.sigma0Squared())
		for k, v := range a {
			e.moved[k] = v * total
		}
		for i := range e.norms {
			e.norms[i] = constant
		}
		tile.Products(dst, e.moved, b, w, e.norms[:], e.zeros[:], T(math.Inf(-1)))
		return
	}
	away := e.measure(rows, cols, s, t)
	e.expanded = !e.exact && w > fewFeatures && source.shape != matern12 && e.expandable(rows, cols, s, t, away)
	if e.expanded {
		tile.Expand(e.moved, e.norms[:], a, e.by[:w])
		tile.Products(dst, e.moved, b, w, e.norms[:], cols.norms[t*tile.Size:(t+1)*tile.Size], 0)
		if e.rows == e.cols && s == t {
			for i := range tile.Size {
				dst[i*tile.Size+i] = 0
			}
		}
		return
	}
	tile.Shift(e.moved, a, e.by[:w])
	tile.Distances(dst, e.moved, b, w)
}

// measure sets by to the way from the centre of the column tile t to that of the row tile s and returns its length.
func (e *evaluator[T]) measure(rows, cols *features[T], s, t int) float64 {
	w, sum := rows.width, 0.0
	from, by := cols.centers[t*w:(t+1)*w], e.by[:w]
	for q, v := range rows.centers[s*w : (s+1)*w] {
		d := v - from[q]
		sum += d * d
		by[q] = T(d)
	}
	return math.Sqrt(sum)
}

// expandable reports whether distances may be taken from products; away is the distance of the centres.
func (e *evaluator[T]) expandable(rows, cols *features[T], s, t int, away float64) bool {
	reach := math.Sqrt(rows.radius2[s]) + away
	norms := reach*reach + cols.radius2[t]
	if norms <= normLimit {
		return true
	}
	lo1, hi1 := rows.tileBox(s)
	lo2, hi2 := cols.tileBox(t)
	least, _ := gap(lo1, hi1, lo2, hi2)
	return least >= norms/farRatio
}
