//go:build !amd64 || noasm

package choice

func pairKernel(found *[2 * pairColumns]float64, w, d []float64, a, one, b int, sums []float64) int {
	return pairGeneric(found, w, d, a, one, b, sums)
}
