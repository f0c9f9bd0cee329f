package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// invertFactor overwrites the lower triangular l (n x n, zero above the diagonal) with the lower triangle of (L L^T)^-1;
// what is above the diagonal is undefined then. 2/3 n^3 operations in products of matrices, and memory for 128 rows. The error
// is the context's, and l is undefined then.
func invertFactor(ctx context.Context, threads int, l []float64, n int) error {
	const b = triangularBlock
	row, corner := make([]float64, b*n), make([]float64, b*b)
	for i0 := 0; i0 < n; i0 += b {
		if err := contextError(ctx); err != nil {
			return err
		}
		i1 := min(n, i0+b)
		m := i1 - i0
		invertCorner(corner[:m*m], l, n, i0, m)
		if i0 > 0 {
			timesLower(threads, row, l, n, i0, m)
			blas.Gemm(threads, false, false, m, i0, m, -1, corner, m, row, i0, 0, l[i0*n:], n)
		}
		for i := range m {
			copy(l[(i0+i)*n+i0:(i0+i)*n+i1], corner[i*m:(i+1)*m])
		}
	}
	for i0 := 0; i0 < n; i0 += b {
		if err := contextError(ctx); err != nil {
			return err
		}
		i1 := min(n, i0+b)
		m := i1 - i0
		blas.Gemm(threads, true, false, m, i1, n-i0, 1, l[i0*n+i0:], n, l[i0*n:], n, 0, row, i1)
		for i := range m {
			copy(l[(i0+i)*n:(i0+i)*n+i1], row[i*i1:(i+1)*i1])
		}
	}
	return nil
}

// invertCorner writes the inverse of the m x m block of l on the diagonal at i0 to dst.
func invertCorner(dst, l []float64, n, i0, m int) {
	clear(dst)
	for i := range m {
		row := l[(i0+i)*n+i0 : (i0+i)*n+i0+i+1]
		out := dst[i*m : i*m+i+1]
		for j, v := range row[:i] {
			blas.Axpy(-v, dst[j*m:j*m+j+1], out[:j+1])
		}
		out[i] = 1
		for j := range out {
			out[j] /= row[i]
		}
	}
}

// timesLower writes rows [i0, i0+m) of l, as far as they are left of the diagonal block, times the leading i0 x i0 part of l,
// which is lower triangular, to dst (m x i0).
func timesLower(threads int, dst, l []float64, n, i0, m int) {
	const wide = 4 * triangularBlock
	for j0 := 0; j0 < i0; j0 += wide {
		j1 := min(i0, j0+wide)
		blas.Gemm(threads, false, false, m, j1-j0, i0-j0, 1, l[i0*n+j0:], n, l[j0*n+j0:], n, 0, dst[j0:], i0)
	}
}
