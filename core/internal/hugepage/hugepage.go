package hugepage

import (
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// least is the size in bytes from which arrays are worth the call.
const least = 4 << 20

// Make is make([]E, n) in large pages, as far as they fit. Like core.NewMatrix it panics with an error if n is more than
// this process can get.
func Make[E any](n int) []E {
	memory.Claim(float64(n) * float64(unsafe.Sizeof(*new(E))))
	x := make([]E, n)
	advise(x)
	return x
}

// NewMatrix is core.NewMatrix in large pages, as far as they fit.
func NewMatrix[T core.Float](rows, cols int) core.Matrix[T] {
	x := core.NewMatrix[T](rows, cols)
	advise(x.Data)
	return x
}
