package gp

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
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
	return par.For(ctx, threads, tiles*f.count, func(_, task int) {
		j, t := task/tiles, task%tiles
		lo, hi := par.Span(t, x.n, featureTile)
		rows := make([]float64, (hi-lo)*x.d)
		for i := lo; i < hi; i++ {
			x.row(i, rows[(i-lo)*x.d:(i-lo+1)*x.d])
		}
		sum := make([]float64, hi-lo)
		for first := 0; first < f.features; first += featureBlock {
			count := min(featureBlock, f.features-first)
			draw := rng.New(f.seed, streamFunctions, uint64(j), uint64(first))
			b := &featureBatch{rows: rows, n: hi - lo, d: x.d, count: count, draw: draw}
			values := b.value(c.tree)
			for k := range count {
				weight := draw.NormFloat64()
				blas.Axpy(weight, values[k*b.n:(k+1)*b.n], sum)
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
	combined []float64
}

// value returns random features of the expression, without white noise. It draws in an order that depends on the shape of the
// expression alone.
func (b *featureBatch) value(n *node) []float64 {
	switch n.op {
	case constantOp:
		out := make([]float64, b.count*b.n)
		for i := range out {
			out[i] = math.Sqrt(n.value)
		}
		return out
	case whiteOp:
		return make([]float64, b.count*b.n)
	case leafOp:
		if n.leaf.shape == inner {
			return b.linear(n.leaf)
		}
		return b.waves(n.leaf)
	}
	left, right := b.value(n.a), b.value(n.b)
	if n.op == productOp {
		for i, v := range right {
			left[i] *= v
		}
		return left
	}
	for k := range b.count {
		sign := 1.0
		if b.draw.Uint64()&1 == 0 {
			sign = -1
		}
		blas.Axpy(sign, right[k*b.n:(k+1)*b.n], left[k*b.n:(k+1)*b.n])
	}
	return left
}

func (b *featureBatch) linear(l *leaf) []float64 {
	out := make([]float64, b.count*b.n)
	for k := range b.count {
		row := out[k*b.n : (k+1)*b.n]
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
	return out
}

// waves are the features of a stationary kernel. Phases are counted in turns.
func (b *featureBatch) waves(l *leaf) []float64 {
	width := l.width()
	omega := make([]float64, b.count*width)
	out := make([]float64, b.count*b.n)
	for k := range b.count {
		stretch := spectralStretch(l, b.draw) / (2 * math.Pi)
		for q := range width {
			omega[k*width+q] = stretch * b.draw.NormFloat64()
		}
		phase := b.draw.Float64()
		for i := range b.n {
			out[k*b.n+i] = phase
		}
	}
	z := scaled(l, b.rows, b.n, b.d, make([]float64, b.d))
	blas.Gemm(1, false, true, b.count, b.n, width, 1, omega, width, z, width, 1, out, b.n)
	for i, turns := range out {
		out[i] = math.Sqrt2 * cosTurns(turns)
	}
	return out
}

// spectralStretch draws the random scale of a frequency.
func spectralStretch(l *leaf, draw *rand.Rand) float64 {
	switch l.shape {
	case matern12:
		return 1 / math.Sqrt(gammaDraw(0.5, draw)/0.5)
	case matern32:
		return 1 / math.Sqrt(gammaDraw(1.5, draw)/1.5)
	case matern52:
		return 1 / math.Sqrt(gammaDraw(2.5, draw)/2.5)
	case rational:
		return math.Sqrt(gammaDraw(l.alpha, draw) / l.alpha)
	}
	return 1
}

// gammaDraw returns a Gamma variable of the given shape and rate 1, by the method of G. Marsaglia and W. W. Tsang (A simple
// method for generating gamma variables, ACM TOMS, 2000). Shapes below 1 use the power of a uniform variable.
func gammaDraw(shape float64, draw *rand.Rand) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(1-draw.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := draw.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-draw.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return boost * max(d*v, math.SmallestNonzeroFloat64)
		}
	}
}

// cosTurns returns cos(2 pi t) to about 1e-9.
func cosTurns(t float64) float64 {
	t -= math.Floor(t + 0.5)
	// cos(2 pi t) = -sin(2 pi (|t| - 1/4)), an odd polynomial on [-1/4, 1/4].
	u := 4*math.Abs(t) - 1
	v := u * u
	return -u * (1.5707963267948966 + v*(-0.6459640975062462+v*(0.07969262624616704+v*(-0.004681754135318688+
		v*(0.00016044118478735982+v*(-3.598843235212085e-06+v*5.692172921967926e-08))))))
}
