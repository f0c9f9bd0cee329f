package hugepage

import "github.com/lithe-ml/lithe/core"

// least is the size in bytes from which arrays are worth the call.
const least = 4 << 20

// Make is make([]E, n) in large pages, as far as they fit.
func Make[E any](n int) []E {
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
