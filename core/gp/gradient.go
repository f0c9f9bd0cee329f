package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// weights are the factors of W = A B^T as the features of points: the element of W + W^T of two points is the inner product
// of the left features of the one and the right features of the other. These are [a b] and [b a], or [2 b] and [a] where
// every column of b is a multiple of that of a, as those of pathwise estimates are.
type weights[T core.Float] struct {
	width int     // 2 c or c
	left  []T     // divided by scale (tiles x width x tile.Size)
	right []T     // divided by scale
	scale float64 // a power of two, so that large and small factors fit into float32
}

func (f *weights[T]) load(a, b core.Matrix[float64], p *packed[T], threads int) {
	c, paired := a.Cols, proportional(a, b)
	f.width = 2 * c
	if paired {
		f.width = c
	}
	size := p.tiles * f.width * tile.Size
	f.left, f.right = sized(f.left, size), sized(f.right, size)
	f.scale = powerOfTwo(math.Sqrt(largest(a)) * math.Sqrt(largest(b)))
	_ = par.For(nil, threads, p.tiles, func(_, t int) {
		left, right := f.tile(f.left, t), f.tile(f.right, t)
		clear(left)
		clear(right)
		for i := range p.count(t) {
			id := int(p.perm[t*tile.Size+i])
			u, v := a.Row(id), b.Row(id)
			for k := range c {
				x, y := T(u[k]/f.scale), T(v[k]/f.scale)
				if paired {
					left[k*tile.Size+i], right[k*tile.Size+i] = 2*y, x
					continue
				}
				left[k*tile.Size+i], right[(c+k)*tile.Size+i] = x, x
				left[(c+k)*tile.Size+i], right[k*tile.Size+i] = y, y
			}
		}
	})
}

// proportional reports whether every column of b is a multiple of that of a, but for rounding.
func proportional(a, b core.Matrix[float64]) bool {
	for k := range a.Cols {
		top := 0
		for i := range a.Rows {
			if math.Abs(a.Row(i)[k]) > math.Abs(a.Row(top)[k]) {
				top = i
			}
		}
		ratio := b.Row(top)[k] / a.Row(top)[k]
		for i := range a.Rows {
			if v := b.Row(i)[k]; !(math.Abs(v-ratio*a.Row(i)[k]) <= 4*core.Epsilon[float64]()*math.Abs(v)) {
				return false
			}
		}
	}
	return true
}

func (f *weights[T]) tile(side []T, t int) []T {
	return side[t*f.width*tile.Size : (t+1)*f.width*tile.Size]
}

