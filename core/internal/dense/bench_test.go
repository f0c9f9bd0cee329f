package dense

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

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
