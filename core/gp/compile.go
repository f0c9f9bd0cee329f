package gp

import "math"

// node is a kernel as a tree in which parameters know their place in theta; fixed ones have place -1.
type node struct {
	op    operation
	value float64 // of a constant, of white noise
	at    int     // place of that value
	leaf  *leaf
	a, b  *node
}

type operation int

const (
	constantOp operation = iota
	whiteOp
	leafOp
	sumOp
	productOp
)

// shape is what a leaf does with its features.
type shape int

const (
	squaredExponential shape = iota
	matern12
	matern32
	matern52
	rational
	inner // sigma_0^2 + x . x'
)

// leaf is a kernel that is a function of the distance or the inner product of features.
type leaf struct {
	shape    shape
	dims     []int
	length   []float64 // scale of each of dims; none for inner
	lengthAt []int
	period   []float64 // nil unless periodic
	periodAt []int
	alpha    float64
	sigma0   float64
	at       int // place of alpha or sigma_0
}

// width returns the number of features in tiles: the kernel of period p is RBF of the points of a circle, two features.
func (l *leaf) width() int {
	if l.period != nil {
		return 2 * len(l.dims)
	}
	return len(l.dims)
}

// isotropic reports whether all length scales are one parameter.
func (l *leaf) isotropic() bool {
	for _, at := range l.lengthAt {
		if at != l.lengthAt[0] {
			return false
		}
	}
	return l.period == nil
}

// compiler hands out places in theta and collects leaves.
type compiler struct {
	features int
	next     int
}

func (c *compiler) place(b Bounds) int {
	if b.Fixed {
		return -1
	}
	c.next++
	return c.next - 1
}

// places expands values, one for all dims or one for each, with their places.
func (c *compiler) places(values []float64, dims []int, b Bounds) (expanded []float64, at []int) {
	values = orOne(values)
	expanded, at = make([]float64, len(dims)), make([]int, len(dims))
	if len(values) == 1 {
		p := c.place(b)
		for q := range dims {
			expanded[q], at[q] = values[0], p
		}
		return expanded, at
	}
	for q, v := range values {
		expanded[q], at[q] = v, c.place(b)
	}
	return expanded, at
}

func (c *compiler) stationary(s shape, k Kernel, dims []int, length []float64, b Bounds) *node {
	l := &leaf{shape: s, at: -1}
	l.dims, _ = active(k, dims, c.features)
	l.length, l.lengthAt = c.places(length, l.dims, b)
	return &node{op: leafOp, leaf: l}
}

func (k Constant) compile(c *compiler) *node {
	return &node{op: constantOp, value: k.Value, at: c.place(k.Bounds)}
}

func (k White) compile(c *compiler) *node {
	return &node{op: whiteOp, value: k.Noise, at: c.place(k.Bounds)}
}

func (k RBF) compile(c *compiler) *node {
	return c.stationary(squaredExponential, k, k.Dims, k.LengthScale, k.Bounds)
}

func (k Matern) compile(c *compiler) *node {
	s := matern32
	switch k.Nu {
	case 0.5:
		s = matern12
	case 2.5:
		s = matern52
	}
	return c.stationary(s, k, k.Dims, k.LengthScale, k.Bounds)
}

func (k RationalQuadratic) compile(c *compiler) *node {
	at := c.place(k.AlphaBounds)
	n := c.stationary(rational, k, k.Dims, k.LengthScale, k.Bounds)
	n.leaf.alpha, n.leaf.at = positiveOr(k.Alpha, 1), at
	return n
}

func (k Periodic) compile(c *compiler) *node {
	n := c.stationary(squaredExponential, k, k.Dims, k.LengthScale, k.Bounds)
	n.leaf.period, n.leaf.periodAt = c.places(k.Period, n.leaf.dims, k.PeriodBounds)
	return n
}

func (k Linear) compile(c *compiler) *node {
	l := &leaf{shape: inner, sigma0: k.Sigma0, at: c.place(k.Bounds)}
	l.dims, _ = active(k, k.Dims, c.features)
	return &node{op: leafOp, leaf: l}
}

func (k Sum) compile(c *compiler) *node {
	a := k.A.compile(c)
	return &node{op: sumOp, a: a, b: k.B.compile(c)}
}

func (k Product) compile(c *compiler) *node {
	a := k.A.compile(c)
	return &node{op: productOp, a: a, b: k.B.compile(c)}
}

