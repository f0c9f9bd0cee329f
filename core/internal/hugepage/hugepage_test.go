package hugepage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArraysAreZeroAndWritable(t *testing.T) {
	for _, n := range []int{0, 1, least/8 - 1, least / 8, least/8 + 12345, 5 * least / 8} {
		x := Make[float64](n)
		require.Len(t, x, n)
		for i, v := range x {
			if v != 0 {
				t.Fatalf("element %d of %d is %v", i, n, v)
			}
			x[i] = float64(i)
		}
		for i, v := range x {
			if v != float64(i) {
				t.Fatalf("element %d of %d is %v", i, n, v)
			}
		}
	}
	m := NewMatrix[float32](3000, 700)
	require.NoError(t, m.Check("m"))
	require.Equal(t, []int{3000, 700, 700}, []int{m.Rows, m.Cols, m.Stride})
}
