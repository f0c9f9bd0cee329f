//go:build amd64 && !noasm

package neighbors

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

//go:noescape
func belowAVX2x32(mask []uint64, tile, limit []float32)

//go:noescape
func belowAVX2x64(mask []uint64, tile, limit []float64)

//go:noescape
func belowAVX512x32(mask []uint64, tile, limit []float32)

//go:noescape
func belowAVX512x64(mask []uint64, tile, limit []float64)

// Below sets bit j of mask_i where element (i, j) of a 64 x 64 tile is less than limit_i, none for NaN.
func Below[T core.Float](mask []uint64, tile, limit []T) {
	_, _, _ = mask[:64], tile[:64*64], limit[:64]
	level := cpu.Current()
	switch t := any(tile).(type) {
	case []float32:
		switch level {
		case cpu.AVX512:
			belowAVX512x32(mask, t, any(limit).([]float32))
			return
		case cpu.AVX2:
			belowAVX2x32(mask, t, any(limit).([]float32))
			return
		}
	case []float64:
		switch level {
		case cpu.AVX512:
			belowAVX512x64(mask, t, any(limit).([]float64))
			return
		case cpu.AVX2:
			belowAVX2x64(mask, t, any(limit).([]float64))
			return
		}
	}
	below(mask, tile, limit)
}
