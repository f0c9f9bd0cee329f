//go:build amd64 && !noasm

package choice

import "github.com/lithe-ml/lithe/core/internal/cpu"

// timesKernel is timesGeneric in the kernels of the level in force, and gives the same bits.
func timesKernel(dst, x, factor []float64) {
	switch cpu.Current() {
	case cpu.AVX512:
		timesAVX512(dst, x, factor)
	case cpu.AVX2:
		timesAVX2(dst, x, factor)
	default:
		timesGeneric(dst, x, factor)
	}
}

// reciprocalsKernel is reciprocalsGeneric in the kernels of the level in force, and gives the same bits.
func reciprocalsKernel(dst, x []float64) {
	switch cpu.Current() {
	case cpu.AVX512:
		reciprocalsAVX512(dst, x)
	case cpu.AVX2:
		reciprocalsAVX2(dst, x)
	default:
		reciprocalsGeneric(dst, x)
	}
}

// masks[i] selects the first i lanes of four.
var masks [5][4]int64

func init() {
	for i := range masks {
		for j := range i {
			masks[i][j] = -1
		}
	}
}

//go:noescape
func timesAVX512(dst, x, factor []float64)

//go:noescape
func timesAVX2(dst, x, factor []float64)

//go:noescape
func reciprocalsAVX512(dst, x []float64)

//go:noescape
func reciprocalsAVX2(dst, x []float64)
