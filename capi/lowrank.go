// Low-rank factors of big matrices. Letters: A is m x n, k is its wanted rank (option n_components), and A ~ U
// diag(s) V^T with orthonormal columns in U (m x k) and V (n x k) and s decreasing. A must be finite (else
// LITHE_EDATA), and comes in any of the forms of a lithe_operator. A pass is one multiplication of A or its transpose
// with a block of columns.
//
// options is JSON text such as {"n_components": 20, "random_state": "7"}, with the fields that
// lithe_describe("lowrank") lists unless a function names other options; NULL or "" means the defaults. *result
// receives a handle, to be closed by lithe_free and read by lithe_result_..., with LITHE_OK, and with LITHE_ENOCONV
// where converged is false in the report; otherwise it is left alone. Matrices have the dtype of A, vectors are
// float64. If A is centred, every result also has the array mean (n x 1).
//
// Reports say, where it applies: error (estimated Frobenius norm of the difference between A and its factors),
// relative_error (as a fraction of the norm of A), error_method ("identity": from the norm of A, exact up to
// rounding; "sampled": from random vectors, within about 25 %), converged, passes, columns (of the blocks of all
// passes together), seconds and seed (the random_state).
package main

/*
#include "cgo.h"
*/
import "C"

// Computes the k leading singular triplets of A by a randomized block method. n_components 0 asks for about the
// smallest rank whose relative error is at most tol. With a centred A it is a principal component analysis.
//
// Arrays: u (m x k), s (k x 1), v (n x k; in each column the entry of largest magnitude is positive), residuals (k x
// 1: |A v_i - s_i u_i|, or 0 x 1 where the method does not know them). The report also has method ("krylov",
// "subspace" or "gram"), norm (Frobenius norm of A, centred if asked) and flops. With option right_only u has no columns,
// and method gram, which most dense matrices of few columns get, multiplies A once instead of twice.
//
// A pass takes O(m n (k + n_oversamples)) operations, or O(nnz (k + n_oversamples)) for a sparse A, of which a second
// copy, ordered the other way, is made meanwhile; memory is at most five times that of u and v with n_oversamples
// more columns each, or for method gram O(min(m, n)^2).
//
//export lithe_lowrank_svd
func lithe_lowrank_svd(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "svd", options, handleOut("result", result))
	})
}

// Finds an orthonormal basis q (m x (k + n_oversamples)) such that q q^T A is close to A. max_passes is 3 by default;
// tol and method are not used. error_method is "leave-one-out" (from the products that made q) or "sampled".
//
//export lithe_lowrank_range_finder
func lithe_lowrank_range_finder(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "range_finder", options, handleOut("result", result))
	})
}

// Finds q (m x r, orthonormal columns) and b = q^T A (r x n, orthogonal rows) with a relative error of at most tol,
// at a rank r that exceeds the smallest possible one by a few per cent at most. n_components must be 0, and A not be
// given by LITHE_PRODUCTS, which does not know its norm. Rounding limits tol to 2e-7, and to 1e-3 in float32.
//
//export lithe_lowrank_qb
func lithe_lowrank_qb(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "qb", options, handleOut("result", result))
	})
}

// Computes the k eigenpairs of largest magnitude of a symmetric A (n x n), not necessarily definite; only products
// with A are asked for. An A that shows not to be symmetric is LITHE_ESHAPE. Arrays: values (k x 1, by decreasing
// magnitude), v (n x k) and residuals (k x 1: |A v_i - lambda_i v_i|).
//
//export lithe_lowrank_eigh
func lithe_lowrank_eigh(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "eigh", options, handleOut("result", result))
	})
}

// Approximates a positive semidefinite A (n x n) by v diag(values) v^T, such that what is left is positive
// semidefinite again; only products with A are asked for. max_passes is 2 by default; tol is not used. An A that
// shows to be indefinite is LITHE_ENUMERIC. Arrays: values (k x 1, decreasing), v (n x k), residuals (0 x 1).
//
//export lithe_lowrank_nystrom
func lithe_lowrank_nystrom(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "nystrom", options, handleOut("result", result))
	})
}

// Chooses k columns of A and fits all of them by these: A ~ c p. Arrays: indices (k, the most important first), c (m
// x k: these columns) and p (k x n, contains the identity). Fewer come back where columns are dependent to rounding.
// Option strong exchanges columns until no coefficient in a random sketch of A exceeds 2 in magnitude; plain pivots
// are good as a rule, and can be bad. max_passes is 5 by default; tol and method are not used.
//
//export lithe_lowrank_column_id
func lithe_lowrank_column_id(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "column_id", options, handleOut("result", result))
	})
}

// As lithe_lowrank_column_id for rows: A ~ p c with c (k x n) and p (m x k).
//
//export lithe_lowrank_row_id
func lithe_lowrank_row_id(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "row_id", options, handleOut("result", result))
	})
}

