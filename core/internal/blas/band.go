package blas

import "github.com/lithe-ml/lithe/core"

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
	copyDepth  = 128
)

// gather returns the leading m x k elements of a, copied if that makes them faster to read once per panel.
func (ws *Workspace[T]) gather(kn *kernel[T], a left[T], m, k, panels int) band[T] {
	scattered := a.row >= copyStride && panels >= copyPanels || a.col >= copyStride && (panels > 1 || k >= copyDepth)
	if !scattered {
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
	tall := kn.rows[0]
	kn.pieces(data, tall*k, tall, a.data, a.col, tall, m/tall, k)
	for i := m / tall * tall; i < m; {
		rows := kn.height(m - i)
		kn.pieces(data[i*k:(i+rows)*k], rows*k, rows, a.data[i:], a.col, rows, 1, k)
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
