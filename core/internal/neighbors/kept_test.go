package neighbors

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEquallyNearCandidatesAreInOrder(t *testing.T) {
	s := newKept[float32](5)
	s.add(0b101111, []float32{4, 1, 4, 1, 0, 2}, []int32{9, 8, 2, 3, 7, 6}, 100)
	ids, squares := make([]int32, 5), make([]float32, 5)
	s.write(ids, squares)
	require.Equal(t, []int32{3, 8, 6, 2, 9}, ids)
	require.Equal(t, []float32{1, 1, 2, 4, 4}, squares)
}
