//go:build amd64 && !noasm

package tile

import "github.com/lithe-ml/lithe/core/internal/cpu"

var (
	families32 = [...]*family[float32]{
		cpu.Generic: generic32,
		cpu.AVX2:    generic32,
		cpu.AVX512: {
			products: productsAVX512x32, distances: distancesAVX512x32, multiply: multiplyAVX512x32, apply: applyAVX512x32,
			contract: contractAVX512x32, reduce: reduceGeneric[float32], accumulate: accumulateGeneric[float32],
			add: addGeneric[float32], scale: scaleGeneric[float32],
			curves: curves[float32]{rbfAVX512x32, matern12AVX512x32, matern32AVX512x32, matern52AVX512x32,
				rationalQuadraticCurve[float32]},
		},
	}
	families64 = [...]*family[float64]{
		cpu.Generic: generic64,
		cpu.AVX2:    generic64,
		cpu.AVX512: {
			products: productsAVX512x64, distances: distancesAVX512x64, multiply: multiplyAVX512x64, apply: applyAVX512x64,
			contract: contractAVX512x64, reduce: reduceGeneric[float64], accumulate: accumulateGeneric[float64],
			add: addGeneric[float64], scale: scaleGeneric[float64],
			curves: curves[float64]{rbfAVX512x64, matern12AVX512x64, matern32AVX512x64, matern52AVX512x64,
				rationalQuadraticCurve[float64]},
		},
	}
)

func family32(l cpu.Level) *family[float32] { return families32[l] }

func family64(l cpu.Level) *family[float64] { return families64[l] }
