//go:build amd64 && !noasm

package blas

import "github.com/lithe-ml/lithe/core/internal/cpu"

// convertBlock is how many elements the assembly takes at a time.
const convertBlock = 16

// widenVectors, addWideVectors and narrowVectors do whole blocks from the start and return how many elements that was.

func widenVectors(x []float32, y []float64) int {
	n := len(x) / convertBlock * convertBlock
	switch {
	case n == 0:
	case cpu.Current() == cpu.AVX512:
		widenAVX512(x[:n], y[:n])
	case cpu.Current() == cpu.AVX2:
		widenAVX2(x[:n], y[:n])
	default:
		return 0
	}
	return n
}

func addWideVectors(x []float32, y []float64) int {
	n := len(x) / convertBlock * convertBlock
	switch {
	case n == 0:
	case cpu.Current() == cpu.AVX512:
		addWideAVX512(x[:n], y[:n])
	case cpu.Current() == cpu.AVX2:
		addWideAVX2(x[:n], y[:n])
	default:
		return 0
	}
	return n
}

func narrowVectors(x []float64, y []float32) int {
	n := len(x) / convertBlock * convertBlock
	switch {
	case n == 0:
	case cpu.Current() == cpu.AVX512:
		narrowAVX512(x[:n], y[:n])
	case cpu.Current() == cpu.AVX2:
		narrowAVX2(x[:n], y[:n])
	default:
		return 0
	}
	return n
}

//go:noescape
func widenAVX512(x []float32, y []float64)

//go:noescape
func widenAVX2(x []float32, y []float64)

//go:noescape
func addWideAVX512(x []float32, y []float64)

//go:noescape
func addWideAVX2(x []float32, y []float64)

//go:noescape
func narrowAVX512(x []float64, y []float32)

//go:noescape
func narrowAVX2(x []float64, y []float32)
