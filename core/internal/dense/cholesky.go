package dense

import "math"

// Cholesky overwrites the lower triangle of the symmetric positive definite a (n x n) with L, a = L L^T, and zeroes
// the strict upper triangle. Meant for the small matrices of a solver's inner loop: nothing allocates. It reports false, with a in an undefined state, if a is not positive definite.
func Cholesky(a []float64, n int) bool {
	for j := range n {
		row := a[j*n : j*n+n]
		d := row[j]
		for _, v := range row[:j] {
			d -= v * v
		}
		if !(d > 0) || math.IsInf(d, 1) {
			return false
		}
		d = math.Sqrt(d)
		row[j] = d
		for i := j + 1; i < n; i++ {
			other := a[i*n : i*n+n]
			s := other[j]
			for k, v := range row[:j] {
				s -= v * other[k]
			}
			other[j] = s / d
			row[i] = 0
		}
	}
	return true
}

// SolveLower overwrites b (n) with L^-1 b for lower triangular l (n x n).
func SolveLower(l []float64, n int, b []float64) {
	for i := range n {
		s := b[i]
		for k, v := range l[i*n : i*n+i] {
			s -= v * b[k]
		}
		b[i] = s / l[i*n+i]
	}
}

// SolveLowerTransposed overwrites b (n) with L^-T b for lower triangular l (n x n).
func SolveLowerTransposed(l []float64, n int, b []float64) {
	for i := n - 1; i >= 0; i-- {
		b[i] /= l[i*n+i]
		for k, v := range l[i*n : i*n+i] {
			b[k] -= v * b[i]
		}
	}
}
