package blas

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestSyrk(t *testing.T) { onEveryLevel(t, syrkEqualsGemm[float32], syrkEqualsGemm[float64]) }

// syrkEqualsGemm wants Gemm's bits in the triangle, the old ones elsewhere, on 1 and 3 threads.
func syrkEqualsGemm[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	sizes := []int{0, 1, 2, 3, 5, 7, 8, 9, 13, 14, 15, 16, 17, 29, 31, 32, 33, 49, 65, 100, 333}
	for _, n := range sizes {
		for _, k := range []int{0, 1, 7, 64, 600} {
			for _, trans := range []bool{false, true} {
				for _, lower := range []bool{false, true} {
					p := product{m: n, n: n, k: k, transA: trans, transB: !trans, alpha: 0.5, beta: scalars[r.IntN(4)], padC: 2}
					o := newOperands[T](r, p)
					_, _, ldc := p.strides()
					lda := max(1, k)
					if trans {
						lda = max(1, n)
					}
					o.b = o.a
					old := slices.Clone(o.c)
					gemmOf(p, 1, o)
					for _, threads := range []int{1, 3} {
						got := slices.Clone(old)
						Syrk(threads, lower, trans, n, k, 0.5, o.a, lda, T(p.beta), got, ldc)
						requireTriangle(t, lower, n, ldc, got, o.c, old)
					}
				}
			}
		}
	}
}

func requireTriangle[T core.Float](t *testing.T, lower bool, n, ldc int, got, inside, outside []T) {
	for i := range n {
		for j := range n {
			want := outside[i*ldc+j]
			if i == j || lower == (j < i) {
				want = inside[i*ldc+j]
			}
			if got[i*ldc+j] != want {
				require.Failf(t, "wrong triangle", "n = %d, lower = %v: row %d column %d is %v, want %v",
					n, lower, i, j, got[i*ldc+j], want)
			}
		}
	}
}

func TestSyrkRejects(t *testing.T) {
	require.Panics(t, func() { Syrk(1, true, false, 3, 2, 1.0, make([]float64, 5), 2, 0, make([]float64, 9), 3) })
	require.Panics(t, func() { Syrk(1, true, false, 3, 2, 1.0, make([]float64, 6), 2, 0, make([]float64, 8), 3) })
}
