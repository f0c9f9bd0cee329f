package dense

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

const epsilon64 = 0x1p-52 // distance from 1 to the next float64

// choleskyUpper overwrites the upper triangle of the symmetric positive definite a (n x n) with R, a = R^T R, and
// zeroes the strict lower triangle. Only the upper triangle is read. It reports false, with a in an undefined state,
// if a is not positive definite. Meant for Gram matrices of hundreds of columns: blocked, n^3/3 operations.
func choleskyUpper(a []float64, n int) bool {
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
			blas.Syrk(1, false, true, n-k1, k1-k0, -1, a[k0*n+k1:], n, 1, a[k1*n+k1:], n)
		}
	}
	return true
}

// choleskyPivoted orders the columns of the positive semidefinite a (n x n, both triangles) by the part of each that
// the columns before it leave unexplained, and factors the leading ones. order[i] is the column in place i. The first
// rank rows of r (n x n, upper triangular) hold R with a[order, order] = R^T R up to the rest. A column qualifies while
// what is left of its diagonal entry exceeds both floor and least of that column.
func choleskyPivoted(a []float64, n int, least []float64, floor float64, r []float64) (order []int, rank int) {
	order = make([]int, n)
	left := make([]float64, n)
	for i := range order {
		order[i], left[i] = i, a[i*n+i]
	}
	clear(r[:n*n])
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
		order[k], order[best] = order[best], order[k]
		left[k], left[best] = left[best], left[k]
		for i := range k {
			r[i*n+k], r[i*n+best] = r[i*n+best], r[i*n+k]
		}
		d := math.Sqrt(left[k])
		row := r[k*n : k*n+n]
		row[k] = d
		for j := k + 1; j < n; j++ {
			row[j] = a[order[k]*n+order[j]]
		}
		for i := range k {
			blas.Axpy(-r[i*n+k], r[i*n+k+1:i*n+n], row[k+1:])
		}
		for j := k + 1; j < n; j++ {
			row[j] /= d
			left[j] -= row[j] * row[j]
		}
	}
	return order, n
}
