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
	corner := make([]float64, triangularBlock*triangularBlock)
	for k0 := 0; k0 < n; k0 += triangularBlock {
		k1 := min(n, k0+triangularBlock)
		m := k1 - k0
		for i := range m {
			copy(corner[i*m:(i+1)*m], a[(k0+i)*n+k0:(k0+i)*n+k1])
		}
		if !dense.Cholesky(corner[:m*m], m) {
			return false
		}
		for i := range m {
			copy(a[(k0+i)*n+k0:(k0+i)*n+k1], corner[i*m:(i+1)*m])
			clear(a[(k0+i)*n+k1 : (k0+i+1)*n])
		}
		const rows = 32
		_ = par.For(nil, threads, par.Tiles(n-k1, rows), func(_, tile int) { // no context, no error
			lo, hi := par.Span(tile, n-k1, rows)
			for i := k1 + lo; i < k1+hi; i++ {
				dense.SolveLower(corner[:m*m], m, a[i*n+k0:i*n+k1])
			}
		})
		if k1 < n {
			blas.Syrk(threads, true, false, n-k1, m, -1, a[k1*n+k0:], n, 1, a[k1*n+k1:], n)
		}
	}
	return true
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
