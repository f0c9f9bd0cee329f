package blas

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

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
	band, chunk := kn.band*kn.rows[0], max(1, kn.chunk/(2*kn.lanes*depth))
	origin := j0 * 2 * kn.lanes
	for p0 := 0; p0 < b.k; p0 += depth {
		p1 := min(b.k, p0+depth)
		for i0 := 0; i0 < m; i0 += band {
			i1 := min(m, i0+band)
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
						kn.tile(rows, c1-c0, p1-p0, strip.data, strip.row, strip.col, panel, alpha, beta, c[i*ldc+c0-origin:], ldc, ahead)
					}
					i += rows
				}
			}
		}
		beta = 1
	}
}

// band is a number of strips of A as the kernels read them: where they lie, or copied one after the other.
type band[T core.Float] struct {
	left[T]
	copied bool
}

// A band is copied when it is used often enough to pay, and lies so scattered that its rows would evict each other
// from a first-level cache whose sets repeat every 4 KiB.
const (
	copyPanels = 4
	copyStride = 512
)

// gather returns the leading m x k elements of a, copied if that makes them faster to read once per panel.
func (ws *Workspace[T]) gather(kn *kernel[T], a left[T], m, k, panels int) band[T] {
	if panels < copyPanels || max(a.row, a.col) < copyStride {
		return band[T]{a, false}
	}
	if cap(ws.band) < m*k {
		ws.band = make([]T, m*k)
	}
	data := ws.band[:m*k]
	if a.col == 1 {
		for i := range m {
			copy(data[i*k:(i+1)*k], a.data[i*a.row:])
		}
		return band[T]{left[T]{data, k, 1}, true}
	}
	for i := 0; i < m; {
		rows := kn.height(m - i)
		packRows(data[i*k:(i+rows)*k], rows, a.data[i:], a.col, rows, k)
		i += rows
	}
	return band[T]{left[T]{data, 1, 0}, true}
}

// strip returns the strip of the given height that starts at row i of a band of depth k.
func (b band[T]) strip(i, rows, k int) left[T] {
	switch {
	case !b.copied:
		return b.from(i, 0)
	case b.col == 1:
		return left[T]{b.data[i*k:], k, 1}
	default:
		return left[T]{b.data[i*k:], 1, rows}
	}
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
