package lowrank

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// Range is an orthonormal basis of nearly all of the range of a matrix, with what is known about the rest.
type Range[T core.Float] struct {
	Q core.Matrix[T] // m x l, orthonormal columns

	Error         float64 // estimate of the Frobenius norm of A - Q Q^T A
	RelativeError float64 // Error divided by the Frobenius norm of A, both estimated alike
	ErrorMethod   string  // "leave-one-out": from the products that made Q; "sampled": from fresh random vectors
	Passes        int     // multiplications of A or A^T with a block
	Columns       int     // columns of all these blocks together
	Seed          uint64
	Seconds       float64
}

const (
	rangePasses = 3    // multiplications for a basis: one power step
	leastSine   = 1e-3 // squared sine of two directions below which rounding would decide what lies between them
)

// RangeFinder returns an orthonormal basis Q of l = k + p columns, k = o.Rank and p = o.Oversample, such that Q Q^T A is
// close to A: the range of (A A^T)^q A Omega. Of o.MaxPasses multiplications, 3 by default, q takes two each. o.Rank must
// be at least 1; o.Tol and o.Method are not used.
//
// The error costs no multiplication: column j of A Omega is a fresh sample for the basis that the other columns span. The
// mean over j estimates the squared error of a basis of l - 1 columns without bias, that over pairs the one of l - 2
// columns, and the two are continued to l; at l = 60 the result is within 10 % of the error nearly always. Where Q holds
// all of the range up to rounding, a narrow pass with fresh vectors says so instead.
//
// Takes O(m n l) operations per pass and O((m + n) l) memory. Errors are those of [SVD].
func RangeFinder[T core.Float](ctx context.Context, a Operator[T], o *Options) (*Range[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	l, err := c.width()
	if err != nil {
		return nil, err
	}
	c.most = rangePasses
	if c.o.MaxPasses > 0 {
		c.most = c.o.MaxPasses
	}
	f, err := c.sample(ctx, l)
	if err != nil {
		return nil, err
	}
	r := &Range[T]{Q: f.y, Seed: c.o.Seed}
	if err := c.rangeError(ctx, r, f); err != nil {
		return nil, err
	}
	r.Error *= c.unit
	r.Passes, r.Columns, r.Seconds = c.passes, c.columns, time.Since(c.began).Seconds()
	return r, nil
}

// powers is (A A^T)^q A Omega = y R with R = r[q] ... r[0], and the first product A Omega.
type powers[T core.Float] struct {
	first core.Matrix[T] // m x l
	y     core.Matrix[T] // m x l, orthonormal
	r     [][]float64    // the factors, l x l each; nil where a product was short of rank
}

// sample multiplies a Gaussian block with A, and then with A^T and A as often as c.most allows.
func (c *job[T]) sample(ctx context.Context, l int) (*powers[T], error) {
	f := &powers[T]{y: core.NewMatrix[T](c.m, l)}
	x := core.NewMatrix[T](c.n, l)
	gaussian(x, c.o.Seed, streamTest)
	if err := c.mul(ctx, f.y, x); err != nil {
		return nil, err
	}
	f.first = copied(f.y)
	short := false
	orthonormalize := func(y core.Matrix[T]) error {
		r := make([]float64, l*l)
		rank, err := linalg.Orthonormalize(ctx, c.o.Threads, y, r, c.o.Seed+uint64(len(f.r)))
		f.r, short = append(f.r, r), short || rank < l
		return err
	}
	if err := orthonormalize(f.y); err != nil {
		return nil, err
	}
	for c.passes+2 <= c.most {
		if err := c.mulTrans(ctx, x, f.y); err != nil {
			return nil, err
		}
		if err := orthonormalize(x); err != nil {
			return nil, err
		}
		if err := c.mul(ctx, f.y, x); err != nil {
			return nil, err
		}
		if err := orthonormalize(f.y); err != nil {
			return nil, err
		}
	}
	if short {
		f.r = nil
	}
	return f, nil
}

// rangeError fills in the error of r, in multiples of c.unit. With s_j the unit vector along R^-T e_j, which is orthogonal
// to all columns of R but column j, the basis without column j is Q (I - s_j s_j^T) Q^T, and what it leaves of y_j, column
// j of the first product, has the square |y_j - Q Q^T y_j|^2 + (s_j^T Q^T y_j)^2. Without column i too it leaves more: the
// square of the component along what s_i has orthogonal to s_j.
func (c *job[T]) rangeError(ctx context.Context, r *Range[T], f *powers[T]) error {
	l := r.Q.Cols
	if f.r == nil || l == min(c.m, c.n) {
		return c.sampleRangeError(ctx, r)
	}
	s, err := f.leftOut(ctx, c.o.Threads)
	if err != nil {
		return err
	}
	total := squares(f.first)
	h := make([]float64, l*l)
	if err := c.removeRange(ctx, r.Q, f.first, h); err != nil {
		return err
	}
	rest := squares(f.first)
	along, cosines := make([]float64, l*l), make([]float64, l*l) // s_i^T Q^T y_j, s_i^T s_j
	blas.Gemm(c.o.Threads, false, false, l, l, l, 1, s.Data, s.Stride, h, l, 0, along, l)
	blas.Gemm(c.o.Threads, false, true, l, l, l, 1, s.Data, s.Stride, s.Data, s.Stride, 0, cosines, l)
	one, more := rest, 0.0
	for j := range l {
		one += along[j*l+j] * along[j*l+j]
	}
	for i := range l {
		for j := range l {
			if sine := 1 - cosines[i*l+j]*cosines[i*l+j]; sine > leastSine {
				v := along[i*l+j] - cosines[i*l+j]*along[j*l+j]
				more += v * v / sine
			}
		}
	}
	r.ErrorMethod = "leave-one-out"
	if one > 0 {
		one *= max(rest/one, one/(one+more/float64(l-1)))
	}
	r.Error = math.Sqrt(one / float64(l))
	if total > 0 {
		r.RelativeError = math.Sqrt(one / total)
	}
	return nil
}

// sampleRangeError estimates the error from fresh random vectors.
func (c *job[T]) sampleRangeError(ctx context.Context, r *Range[T]) error {
	x := errorProbes[T](c.n, c.o.Seed)
	y := core.NewMatrix[T](c.m, x.Cols)
	if err := c.mul(ctx, y, x); err != nil {
		return err
	}
	total := squares(y)
	if err := c.removeRange(ctx, r.Q, y, make([]float64, r.Q.Cols*y.Cols)); err != nil {
		return err
	}
	rest := squares(y)
	r.ErrorMethod, r.Error = "sampled", math.Sqrt(rest/float64(y.Cols))
	if total > 0 {
		r.RelativeError = math.Sqrt(rest / total)
	}
	return nil
}

// removeRange subtracts Q Q^T y from y and leaves Q^T y in h.
func (c *job[T]) removeRange(ctx context.Context, q, y core.Matrix[T], h []float64) error {
	if err := linalg.Cross(ctx, c.o.Threads, q, y, h); err != nil {
		return err
	}
	return linalg.SubMulRight(ctx, c.o.Threads, y, q, h, q.Cols, y.Cols)
}

// leftOut returns the unit vectors s_j along R^-T e_j as rows: those of R^-1 = r[0]^-1 ... r[q]^-1, brought back to length
// 1 after every factor.
func (f *powers[T]) leftOut(ctx context.Context, threads int) (core.Matrix[float64], error) {
	l := f.y.Cols
	s, moved := core.NewMatrix[float64](l, l), core.NewMatrix[float64](l, l)
	for i := range l {
		s.Row(i)[i] = 1
	}
	for _, r := range f.r {
		upper, place := triangular(r, l)
		for j, at := range place {
			for i := range l {
				moved.Row(i)[at] = s.Row(i)[j]
			}
		}
		s, moved = moved, s
		if err := linalg.SolveRight(ctx, threads, s, upper); err != nil {
			return s, err
		}
		for i := range l {
			row := s.Row(i)
			length := math.Sqrt(sumSquares(core.Matrix[float64]{Data: row, Rows: 1, Cols: l, Stride: l}, nil))
			for j := range row {
				row[j] /= length
			}
		}
	}
	return s, nil
}

// squares returns the sum of squares of x.
func squares[T core.Float](x core.Matrix[T]) float64 { return sumSquares(x, nil) }
