package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

const nystromPasses = 2 // multiplications: one power step

// Nystrom returns an approximation of rank o.Rank to the positive semidefinite a (n x n), which is only asked for
// products A x: with Y = A X for an orthonormal X of l = k + p columns, the k leading eigenpairs of
// Y (X^T Y)^+ Y^T. What is left of A is positive semidefinite again. Of o.MaxPasses multiplications, 2 by default, all
// but the last improve X. o.Tol and o.Method are not used. O(n^2 l) operations per pass and O(n l) memory.
//
// A shift of A by the size of its rounding keeps the small system definite and is taken back from the eigenvalues, of
// which those below it come out as 0. The error is sampled, in one narrow pass.
//
// A matrix that shows to be indefinite beyond rounding gives an error wrapping [core.ErrNumerical], one that is not
// symmetric an error wrapping [core.ErrShape]; other errors are those of [SVD].
func Nystrom[T core.Float](ctx context.Context, a Operator[T], o *Options) (*Eigen[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	l, err := c.symmetricWidth()
	if err != nil {
		return nil, err
	}
	c.most = nystromPasses
	if c.o.MaxPasses > 0 {
		c.most = c.o.MaxPasses
	}
	x, y := core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l)
	gaussian(x, c.o.Seed, streamTest)
	h := make([]float64, l*l)
	for pass := range c.most {
		if pass > 0 {
			x, y = y, x
		}
		if _, err := linalg.Orthonormalize(ctx, c.o.Threads, x, nil, c.o.Seed+uint64(pass)); err != nil {
			return nil, err
		}
		if err := c.mul(ctx, y, x); err != nil {
			return nil, err
		}
		if err := linalg.Cross(ctx, c.o.Threads, x, y, h); err != nil {
			return nil, err
		}
		if err := checkSymmetric(h, l, y); err != nil {
			return nil, err
		}
	}
	f := &Eigen[T]{Converged: true}
	if f.V, f.Values, err = c.compress(ctx, x, y, h); err != nil {
		return nil, err
	}
	return f, c.finishEigen(ctx, f, c.sampleError)
}

// indefinite is how negative, relative to rounding, the eigenvalues of a positive semidefinite matrix may come out.
const indefinite = 10

// compress returns the leading eigenpairs of Y H^-1 Y^T, H = X^T Y, through B = Y C^-1 with H = C^T C. y and h are
// overwritten.
func (c *job[T]) compress(ctx context.Context, x, y core.Matrix[T], h []float64) (v core.Matrix[T], values []float64, err error) {
	l, k, threads := x.Cols, c.o.Rank, c.o.Threads
	size := math.Sqrt(squares(y))
	if size == 0 {
		return copied(columns(x, 0, k)), make([]float64, k), nil
	}
	for i := range l {
		for j := range i {
			h[i*l+j] = (h[i*l+j] + h[j*l+i]) / 2
			h[j*l+i] = h[i*l+j]
		}
	}
	spectrum, own := make([]float64, l), append([]float64(nil), h...)
	if err = linalg.EigenSym(ctx, own, l, spectrum); err != nil {
		return v, nil, err
	}
	shift, least := core.Epsilon[T]()*size, spectrum[l-1]
	if least < -indefinite*shift {
		return v, nil, fmt.Errorf("lowrank: %w: A is not positive semidefinite: x^T A x = %.3g for a unit vector x; an eigendecomposition takes indefinite matrices",
			core.ErrNumerical, least*c.unit)
	}
	shift += max(0, -least)
	root := make([]float64, l*l)
	for {
		copy(root, h)
		for i := range l {
			root[i*l+i] += shift
		}
		if linalg.Cholesky(root, l) {
			break
		}
		if shift *= 2; !(shift < size) {
			return v, nil, fmt.Errorf("lowrank: %w: the products with A are not finite", core.ErrNumerical)
		}
	}
	transpose(root, l)
	for i := range y.Rows {
		row := y.Row(i)
		for j, w := range x.Row(i) {
			row[j] = T(float64(row[j]) + shift*float64(w))
		}
	}
	if err = linalg.SolveRight(ctx, threads, y, root); err != nil {
		return v, nil, err
	}
	r := make([]float64, l*l)
	if _, err = linalg.Orthonormalize(ctx, threads, y, r, c.o.Seed); err != nil {
		return v, nil, err
	}
	left, s, _, err := linalg.SVD(ctx, r, l, l)
	if err != nil {
		return v, nil, err
	}
	values, mix := make([]float64, k), make([]float64, l*k)
	for j := range k {
		values[j] = max(0, s[j]*s[j]-shift)
		for i := range l {
			mix[i*k+j] = left[i*l+j]
		}
	}
	v = core.NewMatrix[T](c.n, k)
	return v, values, linalg.MulRight(ctx, threads, v, y, mix, l, k)
}
