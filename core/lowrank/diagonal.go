package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// DiagonalEstimate is the diagonal of a matrix, found from random products.
type DiagonalEstimate struct {
	Values   []float64 // n
	Errors   []float64 // n: standard error of each value, as in [Estimate]
	Products int       // products of A or A^T with a vector
	Seed     uint64
}

// Diagonal estimates the diagonal of the square a (n x n): half of the products, A x, find a basis Q of the large part of
// its range, the other half, A^T x or with PSD again A x, give the diagonal of Q Q^T A, and the random vectors, each left
// out of the basis in turn, measure the rest (XDiag). Limits, costs and errors are those of [Trace]; with PSD it is enough
// that A is symmetric, which is not checked.
func Diagonal[T core.Float](ctx context.Context, a Operator[T], o *ProbeOptions) (*DiagonalEstimate, error) {
	c, products, err := newProbes(a, o)
	if err != nil {
		return nil, err
	}
	d := &DiagonalEstimate{Errors: make([]float64, c.n), Seed: c.o.Seed}
	if c.n <= max(products, probeExact) {
		d.Values, err = c.wholeDiagonal(ctx)
	} else {
		d.Values = make([]float64, c.n)
		back := c.mulTrans
		if o != nil && o.PSD {
			back = c.mul
		}
		err = c.diagonal(ctx, d, products/2, back)
	}
	if err != nil {
		return nil, err
	}
	for i := range d.Values {
		d.Values[i] *= c.unit
		d.Errors[i] *= c.unit
	}
	d.Products = c.columns
	return d, nil
}

// diagonal is XDiag with l vectors of signs. With Z = A^T Q and P_j the projection on the basis without column j, what P_j
// leaves of A omega_j = Q r_j is Q s_j (s_j^T r_j), and an estimate is diag(Q Z^T) - Q s_j o Z s_j + omega_j o that rest.
func (c *job[T]) diagonal(ctx context.Context, d *DiagonalEstimate, l int,
	back func(ctx context.Context, dst, x core.Matrix[T]) error) error {

	c.most = 2
	omega, y, z := core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l)
	signs(omega, c.o.Seed, streamTest)
	if err := c.mul(ctx, y, omega); err != nil {
		return err
	}
	q, r, s, whole, err := c.basisOf(ctx, y)
	if err != nil {
		return err
	}
	if err := back(ctx, z, q); err != nil {
		return err
	}
	for i := range d.Values {
		row := z.Row(i)
		for p, v := range q.Row(i) {
			d.Values[i] += float64(v) * float64(row[p])
		}
	}
	if whole {
		least := c.lost(y) / math.Sqrt(float64(c.n))
		for i := range d.Errors {
			d.Errors[i] = least
		}
		return nil
	}
	along, mix := make([]float64, l), make([]float64, l*l)
	for j := range l {
		for i, v := range s.Row(j) {
			mix[i*l+j] = v
			along[j] += v * r[i*l+j]
		}
	}
	if err := linalg.MulRight(ctx, c.o.Threads, q, q, mix, l, l); err != nil {
		return err
	}
	if err := linalg.MulRight(ctx, c.o.Threads, z, z, mix, l, l); err != nil {
		return err
	}
	changes := make([]float64, l)
	for i := range d.Values {
		left, right, sign := q.Row(i), z.Row(i), omega.Row(i)
		for j := range changes {
			changes[j] = float64(left[j]) * (float64(sign[j])*along[j] - float64(right[j]))
		}
		mean, deviation := meanAndError(changes)
		d.Values[i] += mean
		d.Errors[i] = deviation
	}
	return nil
}

// signs fills x with random signs, those of a row from a stream of its own.
func signs[T core.Float](x core.Matrix[T], seed, purpose uint64) {
	for i := range x.Rows {
		draw := rng.At(seed, purpose, uint64(i))
		row := x.Row(i)
		var bits uint64
		for j := range row {
			if j%64 == 0 {
				bits = draw.Uint64()
			}
			row[j] = T(2*int64(bits>>(j%64)&1) - 1)
		}
	}
}
