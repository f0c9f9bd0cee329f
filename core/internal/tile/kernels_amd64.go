//go:build amd64 && !noasm

package tile

import "github.com/lithe-ml/lithe/core/internal/cpu"

// What only moves numbers through the first-level cache is the same with AVX-512.
var (
	narrow32 = [formats]func([]uint16, []float32){narrowHalfAVX2x32, narrowBrainAVX2x32}
	widen32  = [formats]func([]float32, []uint16){widenHalfAVX2x32, widenBrainAVX2x32}

	families32 = [...]*family[float32]{
		cpu.Generic: generic32,
		cpu.AVX2: {
			products: productsAVX2x32, distances: distancesAVX2x32, multiply: multiplyAVX2x32, apply: applyAVX2x32,
			contract: contractAVX2x32, correlate: correlateAVX2x32, gather: gatherAVX2x32,
			shift: shiftAVX2x32, expand: expandAVX2x32,
			reduce: reduceAVX2x32, accumulate: accumulateAVX2x32, add: addAVX2x32, scale: scaleAVX2x32,
			narrow: narrow32, widen: widen32,
			rational: rational[float32]{rationalBaseAVX2x32, rationalExponentAVX2x32, rationalValueAVX2x32},
			curves:   curves[float32]{rbfAVX2x32, matern12AVX2x32, matern32AVX2x32, matern52AVX2x32},
		},
		cpu.AVX512: {
			products: productsAVX512x32, distances: distancesAVX512x32, multiply: multiplyAVX512x32, apply: applyAVX512x32,
			contract: contractAVX512x32, correlate: correlateAVX512x32, gather: gatherAVX512x32,
			shift: shiftAVX512x32, expand: expandAVX512x32,
			reduce: reduceAVX2x32, accumulate: accumulateAVX2x32, add: addAVX2x32, scale: scaleAVX2x32,
			narrow: narrow32, widen: widen32,
			rational: rational[float32]{rationalBaseAVX512x32, rationalExponentAVX512x32, rationalValueAVX512x32},
			curves:   curves[float32]{rbfAVX512x32, matern12AVX512x32, matern32AVX512x32, matern52AVX512x32},
		},
	}
	families64 = [...]*family[float64]{
		cpu.Generic: generic64,
		cpu.AVX2: {
			products: productsAVX2x64, distances: distancesAVX2x64, multiply: multiplyAVX2x64, apply: applyAVX2x64,
			contract: contractAVX2x64, correlate: correlateAVX2x64, gather: gatherAVX2x64,
			shift: shiftAVX2x64, expand: expandAVX2x64,
			reduce: reduceAVX2x64, accumulate: accumulateAVX2x64, add: addAVX2x64, scale: scaleAVX2x64,
			narrow: generic64.narrow, widen: generic64.widen,
			rational: rational[float64]{rationalBaseAVX2x64, rationalExponentAVX2x64, rationalValueAVX2x64},
			curves:   curves[float64]{rbfAVX2x64, matern12AVX2x64, matern32AVX2x64, matern52AVX2x64},
		},
		cpu.AVX512: {
			products: productsAVX512x64, distances: distancesAVX512x64, multiply: multiplyAVX512x64, apply: applyAVX512x64,
			contract: contractAVX512x64, correlate: correlateAVX512x64, gather: gatherAVX512x64,
			shift: shiftAVX512x64, expand: expandAVX512x64,
			reduce: reduceAVX2x64, accumulate: accumulateAVX2x64, add: addAVX2x64, scale: scaleAVX2x64,
			narrow: generic64.narrow, widen: generic64.widen,
			rational: rational[float64]{rationalBaseAVX512x64, rationalExponentAVX512x64, rationalValueAVX512x64},
			curves:   curves[float64]{rbfAVX512x64, matern12AVX512x64, matern32AVX512x64, matern52AVX512x64},
		},
	}
)

func family32(l cpu.Level) *family[float32] { return families32[l] }

func family64(l cpu.Level) *family[float64] { return families64[l] }
