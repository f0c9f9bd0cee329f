package core

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core/internal/memory"
)

// Float is the set of element types that every solver is generic over.
type Float interface{ float32 | float64 }

// Epsilon returns the distance from 1 to the next larger T: 2^-23 or 2^-52.
func Epsilon[T Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 0x1p-23
	}
	return 0x1p-52
}

// Matrix is a row-major view of Rows x Cols elements: element (i, j) is Data[i*Stride+j]. The view owns nothing.
type Matrix[T Float] struct {
	Data   []T
	Rows   int
	Cols   int
	Stride int // elements from one row to the next, >= Cols
}

// NewMatrix allocates a zeroed rows x cols matrix. It panics with an error that wraps [ErrMemory] if that is more than
// 64 MiB and more than this process can get.
func NewMatrix[T Float](rows, cols int) Matrix[T] {
	memory.Claim(float64(rows) * float64(cols) * float64(unsafe.Sizeof(T(0))))
	return Matrix[T]{Data: make([]T, rows*cols), Rows: rows, Cols: cols, Stride: cols}
}

// Row returns row i as a slice of length Cols that shares the matrix's memory.
func (m Matrix[T]) Row(i int) []T {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

// Check reports with an error wrapping [ErrShape] whether the view is impossible: a negative size, a stride shorter
// than a row, a size that overflows, or less data than the shape promises. name is used in the message.
func (m Matrix[T]) Check(name string) error {
	switch {
	case m.Rows < 0 || m.Cols < 0:
		return fmt.Errorf("%w: %s has negative shape %d x %d", ErrShape, name, m.Rows, m.Cols)
	case m.Rows == 0 || m.Cols == 0:
		return nil
	case m.Stride < m.Cols:
		return fmt.Errorf("%w: %s has row stride %d, shorter than its %d columns", ErrShape, name, m.Stride, m.Cols)
	case m.Rows-1 > (math.MaxInt-m.Cols)/m.Stride:
		return fmt.Errorf("%w: %s of %d rows with stride %d overflows the address space", ErrShape, name, m.Rows, m.Stride)
	case len(m.Data) < (m.Rows-1)*m.Stride+m.Cols:
		return fmt.Errorf("%w: %s of shape %d x %d with stride %d needs %d elements, got %d",
			ErrShape, name, m.Rows, m.Cols, m.Stride, (m.Rows-1)*m.Stride+m.Cols, len(m.Data))
	}
	return nil
}

// CheckFinite returns an error wrapping [ErrNotFinite] that names the first row and column holding NaN or an infinity.
func (m Matrix[T]) CheckFinite(name string) error {
	for i := 0; i < m.Rows; i++ {
		row := m.Row(i)
		// x-x is 0 for finite x and NaN otherwise, so one sum per row decides it.
		var sum T
		for _, v := range row {
			sum += v - v
		}
		if sum == 0 {
			continue
		}
		for j, v := range row {
			if v-v != 0 {
				what := "infinity"
				if v != v {
					what = "NaN"
				}
				return fmt.Errorf("%w: %s contains %s at row %d, column %d; remove or impute such rows first",
					ErrNotFinite, name, what, i, j)
			}
		}
	}
	return nil
}
