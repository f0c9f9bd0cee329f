package mixture

import (
	"math"
	"testing"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/stretchr/testify/require"
)

// memory is what arrays of the tests point to: like NumPy's, it does not move.
var memory [6]float64

func at(offset int) uint64 { return uint64(uintptr(unsafe.Pointer(&memory))) + uint64(offset) }

func TestArraysAreTheCallersMemory(t *testing.T) {
	a, err := newArray("x", at(0), 2, 3, "float64")
	require.NoError(t, err)
	x := matrix[float64](a)
	x.Row(1)[2] = 7
	require.Equal(t, 7.0, memory[5])
	require.NoError(t, x.Check("x"))
	require.Len(t, elements[float64](a), 6)
}

func TestArraysWithoutElementsNeedNoAddress(t *testing.T) {
	a, err := newArray("x", 0, 2, 0, "float32")
	require.NoError(t, err)
	require.NotNil(t, elements[float32](a))
	require.Empty(t, elements[float32](a))
}

func TestImpossibleArraysAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		address    uint64
		rows, cols int
		dtype      string
		kind       error
	}{
		"unknown dtype":         {at(0), 2, 3, "uint8", core.ErrOption},
		"negative rows":         {at(0), -2, 3, "float64", core.ErrShape},
		"negative columns":      {at(0), 2, -3, "float64", core.ErrShape},
		"more than all memory":  {at(0), math.MaxInt / 8, 2, "float64", core.ErrShape},
		"no address":            {0, 2, 3, "float64", core.ErrOption},
		"beyond the last byte":  {math.MaxUint64 - 7, 2, 3, "float64", core.ErrOption},
		"misaligned for 8 byte": {at(4), 2, 2, "float64", core.ErrOption},
		"misaligned for 4 byte": {at(2), 2, 2, "float32", core.ErrOption},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newArray("x", c.address, c.rows, c.cols, c.dtype)
			require.ErrorIs(t, err, c.kind)
		})
	}
}

func TestOutputsMustHaveTheRightShapeAndType(t *testing.T) {
	_, err := newOutput("out", at(0), 2, 3, "float64", 2, 3, "float64")
	require.NoError(t, err)
	_, err = newOutput("out", at(0), 3, 2, "float64", 2, 3, "float64")
	require.EqualError(t, err, "mixture: invalid shape: out must be 2 x 3 of float64, got 3 x 2 of float64")
	_, err = newOutput("out", at(0), 2, 3, "float32", 2, 3, "float64")
	require.ErrorIs(t, err, core.ErrShape)
}