// compiled is a kernel ready for evaluation.
type compiled struct {
	tree       *node
	root       *expr // off the diagonal, or without White terms; nil means zero
	leaves     []*leaf
	parameters int // free ones
	noisy      bool
	varying    bool // the diagonal differs from point to point
}

func compileKernel(k Kernel, features int) *compiled {
	c := &compiler{features: features}
	out := &compiled{tree: k.compile(c)}
	out.parameters = c.next
	out.root = normalize(out.tree)
	out.tree.walk(func(n *node) {
		out.noisy = out.noisy || n.op == whiteOp
		out.varying = out.varying || n.op == leafOp && n.leaf.shape == inner
	})
	out.leaves = out.root.leaves(nil)
	if out.root != nil {
		out.root.push(1)
	}
	return out
}

func (n *node) walk(visit func(*node)) {
	visit(n)
	if n.a != nil {
		n.a.walk(visit)
		n.b.walk(visit)
	}
}

// at returns the kernel of the point x with itself, White terms included or not.
func (n *node) onDiagonal(x []float64, white bool) float64 {
	switch n.op {
	case constantOp:
		return n.value
	case whiteOp:
		if white {
			return n.value
		}
		return 0
	case sumOp:
		return n.a.onDiagonal(x, white) + n.b.onDiagonal(x, white)
	case productOp:
		return n.a.onDiagonal(x, white) * n.b.onDiagonal(x, white)
	}
	if n.leaf.shape != inner {
		return 1
	}
	sum := n.leaf.sigma0 * n.leaf.sigma0
	for _, q := range n.leaf.dims {
		sum += x[q] * x[q]
	}
	return sum
}

// addDiagonalGradient adds weight times the derivative of onDiagonal by theta to dst.
func (n *node) addDiagonalGradient(dst, x []float64, white bool, weight float64) {
	switch n.op {
	case sumOp:
		n.a.addDiagonalGradient(dst, x, white, weight)
		n.b.addDiagonalGradient(dst, x, white, weight)
	case productOp:
		n.a.addDiagonalGradient(dst, x, white, weight*n.b.onDiagonal(x, white))
		n.b.addDiagonalGradient(dst, x, white, weight*n.a.onDiagonal(x, white))
	case leafOp:
		if n.leaf.shape == inner && n.leaf.at >= 0 {
			dst[n.leaf.at] += weight * 2 * n.leaf.sigma0 * n.leaf.sigma0
		}
	case constantOp, whiteOp:
		if n.at >= 0 && (n.op == constantOp || white) {
			dst[n.at] += weight * n.value
		}
	}
}

// spread calls set for every point with a value of the kernel on the diagonal.
func (c *compiled) spread(dst []float64, x points, value func(row []float64) float64) {
	row := make([]float64, x.d)
	if !c.varying {
		v := value(row)
		for i := range dst {
			dst[i] = v
		}
		return
	}
	for i := range dst {
		x.row(i, row)
		dst[i] = value(row)
	}
}

// diagonal writes the diagonal of K to dst.
func (c *compiled) diagonal(dst []float64, x points) {
	c.spread(dst, x, func(row []float64) float64 { return c.tree.onDiagonal(row, false) })
}

// white writes what White terms add to the diagonal to dst.
func (c *compiled) white(dst []float64, x points) {
	if !c.noisy {
		clear(dst)
		return
	}
	c.spread(dst, x, func(row []float64) float64 {
		return c.tree.onDiagonal(row, true) - c.tree.onDiagonal(row, false)
	})
}

// addWhiteGradient adds the sum over i of weight_i times the derivative of white_i to dst.
func (c *compiled) addWhiteGradient(dst []float64, x points, weight func(i int) float64) {
	if !c.noisy {
		return
	}
	row := make([]float64, x.d)
	total := 0.0
	for i := range x.n {
		w := weight(i)
		if !c.varying {
			total += w
			continue
		}
		x.row(i, row)
		c.tree.addDiagonalGradient(dst, row, true, w)
		c.tree.addDiagonalGradient(dst, row, false, -w)
	}
	if !c.varying {
		c.tree.addDiagonalGradient(dst, row, true, total)
		c.tree.addDiagonalGradient(dst, row, false, -total)
	}
}

// sigma0Squared is the constant of an inner product.
func (l *leaf) sigma0Squared() float64 { return l.sigma0 * l.sigma0 }

// circle returns the two features of period p at x.
func circle(x, p float64) (cos, sin float64) {
	sin, cos = math.Sincos(2 * math.Pi * math.Mod(x, p) / p)
	return cos, sin
}
