//go:build amd64 && !noasm

package softmix

import "github.com/lithe-ml/lithe/core/internal/cpu"

// fewProductsKernel is fewProductsGeneric in the kernels of the level in force, but for the order of summation.
func fewProductsKernel(dst []float32, C int, x []float32, stride, n, L int, coef, shift []float32) {
	switch cpu.Current() {
	case cpu.AVX512:
		fewProductsAVX512(&dst[0], C, &x[0], stride, n, L/fewLanes, L%fewLanes, &coef[0], &shift[0])
	case cpu.AVX2:
		fewProductsAVX2(&dst[0], C, &x[0], stride, n, L/fewLanes, L%fewLanes, &coef[0], &shift[0])
	default:
		fewProductsGeneric(dst, C, x, stride, n, L, coef, shift)
	}
}

// fewSumsKernel is fewSumsGeneric in the kernels of the level in force, but for the order of summation.
func fewSumsKernel(dst, x []float32, stride, n, L int, w []float32) {
	switch cpu.Current() {
	case cpu.AVX512:
		for i := 0; i < L; i += 48 {
			fewSumsAVX512(&dst[i], L, &x[i], stride, n, min(48, L-i), &w[0])
		}
	case cpu.AVX2:
		for i := 0; i < L; i += 16 {
			fewSumsAVX2(&dst[i], L, &x[i], stride, n, min(16, L-i), &w[0])
			fewSumsAVX2(&dst[4*L+i], L, &x[i], stride, n, min(16, L-i), &w[4])
		}
	default:
		fewSumsGeneric(dst, x, stride, n, L, w)
	}
}

// fewMask selects the first i of 16 elements from element 16-i on.
var fewMask [32]int32

func init() {
	for i := range 16 {
		fewMask[i] = -1
	}
}

// fewProductsAVX512 takes the columns as blocks of 16 and a tail of fewer.
//
//go:noescape
func fewProductsAVX512(dst *float32, classes int, x *float32, stride, rows, blocks, tail int, coef, shift *float32)

//go:noescape
func fewProductsAVX2(dst *float32, classes int, x *float32, stride, rows, blocks, tail int, coef, shift *float32)

// fewSumsAVX512 adds 8 classes of at most 48 columns, ld being the length of a row of dst.
//
//go:noescape
func fewSumsAVX512(dst *float32, ld int, x *float32, stride, rows, columns int, w *float32)

// fewSumsAVX2 adds 4 classes of at most 16 columns.
//
//go:noescape
func fewSumsAVX2(dst *float32, ld int, x *float32, stride, rows, columns int, w *float32)

// fewMixAVX512 is fewMix for a multiple of 8 rows.
//
//go:noescape
func fewMixAVX512(pi, ratio *float64, e *float32, classes int, weight, q, sums *float64, rows int, least float64)

//go:noescape
func fewWeightsAVX512(w, e *float32, classes int, ratio, weight, share *float64, rows int, nothing float64)
