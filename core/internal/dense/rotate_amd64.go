//go:build amd64 && !noasm

package dense

import "github.com/lithe-ml/lithe/core/internal/cpu"

// rotate is rotateGeneric in the kernels of the level in force. It panics if y is shorter than x.
func rotate(x, y []float64, c, s float64) {
	y = y[:len(x):len(y)]
	switch cpu.Current() {
	case cpu.AVX2:
		rotateAVX2(x, y, c, s)
	case cpu.AVX512:
		rotateAVX512(x, y, c, s)
	default:
		rotateGeneric(x, y, c, s)
	}
}

// rotateChain is rotateChainGeneric in the kernels of the level in force. It panics if z is too short.
func rotateChain(z []float64, ld int, cs []float64) {
	z = z[: len(cs)/2*ld+stripWidth : len(z)]
	switch cpu.Current() {
	case cpu.AVX2:
		rotateChainAVX2(z, ld, cs)
		rotateChainAVX2(z[stripWidth/2:], ld, cs)
	case cpu.AVX512:
		rotateChainAVX512(z, ld, cs)
	default:
		rotateChainGeneric(z, ld, cs)
	}
}

//go:noescape
func rotateAVX2(x, y []float64, c, s float64)

//go:noescape
func rotateAVX512(x, y []float64, c, s float64)

//go:noescape
func rotateChainAVX2(z []float64, ld int, cs []float64)

//go:noescape
func rotateChainAVX512(z []float64, ld int, cs []float64)
