package blas

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Workspace is the scratch of one goroutine's products. The zero value is ready; it grows to its final size, a few
// ten kilobytes, at first use.
type Workspace[T core.Float] struct {
	strip []T // packed rows of A
	tile  []T // a tile of C that is not written as a whole
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
		scale(m, b.n, beta, c, ldc)
		return
	}
	multiply(ws, m, alpha, leftOperand(transA, a, lda), b, 0, b.panels(), beta, c, ldc)
}

// left is the left operand of a product: element (i, p) is data[i*row+p*col].
type left[T core.Float] struct {
	data     []T
	row, col int
}

func leftOperand[T core.Float](trans bool, a []T, lda int) left[T] {
	if trans {
		return left[T]{a, 1, lda}
	}
	return left[T]{a, lda, 1}
}

// from returns the operand without its first i rows and p columns.
func (a left[T]) from(i, p int) left[T] { return left[T]{a.data[i*a.row+p*a.col:], a.row, a.col} }

// multiply computes alpha*A*B + beta*C for m rows and the columns of panels [j0, j1) of B. c starts at the first of
// these columns.
func multiply[T core.Float](ws *Workspace[T], m int, alpha T, a left[T], b *Packed[T], j0, j1 int, beta T, c []T, ldc int) {
	kn, depth := b.kernel, b.depth()
	origin := j0 * 2 * kn.lanes
	chunk := max(1, kn.chunk/(2*kn.lanes*depth))
	for p0 := 0; p0 < b.k; p0 += depth {
		p1 := min(b.k, p0+depth)
		for jc := j0; jc < j1; jc += chunk {
			end := min(j1, jc+chunk)
			for i := 0; i < m; {
				rows := kn.height(m - i)
				strip := ws.strips(a.from(i, p0), rows, p1-p0, end-jc)
				for j := jc; j < end; j++ {
					panel, c0, c1 := b.panel(p0, p1, j)
					kn.tile(rows, c1-c0, p1-p0, strip.data, strip.row, strip.col, panel, alpha, beta, c[i*ldc+c0-origin:], ldc)
				}
				i += rows
			}
		}
		beta = 1
	}
}

// A strip is copied when it is used often enough to pay, and lies so scattered that its rows would evict each other
// from a first-level cache whose sets repeat every 4 KiB.
const (
	packPanels = 4
	packStride = 512
)

// strips returns the leading rows x k elements of a, packed if that makes them faster to read once per panel.
func (ws *Workspace[T]) strips(a left[T], rows, k, panels int) left[T] {
	if panels < packPanels || max(a.row, a.col) < packStride {
		return a
	}
	if size := rows * k; cap(ws.strip) < size {
		ws.strip = make([]T, size)
	}
	strip := ws.strip[:rows*k]
	if a.col == 1 {
		packColumns(strip, rows, a.data, a.row, rows, k)
	} else {
		packRows(strip, rows, a.data, a.col, rows, k)
	}
	return left[T]{strip, 1, rows}
}

// scale multiplies the m x n matrix C by beta, without reading it when beta is 0.
func scale[T core.Float](m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// tileRows returns how many rows of C one parallel tile takes: about a sixteenth of all, in whole strips.
func tileRows[T core.Float](kn *kernel[T], m int) int {
	strip := kn.rows[0]
	return strip * min(12, max(1, par.Tiles(m, 16*strip)))
}
