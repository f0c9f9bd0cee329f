package dense

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// Compare with numpy.linalg and scipy.linalg on one thread.

// tall are rows and columns of the blocks that low-rank methods work on.
var tall = [][2]int{{100000, 20}, {20000, 60}, {20000, 200}}

func BenchmarkTall(b *testing.B) {
	for _, s := range tall {
		b.Run(fmt.Sprintf("float32/%dx%d", s[0], s[1]), func(b *testing.B) { benchmarkTall[float32](b, s[0], s[1]) })
		b.Run(fmt.Sprintf("float64/%dx%d", s[0], s[1]), func(b *testing.B) { benchmarkTall[float64](b, s[0], s[1]) })
	}
}

func benchmarkTall[T core.Float](b *testing.B, m, l int) {
	x := normals[T](newRand(1), m, l, 0)
	work, g, upper := clone(x), make([]float64, l*l), make([]float64, l*l)
	for i := range l {
		for j := i; j < l; j++ {
			upper[i*l+j] = 1 / float64(l)
		}
		upper[i*l+i] = 1
	}
	run := func(name string, flops float64, f func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, f())
			}
			b.ReportMetric(flops*float64(m)*float64(l)*float64(l)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
	run("Gram", 1, func() error { return Gram(nil, 1, x, g) })
	run("MulRight", 2, func() error { return MulRight(nil, 1, work, x, upper, l, l) })
	run("SolveRight", 1, func() error { copy(work.Data, x.Data); return SolveRight(nil, 1, work, upper) })
	run("Orthonormalize", 4, func() error {
		copy(work.Data, x.Data)
		_, err := Orthonormalize(nil, 1, work, nil, 0)
		return err
	})
	if x, ok := any(x).(core.Matrix[float64]); ok {
		run("Syrk", 1, func() error { blas.Syrk(1, false, true, l, m, 1, x.Data, l, 0, g, l); return nil })
	}
}

func BenchmarkEigenSym(b *testing.B) {
	for _, n := range []int{10, 64, 100, 200, 784} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := float64s(normals[float64](newRand(2), n, n, 0))
			a, w := make([]float64, n*n), make([]float64, n)
			for b.Loop() {
				copy(a, x) // the upper triangle is what counts
				require.NoError(b, EigenSym(nil, a, n, w))
			}
		})
	}
}

func BenchmarkEigenSymLeading(b *testing.B) {
	for _, s := range [][2]int{{64, 20}, {200, 20}, {300, 60}, {784, 50}, {784, 200}} {
		n, k := s[0], s[1]
		b.Run(fmt.Sprintf("%d/k=%d", n, k), func(b *testing.B) {
			x := float64s(normals[float64](newRand(2), n, n, 0))
			a, w, v := make([]float64, n*n), make([]float64, k), make([]float64, n*k)
			for b.Loop() {
				copy(a, x)
				require.NoError(b, EigenSymLeading(nil, 1, a, n, k, w, v))
			}
		})
	}
}

func BenchmarkSVD(b *testing.B) {
	for _, s := range [][2]int{{10, 10}, {60, 60}, {200, 200}, {400, 100}} {
		b.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(b *testing.B) {
			a := float64s(normals[float64](newRand(3), s[0], s[1], 0))
			for b.Loop() {
				_, _, _, err := SVD(nil, a, s[0], s[1])
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkQRCP(b *testing.B) {
	for _, s := range [][3]int{{100, 100, 100}, {110, 5000, 100}, {110, 50000, 100}, {633, 500, 500}} {
		b.Run(fmt.Sprintf("%dx%dk%d", s[0], s[1], s[2]), func(b *testing.B) {
			a := float64s(normals[float64](newRand(4), s[0], s[1], 0))
			for b.Loop() {
				_, _, _, err := QRCP(context.Background(), 2, a, s[0], s[1], s[2], 0)
				require.NoError(b, err)
			}
		})
	}
}
