//go:build amd64 && !noasm

package sparse

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// Eight vectors of columns at a time: enough sums to hide the latency of the multiplications, and on AVX-512 the
// sixty or so columns of a usual block in one go.
var (
	avx2x32i32   = &kernel[float32, int32]{lanes: 8, most: 64, rows: rowsAVX2x32i32}
	avx2x32i64   = &kernel[float32, int64]{lanes: 8, most: 64, rows: rowsAVX2x32i64}
	avx2x64i32   = &kernel[float64, int32]{lanes: 4, most: 32, rows: rowsAVX2x64i32}
	avx2x64i64   = &kernel[float64, int64]{lanes: 4, most: 32, rows: rowsAVX2x64i64}
	avx512x32i32 = &kernel[float32, int32]{lanes: 16, most: 128, rows: rowsAVX512x32i32}
	avx512x32i64 = &kernel[float32, int64]{lanes: 16, most: 128, rows: rowsAVX512x32i64}
	avx512x64i32 = &kernel[float64, int32]{lanes: 8, most: 64, rows: rowsAVX512x64i32}
	avx512x64i64 = &kernel[float64, int64]{lanes: 8, most: 64, rows: rowsAVX512x64i64}
)

// family returns the kernel of a level.
func family[T core.Float, I Index](l cpu.Level) *kernel[T, I] {
	if l == cpu.Generic {
		return generic[T, I]()
	}
	var avx2, avx512 any
	switch any((*kernel[T, I])(nil)).(type) {
	case *kernel[float32, int32]:
		avx2, avx512 = avx2x32i32, avx512x32i32
	case *kernel[float32, int64]:
		avx2, avx512 = avx2x32i64, avx512x32i64
	case *kernel[float64, int32]:
		avx2, avx512 = avx2x64i32, avx512x64i32
	default:
		avx2, avx512 = avx2x64i64, avx512x64i64
	}
	if l == cpu.AVX2 {
		return avx2.(*kernel[T, I])
	}
	return avx512.(*kernel[T, I])
}

// masks32[n] and masks64[n] select the first n elements of a vector.
var (
	masks32 [9][8]int32
	masks64 [5][4]int64
)

func init() {
	for n := range masks32 {
		for j := range n {
			masks32[n][j] = -1
		}
	}
	for n := range masks64 {
		for j := range n {
			masks64[n][j] = -1
		}
	}
}

//go:noescape
func rowsAVX2x32i32(dst []float32, ldd int, ptr, index []int32, value, x []float32, ldx, cols int)

//go:noescape
func rowsAVX2x32i64(dst []float32, ldd int, ptr, index []int64, value, x []float32, ldx, cols int)

//go:noescape
func rowsAVX2x64i32(dst []float64, ldd int, ptr, index []int32, value, x []float64, ldx, cols int)

//go:noescape
func rowsAVX2x64i64(dst []float64, ldd int, ptr, index []int64, value, x []float64, ldx, cols int)

//go:noescape
func rowsAVX512x32i32(dst []float32, ldd int, ptr, index []int32, value, x []float32, ldx, cols int)

//go:noescape
func rowsAVX512x32i64(dst []float32, ldd int, ptr, index []int64, value, x []float32, ldx, cols int)

//go:noescape
func rowsAVX512x64i32(dst []float64, ldd int, ptr, index []int32, value, x []float64, ldx, cols int)

//go:noescape
func rowsAVX512x64i64(dst []float64, ldd int, ptr, index []int64, value, x []float64, ldx, cols int)
