package blas

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestPieces(t *testing.T) {
	onEveryLevel(t, piecesEqualGeneric[float32], piecesEqualGeneric[float64])
}

// Nothing may be written beside the pieces, and panics are due where the operands are too short.
func piecesEqualGeneric[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	kn := kernelFor[T]()
	for width := 1; width <= 2*kn.lanes; width++ {
		for _, pieces := range []int{0, 1, 5} {
			cols := width
			if pieces == 1 {
				cols = 1 + r.IntN(width)
			}
			const depth = 7
			ld, step := max(1, pieces)*width+r.IntN(3), depth*width+r.IntN(3)
			src := make([]T, (depth-1)*ld+max(0, pieces-1)*width+cols)
			for i := range src {
				src[i] = T(r.Float64())
			}
			want := make([]T, max(0, pieces-1)*step+depth*width+4)
			for i := range want {
				want[i] = 7
			}
			got := make([]T, len(want))
			copy(got, want)
			copyPiecesGeneric(want, step, width, src, ld, cols, pieces, depth)
			kn.pieces(got, step, width, src, ld, cols, pieces, depth)
			require.Equal(t, want, got)
			if pieces > 0 {
				require.Panics(t, func() { kn.pieces(got, step, width, src[1:], ld, cols, pieces, depth) })
				require.Panics(t, func() { kn.pieces(got[5:], step, width, src, ld, cols, pieces, depth) })
			}
		}
	}
}
