//go:build !amd64 || noasm

package softmix

func fewProductsKernel(dst []float32, C int, x []float32, stride, n, L int, coef, shift []float32) {
	fewProductsGeneric(dst, C, x, stride, n, L, coef, shift)
}

func fewSumsKernel(dst, x []float32, stride, n, L int, w []float32) {
	fewSumsGeneric(dst, x, stride, n, L, w)
}