// largest returns the largest absolute value in m.
func largest(m core.Matrix[float64]) float64 {
	most := 0.0
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// gradient walks over the pairs of blocks of the upper triangle as multiply does. A task adds to the sum of its first block
// in its turn; these sums are added in order.
func (e *kernelEngine[T]) gradient(ctx context.Context, dst []float64, a, b core.Matrix[float64], threads int) error {
	p := &e.packed
	tasks, parameters := p.blocks*(p.blocks+1)/2, len(dst)
	threads = e.ready(threads, tasks)
	e.weights.load(a, b, p, threads)
	e.grads = sized(e.grads, p.blocks*parameters)
	clear(e.grads)
	e.resetTurns()
	for _, w := range e.workers[:threads] {
		w.use(e.program, p, p, false, negligible[T]()/1024)
		w.grad = sized(w.grad, parameters)
	}
	err := par.For(ctx, threads, tasks, func(worker, t int) {
		w := e.workers[worker]
		clear(w.grad)
		i, k := pairOf(t, p.blocks)
		defer func() {
			e.turns[i].wait(k)
			for q, v := range w.grad {
				e.grads[i*parameters+q] += v
			}
			e.turns[i].pass()
		}()
		if w.start(i, i+k) {
			w.contract(func(m []T, s, t int) { w.multiplyWeights(m, &e.weights, s, t) })
		}
	})
	for i, v := range e.grads {
		dst[i%parameters] += v * e.weights.scale * e.weights.scale
	}
	return err
}

// contract adds the part of a pair of blocks to grad. weigh sets m to the weights of tile (s, t), of the upper triangle, and
// of its mirror image.
func (w *worker[T]) contract(weigh func(m []T, s, t int)) {
	firstRow, lastRow := w.rows.span(w.i)
	firstCol, lastCol := w.cols.span(w.j)
	for s := firstRow; s < lastRow; s++ {
		from := firstCol
		if w.i == w.j {
			from = s
		}
		for t := from; t < lastCol; t++ {
			if w.negligible(s, t) {
				continue
			}
			w.used = 0
			m := w.take()
			weigh(m, s, t)
			w.backward(m, w.root, s, t)
		}
	}
}

// multiplyWeights sets m to the weights of tile (s, t) that the factors in f have.
func (w *worker[T]) multiplyWeights(m []T, f *weights[T], s, t int) {
	tile.Products(m, f.tile(f.left, s), f.tile(f.right, t), f.width, w.zeros[:], w.zeros[:], T(math.Inf(-1)))
	if s == t {
		for i := range m {
			m[i] *= 0.5 // both triangles are in the tile
		}
	}
}

// backward adds the derivatives of the sum over the tile (s, t) of m times the value of x.
func (w *worker[T]) backward(m []T, x *expr, s, t int) {
	keep := w.used
	defer func() { w.used = keep }()
	switch x.op {
	case leafOp:
		w.backwardLeaf(m, x, s, t)
		return
	case constantOp:
		w.share(x, x.total*total(m))
		return
	}
	if len(x.scaleAt) > 0 {
		k := w.take()
		w.value(k, x, s, t)
		w.share(x, float64(blas.Dot(m, k)))
		w.used = keep
	}
	if x.op == sumOp {
		for _, kid := range x.kids {
			w.backward(m, kid, s, t)
		}
		return
	}
	product, other := w.take(), w.take()
	for i, kid := range x.kids {
		copy(product, m)
		for l, factor := range x.kids {
			if l != i {
				w.value(other, factor, s, t)
				tile.Scale(product, other)
			}
		}
		w.backward(product, kid, s, t)
	}
}

// share adds v to the derivatives by the logarithms of the constants in the scale of x.
func (w *worker[T]) share(x *expr, v float64) {
	for _, at := range x.scaleAt {
		w.grad[at] += v
	}
}

func total[T core.Float](m []T) float64 {
	sum := 0.0
	for _, v := range m {
		sum += float64(v)
	}
	return sum
}

func (w *worker[T]) backwardLeaf(m []T, x *expr, s, t int) {
	l, r2, k, h := x.source, w.take(), w.take(), w.take()
	w.distances(r2, x.leaf, s, t)
	if l.shape == inner {
		if len(x.scaleAt) > 0 {
			w.share(x, float64(blas.Dot(m, r2)))
		}
		if l.at >= 0 {
			w.grad[l.at] += 2 * x.total * l.sigma0Squared() * total(m)
		}
		return
	}
	tile.Evaluate(w.curves[x.leaf], k, h, r2, w.scratch)
	if len(x.scaleAt) > 0 {
		w.share(x, float64(blas.Dot(m, k)))
	}
	if l.shape == rational && l.at >= 0 {
		w.grad[l.at] += mixing(m, k, r2, l.alpha, x.total)
	}
	tile.Scale(h, m)
	if l.isotropic() {
		if l.lengthAt[0] >= 0 {
			w.grad[l.lengthAt[0]] += float64(blas.Dot(h, r2))
		}
		return
	}
	cols := &w.cols.leaves[x.leaf]
	width := cols.width
	w.features = sized(w.features, width)
	clear(w.features)
	tile.Shift(w.moved, w.rows.leaves[x.leaf].tile(s), w.by[:width])
	if w.expanded {
		w.products = sized(w.products, tile.ContractScratch[T](width))
		tile.ContractExpanded(w.features, h, w.moved, cols.tile(t), width, w.products, w.rowTotals[:])
	} else {
		tile.Contract(w.features, h, w.moved, cols.tile(t), width)
	}
	if l.period == nil {
		for q, at := range l.lengthAt {
			if at >= 0 {
				w.grad[at] += w.features[q]
			}
		}
		return
	}
	for q, at := range l.lengthAt {
		if at >= 0 {
			w.grad[at] += w.features[2*q] + w.features[2*q+1]
		}
		if at := l.periodAt[q]; at >= 0 {
			n := 3 * len(l.dims) * tile.Size
			w.grad[at] += turning(h, w.rows.leaves[x.leaf].turns[s*n:], cols.turns[t*n:], q) / (l.length[q] * l.length[q])
		}
	}
}

// mixing returns the sum of m times the derivative by log alpha of s b^-alpha with b = 1 + r2 / (2 alpha), which is
// k (log(k/s) + alpha (b - 1) / b). k is overwritten.
func mixing[T core.Float](m, k, r2 []T, alpha, s float64) float64 {
	var logs [tile.Size]T
	sum := 0.0
	for from := 0; from < tile.Elements; from += tile.Size {
		vmath.Log(logs[:], k[from:from+tile.Size])
		for i, v := range k[from : from+tile.Size] {
			if v > 0 {
				x := float64(r2[from+i]) / (2 * alpha)
				sum += float64(m[from+i]) * float64(v) * (float64(logs[i]) - math.Log(s) + alpha*x/(1+x))
			}
		}
	}
	return sum
}

// turning returns the sum of g times delta sin delta, where delta is 2 pi times the difference of feature q in periods.
func turning[T core.Float](g []T, a, b []float64, q int) float64 {
	a, b = a[3*q*tile.Size:3*(q+1)*tile.Size], b[3*q*tile.Size:3*(q+1)*tile.Size]
	sum := 0.0
	for i := range tile.Size {
		x, cos, sin := a[i], a[tile.Size+i], a[2*tile.Size+i]
		for j, v := range g[i*tile.Size : (i+1)*tile.Size] {
			sum += float64(v) * (x - b[j]) * (sin*b[tile.Size+j] - cos*b[2*tile.Size+j])
		}
	}
	return 2 * math.Pi * sum
}
