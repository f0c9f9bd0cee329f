package lowrank

import (
	"context"
	"errors"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// errorSamples is the number of random vectors behind a sampled error.
const errorSamples = 12

// vanishing is a sum of squares below which float64 has no room for the digits of its terms. Above, 10^9 terms that are
// rounded to multiples of 2^-1074 change it by 3e-14.
const vanishing = 0x1p-1000

// estimateError fills in the Frobenius error and norm of f, in multiples of c.unit like f.S. If the matrix knows its norm,
// |A|^2 - |S|^2 is the squared error of a projection, as long as rounding leaves it any digits; otherwise it is sampled.
func (c *job[T]) estimateError(ctx context.Context, f *Factors[T]) error {
	if known, err := c.identityError(ctx, f); known || err != nil {
		return err
	}
	return c.sampleError(ctx, f)
}

// identityError fills in the error from |A|^2 - |S|^2, and reports whether that can be had.
func (c *job[T]) identityError(ctx context.Context, f *Factors[T]) (known bool, err error) {
	a, ok := c.a.(Normed)
	if !ok {
		return false, nil
	}
	total, err := a.SquaredNorm(ctx)
	if errors.Is(err, core.ErrNumerical) { // overflow: the samples are scaled
		total = math.Inf(1)
	} else if err != nil {
		return false, err
	}
	explained := 0.0
	for _, s := range f.S {
		explained += s * s
	}
	if total < vanishing && explained > 0 {
		return false, nil
	}
	total /= c.unit * c.unit
	rest := total - explained
	if !(rest > cancelled[T]()*total && !math.IsInf(rest, 1) || total == 0 && explained == 0) {
		return false, nil
	}
	f.ErrorMethod = "identity"
	f.setError(max(0, rest), total)
	return true, nil
}

// sampleError fills in the Frobenius error of f, in multiples of c.unit: the residual is multiplied with random vectors
// (Girard and Hutchinson), which takes one narrow pass and has a standard deviation of about sqrt(2 / errorSamples) of
// the square.
func (c *job[T]) sampleError(ctx context.Context, f *Factors[T]) error {
	explained := 0.0
	for _, s := range f.S {
		explained += s * s
	}
	omega := errorProbes[T](c.n, c.o.Seed)
	if f.U.Cols == 0 {
		removeAlong(omega, f.V) // then what A makes of it is the residual
	}
	y := core.NewMatrix[T](c.m, omega.Cols)
	if err := c.mul(ctx, y, omega); err != nil {
		return err
	}
	small := make([]float64, len(f.S)*omega.Cols)
	for i := range omega.Rows {
		for j, v := range f.V.Row(i) {
			for t, w := range omega.Row(i) {
				small[j*omega.Cols+t] += f.S[j] * float64(v) * float64(w)
			}
		}
	}
	rest := 0.0
	line := make([]float64, omega.Cols)
	for i := range y.Rows {
		for t, v := range y.Row(i) {
			line[t] = float64(v)
		}
		for j, u := range f.U.Row(i) {
			for t := range line {
				line[t] -= float64(u) * small[j*omega.Cols+t]
			}
		}
		for _, v := range line {
			rest += v * v / float64(len(line))
		}
	}
	f.ErrorMethod = "sampled"
	f.setError(rest, rest+explained)
	return nil
}

// removeAlong subtracts from the columns of x what lies in the span of the orthonormal columns of v.
func removeAlong[T core.Float](x, v core.Matrix[T]) {
	along := make([]float64, v.Cols*x.Cols)
	for i := range x.Rows {
		for j, a := range v.Row(i) {
			for t, b := range x.Row(i) {
				along[j*x.Cols+t] += float64(a) * float64(b)
			}
		}
	}
	for i := range x.Rows {
		row := x.Row(i)
		for t, b := range row {
			rest := float64(b)
			for j, a := range v.Row(i) {
				rest -= float64(a) * along[j*x.Cols+t]
			}
			row[t] = T(rest)
		}
	}
}

// errorProbes returns vectors x as columns such that the mean of |R x|^2 estimates |R|^2: random ones, or where there are
// no more dimensions all unit vectors times sqrt(n), whose mean is exact.
func errorProbes[T core.Float](n int, seed uint64) core.Matrix[T] {
	x := core.NewMatrix[T](n, min(errorSamples, n))
	if n > errorSamples {
		gaussian(x, seed, streamError)
		return x
	}
	for i := range n {
		x.Row(i)[i] = T(math.Sqrt(float64(n)))
	}
	return x
}

// setError fills in the error and the norm from their squares.
func (f *Factors[T]) setError(rest, total float64) {
	f.Error, f.Norm = math.Sqrt(rest), math.Sqrt(total)
	if total > 0 {
		f.RelativeError = f.Error / f.Norm
	}
}

// cancelled is the fraction of |A|^2 below which |A|^2 - |S|^2 is mostly rounding.
func cancelled[T core.Float]() float64 { return 50 * core.Epsilon[T]() }
