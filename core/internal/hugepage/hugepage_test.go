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

func TestArraysOfASlabDoNotOverlap(t *testing.T) {
	for _, n := range []int{0, 3, 1001, 300_000} {
		s := NewSlab(13*n + 16)
		a, b, c := Cut[byte](&s, n), Cut[float64](&s, n), Cut[int32](&s, n)
		rest := Cut[float64](&s, 3*n) // from elsewhere
		require.Equal(t, []int{n, n, n, 3 * n}, []int{len(a), len(b), len(c), len(rest)})
		for i := range n {
			if a[i] != 0 || b[i] != 0 || c[i] != 0 || rest[i] != 0 {
				t.Fatalf("element %d of %d is not 0", i, n)
			}
			a[i], b[i], c[i], rest[i] = byte(i), float64(i), int32(i), -1
		}
		for i := range n {
			if a[i] != byte(i) || b[i] != float64(i) || c[i] != int32(i) {
				t.Fatalf("element %d of %d is lost", i, n)
			}
		}
	}
}
