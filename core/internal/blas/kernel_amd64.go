//go:build amd64 && !noasm

package blas

import "github.com/lithe-ml/lithe/core/internal/cpu"

var (
	avx2x32 = &kernel[float32]{
		rows: []int{6, 4, 2, 1}, lanes: 8, depth: 384, band: 8, chunk: 96 << 10,
		tile: tileAVX2x32, dot: dotAVX2x32, axpy: axpyAVX2x32, pieces: copyPiecesx2[float32],
	}
	avx2x64 = &kernel[float64]{
		rows: []int{6, 4, 2, 1}, lanes: 4, depth: 256, band: 8, chunk: 48 << 10,
		tile: tileAVX2x64, dot: dotAVX2x64, axpy: axpyAVX2x64, pieces: copyPiecesx2[float64],
	}
	avx512x32 = &kernel[float32]{
		rows: []int{14, 8, 4, 2, 1}, lanes: 16, depth: 384, band: 12, chunk: 256 << 10,
		tile: tileAVX512x32, dot: dotAVX512x32, axpy: axpyAVX512x32, pieces: copyPiecesx512[float32],
	}
	avx512x64 = &kernel[float64]{
		rows: []int{14, 8, 4, 2, 1}, lanes: 8, depth: 256, band: 12, chunk: 128 << 10,
		tile: tileAVX512x64, dot: dotAVX512x64, axpy: axpyAVX512x64, pieces: copyPiecesx512[float64],
	}
)

func family32(l cpu.Level) *kernel[float32] {
	switch l {
	case cpu.AVX2:
		return avx2x32
	case cpu.AVX512:
		return avx512x32
	}
	return generic32
}

func family64(l cpu.Level) *kernel[float64] {
	switch l {
	case cpu.AVX2:
		return avx2x64
	case cpu.AVX512:
		return avx512x64
	}
	return generic64
}

//go:noescape
func tileAVX512x32(rows, cols, k int, a []float32, aRow, aCol int, b []float32, alpha, beta float32, c []float32, ldc int, ahead *float32)

//go:noescape
func tileAVX512x64(rows, cols, k int, a []float64, aRow, aCol int, b []float64, alpha, beta float64, c []float64, ldc int, ahead *float64)

//go:noescape
func tileAVX2x32(rows, cols, k int, a []float32, aRow, aCol int, b []float32, alpha, beta float32, c []float32, ldc int, ahead *float32)

//go:noescape
func tileAVX2x64(rows, cols, k int, a []float64, aRow, aCol int, b []float64, alpha, beta float64, c []float64, ldc int, ahead *float64)

//go:noescape
func dotAVX2x32(x, y []float32) float32

//go:noescape
func axpyAVX2x32(alpha float32, x, y []float32)

//go:noescape
func dotAVX2x64(x, y []float64) float64

//go:noescape
func axpyAVX2x64(alpha float64, x, y []float64)

//go:noescape
func dotAVX512x32(x, y []float32) float32

//go:noescape
func axpyAVX512x32(alpha float32, x, y []float32)

//go:noescape
func dotAVX512x64(x, y []float64) float64

//go:noescape
func axpyAVX512x64(alpha float64, x, y []float64)

// masks32[i] and masks64[i] select the first i+1 elements of a vector.
var (
	masks32 [8][8]int32
	masks64 [4][4]int64
)

func init() {
	for i := range masks32 {
		for j := range i + 1 {
			masks32[i][j] = -1
		}
	}
	for i := range masks64 {
		for j := range i + 1 {
			masks64[i][j] = -1
		}
	}
}
