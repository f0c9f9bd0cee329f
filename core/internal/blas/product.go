package blas

import "github.com/lithe-ml/lithe/core"

// Workspace is the scratch of one goroutine's products. The zero value is ready; it grows to its final size, some
// hundred kilobytes, at first use.
type Workspace[T core.Float] struct {
	band []T // copied strips of A
	tile []T // a tile of C that is not written as a whole
}

// GemmPacked computes C = alpha*op(A)*B + beta*C on the calling goroutine, with op(A) of m x b.K(), C of m x b.N().
// beta = 0 does not read C, alpha = 0 does not read A. ws must not be shared with a call in progress. Beyond the first
// growth of ws nothing is allocated. Takes 2*m*K*N operations.
func GemmPacked[T core.Float](ws *Workspace[T], transA bool, m int, alpha T, a []T, lda int, b *Packed[T],
	beta T, c []T, ldc int) {

	checkSize("GemmPacked", "m", m)
	checkOperand("GemmPacked", "A", transA, m, b.k, a, lda)
	checkOperand("GemmPacked", "C", false, m, b.n, c, ldc)
	if m == 0 || b.n == 0 {
		return
	}
	if alpha == 0 || b.k == 0 {
		scalePart(part{}, m, b.n, beta, c, ldc)
		return
	}
	multiply(ws, part{}, m, alpha, leftOperand(transA, a, lda), b, 0, b.panels(), beta, c, ldc)
}

// multiply computes the given part of alpha*A*B + beta*C for m rows and the columns of panels [j0, j1) of B. c starts at
// the first of these columns.
func multiply[T core.Float](ws *Workspace[T], of part, m int, alpha T, a left[T], b *Packed[T], j0, j1 int, beta T,
	c []T, ldc int) {

	kn := b.kernel
	height, chunk := kn.band*kn.rows[0], max(1, kn.chunk/(2*kn.lanes*b.depth))
	origin := j0 * 2 * kn.lanes
	for p0 := 0; p0 < b.k; p0 += b.depth {
		p1 := min(b.k, p0+b.depth)
		for i0 := 0; i0 < m; i0 += height {
			i1 := min(m, i0+height)
			near := ws.gather(kn, a.from(i0, p0), i1-i0, p1-p0, j1-j0)
			for jc := j0; jc < j1; jc += chunk {
				end := min(j1, jc+chunk)
				for i := i0; i < i1; {
					rows := kn.height(i1 - i)
					strip := near.strip(i-i0, rows, p1-p0)
					ahead := &strip.data[0]
					if i+rows < i1 {
						ahead = &near.strip(i-i0+rows, rows, p1-p0).data[0]
					}
					for j := jc; j < end; j++ {
						panel, c0, c1 := b.panel(p0, p1, j)
						c0, c1 = c0-origin, c1-origin
						switch to := c[i*ldc+c0:]; of.share(i, rows, c0, c1) {
						case all:
							kn.tile(rows, c1-c0, p1-p0, strip.data, strip.row, strip.col, panel, alpha, beta, to, ldc, ahead)
						case some:
							tile := ws.load(kn, of, i, rows, c0, c1, beta, to, ldc)
							kn.tile(rows, c1-c0, p1-p0, strip.data, strip.row, strip.col, panel, alpha, beta, tile, c1-c0, ahead)
							ws.store(of, i, rows, c0, c1, to, ldc)
						}
					}
					i += rows
				}
			}
		}
		beta = 1
	}
}
