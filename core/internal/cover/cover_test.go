package cover

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

func TestKernelsAgreeWithTheirMeaning(t *testing.T) {
	atAllLevels(t, func(t *testing.T) { agree[float32](t, 1e-5) }, func(t *testing.T) { agree[float64](t, 1e-13) })
}

// atAllLevels runs a test of each precision with the kernels of every processor.
func atAllLevels(t *testing.T, single, double func(t *testing.T)) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Force(l)()
			t.Run("float32", single)
			t.Run("float64", double)
		})
	}
}

func agree[T core.Float](t *testing.T, tol float64) {
	g := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(g.Float64())
		}
		return x
	}
	for _, sign := range []T{-1, 1} {
		for _, cols := range []int{1, 63, 64, 130, 2500} {
			name := fmt.Sprintf("%d columns, sign %v", cols, sign)
			const rows = 7
			ld := cols + 3
			k, hi, span, w, acc := draw(rows*ld), draw(rows), draw(rows), draw(rows), draw(cols)
			span[3] = T(math.Inf(1))
			want := append([]T(nil), acc...)
			columns(want, k, ld, rows, hi, span, w, sign)
			Columns(acc, k, ld, hi, span, w, sign)
			for j := range acc {
				require.InDelta(t, float64(want[j]), float64(acc[j]), tol, name)
			}
			hi, span, w = draw(cols), draw(cols), draw(cols)
			sum := 0.0
			for j := range cols {
				sum += float64(w[j] * min(max(hi[j]+sign*k[j], 0), span[j]))
			}
			require.InDelta(t, sum, Row(k[:cols], hi, span, w, sign), tol*(1+sum), name)
		}
	}
	for _, d := range []int{0, 1, 9} {
		point, panel, dst, want := draw(d), draw(d*64), draw(64), draw(64)
		near(want, point, panel, d)
		Near(dst, point, panel, d)
		for i := range dst {
			require.InDelta(t, float64(want[i]), float64(dst[i]), tol)
		}
	}
	for _, n := range []int{1, 64, 200, 1000} {
		k := draw(n)
		k[n/2], k[n/3] = k[n/2]+2, k[n/3]-4
		least, most, finite := Extent(k)
		require.Equal(t, slices.Min(k), least)
		require.Equal(t, slices.Max(k), most)
		require.True(t, finite)
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, at := range []int{0, n / 2, n - 1} {
				kept := k[at]
				k[at] = T(bad)
				_, _, finite = Extent(k)
				require.False(t, finite)
				k[at] = kept
			}
		}
	}
	block, hi, w, acc, sums := draw(64*64), draw(64), draw(64), draw(64), draw(64)
	for _, sign := range []T{-1, 1} {
		across(sums, block, hi, w, sign)
		Across(acc, block, hi, w, sign)
		for i := range acc {
			require.InEpsilon(t, float64(sums[i]), float64(acc[i]), tol)
		}
	}
	k := draw(128)
	k[5], k[6], k[7], k[8] = -1, 0, 1e-30, 1e30
	want := append([]T(nil), k...)
	root(want)
	Root(k)
	for i := range k {
		require.InDelta(t, float64(want[i]), float64(k[i]), tol*float64(want[i]))
	}
	require.Zero(t, k[5])
	require.Zero(t, k[6])
}
