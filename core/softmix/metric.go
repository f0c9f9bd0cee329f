package softmix

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

// metric is a covariance S = F F' of x with the coordinates it makes: phi = F' (theta - center).
type metric struct {
	L       int
	center  []float64 // L
	factor  []float64 // L x L, lower triangular F
	inverse []float64 // L x L, lower triangular F^-1
}

// newMetric factors a covariance, which is overwritten. scale holds the standard deviations that columns count as dependent
// against.
func newMetric(covariance, center, scale []float64) (*metric, error) {
	L := len(center)
	m := &metric{L: L, center: center, factor: covariance, inverse: make([]float64, L*L)}
	for i := range L {
		for j := range i + 1 {
			covariance[i*L+j] /= scale[i] * scale[j]
		}
	}
	if column := cholesky(covariance, L, dependent); column >= 0 {
		return nil, fmt.Errorf("softmix: %w: column %d of X is a linear combination of the columns before it; leave one of them out",
			core.ErrOption, column)
	}
	for i := range L {
		for j := range i + 1 {
			covariance[i*L+j] *= scale[i]
		}
	}
	invertLower(m.factor, L, m.inverse)
	return m, nil
}

// dependent is the share of a column's variance below which what the columns before it leave of it is rounding.
const dependent = 1e-11

// cholesky overwrites the lower triangle of the symmetric a (n x n), which has ones on its diagonal, with L, a = L L', and zeroes
// the rest. It returns the first row of which those before leave a square of no more than floor, or -1.
func cholesky(a []float64, n int, floor float64) int {
	for i := range n {
		row := a[i*n : (i+1)*n]
		for j := range i {
			other := a[j*n : (j+1)*n]
			row[j] = (row[j] - blas.Dot(row[:j], other[:j])) / other[j]
		}
		pivot := row[i] - blas.Dot(row[:i], row[:i])
		if !(pivot > floor) {
			return i
		}
		row[i] = math.Sqrt(pivot)
		clear(row[i+1:])
	}
	return -1
}

// invertLower writes the inverse of the lower triangular a (n x n) to dst, row by row.
func invertLower(a []float64, n int, dst []float64) {
	for i := range n {
		row := dst[i*n : (i+1)*n]
		for j, v := range a[i*n : i*n+i] {
			blas.Axpy(-v, dst[j*n:j*n+j+1], row[:j+1])
		}
		row[i] = 1
		pivot := a[i*n+i]
		for j := range row[:i+1] {
			row[j] /= pivot
		}
	}
}

// theta writes the parameters of C classes at phi (C x L) to dst.
func (m *metric) theta(threads int, phi, dst []float64) {
	C := len(phi) / m.L
	for c := range C {
		copy(dst[c*m.L:(c+1)*m.L], m.center)
	}
	blas.Gemm(threads, false, false, C, m.L, m.L, 1, phi, m.L, m.inverse, m.L, 1, dst, m.L)
}

// phi writes the coordinates of C classes at theta (C x L) to dst.
func (m *metric) phi(threads int, theta, dst []float64) {
	C := len(theta) / m.L
	moved := make([]float64, len(theta))
	for i, v := range theta {
		moved[i] = v - m.center[i%m.L]
	}
	blas.Gemm(threads, false, false, C, m.L, m.L, 1, moved, m.L, m.factor, m.L, 0, dst, m.L)
}

// gradient writes derivatives by phi to dst, from those by theta (C x L).
func (m *metric) gradient(threads int, g, dst []float64) {
	C := len(g) / m.L
	blas.Gemm(threads, false, true, C, m.L, m.L, 1, g, m.L, m.inverse, m.L, 0, dst, m.L)
}

// ascent writes the step S^-1 g of one class to dst.
func (m *metric) ascent(threads int, g, dst []float64) {
	phi := make([]float64, m.L)
	m.gradient(threads, g, phi)
	blas.Gemm(threads, false, false, 1, m.L, m.L, 1, phi, m.L, m.inverse, m.L, 0, dst, m.L)
}

// square returns |F' d|^2 for a difference d of two thetas.
func (m *metric) square(d []float64) float64 {
	phi := make([]float64, m.L)
	blas.Gemv(true, m.L, m.L, 1, m.factor, m.L, d, 0, phi)
	return dot(phi, phi)
}

// pull subtracts share S d from g.
func (m *metric) pull(share float64, d, g []float64) {
	phi := make([]float64, m.L)
	blas.Gemv(true, m.L, m.L, 1, m.factor, m.L, d, 0, phi)
	blas.Gemv(false, m.L, m.L, -share, m.factor, m.L, phi, 1, g)
}

// whiten overwrites the symmetric matrix a of products of x with F^-1 a F^-T.
func (m *metric) whiten(threads int, a []float64) {
	L := m.L
	half := make([]float64, L*L)
	blas.Gemm(threads, false, false, L, L, L, 1, m.inverse, L, a, L, 0, half, L)
	blas.Gemm(threads, false, true, L, L, L, 1, half, L, m.inverse, L, 0, a, L)
}

// scatter writes sum_j w_j (x_j - mean)(x_j - mean)' to dst (L x L, both triangles); w may be negative, and nil stands for 1/p.
func scatter[T core.Float](ctx context.Context, c *cells[T], w, mean []float64, threads int, dst []float64) error {
	L, p := c.x.Cols, c.x.Rows
	left, right := make([]float64, tileRows*L), make([]float64, tileRows*L)
	clear(dst)
	for lo := 0; lo < p; lo += tileRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := 0
		for j := lo; j < min(lo+tileRows, p); j++ {
			weight := 1 / float64(p)
			if w != nil {
				weight = w[j]
			}
			if weight == 0 {
				continue
			}
			y, z := left[rows*L:(rows+1)*L], right[rows*L:(rows+1)*L]
			for i, v := range c.x.Row(j) {
				y[i] = float64(v) - mean[i]
				z[i] = weight * y[i]
			}
			rows++
		}
		blas.GemmTriangle(threads, true, true, false, L, rows, 1, left, L, right, L, 1, dst, L)
	}
	mirror(dst, L)
	return nil
}

// mirror copies the lower triangle of a (n x n) to the upper.
func mirror(a []float64, n int) {
	for i := range n {
		for j := range i {
			a[j*n+i] = a[i*n+j]
		}
	}
}

// solveDefinite overwrites b (n x m) with the solution for the positive definite a, whose lower triangle is read and destroyed.
// It reports false if a is not positive definite to rounding.
func solveDefinite(a []float64, n int, b [][]float64) bool {
	scale := make([]float64, n)
	for i := range n {
		if !(a[i*n+i] > 0) {
			return false
		}
		scale[i] = 1 / math.Sqrt(a[i*n+i])
	}
	for i := range n {
		for j := range i + 1 {
			a[i*n+j] *= scale[i] * scale[j]
		}
	}
	if cholesky(a, n, 1e-14) >= 0 {
		return false
	}
	for _, v := range b {
		for i := range v {
			v[i] *= scale[i]
		}
		dense.SolveLower(a, n, v)
		dense.SolveLowerTransposed(a, n, v)
		for i := range v {
			v[i] *= scale[i]
		}
	}
	return true
}
