package gp

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// functions are draws from the prior of f, each a sum of random features of its own with normal weights: the mean over
// draws of the product of two values is an unbiased estimate of their covariance. Features of different draws are
// independent, since few of those that are shared show where K has small eigenvalues.
//
// A feature of a stationary kernel is sqrt(2) cos(omega . z + phase) with omega from the kernel's spectral density: normal
// for RBF, normal divided by the root of a Gamma variable of mean 1 and shape nu for Matern, times the root of one of shape
// alpha for the rational quadratic. One of the linear kernel is a normal combination of 1 and x. One of a product is the
// product, and one of a sum the sum with random signs. Base random numbers depend on the seed alone, so that a function
// changes smoothly with most parameters.
//
// Source: A. Rahimi, B. Recht: Random features for large-scale kernel machines, NeurIPS, 2007.
type functions struct {
	count, features int
	seed            uint64
}

// defaultFeatures is how many random features a draw has.
const defaultFeatures = 2000

func newFunctions(count, features int, seed uint64) *functions {
	return &functions{count, features, seed}
}

// featureTile is how many points, and featureBlock how many features, are worked on at a time.
const (
	featureTile  = 1024
	featureBlock = 64
)

// evaluate writes draw j at point i to element (i, j) of dst. Takes n draws features (2 d + 10) operations.
func (f *functions) evaluate(ctx context.Context, dst core.Matrix[float64], c *compiled, x points, threads int) error {
	tiles := par.Tiles(x.n, featureTile)
	batches := make([]*featureBatch, par.Threads(threads))
	return par.For(ctx, threads, tiles*f.count, func(worker, task int) {
		if batches[worker] == nil {
			batches[worker] = &featureBatch{}
		}
		b := batches[worker]
		j, t := task/tiles, task%tiles
		lo, hi := par.Span(t, x.n, featureTile)
		b.use(x, lo, hi)
		sum := make([]float64, b.n)
		for first := 0; first < f.features; first += featureBlock {
			b.count = min(featureBlock, f.features-first)
			b.draw = rng.New(f.seed, streamFunctions, uint64(j), uint64(first))
			values := b.block(0)
			scale := b.value(values, c.tree, 1)
			for k := range b.count {
				blas.Axpy(scale*b.draw.NormFloat64(), values[k*b.n:(k+1)*b.n], sum)
			}
		}
		scale := 1 / math.Sqrt(float64(f.features))
		for i, v := range sum {
			dst.Row(lo + i)[j] = v * scale
		}
	})
}

// featureBatch evaluates some features at some points. Results are count x n.
type featureBatch struct {
	rows     []float64 // n x d
	n, d     int
	count    int
	draw     *rand.Rand
	omega    []float64           // count x (width + 1): frequencies and phases
	extended map[*leaf][]float64 // n x (width + 1): what waves run over, and 1
	blocks   [][]float64         // scratch, by the depth in the expression
}

// use makes the points [lo, hi) of x those of the batch.
func (b *featureBatch) use(x points, lo, hi int) {
	b.n, b.d, b.extended = hi-lo, x.d, map[*leaf][]float64{}
	b.rows = sized(b.rows, b.n*b.d)
	for i := lo; i < hi; i++ {
		x.row(i, b.rows[(i-lo)*x.d:(i-lo+1)*x.d])
	}
}

// block returns count x n numbers of scratch.
func (b *featureBatch) block(depth int) []float64 {
	for depth >= len(b.blocks) {
		b.blocks = append(b.blocks, nil)
	}
	b.blocks[depth] = sized(b.blocks[depth], b.count*b.n)
	return b.blocks[depth]
}

// value writes random features of the expression, without white noise, to dst, and returns the factor by which they are to be
// multiplied. It draws in an order that depends on the shape of the expression alone. Scratch is free from the given depth on.
func (b *featureBatch) value(dst []float64, n *node, depth int) float64 {
	switch n.op {
	case constantOp:
		for i := range dst {
			dst[i] = 1
		}
		return math.Sqrt(n.value)
	case whiteOp:
		clear(dst)
		return 1
	case leafOp:
		if n.leaf.shape == inner {
			b.linear(dst, n.leaf)
			return 1
		}
		b.waves(dst, n.leaf)
		return math.Sqrt2
	}
	if n.op == productOp {
		switch {
		case n.a.op == constantOp:
			return math.Sqrt(n.a.value) * b.value(dst, n.b, depth)
		case n.b.op == constantOp:
			return math.Sqrt(n.b.value) * b.value(dst, n.a, depth)
		}
	}
	right := b.block(depth)
	scale := b.value(dst, n.a, depth+1)
	other := b.value(right, n.b, depth+1)
	if n.op == productOp {
		for i, v := range right {
			dst[i] *= v
		}
		return scale * other
	}
	for k := range b.count {
		sign := 1.0
		if b.draw.Uint64()&1 == 0 {
			sign = -1
		}
		blas.Axpy(sign*other/scale, right[k*b.n:(k+1)*b.n], dst[k*b.n:(k+1)*b.n])
	}
	return scale
}

func (b *featureBatch) linear(dst []float64, l *leaf) {
	for k := range b.count {
		row := dst[k*b.n : (k+1)*b.n]
		offset := l.sigma0 * b.draw.NormFloat64()
		for i := range row {
			row[i] = offset
		}
		for _, q := range l.dims {
			w := b.draw.NormFloat64()
			for i := range row {
				row[i] += w * b.rows[i*b.d+q]
			}
		}
	}
}

// waves are the features of a stationary kernel over the square root of 2. Phases are counted in turns.
func (b *featureBatch) waves(dst []float64, l *leaf) {
	width := l.width()
	b.omega = sized(b.omega, b.count*(width+1))
	for k := range b.count {
		row := b.omega[k*(width+1) : (k+1)*(width+1)]
		stretch := spectralStretch(l, b.draw) / (2 * math.Pi)
		for q := range width {
			row[q] = stretch * b.draw.NormFloat64()
		}
		row[width] = b.draw.Float64()
	}
	z := b.extended[l]
	if z == nil {
		z = make([]float64, 0, b.n*(width+1))
		for features := range slices.Chunk(scaled(l, b.rows, b.n, b.d, make([]float64, b.d)), width) {
			z = append(append(z, features...), 1)
		}
		b.extended[l] = z
	}
	blas.Gemm(1, false, true, b.count, b.n, width+1, 1, b.omega, width+1, z, width+1, 0, dst, b.n)
	vmath.CosTurns(dst, dst)
}

// spectralStretch draws the random scale of a frequency.
func spectralStretch(l *leaf, draw *rand.Rand) float64 {
	switch l.shape {
	case matern12:
		return 1 / math.Sqrt(rng.Gamma(draw, 0.5)/0.5)
	case matern32:
		return 1 / math.Sqrt(rng.Gamma(draw, 1.5)/1.5)
	case matern52:
		return 1 / math.Sqrt(rng.Gamma(draw, 2.5)/2.5)
	case rational:
		return math.Sqrt(rng.Gamma(draw, l.alpha) / l.alpha)
	}
	return 1
}
