//go:build amd64 && !noasm

package vmath

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/cpu"
)

func cosTurnsOf(l cpu.Level) func(dst, x []float64) {
	return [...]func(dst, x []float64){cpu.Generic: cosTurnsGeneric, cpu.AVX2: cosTurnsAVX2, cpu.AVX512: cosTurnsAVX512}[l]
}

// cosineTable has one row of 64 bytes per constant: the mask of what is not the sign, 4, -1 and the coefficients.
var cosineTable [10][8]uint64

func init() {
	for i, v := range append([]float64{math.Float64frombits(1<<63 - 1), 4, -1}, cosineC[:]...) {
		repeat(cosineTable[i][:], math.Float64bits(v))
	}
}

//go:noescape
func cosTurnsAVX2(dst, x []float64)

//go:noescape
func cosTurnsAVX512(dst, x []float64)
