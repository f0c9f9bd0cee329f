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
	scratch := make([][]float64, par.Threads(threads))
	for k0 := 0; k0 < n; k0 += triangularBlock {
		k1 := min(n, k0+triangularBlock)
		m := k1 - k0
		if scratch[0] == nil {
			scratch[0] = make([]float64, triangularBlock*panelRows)
		}
		if !choleskyCorner(a[k0*n+k0:], n, m, scratch[0]) {
			return false, nil
		}
		for i := range m {
			copy(corner[i*m:(i+1)*m], a[(k0+i)*n+k0:(k0+i)*n+k1])
			clear(a[(k0+i)*n+k1 : (k0+i+1)*n])
		}
		_ = par.For(nil, threads, par.Tiles(n-k1, panelRows), func(worker, tile int) { // no context, no error
			lo, hi := par.Span(tile, n-k1, panelRows)
			if scratch[worker] == nil {
				scratch[worker] = make([]float64, triangularBlock*panelRows)
			}
			panelSolve(corner, m, m, a[(k1+lo)*n+k0:], hi-lo, n, scratch[worker])
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

// cornerBlock is up to how many rows loops over single numbers are faster than products of matrices; panelRows is how many rows
// panelSolve works on at a time; lineNumbers are those of a cache line.
const (
	cornerBlock = 16
	panelRows   = 64
	lineNumbers = 8
)

// choleskyCorner overwrites the lower triangle of a (m x m, stride ld, m at most triangularBlock) with its factor and zeroes the
// rest. Scratch is as for panelSolve.
func choleskyCorner(a []float64, ld, m int, scratch []float64) bool {
	var small [cornerBlock * cornerBlock]float64
	for k0 := 0; k0 < m; k0 += cornerBlock {
		k1 := min(m, k0+cornerBlock)
		w := k1 - k0
		for i := range w {
			copy(small[i*w:(i+1)*w], a[(k0+i)*ld+k0:(k0+i)*ld+k1])
		}
		if !dense.Cholesky(small[:w*w], w) {
			return false
		}
		for i := range w {
			copy(a[(k0+i)*ld+k0:(k0+i)*ld+k1], small[i*w:(i+1)*w])
			clear(a[(k0+i)*ld+k1 : (k0+i)*ld+m])
		}
		for lo := k1; lo < m; lo += panelRows {
			panelSolve(small[:w*w], w, w, a[lo*ld+k0:], min(panelRows, m-lo), ld, scratch)
		}
		if k1 < m {
			blas.Syrk(1, true, false, m-k1, w, -1, a[k1*ld+k0:], ld, 1, a[k1*ld+k1:], ld)
		}
	}
	return true
}

// panelSolve overwrites the rows of x (count x m, stride ld, count at most panelRows) with x L^-T for the lower l (m x m, stride
// ll). Scratch holds m x count numbers: x transposed, so that all rows are worked on at once.
func panelSolve(l []float64, ll, m int, x []float64, count, ld int, scratch []float64) {
	w := scratch[:m*count]
	for j0 := 0; j0 < m; j0 += lineNumbers {
		to := w[j0*count:]
		for i := range count {
			for j, v := range x[i*ld+j0 : i*ld+min(m, j0+lineNumbers)] {
				to[j*count+i] = v
			}
		}
	}
	for k0 := 0; k0 < m; k0 += cornerBlock {
		k1 := min(m, k0+cornerBlock)
		for i := k0; i < k1; i++ {
			row := w[i*count : (i+1)*count]
			for j := k0; j < i; j++ {
				blas.Axpy(-l[i*ll+j], w[j*count:(j+1)*count], row)
			}
			divideBy(l[i*ll+i], row)
		}
		if k1 < m {
			blas.Gemm(1, false, false, m-k1, count, k1-k0, -1, l[k1*ll+k0:], ll, w[k0*count:], count, 1, w[k1*count:], count)
		}
	}
	for j0 := 0; j0 < m; j0 += lineNumbers {
		from := w[j0*count:]
		for i := range count {
			to := x[i*ld+j0 : i*ld+min(m, j0+lineNumbers)]
			for j := range to {
				to[j] = from[j*count+i]
			}
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
