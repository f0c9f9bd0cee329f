package blas

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Syrk computes one triangle, diagonal included, of C = alpha*A*transpose(A) + beta*C for A of n x k, or with trans of
// C = alpha*transpose(A)*A + beta*C for A of k x n. The other triangle of the n x n matrix C is neither read nor
// written. threads, beta = 0 and alpha = 0 are as in [Gemm], and so are the values: bit for bit those of Gemm.
// C must not overlap A. Takes about n*(n+1)*k operations.
func Syrk[T core.Float](threads int, lower, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	checkSize("Syrk", "n", n)
	checkSize("Syrk", "k", k)
	checkOperand("Syrk", "A", trans, n, k, a, lda)
	checkOperand("Syrk", "C", false, n, n, c, ldc)
	if n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		for i := range n {
			lo, hi := triangle(lower, i, n)
			scale(1, hi-lo, beta, c[i*ldc+lo:], ldc)
		}
		return
	}
	threads = par.Threads(threads)
	s := takeScratch[T](threads)
	defer s.release()
	nb, kb := blockSizes(kernelFor[T](), n, k)
	strips := leftOperand(trans, a, lda)
	for j := 0; j < n; j += nb {
		width := min(nb, n-j)
		scaleC := beta
		for p := 0; p < k; p += kb {
			depth := min(kb, k-p)
			right := strips.from(j, p).data
			s.triangleBlock(threads, lower, !trans, n, alpha, strips.from(0, p), depth, j, width, right, lda, scaleC, c, ldc)
			scaleC = 1
		}
	}
}

// triangle returns the columns [lo, hi) of row i that belong to the triangle.
func triangle(lower bool, i, n int) (lo, hi int) {
	if lower {
		return 0, i + 1
	}
	return i, n
}

// triangleBlock packs columns [j, j+width) of the right operand and computes the part of the triangle that lies in them.
func (s *scratch[T]) triangleBlock(threads int, lower, transB bool, n int, alpha T, a left[T], k, j, width int,
	b []T, ldb int, beta T, c []T, ldc int) {

	rows := tileRows(kernelFor[T](), n)
	if threads == 1 {
		PackRight(&s.packed, transB, k, width, b, ldb)
		for t := range par.Tiles(n, rows) {
			s.triangleTile(0, t, rows, lower, n, alpha, a, j, beta, c, ldc)
		}
		return
	}
	s.packed.packParallel(threads, transB, k, width, b, ldb)
	s.triangleParallel(threads, rows, lower, n, alpha, a, j, beta, c, ldc)
}

func (s *scratch[T]) triangleParallel(threads, rows int, lower bool, n int, alpha T, a left[T], j int, beta T, c []T, ldc int) {
	_ = par.For(nil, threads, par.Tiles(n, rows), func(worker, t int) {
		s.triangleTile(worker, t, rows, lower, n, alpha, a, j, beta, c, ldc)
	})
}

// triangleTile computes what tile t of rows has in the triangle and in the packed columns, which start at column j.
func (s *scratch[T]) triangleTile(worker, t, rows int, lower bool, n int, alpha T, a left[T], j int, beta T, c []T, ldc int) {
	ws, b := &s.workspaces[worker], &s.packed
	full, panels := 2*b.kernel.lanes, b.panels()
	lo, hi := par.Span(t, n, rows)
	for i := lo; i < hi; {
		height := b.kernel.height(hi - i)
		strip := a.from(i, 0)
		// The diagonal cuts panels [cut0, cut1); those on one side of them belong to the triangle as a whole.
		cut0 := max(0, min(panels, (i-j)/full))
		cut1 := max(0, min(panels, (i+height-1-j+full)/full))
		whole0, whole1 := 0, cut0
		if !lower {
			whole0, whole1 = cut1, panels
		}
		if whole0 < whole1 {
			multiply(ws, height, alpha, strip, b, whole0, whole1, beta, c[i*ldc+j+whole0*full:], ldc)
		}
		for p := cut0; p < cut1; p++ {
			s.crossing(ws, lower, i, height, alpha, strip, j, p, beta, c, ldc)
		}
		i += height
	}
}

// crossing computes a strip of panel p, which the diagonal cuts: the whole of it in scratch, from which the triangle's
// part is copied to C.
func (s *scratch[T]) crossing(ws *Workspace[T], lower bool, i, height int, alpha T, a left[T], j, p int, beta T, c []T, ldc int) {
	full := 2 * s.packed.kernel.lanes
	if size := s.packed.kernel.rows[0] * full; len(ws.tile) < size {
		ws.tile = make([]T, size)
	}
	first := j + p*full
	cols := min(full, s.packed.n-p*full)
	part := func(r int) (lo, hi int) {
		lo, hi = triangle(lower, i+r-first, cols)
		return max(0, min(lo, cols)), max(0, min(hi, cols))
	}
	for r := range height {
		lo, hi := part(r)
		row := ws.tile[r*full : (r+1)*full]
		clear(row)
		if beta != 0 && lo < hi {
			copy(row[lo:hi], c[(i+r)*ldc+first+lo:])
		}
	}
	multiply(ws, height, alpha, a, &s.packed, p, p+1, beta, ws.tile, full)
	for r := range height {
		if lo, hi := part(r); lo < hi {
			copy(c[(i+r)*ldc+first+lo:], ws.tile[r*full+lo:r*full+hi])
		}
	}
}
