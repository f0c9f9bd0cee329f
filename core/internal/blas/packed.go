package blas

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Packed holds a K x N right operand in the order the kernels read it. Pack it once with [PackRight] and multiply
// with it any number of times, from any number of goroutines at once. The zero value is an empty matrix.
type Packed[T core.Float] struct {
	k, n   int
	depth  int // rows of a block; the last may have fewer
	kernel *kernel[T]
	data   []T // blocks of depth rows; in a block, panel after panel; in a panel, row after row
}

// K returns the number of rows of the packed matrix.
func (b *Packed[T]) K() int { return b.k }

// N returns the number of columns of the packed matrix.
func (b *Packed[T]) N() int { return b.n }

// PackRight fills b with the k x n matrix op(src) of row stride ld, reusing b's memory where it is large enough.
// src is not kept. No other goroutine may use b meanwhile.
func PackRight[T core.Float](b *Packed[T], trans bool, k, n int, src []T, ld int) {
	checkSize("PackRight", "k", k)
	checkSize("PackRight", "n", n)
	checkOperand("PackRight", "B", trans, k, n, src, ld)
	kn := kernelFor[T]()
	b.reset(kn, k, n, blockDepth(kn, k))
	for t := range b.tiles() {
		b.packTile(t, trans, src, ld)
	}
}

// blockDepth cuts k into equal blocks no deeper than the kernels want and returns their depth.
func blockDepth[T core.Float](kn *kernel[T], k int) int {
	return max(1, par.Tiles(k, max(1, par.Tiles(k, kn.depth))))
}

// reset makes b a k x n matrix of undefined elements.
func (b *Packed[T]) reset(kn *kernel[T], k, n, depth int) {
	b.k, b.n, b.depth, b.kernel = k, n, depth, kn
	size := k * b.stride()
	if cap(b.data) < size {
		b.data = make([]T, size)
	}
	b.data = b.data[:size]
}

// stride returns the padded number of columns.
func (b *Packed[T]) stride() int {
	full := 2 * b.kernel.lanes
	if rest := b.n % full; rest > 0 {
		return b.n - rest + b.kernel.width(rest)
	}
	return b.n
}

// panels returns the number of panels in a block.
func (b *Packed[T]) panels() int { return par.Tiles(b.n, 2*b.kernel.lanes) }

// panel returns panel j of the block of rows [p0, p1), and its first and last+1 columns.
func (b *Packed[T]) panel(p0, p1, j int) (data []T, j0, j1 int) {
	full := 2 * b.kernel.lanes
	j0, j1 = par.Span(j, b.n, full)
	from := p0*b.stride() + (p1-p0)*j0
	return b.data[from : from+(p1-p0)*b.kernel.width(j1-j0)], j0, j1
}

// packGroup is how many panels are packed together, so that rows of the source are read in long pieces.
const packGroup = 8

// tiles returns the number of pieces in which b is packed: groups of panels of one block.
func (b *Packed[T]) tiles() int {
	if b.k == 0 || b.n == 0 {
		return 0
	}
	return par.Tiles(b.panels(), packGroup) * par.Tiles(b.k, b.depth)
}

func (b *Packed[T]) packTile(t int, trans bool, src []T, ld int) {
	groups := par.Tiles(b.panels(), packGroup)
	p0, p1 := par.Span(t/groups, b.k, b.depth)
	first, last := par.Span(t%groups, b.panels(), packGroup)
	if trans {
		for j := first; j < last; j++ {
			dst, j0, j1 := b.panel(p0, p1, j)
			packColumns(dst, b.kernel.width(j1-j0), src[j0*ld+p0:], ld, j1-j0, p1-p0)
		}
		return
	}
	depth, full := p1-p0, 2*b.kernel.lanes
	whole := min(last, b.n/full) // panels before this one have no padding
	if first < whole {
		b.kernel.pieces(b.data[p0*b.stride()+depth*first*full:], depth*full, full, src[p0*ld+first*full:], ld, full, whole-first, depth)
	}
	for j := max(first, whole); j < last; j++ {
		dst, j0, j1 := b.panel(p0, p1, j)
		b.kernel.pieces(dst, 0, b.kernel.width(j1-j0), src[p0*ld+j0:], ld, j1-j0, 1, depth)
	}
}

// packColumns copies cols rows of depth elements, ld apart, to the columns of rows of width elements, and clears
// the padding.
func packColumns[T core.Float](dst []T, width int, src []T, ld, cols, depth int) {
	j := 0
	for ; j+4 <= cols; j += 4 {
		r0, r1 := src[j*ld:][:depth], src[(j+1)*ld:][:depth]
		r2, r3 := src[(j+2)*ld:][:depth], src[(j+3)*ld:][:depth]
		out := dst[j:]
		for p := range depth {
			q := out[p*width:][:4]
			q[0], q[1], q[2], q[3] = r0[p], r1[p], r2[p], r3[p]
		}
	}
	for ; j < cols; j++ {
		for p, v := range src[j*ld:][:depth] {
			dst[p*width+j] = v
		}
	}
	if cols < width {
		for p := range depth {
			clear(dst[p*width+cols : (p+1)*width])
		}
	}
}

func checkSize(call, name string, n int) {
	if n < 0 {
		panic(fmt.Sprintf("blas.%s: %s = %d is negative", call, name, n))
	}
}

// checkOperand panics unless x can hold the rows x cols matrix op(X).
func checkOperand[T core.Float](call, name string, trans bool, rows, cols int, x []T, ld int) {
	if trans {
		rows, cols = cols, rows
	}
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols {
		panic(fmt.Sprintf("blas.%s: %s has row stride %d, shorter than its rows of %d", call, name, ld, cols))
	}
	if need := (rows-1)*ld + cols; len(x) < need {
		panic(fmt.Sprintf("blas.%s: %s of %d x %d with row stride %d needs %d elements, got %d",
			call, name, rows, cols, ld, need, len(x)))
	}
}
