package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// denseLaplace is K in memory with Cholesky factors. With D_k = diag(pi_k) for latent function k, or W itself where there is
// one, B_k = I + D_k^1/2 K D_k^1/2 = L_k L_k^T and E_k = D_k^1/2 B_k^-1 D_k^1/2 = (K + D_k^-1)^-1,
//
//	R = (K + W^-1)^-1 = diag(E_k) - (E_j (sum E)^-1 E_k),   |I + K W| = |sum E| prod |B_k|,
//
// of which one latent function leaves R = E. Memory is n^2 numbers for K and each B_k, and three times that for what softmax
// needs besides.
type denseLaplace struct {
	n, c    int
	threads int
	k       []float64            // n x n, White terms included
	l       [][]float64          // n x n, L_k
	m       []float64            // n x n, factor of sum E; softmax only
	e       []float64            // n x n, scratch; softmax only
	root    core.Matrix[float64] // n x c: of the diagonals of D_k
	column  []float64            // n, scratch
	sum     []float64            // n, scratch
}

func newDenseLaplace(n, c, threads int) *denseLaplace {
	d := &denseLaplace{n: n, c: c, threads: threads, k: make([]float64, n*n), column: make([]float64, n), sum: make([]float64, n)}
	for range c {
		d.l = append(d.l, make([]float64, n*n))
	}
	if c > 1 {
		d.m, d.e = make([]float64, n*n), make([]float64, n*n)
	}
	return d
}

func (d *denseLaplace) multiply(ctx context.Context, dst, v core.Matrix[float64]) error {
	if d.c > 1 {
		blas.Gemm(d.threads, false, false, d.n, d.c, d.n, 1, d.k, d.n, v.Data, v.Stride, 0, dst.Data, dst.Stride)
		return contextError(ctx)
	}
	d.eachRow(func(i int) { dst.Data[i] = blas.Dot(d.k[i*d.n:(i+1)*d.n], v.Data) })
	return contextError(ctx)
}

// place factors every B_k and, with softmax, sum E: c n^3/3 operations, or (c + 1/3) n^3.
func (d *denseLaplace) place(ctx context.Context, root core.Matrix[float64]) error {
	d.root = root
	clear(d.m)
	for k, l := range d.l {
		d.scaled(l, k, d.k)
		for i := range d.n {
			l[i*d.n+i]++
		}
		if err := d.factorize(ctx, l); err != nil {
			return err
		}
		if d.c == 1 {
			return nil
		}
		if err := d.invert(ctx, k); err != nil {
			return err
		}
		d.addScaled(d.m, 1, k, d.e)
	}
	return d.factorize(ctx, d.m)
}

func (d *denseLaplace) dear() bool { return true }

func (d *denseLaplace) factorize(ctx context.Context, l []float64) error {
	definite, err := choleskyStepwise(d.threads, l, d.n, func(int) error { return contextError(ctx) })
	if err == nil && !definite {
		err = fmt.Errorf("gp: %w: the curvature of the posterior of %d points is not positive definite to rounding; lower the "+
			"upper bound of the kernel's variance", core.ErrNumerical, d.n)
	}
	return err
}

// invert sets the lower triangle of e to that of B_k^-1.
func (d *denseLaplace) invert(ctx context.Context, k int) error {
	copy(d.e, d.l[k])
	return invertFactor(ctx, d.threads, d.e, d.n)
}

// eachRow calls f for every row of the lower triangle.
func (d *denseLaplace) eachRow(f func(i int)) {
	const rows = 64
	_ = par.For(nil, d.threads, par.Tiles(d.n, rows), func(_, t int) { // no context, no error
		lo, hi := par.Span(t, d.n, rows)
		for i := lo; i < hi; i++ {
			f(i)
		}
	})
}

// scaled writes the lower triangle of D_k^1/2 a D_k^1/2 to dst.
func (d *denseLaplace) scaled(dst []float64, k int, a []float64) {
	roots := d.roots(k)
	d.eachRow(func(i int) {
		to, from := dst[i*d.n:i*d.n+i+1], a[i*d.n:i*d.n+i+1]
		for j, v := range from {
			to[j] = roots[i] * v * roots[j]
		}
	})
}

// addScaled adds a multiple of the lower triangle of D_k^1/2 a D_k^1/2 to dst.
func (d *denseLaplace) addScaled(dst []float64, by float64, k int, a []float64) {
	roots := d.roots(k)
	d.eachRow(func(i int) {
		to, from := dst[i*d.n:i*d.n+i+1], a[i*d.n:i*d.n+i+1]
		for j, v := range from {
			to[j] += by * roots[i] * v * roots[j]
		}
	})
}

// roots returns column k of root.
func (d *denseLaplace) roots(k int) []float64 {
	if d.c == 1 {
		return d.root.Data
	}
	roots := make([]float64, d.n)
	for i := range roots {
		roots[i] = d.root.Row(i)[k]
	}
	return roots
}

// solve writes R v to dst in O(c n^2) operations.
func (d *denseLaplace) solve(ctx context.Context, dst, v core.Matrix[float64]) error {
	clear(d.sum)
	for k := range d.c {
		for i := range d.n {
			d.column[i] = v.Row(i)[k]
		}
		d.applyE(k, d.column)
		for i, e := range d.column {
			dst.Row(i)[k] = e
			d.sum[i] += e
		}
	}
	if d.c == 1 {
		return contextError(ctx)
	}
	solveVector(d.m, d.n, d.sum)
	for k := range d.c {
		copy(d.column, d.sum)
		d.applyE(k, d.column)
		for i, e := range d.column {
			dst.Row(i)[k] -= e
		}
	}
	return contextError(ctx)
}

// applyE overwrites v (n) with E_k v.
func (d *denseLaplace) applyE(k int, v []float64) {
	for i := range v {
		v[i] *= d.root.Row(i)[k]
	}
	solveVector(d.l[k], d.n, v)
	for i := range v {
		v[i] *= d.root.Row(i)[k]
	}
}

// solveVector overwrites v (n) with (L L^T)^-1 v, reading each row of L twice.
func solveVector(l []float64, n int, v []float64) {
	for i := range v {
		v[i] = (v[i] - blas.Dot(l[i*n:i*n+i], v[:i])) / l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		v[i] /= l[i*n+i]
		blas.Axpy(-v[i], l[i*n:i*n+i], v[:i])
	}
}

// halfLogDet returns log|I + K W| / 2.
func (d *denseLaplace) halfLogDet() float64 {
	sum := halfLogDetOf(d.m, d.n)
	for _, l := range d.l {
		sum += halfLogDetOf(l, d.n)
	}
	return sum
}
