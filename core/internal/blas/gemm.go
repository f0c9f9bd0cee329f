package blas

import "github.com/lithe-ml/lithe/core"

// Gemm computes C = alpha*op(A)*op(B) + beta*C with op(A) of m x k, op(B) of k x n and C of m x n, on at most threads
// goroutines (all processors if threads <= 0). beta = 0 does not read C; alpha = 0 reads neither A nor B.
//
// The result is bit-identical for any number of threads. C must not overlap A or B. On one thread nothing is
// allocated once the scratch memory, at most about 8 MiB shared by successive calls, has grown. Takes 2*m*n*k
// operations.
func Gemm[T core.Float](threads int, transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int) {

	checkSize("Gemm", "m", m)
	checkSize("Gemm", "n", n)
	checkSize("Gemm", "k", k)
	checkOperand("Gemm", "A", transA, m, k, a, lda)
	checkOperand("Gemm", "B", transB, k, n, b, ldb)
	checkOperand("Gemm", "C", false, m, n, c, ldc)
	run(part{}, threads, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
