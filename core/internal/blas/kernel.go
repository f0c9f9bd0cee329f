package blas

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// kernel is one family of inner kernels with the shapes they want their operands in.
type kernel[T core.Float] struct {
	rows  []int // heights a tile may have: descending, ending in 1
	lanes int   // elements of a vector; a panel is 2*lanes columns wide, or lanes where that is enough
	depth int   // most rows of B in one block, so that a strip of A stays in the first-level cache
	band  int   // strips of A that share a pass over B; with a chunk of B they stay in the second-level cache
	chunk int   // most elements of B between two changes of strip

	// tile computes C = alpha*A*B + beta*C for a rows x cols tile of C, without reading C when beta is 0.
	// rows is one of the heights above and 1 <= cols <= 2*lanes. Element (i, p) of A is a[i*aRow+p*aCol] and
	// element (p, j) of B is b[p*width+j], where width is lanes if cols <= lanes and 2*lanes otherwise. All width
	// columns of b are read. Every element is one running sum over p in ascending order. ahead is where the next strip of A starts, a hint.
	tile func(rows, cols, k int, a []T, aRow, aCol int, b []T, alpha, beta T, c []T, ldc int, ahead *T)

	// pieces copies depth rows of src, ld apart, in pieces of width elements, at most 2*lanes: piece s of row p goes to
	// dst[s*step+p*width:]. All of a row comes before the next, so that memory is read in order. Of each piece cols
	// elements are read, and the others become 0; cols = width where a row has several pieces.
	pieces func(dst []T, step, width int, src []T, ld, cols, pieces, depth int)

	dot  func(x, y []T) T        // the sum of x[i]*y[i], len(y) >= len(x)
	axpy func(alpha T, x, y []T) // y[i] += alpha*x[i], len(y) >= len(x)
}

// width returns the columns that a panel holding cols of B is padded to.
func (kn *kernel[T]) width(cols int) int {
	if cols <= kn.lanes {
		return kn.lanes
	}
	return 2 * kn.lanes
}

// height returns the tallest tile for a strip of which left rows remain.
func (kn *kernel[T]) height(left int) int {
	for _, r := range kn.rows {
		if r <= left {
			return r
		}
	}
	return 1
}

// kernelFor returns the kernels of the level in force.
func kernelFor[T core.Float]() *kernel[T] {
	var family any
	switch any(T(0)).(type) {
	case float32:
		family = family32(cpu.Current())
	default:
		family = family64(cpu.Current())
	}
	return family.(*kernel[T])
}
