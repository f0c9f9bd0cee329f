package cover

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestKernelsOfTwoRowsAgreeWithTheirMeaning(t *testing.T) {
	atAllLevels(t, func(t *testing.T) { agreeOnTwo[float32](t, 1e-5) }, func(t *testing.T) { agreeOnTwo[float64](t, 1e-13) })
}

func agreeOnTwo[T core.Float](t *testing.T, tol float64) {
	g := rand.New(rand.NewPCG(3, 4))
	draw := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(2*g.Float64() - 1)
		}
		return x
	}
	for _, n := range []int{1, 63, 64, 200, Run} {
		for _, sign := range []T{-1, 1} {
			ld := n + 5
			k, w, hi, sums := draw(2*ld), draw(n), draw(n), draw(n)
			his, weights := [2]T{0.3, -0.2}, [2]T{1.5, 0.5}
			want, gained := slices.Clone(sums), [2]float64{}
			for j := range n {
				for r := range 2 {
					e := float64(sign * k[r*ld+j])
					want[j] += weights[r] * T(max(float64(his[r])+e, 0))
					gained[r] += float64(w[j]) * max(float64(hi[j])+e, 0)
				}
			}
			var p Two[T]
			got := p.Mirror(sums, k, ld, 2*ld, hi, w, his, weights, sign)
			require.InDeltaSlice(t, gained[:], got[:], tol*float64(n))
			require.InDeltaSlice(t, want, sums, tol)

			mask := make([]uint64, (n+63)/64)
			mask[len(mask)-1] = math.MaxUint64
			hi[0] = -sign * k[0]
			Under(mask, k[:n], hi, sign)
			for j := range len(mask) * 64 {
				require.Equal(t, j < n && float64(hi[j])+float64(sign*k[j]) > 0, mask[j/64]>>(j%64)&1 == 1, "%d of %d", j, n)
			}
			one := [16]T{}
			for i := range one {
				one[i] = -sign * k[n/2]
			}
			UnderOne(mask, k[:n], &one, sign)
			for j := range n {
				require.Equal(t, sign*k[j] > sign*k[n/2], mask[j/64]>>(j%64)&1 == 1)
			}
		}
		surveyed(t, n, draw, tol)
	}
}

func surveyed[T core.Float](t *testing.T, n int, draw func(int) []T, tol float64) {
	k, v, w, sums := draw(3*n), draw(n), draw(n), draw(n)
	want, wants := slices.Clone(sums), [4]float64{}
	side := [2]T{0.7, -1.2}
	for j := range n {
		for r := range 2 {
			e := max(k[r*n+j], 0)
			want[j] += side[r] * e
			wants[r] += float64(w[j] * e)
			wants[2+r] += float64(v[j] * e)
		}
	}
	var p Two[T]
	p.Reset()
	weighted, product := p.Survey(sums, k, n, 0, v, w, side)
	require.InDeltaSlice(t, want, sums, tol)
	require.InDeltaSlice(t, wants[:2], weighted[:], tol*float64(n))
	require.InDeltaSlice(t, wants[2:], product[:], tol*float64(n))
	p.Survey(sums, k[2*n:], 0, 0, v, w, [2]T{1, 0})
	least, most, finite := p.Extent()
	require.Equal(t, slices.Min(k), least)
	require.Equal(t, slices.Max(k), most)
	require.True(t, finite)
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, at := range []int{0, n / 2, n - 1} {
			p.Reset()
			kept := k[n+at]
			k[n+at] = T(bad)
			p.Survey(sums, k, n, 0, v, w, side)
			k[n+at] = kept
			_, _, finite = p.Extent()
			require.False(t, finite)
		}
	}
}
