// Low-rank factors of big matrices. Letters: A is m x n, k is its wanted rank, and A ~ U diag(s) V^T with orthonormal
// columns in U (m x k) and V (n x k) and s decreasing. A must be finite (else LITHE_EDATA). In each column of V the
// entry of largest magnitude is positive.
package main

/*
#include "cgo.h"
*/
import "C"

// Computes the k leading singular triplets of a dense matrix by a randomized block method, with a statement of their
// error.
//
// With transposed = 0, a is A. With transposed = 1, a (n x m) is the transpose of A: so a column-major m x n array is
// decomposed in place, given as the row-major n x m matrix that it also is. With center = 1 the mean of each column of A
// is subtracted from it, without a copy of A, which makes the result a principal component analysis. options is JSON
// text such as {"n_components": 20, "random_state": "7"}, with the fields that lithe_describe("lowrank") lists;
// n_components is k, in [1, min(m, n)], and has no default.
//
// u (m x k, or NULL), s (k), v (n x k, or NULL) and mean (the n means of the columns of A, or NULL; also without
// centring) receive the result with LITHE_OK and with LITHE_ENOCONV (max_passes were not enough for tol). u and v have
// the dtype of a.
//
// report (or NULL) receives a JSON object: method ("krylov", "subspace" or "gram"), error (estimated Frobenius norm of
// A - U diag(s) V^T), relative_error (as a fraction of the norm of A), error_method ("identity": from the norm of A,
// exact up to rounding; "sampled": from random vectors, within about 25 %), norm (Frobenius norm of A, centred if
// asked), centered_norm (that of A after centring, null unless mean was asked for), converged, passes (multiplications
// of A or its transpose with a block), columns (of all these blocks together), flops, seconds, seed (as a string) and
// residuals (|A v_i - s_i u_i| for each i, or empty where the method does not know them). Its capacity must be at least
// 640 + 32 k bytes; less is LITHE_EINVAL before any work is done. needed (or NULL) receives that number at first, and
// the size of the report including its final NUL in the end.
//
// A pass takes O(m n (k + n_oversamples)) operations; memory is at most five times that of u and v with n_oversamples
// more columns each, or for method gram O(min(m, n)^2).
//
//export lithe_lowrank_svd
func lithe_lowrank_svd(a *C.lithe_const_matrix, transposed, center C.int32_t, options *C.lithe_const_char, u *C.lithe_const_matrix, s *C.double, v *C.lithe_const_matrix, mean *C.double, report *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		m, err := input("a", a).operand(b, flag("transposed", transposed))
		if err != nil {
			return err
		}
		return m.svd(b, flag("center", center), options, svdPlaces{u, v, s, mean, report, capacity, needed})
	})
}

// As lithe_lowrank_svd for a sparse matrix, whose zeros stay zeros also with center = 1. A pass takes
// O(nnz (k + n_oversamples)) operations, and a second copy of the matrix, ordered the other way, is made meanwhile. u
// and v have the dtype of the values.
//
//export lithe_lowrank_svd_sparse
func lithe_lowrank_svd_sparse(a *C.lithe_const_sparse, center C.int32_t, options *C.lithe_const_char, u *C.lithe_const_matrix, s *C.double, v *C.lithe_const_matrix, mean *C.double, report *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		m, err := sparseOperand(b, checkSparse("a", a))
		if err != nil {
			return err
		}
		return m.svd(b, flag("center", center), options, svdPlaces{u, v, s, mean, report, capacity, needed})
	})
}
