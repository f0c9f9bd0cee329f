package vmath

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// The benchmarks work on slices of 1000 elements and report nanoseconds per element.
const benchLength = 1000

func benchmarkEach[T core.Float](b *testing.B, f func(dst, x []T)) {
	x, dst := make([]T, benchLength), make([]T, benchLength)
	for i := range x {
		x[i] = T(float64(i)/50 + 0.1)
	}
	f(dst, x)
	keepResult(b, dst)
	for b.Loop() {
		f(dst, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLength, "ns/element")
	b.ReportMetric(0, "ns/op")
}

// keepResult writes the results as raw little-endian numbers to the folder that LITHE_BENCH_OUT names, if it is set, in
// a file such as Exp-float32.bin, for comparison with other libraries.
func keepResult[T core.Float](b *testing.B, dst []T) {
	folder := os.Getenv("LITHE_BENCH_OUT")
	if folder == "" {
		return
	}
	name := strings.ReplaceAll(strings.TrimPrefix(b.Name(), "Benchmark"), "/", "-") + ".bin"
	f, err := os.Create(filepath.Join(folder, name))
	require.NoError(b, err)
	require.NoError(b, binary.Write(f, binary.LittleEndian, dst))
	require.NoError(b, f.Close())
}

func benchmarkBoth(b *testing.B, f32 func(dst, x []float32), f64 func(dst, x []float64)) {
	b.Run("float32", func(b *testing.B) { benchmarkEach(b, f32) })
	b.Run("float64", func(b *testing.B) { benchmarkEach(b, f64) })
}

func BenchmarkExp(b *testing.B) { benchmarkBoth(b, Exp[float32], Exp[float64]) }

func BenchmarkLog(b *testing.B) { benchmarkBoth(b, Log[float32], Log[float64]) }

func BenchmarkLogSumExp(b *testing.B) {
	benchmarkBoth(b, func(dst, x []float32) { dst[0] = LogSumExp(x) }, func(dst, x []float64) { dst[0] = LogSumExp(x) })
}

func BenchmarkArgMin(b *testing.B) {
	benchmarkBoth(b, func(dst, x []float32) { _, dst[0] = ArgMin(x) }, func(dst, x []float64) { _, dst[0] = ArgMin(x) })
}

func BenchmarkMathExp(b *testing.B) {
	benchmarkBoth(b, scalar[float32](math.Exp), scalar[float64](math.Exp))
}

func BenchmarkMathLog(b *testing.B) {
	benchmarkBoth(b, scalar[float32](math.Log), scalar[float64](math.Log))
}

func scalar[T core.Float](f func(float64) float64) func(dst, x []T) {
	return func(dst, x []T) {
		for i, v := range x {
			dst[i] = T(f(float64(v)))
		}
	}
}
