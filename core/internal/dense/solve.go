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
func invertUpper(threads int, r []float64, n, ld int, x []float64) {
	const block = 64
	clear(x[:n*n])
	var above, diagonal []float64
	for lo := (n - 1) / block * block; lo >= 0; lo -= block {
		hi := min(n, lo+block)
		for i := hi - 1; i >= lo; i-- {
			row := x[i*n : i*n+hi]
			row[i] = 1
			for k := i + 1; k < hi; k++ {
				blas.Axpy(-r[i*ld+k], x[k*n+k:k*n+hi], row[k:])
			}
			scale(1/r[i*ld+i], row[i:])
		}
		if hi == n {
			continue
		}
		// Right of the diagonal block D^-1 stands -D^-1 times what is there of r times the inverse below.
		if above == nil {
			above, diagonal = make([]float64, block*n), make([]float64, block*block)
		}
		for i := range block {
			copy(diagonal[i*block:(i+1)*block], x[(lo+i)*n+lo:])
		}
		blas.Gemm(threads, false, false, block, n-hi, n-hi, 1, r[lo*ld+hi:], ld, x[hi*n+hi:], n, 0, above, n)
		blas.Gemm(threads, false, false, block, n-hi, block, -1, diagonal, block, above, n, 0, x[lo*n+hi:], n)
	}
}

func scale(alpha float64, x []float64) {
	for i := range x {
		x[i] *= alpha
	}
}
