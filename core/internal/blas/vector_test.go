package blas

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestDotAndAxpy(t *testing.T) { onEveryLevel(t, dotAndAxpy[float32], dotAndAxpy[float64]) }

func dotAndAxpy[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 300 {
		x, y := gapped[T](r, 1, n, n), gapped[T](r, 1, n, n)
		var sum, abs float64
		axpy := slices.Clone(y)
		for i := range x {
			v := float64(x[i]) * float64(y[i])
			sum += v
			abs += math.Abs(v)
		}
		require.InDelta(t, sum, float64(Dot(x, y)), float64(n+2)*unitRoundoff[T]()*abs, "n = %d", n)
		Axpy(0.75, x, axpy)
		for i := range x {
			want := 0.75*float64(x[i]) + float64(y[i])
			require.InDelta(t, want, float64(axpy[i]), 4*unitRoundoff[T]()*(math.Abs(want)+math.Abs(float64(y[i]))))
		}
	}
	require.Panics(t, func() { Dot(make([]T, 2), make([]T, 3)) })
	require.Panics(t, func() { Axpy(1, make([]T, 2), make([]T, 3)) })
}

func TestGemv(t *testing.T) { onEveryLevel(t, gemvIsNarrowGemm[float32], gemvIsNarrowGemm[float64]) }

func gemvIsNarrowGemm[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 300 {
		p := product{transA: r.IntN(2) == 1, m: r.IntN(70), n: 1, k: r.IntN(70), alpha: scalars[r.IntN(4)],
			beta: scalars[r.IntN(4)], padA: r.IntN(3)}
		o := newOperands[T](r, p)
		if p.beta == 0 {
			for i := range o.c {
				o.c[i] = T(math.NaN())
			}
		}
		want, magnitude := naive(p, o)
		lda, _, _ := p.strides()
		Gemv(p.transA, p.m, p.k, T(p.alpha), o.a, lda, o.b, T(p.beta), o.c)
		requireProduct(t, p, o.c, want, magnitude)
	}
	require.Panics(t, func() { Gemv(false, 2, 2, 1, make([]T, 4), 2, make([]T, 1), 0, make([]T, 2)) })
}
