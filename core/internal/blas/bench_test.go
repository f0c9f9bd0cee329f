package blas

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkGemm reports the speed of single-threaded products m x k times k x n in GFLOP/s.
func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{
		{1024, 1024, 1024}, {2048, 2048, 2048}, {100000, 64, 64}, {100000, 32, 100}, {20000, 64, 1000},
	} {
		name := fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2])
		b.Run("float32/"+name, func(b *testing.B) { benchmarkGemm[float32](b, s[0], s[2], s[1]) })
		b.Run("float64/"+name, func(b *testing.B) { benchmarkGemm[float64](b, s[0], s[2], s[1]) })
	}
}

func benchmarkGemm[T core.Float](b *testing.B, m, n, k int) {
	o := operands[T]{pattern[T](m*k, 7919), pattern[T](k*n, 104729), make([]T, m*n)}
	p := product{m: m, n: n, k: k, alpha: 1}
	gemmOf(p, 1, o)
	keepProduct(b, o.c)
	reportSpeed(b, p, func() { gemmOf(p, 1, o) })
}

// reportSpeed runs the product and reports operations per second of processor time.
func reportSpeed(b *testing.B, p product, run func()) {
	start := cpuTime()
	for b.Loop() {
		run()
	}
	b.ReportMetric(2*float64(p.m)*float64(p.n)*float64(p.k)*float64(b.N)/(cpuTime()-start).Seconds()/1e9, "GFLOP/s")
}

// pattern returns numbers in [-1/2, 1/2) that any language reproduces: (i*step mod 1000003) / 1000003 - 1/2.
func pattern[T core.Float](n, step int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(float64(i*step%1000003)/1000003 - 0.5)
	}
	return x
}

// keepProduct writes C as raw little-endian numbers to the file product.bin in the folder that LITHE_BENCH_OUT names,
// if it is set, for comparison with other libraries.
func keepProduct[T core.Float](b *testing.B, c []T) {
	folder := os.Getenv("LITHE_BENCH_OUT")
	if folder == "" {
		return
	}
	f, err := os.Create(filepath.Join(folder, "product.bin"))
	require.NoError(b, err)
	require.NoError(b, binary.Write(f, binary.LittleEndian, c))
	require.NoError(b, f.Close())
}

// BenchmarkGemmPacked reports the speed of what k-means does: tiles of 512 points times packed centres.
func BenchmarkGemmPacked(b *testing.B) {
	for _, s := range [][2]int{{16, 64}, {64, 64}, {64, 1000}, {128, 256}} {
		name := fmt.Sprintf("512x%dx%d", s[0], s[1])
		b.Run("float32/"+name, func(b *testing.B) { benchmarkPacked[float32](b, s[1], s[0]) })
		b.Run("float64/"+name, func(b *testing.B) { benchmarkPacked[float64](b, s[1], s[0]) })
	}
}

func benchmarkPacked[T core.Float](b *testing.B, n, k int) {
	const m = 512
	r := rand.New(rand.NewPCG(1, 1))
	p := product{m: m, n: n, k: k, transB: true}
	o := newOperands[T](r, p)
	var right Packed[T]
	var ws Workspace[T]
	PackRight(&right, true, k, n, o.b, k)
	reportSpeed(b, p, func() { GemmPacked(&ws, false, m, 1, o.a, k, &right, 0, o.c, n) })
}
