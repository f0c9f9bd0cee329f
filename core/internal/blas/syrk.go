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
	of := part{triangle: upperTriangle}
	if lower {
		of.triangle = lowerTriangle
	}
	run(of, threads, trans, !trans, n, n, k, alpha, a, lda, a, lda, beta, c, ldc)
}
