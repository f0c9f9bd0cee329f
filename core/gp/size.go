package gp

import (
	"fmt"

	"github.com/lithe-ml/lithe/core/internal/memory"
)

// checkSquares returns an error wrapping core.ErrMemory if so many matrices of n x n numbers in float64 do not fit.
func checkSquares(task string, n int, count float64, advice string) error {
	return memory.Check("gp", fmt.Sprintf("%s of %d points", task, n), 8*count*float64(n)*float64(n), advice)
}

// checkColumns is checkSquares for columns of n numbers.
func checkColumns(task string, n int, columns float64, advice string) error {
	return memory.Check("gp", fmt.Sprintf("%s of %d points", task, n), 8*columns*float64(n), advice)
}
