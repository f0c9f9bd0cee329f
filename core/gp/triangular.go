package gp

import (
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Matrices of this file are row-major without gaps: l of n x n, w of n x t.
const triangularBlock = 128

// choleskyLower overwrites the lower triangle of the positive definite a (n x n), which is all that is read, with L, a =
// L L^T, and zeroes the rest: n^3/3 operations in products of matrices. It reports false, with a in an undefined state, if
// a is not positive definite.
func choleskyLower(threads int, a []float64, n int) bool {
	definite, _ := choleskyStepwise(threads, a, n, func(int) error { return nil })
	return definite
}

// choleskyStepwise does the same and tells step how many rows are done. An error of step ends the work.
func choleskyStepwise(threads int, a []float64, n int, step func(rows int) error) (definite bool, err error) {
	corner := make([]float64, triangularBlock*triangularBlock)
	for k0 := 0; k0 < n; k0 += triangularBlock {
		k1 := min(n, k0+triangularBlock)
		m := k1 - k0
		for i := range m {
			copy(corner[i*m:(i+1)*m], a[(k0+i)*n+k0:(k0+i)*n+k1])
		}
		if !dense.Cholesky(corner[:m*m], m) {
			return false, nil
		}
		for i := range m {
			copy(a[(k0+i)*n+k0:(k0+i)*n+k1], corner[i*m:(i+1)*m])
			clear(a[(k0+i)*n+k1 : (k0+i+1)*n])
		}
		const rows = 64
		_ = par.For(nil, threads, par.Tiles(n-k1, rows), func(_, tile int) { // no context, no error
			lo, hi := par.Span(tile, n-k1, rows)
			panelSolve(corner, m, a[(k1+lo)*n+k0:], hi-lo, n)
		})
		if k1 < n {
			blas.Syrk(threads, true, false, n-k1, m, -1, a[k1*n+k0:], n, 1, a[k1*n+k1:], n)
		}
		if err := step(k1); err != nil {
			return false, err
		}
	}
	return true, nil
}

// panelSolve overwrites the rows of x (count x m, stride ld) with x L^-T for the lower l (m x m), some columns at a time.
func panelSolve(l []float64, m int, x []float64, count, ld int) {
	const width = 32
	small := make([]float64, width*width)
	for s0 := 0; s0 < m; s0 += width {
		s1 := min(m, s0+width)
		w := s1 - s0
		for i := range w {
			copy(small[i*w:(i+1)*w], l[(s0+i)*m+s0:(s0+i)*m+s1])
		}
		for i := range count {
			dense.SolveLower(small, w, x[i*ld+s0:i*ld+s1])
		}
		if s1 < m {
			blas.Gemm(1, false, true, count, m-s1, w, -1, x[s0:], ld, l[s1*m+s0:], m, 1, x[s1:], ld)
		}
	}
}

// solveFactor overwrites w with (L L^T)^-1 w.
func solveFactor(threads int, l []float64, n int, w []float64, t int) {
	solveLower(threads, l, n, w, t)
	solveLowerTransposed(threads, l, n, w, t)
}

// solveLower overwrites w with L^-1 w in n^2*t operations.
func solveLower(threads int, l []float64, n int, w []float64, t int) {
	solveLowerFrom(threads, l, n, 0, w, t)
}

// solveLowerFrom does the same with rows and columns of L from first on, for w of n - first rows.
func solveLowerFrom(threads int, l []float64, n, first int, w []float64, t int) {
	for k0 := first; k0 < n; k0 += triangularBlock {
		k1 := min(n, k0+triangularBlock)
		if k0 > first {
			blas.Gemm(threads, false, false, k1-k0, t, k0-first, -1, l[k0*n+first:], n, w, t, 1, w[(k0-first)*t:], t)
		}
		for i := k0; i < k1; i++ {
			row := w[(i-first)*t : (i-first+1)*t]
			for j, v := range l[i*n+k0 : i*n+i] {
				blas.Axpy(-v, w[(k0-first+j)*t:(k0-first+j+1)*t], row)
			}
			divideBy(l[i*n+i], row)
		}
	}
}

// solveLowerTransposed overwrites w with L^-T w in n^2*t operations.
func solveLowerTransposed(threads int, l []float64, n int, w []float64, t int) {
	for k1 := n; k1 > 0; {
		k0 := (k1 - 1) / triangularBlock * triangularBlock
		if k1 < n {
			blas.Gemm(threads, true, false, k1-k0, t, n-k1, -1, l[k1*n+k0:], n, w[k1*t:], t, 1, w[k0*t:], t)
		}
		for i := k1 - 1; i >= k0; i-- {
			row := w[i*t : i*t+t]
			divideBy(l[i*n+i], row)
			for j, v := range l[i*n+k0 : i*n+i] {
				blas.Axpy(-v, row, w[(k0+j)*t:(k0+j+1)*t])
			}
		}
		k1 = k0
	}
}

func divideBy(by float64, row []float64) {
	for j := range row {
		row[j] /= by
	}
}
