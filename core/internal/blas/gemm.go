package blas

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

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
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		scale(m, n, beta, c, ldc)
		return
	}
	threads = par.Threads(threads)
	s := takeScratch[T](threads)
	defer s.release()
	nb, kb := blockSizes(kernelFor[T](), n, k)
	left, right := leftOperand(transA, a, lda), leftOperand(transB, b, ldb)
	for j := 0; j < n; j += nb {
		width := min(nb, n-j)
		scaleC := beta
		for p := 0; p < k; p += kb {
			depth := min(kb, k-p)
			s.block(threads, m, alpha, left.from(0, p), transB, depth, width, right.from(p, j).data, ldb, scaleC, c[j:], ldc)
			scaleC = 1
		}
	}
}

// blockBytes bounds the packed part of B: small enough for a share of the last-level cache.
const blockBytes = 8 << 20

// blockSizes returns how many columns and rows of op(B) are packed at a time: even parts, as deep as the bound allows.
func blockSizes[T core.Float](kn *kernel[T], n, k int) (nb, kb int) {
	elements := blockBytes / int(sizeOf[T]())
	panel := 2 * kn.lanes
	nb = n
	if most := elements / kn.depth / panel * panel; n > most {
		nb = par.Tiles(par.Tiles(n, par.Tiles(n, most)), panel) * panel
	}
	kb = k
	if most := elements / nb / kn.depth * kn.depth; k > most {
		kb = most
	}
	return nb, max(kb, 1)
}

func sizeOf[T core.Float]() uintptr {
	var x T
	if any(x) == any(float32(0)) {
		return 4
	}
	return 8
}