// Approximates A by k of its columns and rows: A ~ c u r. Arrays: column_indices and row_indices (k, the most
// important first), c (m x k), u (k x k) and r (k x n). u is as ill-conditioned as the part of A that it reproduces:
// where digits matter multiply with c and r before adding up. Options are used as in lithe_lowrank_column_id.
//
//export lithe_lowrank_cur
func lithe_lowrank_cur(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).decompose(b, "cur", options, handleOut("result", result))
	})
}

// Factors a tall A (m >= n), given as LITHE_DENSE and not centred, with column pivoting: A[:, perm] ~ q r. Arrays: q
// (m x rank), r (rank x n, upper trapezoidal) and perm (n). The rank counts pivots whose column has more left than
// tol, or rounding if that is more, times the norm of the largest, and is at most n_components unless that is 0.
// About 4 m n rank operations.
//
//export lithe_lowrank_qrcp
func lithe_lowrank_qrcp(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).qrcp(b, "a", options, handleOut("result", result))
	})
}

// Approximates a positive semidefinite A by f^T f from the columns pivots of A, which f^T f reproduces: randomly
// pivoted Cholesky, which looks at the diagonal and a little more than r columns. It stops at rank n_components, or
// when the relative error is at most tol, if that is sooner; one of the two must be set. Here error is the trace of
// what is left, a bound of its Frobenius norm. Arrays: pivots (r) and f (r x n). O(n r^2) operations.
//
//export lithe_lowrank_rpcholesky
func lithe_lowrank_rpcholesky(a *C.lithe_const_kernel, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return kernelIn(b, "a", a).cholesky(b, options, handleOut("result", result))
	})
}

// Finds the x that minimize |A x - b|^2 + mu |x|^2 for each column of b (m x k, dtype of A), for a tall A (m >= n)
// and mu >= 0; where mu = 0 and A lacks rank, the x of least norm. options are those of
// lithe_describe("lowrank_solve"). Arrays: x (n x k) and residuals (k x 1: |A x - b|). The report has rank, condition
// (estimate of the ratio of the largest singular value to the one of that rank), method ("direct" or "iterative"),
// iterations and converged.
//
//export lithe_lowrank_lstsq
func lithe_lowrank_lstsq(a *C.lithe_const_operator, b *C.lithe_const_matrix, mu C.double, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(block *block) error {
		return operatorIn(block, "a", a).solve(block, b, float64(mu), options, handleOut("result", result))
	})
}

// Estimates the trace of a square A from random products. options are those of lithe_describe("lowrank_probe"). The
// report has value, error (the standard error of value, 0 where it is exact up to rounding; three times that covers
// the truth nine times in ten or more), products (of A or its transpose with a vector) and seed.
//
//export lithe_lowrank_trace
func lithe_lowrank_trace(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).probe(b, "trace", options, handleOut("result", result))
	})
}

// Estimates the diagonal of a square A as lithe_lowrank_trace does its sum. Arrays: values and errors (n x 1).
//
//export lithe_lowrank_diagonal
func lithe_lowrank_diagonal(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).probe(b, "diagonal", options, handleOut("result", result))
	})
}

// Estimates log det(A + mu I) for a symmetric positive semidefinite A; only products with A are asked for. options
// are those of lithe_describe("lowrank_logdet"), mu among them; the report is that of lithe_lowrank_trace. Up to 300
// rows the value is exact. Where A + mu I shows not to be positive definite that is LITHE_ENUMERIC.
//
//export lithe_lowrank_logdet
func lithe_lowrank_logdet(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).logDet(b, options, handleOut("result", result))
	})
}

// Computes a norm of A: kind "spectral", the largest singular value, which value never exceeds but for rounding, or
// "frobenius", exact with error 0 unless A is given by LITHE_PRODUCTS. options and report are those of
// lithe_lowrank_trace.
//
//export lithe_lowrank_norm
func lithe_lowrank_norm(a *C.lithe_const_operator, kind, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).norm(b, text("kind", kind), options, handleOut("result", result))
	})
}

// Multiplies A with a random matrix S (size x m) that keeps lengths in a subspace of k dimensions up to a factor in
// [1 - e, 1 + e] where size is some k / e^2. options are those of lithe_describe("lowrank_sketch"); size must be set.
// The same options and m give the same S, so that A and a right-hand side can be sketched one after the other. Array:
// sketch (size x n, S A). The report has seed.
//
//export lithe_lowrank_sketch
func lithe_lowrank_sketch(a *C.lithe_const_operator, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).sketch(b, options, handleOut("result", result))
	})
}

// Writes the mean of each column of A to means (n), from one sweep over A. a must not be centred.
//
//export lithe_lowrank_column_means
func lithe_lowrank_column_means(a *C.lithe_const_operator, means *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return operatorIn(b, "a", a).columnMeans(b, means)
	})
}
