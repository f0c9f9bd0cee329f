package dense

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

const epsilon64 = 0x1p-52 // distance from 1 to the next float64

// choleskyUpper overwrites the upper triangle of the symmetric positive definite a (n x n) with R, a = R^T R, and
// zeroes the strict lower triangle. Only the upper triangle is read. It reports false, with a in an undefined state,
// if a is not positive definite. Meant for Gram matrices of hundreds of columns: blocked, n^3/3 operations.
func choleskyUpper(threads int, a []float64, n int) bool {
	const block = 32
	for k0 := 0; k0 < n; k0 += block {
		k1 := min(n, k0+block)
		for k := k0; k < k1; k++ {
			row := a[k*n : k*n+n]
			d := row[k]
			if !(d > 0) || math.IsInf(d, 1) {
				return false
			}
			d = math.Sqrt(d)
			clear(row[:k])
			row[k] = d
			scale(1/d, row[k+1:])
			for i := k + 1; i < k1; i++ {
				blas.Axpy(-row[i], row[i:], a[i*n+i:i*n+n])
			}
		}
		if k1 < n {
			blas.Syrk(threads, false, true, n-k1, k1-k0, -1, a[k0*n+k1:], n, 1, a[k1*n+k1:], n)
		}
	}
	return true
}

// choleskyPivoted orders the columns of the positive semidefinite a (n x n, upper triangle, overwritten) by the part of
// each that the columns before it leave unexplained, and factors the leading ones. order[i] is the column in place i. The
// first rank rows of r (n x n, upper triangular) hold R with a[order, order] = R^T R up to the rest. A column qualifies
// while what is left of its diagonal entry exceeds both floor and least of that column. Blocked: n^2*rank operations, most
// of them in products of matrices.
func choleskyPivoted(threads int, a []float64, n int, least []float64, floor float64, r []float64) (order []int, rank int) {
	const block = 64
	order = make([]int, n)
	left := make([]float64, n)
	for i := range order {
		order[i], left[i] = i, a[i*n+i]
	}
	clear(r[:n*n])
	start := 0 // a is up to date with the pivots before it
	for k := range n {
		best := -1
		for i := k; i < n; i++ {
			if left[i] > max(floor, least[order[i]]) && (best < 0 || left[i] > left[best]) {
				best = i
			}
		}
		if best < 0 {
			return order, k
		}
		if best != k {
			swapUpper(a, n, k, best)
			order[k], order[best] = order[best], order[k]
			left[k], left[best] = left[best], left[k]
			for i := range k {
				r[i*n+k], r[i*n+best] = r[i*n+best], r[i*n+k]
			}
		}
		d := math.Sqrt(left[k])
		row := r[k*n : k*n+n]
		row[k] = d
		copy(row[k+1:], a[k*n+k+1:k*n+n])
		for i := start; i < k; i++ {
			blas.Axpy(-r[i*n+k], r[i*n+k+1:i*n+n], row[k+1:])
		}
		for j := k + 1; j < n; j++ {
			row[j] /= d
			left[j] -= row[j] * row[j]
		}
		if next := k + 1; next-start == block && next < n {
			blas.Syrk(threads, false, true, n-next, block, -1, r[start*n+next:], n, 1, a[next*n+next:], n)
			start = next
		}
	}
	return order, n
}

// swapUpper exchanges rows and columns i < j of the symmetric a (n x n), of which the upper triangle from row i on is
// used, but for the diagonal.
func swapUpper(a []float64, n, i, j int) {
	for p := i + 1; p < j; p++ {
		a[i*n+p], a[p*n+j] = a[p*n+j], a[i*n+p]
	}
	for p := j + 1; p < n; p++ {
		a[i*n+p], a[j*n+p] = a[j*n+p], a[i*n+p]
	}
}
