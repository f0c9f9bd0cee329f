package lowrank

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Norms of [Norm].
const (
	Spectral  = "spectral"  // the largest singular value
	Frobenius = "frobenius" // the root of the sum of squares of the elements
)

const (
	normBlock = 8    // columns of the Krylov blocks behind the spectral norm
	normTol   = 1e-8 // how settled its square is, relative to the next one
)

// Norm returns a norm of a (m x n): [Spectral] or [Frobenius].
//
// The spectral norm comes from block Krylov iteration and never exceeds the truth but for rounding. Its Error is the
// residual |A v - s u|, within which there is a singular value; where the largest ones are not equal but for that, Value
// is closer to the norm by far. Products is not limited by o.
//
// The Frobenius norm is exact, with Error 0, if a is [Normed] and its square neither overflows nor vanishes. Otherwise it is the root of
// the trace of A^T A, see [Trace], from o.Products products with A and A^T.
//
// Errors are those of [SVD], and one wrapping [core.ErrOption] for an unknown kind.
func Norm[T core.Float](ctx context.Context, a Operator[T], kind string, o *ProbeOptions) (*Estimate, error) {
	if o == nil {
		o = &ProbeOptions{}
	}
	switch kind {
	case Spectral:
		return spectralNorm(ctx, a, o)
	case Frobenius:
		return frobeniusNorm(ctx, a, o)
	}
	return nil, fmt.Errorf("lowrank: %w: a norm is %q or %q, got %q", core.ErrOption, Spectral, Frobenius, kind)
}

func spectralNorm[T core.Float](ctx context.Context, a Operator[T], o *ProbeOptions) (*Estimate, error) {
	f, err := SVD(ctx, a, &Options{Rank: 1, Oversample: normBlock - 1, Method: Krylov, Tol: normTol,
		Seed: o.Seed, Threads: o.Threads, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	e := &Estimate{Value: f.S[0], Products: f.Columns + 1, Seed: o.Seed}
	y := core.NewMatrix[T](f.U.Rows, 1)
	if err := a.Mul(ctx, y, f.V); err != nil {
		return nil, err
	}
	if e.Value > 0 {
		sum := 0.0
		for i, v := range y.Data {
			d := float64(v)/e.Value - float64(f.U.Row(i)[0])
			sum += d * d
		}
		e.Error = e.Value * math.Sqrt(sum)
	}
	return e, nil
}

func frobeniusNorm[T core.Float](ctx context.Context, a Operator[T], o *ProbeOptions) (*Estimate, error) {
	if known, ok := a.(Normed); ok {
		square, err := known.SquaredNorm(ctx)
		if err == nil && square >= vanishing {
			return &Estimate{Value: math.Sqrt(square), Seed: o.Seed}, nil
		}
		if err != nil && !errors.Is(err, core.ErrNumerical) { // products are scaled
			return nil, err
		}
	}
	products, err := o.products()
	if err != nil {
		return nil, err
	}
	c, err := newJob(a, &Options{Seed: o.Seed, Threads: o.Threads, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	square, err := Trace[T](ctx, normal[T]{c}, &ProbeOptions{Products: max(4, products/2), PSD: true, Seed: o.Seed, Threads: o.Threads})
	if err != nil {
		return nil, err
	}
	e := &Estimate{Value: math.Sqrt(max(0, square.Value)), Products: c.columns, Seed: o.Seed}
	if e.Value > 0 {
		e.Error = square.Error / (2 * e.Value) * c.unit
	}
	e.Value *= c.unit
	return e, nil
}

// normal is A^T A in multiples of the square of the unit of a job.
type normal[T core.Float] struct{ c *job[T] }

func (a normal[T]) Dims() (rows, cols int) { return a.c.n, a.c.n }

func (a normal[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	y := core.NewMatrix[T](a.c.m, x.Cols)
	if err := a.c.mul(ctx, y, x); err != nil {
		return err
	}
	return a.c.mulTrans(ctx, dst, y)
}

func (a normal[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	return a.Mul(ctx, dst, x)
}
