package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// residualBasis keeps the residuals of conjugate gradients, each column's apart, divided so that u_i . P^-1 u_j is 1 for
// i = j. It would be 0 otherwise but for rounding, and orthogonalize sees to it that it is.
type residualBasis struct {
	whole   [][][]float64  // of each column of b, where vectors are float64
	low     [][]halfVector // and where they are of fewer digits
	scratch [][]float64    // per worker: a residual, what P^-1 makes of it, and a kept one
}

func newResidualBasis(p *solve) *residualBasis {
	b := &residualBasis{whole: make([][][]float64, p.t), low: make([][]halfVector, p.t),
		scratch: make([][]float64, par.Threads(p.threads))}
	for w := range b.scratch {
		b.scratch[w] = make([]float64, 3*p.n)
	}
	return b
}

// remember appends the current residuals.
func (c *conjugate) remember(ctx context.Context) error {
	if c.basis == nil {
		return nil
	}
	root := math.Sqrt(float64(c.p.n))
	return par.For(ctx, c.p.threads, len(c.place), func(worker, i int) {
		j := c.place[i]
		by := 1 / math.Sqrt(max(c.gamma[i], math.SmallestNonzeroFloat64))
		if c.low == nil {
			u := make([]float64, c.p.n)
			for row := range u {
				u[row] = c.r.Row(row)[i] * by
			}
			c.basis.whole[j] = append(c.basis.whole[j], u)
			return
		}
		u := c.basis.scratch[worker][:c.p.n]
		for row := range u {
			u[row] = c.low.format.round(c.r.Row(row)[i] * by * root) // of size 1, in the middle of the format's range
		}
		c.basis.low[j] = append(c.basis.low[j], c.low.format.packAll(u))
	})
}

// orthogonalize takes the parts along all earlier residuals, in the inner product of P^-1, from the new ones: twice, since
// one sweep leaves what it removed times the rounding of a large coefficient.
func (c *conjugate) orthogonalize(ctx context.Context) error {
	if c.basis == nil {
		return nil
	}
	n := c.p.n
	for range 2 {
		if err := c.precondition(ctx); err != nil {
			return err
		}
		err := par.For(ctx, c.p.threads, len(c.place), func(worker, i int) {
			s, j := c.basis.scratch[worker], c.place[i]
			r, z, u := s[:n], s[n:2*n], s[2*n:]
			for row := range r {
				r[row], z[row] = c.r.Row(row)[i], c.z.Row(row)[i]
			}
			for _, u := range c.basis.whole[j] {
				blas.Axpy(-blas.Dot(u, z), u, r)
			}
			for _, v := range c.basis.low[j] {
				c.low.format.unpackAll(u, v)
				blas.Axpy(-blas.Dot(u, z)/float64(n), u, r)
			}
			for row, v := range r {
				c.r.Row(row)[i] = v
			}
		})
		if err != nil {
			return err
		}
		if err := c.low.round(c.r); err != nil {
			return err
		}
	}
	return nil
}
