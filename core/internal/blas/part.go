package blas

import "github.com/lithe-ml/lithe/core"

// part says which elements of C a product computes: all of them, or those of one triangle. The zero value is all.
type part struct {
	triangle triangle
	diagonal int // column of the diagonal in row 0; column 0 is the first of C as passed along with the part
}

type triangle int8

const (
	noTriangle triangle = iota
	lowerTriangle
	upperTriangle
)

// share is how much of a tile belongs to a part.
type share int8

const (
	none share = iota
	some
	all
)

// from returns the part as seen from element (i, j).
func (p part) from(i, j int) part { return part{p.triangle, p.diagonal + i - j} }

// columns returns which of the columns [c0, c1) of row i belong to the part.
func (p part) columns(i, c0, c1 int) (lo, hi int) {
	switch p.triangle {
	case lowerTriangle:
		return c0, max(c0, min(c1, p.diagonal+i+1))
	case upperTriangle:
		return min(c1, max(c0, p.diagonal+i)), c1
	default:
		return c0, c1
	}
}

// share returns how much of the tile of rows [i, i+rows) and columns [c0, c1) belongs to the part.
func (p part) share(i, rows, c0, c1 int) share {
	if p.triangle == noTriangle {
		return all
	}
	// The row with the fewest columns and the row with the most are the first and the last, or the reverse.
	lo0, hi0 := p.columns(i, c0, c1)
	lo1, hi1 := p.columns(i+rows-1, c0, c1)
	switch {
	case hi0-lo0 == c1-c0 && hi1-lo1 == c1-c0:
		return all
	case hi0 == lo0 && hi1 == lo1:
		return none
	default:
		return some
	}
}

// load returns scratch for a tile that belongs to the part in part only: columns [c0, c1), without gaps between rows. The
// elements in the part are those of C, which starts at the tile's first element, unless beta is 0; others are 0.
func (ws *Workspace[T]) load(kn *kernel[T], of part, i, rows, c0, c1 int, beta T, c []T, ldc int) []T {
	if size := kn.rows[0] * 2 * kn.lanes; len(ws.tile) < size {
		ws.tile = make([]T, size)
	}
	width := c1 - c0
	clear(ws.tile[:rows*width])
	if beta != 0 {
		for r := range rows {
			if lo, hi := of.columns(i+r, c0, c1); lo < hi {
				copy(ws.tile[r*width+lo-c0:r*width+hi-c0], c[r*ldc+lo-c0:])
			}
		}
	}
	return ws.tile
}

// store copies what belongs to the part from the scratch of load to C.
func (ws *Workspace[T]) store(of part, i, rows, c0, c1 int, c []T, ldc int) {
	width := c1 - c0
	for r := range rows {
		if lo, hi := of.columns(i+r, c0, c1); lo < hi {
			copy(c[r*ldc+lo-c0:r*ldc+hi-c0], ws.tile[r*width+lo-c0:])
		}
	}
}

// scalePart multiplies the part of the m x n matrix C by beta, without reading it when beta is 0.
func scalePart[T core.Float](of part, m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		lo, hi := of.columns(i, 0, n)
		row := c[i*ldc+lo : i*ldc+hi]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}
