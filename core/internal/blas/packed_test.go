package blas

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

func TestGemmPackedEqualsGemm(t *testing.T) {
	onEveryLevel(t, packedEqualsGemm[float32], packedEqualsGemm[float64])
}

// packedEqualsGemm multiplies row tiles with one packed operand, shared by several goroutines and reused for several
// shapes, and wants Gemm's bits.
func packedEqualsGemm[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var b Packed[T]
	for _, shape := range [][3]int{{100, 70, 300}, {100, 5, 64}, {77, 0, 3}, {50, 33, 0}, {64, 33, 65}} {
		m, n, k := shape[0], shape[1], shape[2]
		for _, transB := range []bool{false, true} {
			p := product{m: m, n: n, k: k, transB: transB, alpha: -0.5, beta: 0.25}
			o := newOperands[T](r, p)
			got := slices.Clone(o.c)
			gemmOf(p, 1, o)
			lda, ldb, ldc := p.strides()
			PackRight(&b, transB, k, n, o.b, ldb)
			require.Equal(t, [2]int{k, n}, [2]int{b.K(), b.N()})
			workspaces := make([]Workspace[T], 3)
			require.NoError(t, par.For(nil, len(workspaces), par.Tiles(m, 17), func(worker, tile int) {
				lo, hi := par.Span(tile, m, 17)
				if n > 0 {
					GemmPacked(&workspaces[worker], false, hi-lo, -0.5, o.a[min(lo*lda, len(o.a)):], lda, &b, 0.25, got[lo*ldc:], ldc)
				}
			}))
			require.Equal(t, o.c, got, "%v", p)
		}
	}
}

func TestGemmPackedRejects(t *testing.T) {
	var b Packed[float32]
	PackRight(&b, false, 2, 2, make([]float32, 4), 2)
	var ws Workspace[float32]
	require.PanicsWithValue(t, "blas.GemmPacked: A of 3 x 2 with row stride 2 needs 6 elements, got 5",
		func() { GemmPacked(&ws, false, 3, 1, make([]float32, 5), 2, &b, 0, make([]float32, 6), 2) })
}
