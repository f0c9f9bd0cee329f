//go:build !amd64 || noasm

package softmix

func fewProductsKernel(dst []float32, C int, x []float32, stride, n, L int, coef, shift []float32) {
	fewProductsGeneric(dst, C, x, stride, n, L, coef, shift)
}

func fewSumsKernel(dst, x []float32, stride, n, L int, w []float32) {
	fewSumsGeneric(dst, x, stride, n, L, w)
}

// There is no AVX-512 to call these for.

func fewMixAVX512(pi, ratio *float64, e *float32, classes int, weight, q, sums *float64, rows int, least float64) {
	panic("softmix: no AVX-512")
}

func fewWeightsAVX512(w, e *float32, classes int, ratio, weight, share *float64, rows int, nothing float64) {
	panic("softmix: no AVX-512")
}
