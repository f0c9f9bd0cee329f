//go:build amd64 && !noasm

package dense

import "github.com/lithe-ml/lithe/core/internal/cpu"

// rotate is rotateGeneric in the kernels of the level in force. It panics if y is shorter than x.
func rotate(x, y []float64, c, s float64) {
	y = y[:len(x)]
	switch cpu.Current() {
	case cpu.AVX2:
		rotateAVX2(x, y, c, s)
	case cpu.AVX512:
		rotateAVX512(x, y, c, s)
	default:
		rotateGeneric(x, y, c, s)
	}
}

//go:noescape
func rotateAVX2(x, y []float64, c, s float64)

//go:noescape
func rotateAVX512(x, y []float64, c, s float64)
