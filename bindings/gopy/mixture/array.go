package mixture

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// array is the caller's memory after its description has been checked.
type array struct {
	data       unsafe.Pointer // nil without elements
	rows, cols int
	dtype      string
}

// newArray checks what can be told about an argument without looking at its elements. name is used in messages.
func newArray(name string, address uint64, rows, cols int, dtype string) (array, error) {
	size := map[string]int{"float32": 4, "float64": 8, "int64": 8}[dtype]
	switch {
	case size == 0:
		return array{}, fmt.Errorf("mixture: %w: %s has dtype %q, expected float32, float64 or int64",
			core.ErrOption, name, dtype)
	case rows < 0 || cols < 0:
		return array{}, fmt.Errorf("mixture: %w: %s has negative shape %d x %d", core.ErrShape, name, rows, cols)
	case rows == 0 || cols == 0:
		return array{nil, rows, cols, dtype}, nil
	case rows > math.MaxInt/size/cols:
		return array{}, fmt.Errorf("mixture: %w: %s of shape %d x %d overflows the address space",
			core.ErrShape, name, rows, cols)
	case address == 0:
		return array{}, fmt.Errorf("mixture: %w: the address of %s is 0", core.ErrOption, name)
	case address > math.MaxUint-uint64(rows*cols*size):
		return array{}, fmt.Errorf("mixture: %w: the address %#x of %s is outside the address space",
			core.ErrOption, address, name)
	case address%uint64(size) != 0:
		return array{}, fmt.Errorf("mixture: %w: the address %#x of %s is misaligned for %s",
			core.ErrOption, address, name, dtype)
	}
	return array{pointer(address), rows, cols, dtype}, nil
}

// newOutput is newArray for an argument whose shape and dtype are known beforehand.
func newOutput(name string, address uint64, rows, cols int, dtype string, wantRows, wantCols int, wantDtype string) (
	array, error) {
	if rows != wantRows || cols != wantCols || dtype != wantDtype {
		return array{}, fmt.Errorf("mixture: %w: %s must be %d x %d of %s, got %d x %d of %s",
			core.ErrShape, name, wantRows, wantCols, wantDtype, rows, cols, dtype)
	}
	return newArray(name, address, rows, cols, dtype)
}

// pointer makes a pointer of an address outside Go's heap, which the garbage collector ignores. The detour through
// memory says to go vet that no Go pointer was hidden in an integer.
func pointer(address uint64) unsafe.Pointer {
	p := uintptr(address)
	return *(*unsafe.Pointer)(unsafe.Pointer(&p))
}

// elements is the array as a slice on the caller's memory. T must be the type that dtype names.
func elements[T core.Float | int64](a array) []T {
	if a.data == nil {
		return []T{}
	}
	return unsafe.Slice((*T)(a.data), a.rows*a.cols)
}

// matrix is the array as the core sees it. T must be the type that dtype names.
func matrix[T core.Float](a array) core.Matrix[T] {
	return core.Matrix[T]{Data: elements[T](a), Rows: a.rows, Cols: a.cols, Stride: a.cols}
}

// errNotReal refuses data that is not of a real type.
func errNotReal(a array) error {
	return fmt.Errorf("mixture: %w: x has dtype %s, expected float32 or float64; convert it with astype",
		core.ErrOption, a.dtype)
}
