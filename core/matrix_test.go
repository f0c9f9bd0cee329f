package core

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckFiniteNamesRowAndColumn(t *testing.T) {
	const rows, cols, stride = 3, 4, 6
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		m := Matrix[float64]{Data: make([]float64, rows*stride), Rows: rows, Cols: cols, Stride: stride}
		m.Data[4] = bad // beyond the columns of row 0: no value of the matrix
		require.NoError(t, m.CheckFinite("X"))
		m.Data[2*stride+1] = bad
		err := m.CheckFinite("X")
		require.ErrorIs(t, err, ErrNotFinite)
		require.ErrorContains(t, err, "row 2, column 1")
		require.ErrorContains(t, err, "X")
	}
}

func TestCheckRefusesWhatIsNoMatrix(t *testing.T) {
	good := Matrix[float32]{Data: make([]float32, 2*5+3), Rows: 3, Cols: 3, Stride: 5} // the last row needs no full stride
	require.NoError(t, good.Check("X"))
	require.NoError(t, Matrix[float32]{}.Check("X"))
	for name, spoil := range map[string]func(m *Matrix[float32]){
		"negative rows":    func(m *Matrix[float32]) { m.Rows = -1 },
		"negative columns": func(m *Matrix[float32]) { m.Cols = -1 },
		"short stride":     func(m *Matrix[float32]) { m.Stride = 2 },
		"short data":       func(m *Matrix[float32]) { m.Data = m.Data[:len(m.Data)-1] },
		"many rows":        func(m *Matrix[float32]) { m.Rows, m.Stride = math.MaxInt/2, math.MaxInt/2 },
	} {
		m := good
		spoil(&m)
		err := m.Check("X")
		require.Error(t, err, name)
		require.True(t, errors.Is(err, ErrShape), name)
	}
}

func TestRowsOfAMatrixEndAtItsColumns(t *testing.T) {
	m := NewMatrix[float64](2, 3)
	m.Row(1)[2] = 7
	require.Equal(t, []float64{0, 0, 0, 0, 0, 7}, m.Data)
	require.Len(t, Matrix[float64]{Data: make([]float64, 10), Rows: 2, Cols: 3, Stride: 5}.Row(1), 3)
	require.Equal(t, 0x1p-52, Epsilon[float64]())
	require.Equal(t, 0x1p-23, Epsilon[float32]())
}
