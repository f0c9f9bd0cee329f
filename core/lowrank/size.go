package lowrank

import (
	"fmt"
	"unsafe"

	"github.com/lithe-ml/lithe/core/internal/memory"
)

// checkBasis returns an error wrapping core.ErrMemory if columns of both sides of the matrix, left of m and right of n
// numbers, do not fit.
func (c *job[T]) checkBasis(left, right int) error {
	bytes := float64(unsafe.Sizeof(T(0))) * (float64(c.m)*float64(left) + float64(c.n)*float64(right))
	return memory.Check("lowrank", fmt.Sprintf("%d and %d columns for a matrix of %d x %d", left, right, c.m, c.n), bytes,
		"lower n_components or n_oversamples, or give float32 data")
}
