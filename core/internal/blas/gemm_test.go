package blas

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func checkGemm[T core.Float](t testing.TB, r *rand.Rand, p product) {
	o := newOperands[T](r, p)
	want, magnitude := naive(p, o)
	gemmOf(p, 1, o)
	requireProduct(t, p, o.c, want, magnitude)
}

var scalars = []float64{0, 1, -1, 0.5}

func randomProduct(r *rand.Rand, m, n, k int) product {
	return product{
		transA: r.IntN(2) == 1, transB: r.IntN(2) == 1, m: m, n: n, k: k,
		alpha: scalars[1+r.IntN(3)], beta: scalars[r.IntN(4)], padA: r.IntN(4), padB: r.IntN(4), padC: r.IntN(4),
	}
}

func TestGemmSmallShapes(t *testing.T) {
	onEveryLevel(t, gemmSmallShapes[float32], gemmSmallShapes[float64])
}

func gemmSmallShapes[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for m := range 41 {
		for n := range 41 {
			for range 3 {
				checkGemm[T](t, r, randomProduct(r, m, n, r.IntN(41)))
			}
		}
	}
}

func TestGemmLargerShapes(t *testing.T) {
	onEveryLevel(t, gemmLargerShapes[float32], gemmLargerShapes[float64])
}

// gemmLargerShapes crosses every block boundary: depth, panel, strip, and the strides that make strips be packed.
func gemmLargerShapes[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, shape := range [][3]int{
		{1, 1, 1000}, {1, 300, 500}, {300, 1, 500}, {65, 67, 700}, {43, 129, 1030}, {130, 500, 65}, {513, 65, 64},
		{97, 1100, 33}, {20, 2300, 400},
	} {
		for range 2 {
			checkGemm[T](t, r, randomProduct(r, shape[0], shape[1], shape[2]))
		}
	}
	for _, trans := range []bool{false, true} {
		checkGemm[T](t, r, product{transA: trans, transB: trans, m: 70, n: 200, k: 300, alpha: 1, padA: 1024 - 300, padB: 1024 - 200})
	}
}

func TestGemmScalars(t *testing.T) { onEveryLevel(t, gemmScalars[float32], gemmScalars[float64]) }

func gemmScalars[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, alpha := range scalars {
		for _, beta := range scalars {
			checkGemm[T](t, r, product{m: 33, n: 37, k: 19, alpha: alpha, beta: beta, padC: 3})
		}
	}
}

func TestGemmNotFinite(t *testing.T) { onEveryLevel(t, gemmNotFinite[float32], gemmNotFinite[float64]) }

// gemmNotFinite checks that NaN in C does not survive beta = 0, that non-finite values in A and B reach their row or
// column of C and nothing else, and that alpha = 0 hides them.
func gemmNotFinite[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, shape := range [][3]int{{1, 1, 1}, {14, 32, 8}, {37, 71, 300}, {5, 3, 2}} {
		p := product{m: shape[0], n: shape[1], k: shape[2], alpha: 1}
		for _, bad := range []float64{math.NaN(), math.Inf(1)} {
			o := newOperands[T](r, p)
			for i := range o.c {
				o.c[i] = T(math.NaN())
			}
			gemmOf(p, 1, o)
			require.False(t, slices.ContainsFunc(o.c, isNaN[T]), "beta = 0 read C")

			row, column := r.IntN(p.m), r.IntN(p.n)
			o.a[row*p.k+p.k-1] = T(bad)
			o.b[column] = T(bad)
			gemmOf(p, 1, o)
			for i, v := range o.c {
				inside := i/p.n == row || i%p.n == column
				require.Equal(t, inside, v-v != 0, "%v: element %d is %v", p, i, v)
			}
			zero := p
			zero.alpha = 0
			gemmOf(zero, 1, o)
			require.False(t, slices.ContainsFunc(o.c, func(v T) bool { return v != 0 }), "alpha = 0 read A or B")
		}
	}
}

func isNaN[T core.Float](v T) bool { return v != v }

func TestGemmThreads(t *testing.T) { onEveryLevel(t, gemmThreads[float32], gemmThreads[float64]) }

func gemmThreads[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, shape := range [][3]int{{400, 300, 520}, {13, 900, 40}, {900, 13, 40}, {2, 2, 3000}} {
		p := product{m: shape[0], n: shape[1], k: shape[2], alpha: 0.7, beta: 0.3, transB: true}
		o := newOperands[T](r, p)
		start := slices.Clone(o.c)
		gemmOf(p, 1, o)
		want := slices.Clone(o.c)
		for _, threads := range []int{0, 2, 4} {
			copy(o.c, start)
			gemmOf(p, threads, o)
			require.Equal(t, want, o.c, "%v on %d threads", p, threads)
		}
	}
}

func TestGemmRejects(t *testing.T) {
	x := make([]float64, 12)
	require.PanicsWithValue(t, "blas.Gemm: m = -1 is negative", func() { Gemm(1, false, false, -1, 3, 4, 1, x, 4, x, 3, 0, x, 3) })
	require.PanicsWithValue(t, "blas.Gemm: A has row stride 3, shorter than its rows of 4",
		func() { Gemm(1, false, false, 3, 3, 4, 1, x, 3, x, 3, 0, x, 3) })
	require.PanicsWithValue(t, "blas.Gemm: B of 3 x 5 with row stride 5 needs 15 elements, got 12",
		func() { Gemm(1, false, true, 3, 3, 5, 1, make([]float64, 15), 5, x, 5, 0, x, 3) })
	require.Panics(t, func() { Gemm(1, false, false, 4, 4, 3, 1, x, 3, x, 4, 0, x, 4) })
}

func FuzzGemm(f *testing.F) {
	f.Add(uint64(1), uint8(14), uint8(32), uint8(8))
	f.Add(uint64(2), uint8(13), uint8(47), uint8(255))
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint8) {
		r := rand.New(rand.NewPCG(seed, 0))
		p := randomProduct(r, int(m), int(n), int(k))
		checkGemm[float32](t, r, p)
		checkGemm[float64](t, r, p)
	})
}
