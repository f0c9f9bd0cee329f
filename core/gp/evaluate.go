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
	cut    float64          // elements below this are taken as zero
}

func newProgram[T core.Float](c *compiled) *program[T] {
	p := &program[T]{compiled: c, curves: make([]*tile.Curve[T], len(c.leaves)), totals: make([]float64, len(c.leaves))}
	if c.root != nil {
		p.assign(c.root)
		none := make([]float64, len(c.leaves))
		p.cut = negligible[T]() * p.bound(c.root, none)
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
	exact      bool // distances from differences, always
	i, j       int  // blocks
	leaves     []rowBlock[T]
	stack      [][]T // tiles
	used       int
	r2         []float64
	check      bool // tiles may be negligible
}

// rowBlock holds the features of a block of rows about the centre of the block of columns.
type rowBlock[T core.Float] struct {
	data   []T
	norms  []T
	expand bool // distances from products: data holds -2 times the features
	zeros  [tile.Size]T
}

// use makes e evaluate rows against cols with the program p.
func (e *evaluator[T]) use(p *program[T], rows, cols *packed[T], exact bool) {
	e.program, e.rows, e.cols, e.exact = p, rows, cols, exact
	if len(e.leaves) != len(p.leaves) {
		e.leaves = make([]rowBlock[T], len(p.leaves))
		e.r2 = make([]float64, len(p.leaves))
	}
	for i := range e.leaves {
		r := &e.leaves[i]
		r.data = sized(r.data, blockSize*rows.leaves[i].width)
		r.norms = sized(r.norms, blockSize)
	}
	e.used = 0
}

// start makes ready for the tiles of row block i and column block j. It returns false if all are negligible.
func (e *evaluator[T]) start(i, j int) bool {
	e.i, e.j = i, j
	if e.root == nil {
		return false
	}
	if !e.exact {
		for l := range e.leaves {
			lo1, hi1 := e.rows.leaves[l].box(i)
			lo2, hi2 := e.cols.leaves[l].box(j)
			e.r2[l], _ = gap(lo1, hi1, lo2, hi2)
		}
		if e.bound(e.root, e.r2) < e.cut {
			return false
		}
	}
	for l := range e.leaves {
		e.leaves[l].fill(e, l)
	}
	e.check = false
	if !e.exact {
		for l := range e.leaves {
			lo1, hi1 := e.rows.leaves[l].box(i)
			lo2, hi2 := e.cols.leaves[l].box(j)
			_, e.r2[l] = gap(lo1, hi1, lo2, hi2)
		}
		e.check = e.bound(e.root, e.r2) < e.cut
	}
	return true
}

// Distances are taken from products where the rounding of squared norms up to normLimit does not matter, or where the
// points are far apart on the scale of these norms; and from differences in a few features, where that costs little, and for
// Matern 1/2, which has a kink at zero.
const (
	fewFeatures = 4
	normLimit   = 128
	farRatio    = 64
)

func (r *rowBlock[T]) fill(e *evaluator[T], l int) {
	source, rows, cols := e.program.compiled.leaves[l], &e.rows.leaves[l], &e.cols.leaves[l]
	w := rows.width
	first, last := e.rows.span(e.i)
	data := rows.data[first*w*tile.Size : last*w*tile.Size]
	if source.shape == inner {
		total := T(e.totals[l])
		for k, v := range data {
			r.data[k] = v * total
		}
		constant := T(e.totals[l] * source.sigma0Squared())
		for k := range r.norms {
			r.norms[k] = constant
		}
		r.expand = true
		return
	}
	r.expand = false
	if !e.exact && w > fewFeatures && source.shape != matern12 {
		reach := math.Sqrt(rows.radius2[e.i]) + rows.distance(e.i, cols, e.j)
		norms := reach*reach + cols.radius2[e.j]
		r.expand = norms <= normLimit || e.r2[l] >= norms/farRatio
	}
	if !r.expand {
		for k := 0; k < len(data); k += tile.Size {
			q := k / tile.Size % w
			shift := T(rows.centers[e.i*w+q] - cols.centers[e.j*w+q])
			to := r.data[k : k+tile.Size]
			for i, v := range data[k : k+tile.Size] {
				to[i] = v + shift
			}
		}
		return
	}
	clear(r.norms)
	for k := 0; k < len(data); k += tile.Size {
		q, t := k/tile.Size%w, k/tile.Size/w
		shift := T(rows.centers[e.i*w+q] - cols.centers[e.j*w+q])
		to, norms := r.data[k:k+tile.Size], r.norms[t*tile.Size:(t+1)*tile.Size]
		for i, v := range data[k : k+tile.Size] {
			v += shift
			to[i] = -2 * v
			norms[i] += v * v
		}
	}
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
	return e.bound(e.root, e.r2) < e.cut
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
			tile.Evaluate(c, k, nil, k)
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

// distances writes the squared distances, or for an inner product its values, of leaf l on the tile (s, t).
func (e *evaluator[T]) distances(dst []T, l, s, t int) {
	r, cols := &e.leaves[l], &e.cols.leaves[l]
	w := cols.width
	at := s - e.i*blockTiles
	a, b := r.data[at*w*tile.Size:(at+1)*w*tile.Size], cols.data[t*w*tile.Size:(t+1)*w*tile.Size]
	na := r.norms[at*tile.Size : (at+1)*tile.Size]
	switch {
	case !r.expand:
		tile.Distances(dst, a, b, w)
	case e.curves[l] == nil:
		tile.Products(dst, a, b, w, na, r.zeros[:], T(math.Inf(-1)))
	default:
		tile.Products(dst, a, b, w, na, cols.norms[t*tile.Size:(t+1)*tile.Size], 0)
		if e.rows == e.cols && s == t {
			for i := range tile.Size {
				dst[i*tile.Size+i] = 0
			}
		}
	}
}
