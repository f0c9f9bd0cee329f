package dense

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// SVD returns the singular value decomposition a = u diag(s) v^T of a (m x n): with r = min(m, n), orthonormal columns in
// u (m x r) and v (n x r), and singular values s (r) in decreasing order. a is not changed.
//
// One-sided Jacobi on a triangular factor: badly scaled columns (or rows, if m < n) cost the small singular values none
// of their digits, as long as they exceed 10^-140 times the largest. Takes of the order of 10*r^3 operations a sweep,
// and four to eight sweeps. The error wraps [core.ErrShape], or [core.ErrNumerical] if a holds NaN or an infinity, or
// is the context's; a nil ctx never ends.
func SVD(ctx context.Context, a []float64, m, n int) (u, s, v []float64, err error) {
	if err := checkSmall("SVD", "a", a, m, n); err != nil {
		return nil, nil, nil, err
	}
	tall := make([]float64, m*n)
	if m >= n {
		copy(tall, a)
		if u, s, v, err = tallSVD(ctx, tall, m, n); err == nil {
			return u, s, v, nil
		}
	} else {
		for i := range m {
			for j, x := range a[i*n : i*n+n] {
				tall[j*m+i] = x
			}
		}
		if v, s, u, err = tallSVD(ctx, tall, n, m); err == nil {
			return u, s, v, nil
		}
	}
	return nil, nil, nil, fmt.Errorf("dense.SVD: %w", err)
}

// leastPivot64 is where a column of a matrix with largest element near 1 counts as zero: the squares of what is smaller
// leave the range of float64.
const leastPivot64 = 1e-140

// tallSVD is SVD for m >= n; a is destroyed. In turn
//
//	a = Q R,  R P = Q1 R1,  R1^T = Q2 X,  J X = diag(s) W^T
//
// where R1, from pivoting, has rows that decrease, X is thereby close to diagonal, and J is the product of rotations
// that make its rows orthogonal. So u = Q Q1 W and v = P Q2 J^T. Where a lacks rank, the orthonormal factors are complete
// nevertheless.
func tallSVD(ctx context.Context, a []float64, m, n int) (u, s, v []float64, err error) {
	u, s, v = make([]float64, m*n), make([]float64, n), make([]float64, n*n)
	if n == 0 {
		return u, s, v, nil
	}
	exponent, err := normalize(a)
	if err != nil {
		return nil, nil, nil, err
	}
	r := a
	if m > n {
		r = make([]float64, n*n)
		if _, err := Orthonormalize(ctx, 1, matrix(a, m, n), r, 0); err != nil {
			return nil, nil, nil, err
		}
	}
	f := newPivotedQR(ctx, 1, r, n, n, n)
	if err := f.run(leastPivot64); err != nil {
		return nil, nil, nil, err
	}
	perm, r1 := f.result()
	rank, q1 := f.rank, f.orthogonal()
	q2, x, err := factorTransposed(ctx, r1, n, rank)
	if err != nil {
		return nil, nil, nil, err
	}
	rows := make([]float64, 2*rank*rank) // X beside the identity, which becomes J
	for i := range rank {
		copy(rows[2*i*rank:], x[i*n:i*n+rank])
		rows[(2*i+1)*rank+i] = 1
	}
	if err := orthogonalizeGroups(ctx, rows, rank); err != nil {
		return nil, nil, nil, err
	}
	converged := orthogonalizeRows(ctx, rows, rank)
	if ended(ctx) {
		return nil, nil, nil, ctx.Err()
	}
	if !converged {
		return nil, nil, nil, fmt.Errorf("%w: Jacobi rotations did not converge", core.ErrNumerical)
	}
	values := make([]float64, n)
	for i := range rank {
		row := rows[2*i*rank : (2*i+1)*rank]
		if values[i] = math.Sqrt(blas.Dot(row, row)); values[i] > 0 {
			scale(1/values[i], row)
		}
	}
	// W and J^T with columns in the order of the singular values. Where a lacks rank J^T gets columns of the identity, and
	// W any orthonormal ones behind the others.
	w, j := make([]float64, n*n), make([]float64, n*n)
	order := decreasing(values)
	for c, from := range order {
		s[c] = math.Ldexp(values[from], exponent)
		if from >= rank {
			j[from*n+c] = 1
			continue
		}
		row := rows[2*from*rank : 2*(from+1)*rank]
		for i := range rank {
			w[i*n+c], j[i*n+c] = row[i], row[rank+i]
		}
	}
	if s[n-1] == 0 {
		if _, err := Orthonormalize(ctx, 1, matrix(w, n, n), nil, 3); err != nil {
			return nil, nil, nil, err
		}
	}
	left := u
	if m > n {
		left = make([]float64, n*n)
	}
	blas.Gemm(1, false, false, n, n, n, 1, q1, n, w, n, 0, left, n)
	if m > n {
		blas.Gemm(1, false, false, m, n, n, 1, a, n, left, n, 0, u, n)
	}
	blas.Gemm(1, false, false, n, n, n, 1, q2, n, j, n, 0, w, n)
	for i, to := range perm {
		copy(v[to*n:to*n+n], w[i*n:i*n+n])
	}
	return u, s, v, nil
}

// factorTransposed returns an orthogonal q (n x n) and x (n x n, zero from row rank on) with r^T = q x in the first
// rank columns, for r of rank x n.
func factorTransposed(ctx context.Context, r []float64, n, rank int) (q, x []float64, err error) {
	q, x = make([]float64, n*n), make([]float64, n*n)
	for i := range rank {
		for j, v := range r[i*n : i*n+n] {
			q[j*n+i] = v
		}
	}
	_, err = Orthonormalize(ctx, 1, matrix(q, n, n), x, 2)
	return q, x, err
}

// matrix is the m x n matrix in a as a view.
func matrix(a []float64, m, n int) core.Matrix[float64] {
	return core.Matrix[float64]{Data: a, Rows: m, Cols: n, Stride: n}
}
