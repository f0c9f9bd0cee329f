package blas

import "github.com/lithe-ml/lithe/core"

// Syrk computes one triangle, diagonal included, of C = alpha*A*transpose(A) + beta*C for A of n x k, or with trans of
// C = alpha*transpose(A)*A + beta*C for A of k x n. The other triangle of the n x n matrix C is neither read nor
// written. threads, beta = 0 and alpha = 0 are as in [Gemm], and the values are bit for bit those of Gemm.
// C must not overlap A. Takes about n*(n+1)*k operations.
func Syrk[T core.Float](threads int, lower, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	checkSize("Syrk", "n", n)
	checkSize("Syrk", "k", k)
	checkOperand("Syrk", "A", trans, n, k, a, lda)
	checkOperand("Syrk", "C", false, n, n, c, ldc)
	run(triangleOf(lower), threads, trans, !trans, n, n, k, alpha, a, lda, a, lda, beta, c, ldc)
}

// GemmTriangle computes one triangle, diagonal included, of the n x n matrix C = alpha*op(A)*op(B) + beta*C, with op(A) of
// n x k and op(B) of k x n: for products known to be symmetric. The rest is as in [Syrk].
func GemmTriangle[T core.Float](threads int, lower, transA, transB bool, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int) {

	checkSize("GemmTriangle", "n", n)
	checkSize("GemmTriangle", "k", k)
	checkOperand("GemmTriangle", "A", transA, n, k, a, lda)
	checkOperand("GemmTriangle", "B", transB, k, n, b, ldb)
	checkOperand("GemmTriangle", "C", false, n, n, c, ldc)
	run(triangleOf(lower), threads, transA, transB, n, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func triangleOf(lower bool) part {
	if lower {
		return part{triangle: lowerTriangle}
	}
	return part{triangle: upperTriangle}
}
