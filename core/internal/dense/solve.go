package dense

import "github.com/lithe-ml/lithe/core/internal/blas"

// SolveUpper overwrites b (n) with r^-1 b for upper triangular r (n x n). A zero on the diagonal gives infinities.
// Takes n^2 operations and allocates nothing.
func SolveUpper(r []float64, n int, b []float64) {
	for i := n - 1; i >= 0; i-- {
		row := r[i*n : i*n+n]
		b[i] = (b[i] - blas.Dot(row[i+1:], b[i+1:n])) / row[i]
	}
}

// SolveUpperTransposed overwrites b (n) with r^-T b for upper triangular r (n x n), like [SolveUpper].
func SolveUpperTransposed(r []float64, n int, b []float64) {
	for i := range n {
		row := r[i*n : i*n+n]
		b[i] /= row[i]
		blas.Axpy(-b[i], row[i+1:], b[i+1:n])
	}
}

// invertUpper writes the inverse of the upper triangular r (n x n, row stride ld) to x (n x n), zeros below the
// diagonal included. r is not read below its diagonal.
func invertUpper(r []float64, n, ld int, x []float64) {
	clear(x[:n*n])
	for i := n - 1; i >= 0; i-- {
		row := x[i*n : i*n+n]
		row[i] = 1
		for k := i + 1; k < n; k++ {
			blas.Axpy(-r[i*ld+k], x[k*n+k:k*n+n], row[k:])
		}
		scale(1/r[i*ld+i], row[i:])
	}
}

func scale(alpha float64, x []float64) {
	for i := range x {
		x[i] *= alpha
	}
}
