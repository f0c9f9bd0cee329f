package sparse

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// kernel is the inner kernel of one level for one type of elements and of indices, with the sizes it wants.
type kernel[T core.Float, I Index] struct {
	lanes int // elements of a vector
	most  int // most columns of a call
	// rows computes len(ptr)-1 rows of cols columns of dst: row i becomes the sum of value[k] times row index[k] of
	// x over k in [ptr[i], ptr[i+1]) in ascending order, carried in T. 1 <= cols <= most, len(ptr) >= 2.
	rows func(dst []T, ldd int, ptr, index []I, value, x []T, ldx, cols int)
}

// multiply is rows without a bound on the columns: they are gone through in runs of about equal numbers of vectors.
func (kn *kernel[T, I]) multiply(dst []T, ldd int, ptr, index []I, value, x []T, ldx, cols int) {
	width := cols
	if cols > kn.most {
		vectors := par.Tiles(cols, kn.lanes)
		width = par.Tiles(vectors, par.Tiles(cols, kn.most)) * kn.lanes
	}
	for j := 0; j < cols; j += width {
		kn.rows(dst[j:], ldd, ptr, index, value, x[min(j, len(x)):], ldx, min(width, cols-j))
	}
}

// kernelFor returns the kernel of the level in force.
func kernelFor[T core.Float, I Index]() *kernel[T, I] {
	return family[T, I](cpu.Current())
}
