//go:build amd64 && !noasm

package dense

import "github.com/lithe-ml/lithe/core/internal/cpu"

// symvKernel is symvGeneric in the kernels of the level in force. It panics if a or y is too short.
func symvKernel(a []float64, ld int, x, y []float64, t *symvTile) {
	a, y = a[:(symvRows-1)*ld+len(x)], y[:len(x)]
	switch cpu.Current() {
	case cpu.AVX2:
		symvAVX2(a, ld, x, y, t)
	case cpu.AVX512:
		symvAVX512(a, ld, x, y, t)
	default:
		symvGeneric(a, ld, x, y, t)
	}
}

//go:noescape
func symvAVX2(a []float64, ld int, x, y []float64, t *symvTile)

//go:noescape
func symvAVX512(a []float64, ld int, x, y []float64, t *symvTile)
