//go:build amd64 && !noasm

package vmath

import "github.com/lithe-ml/lithe/core/internal/cpu"

var (
	families32 = [...]*family[float32]{
		cpu.Generic: generic32,
		cpu.AVX2:    {expSubAVX2x32, logAVX2x32, leastAVX2x32, mostAVX2x32, findAVX2x32},
		cpu.AVX512:  {expSubAVX512x32, logAVX512x32, leastAVX512x32, mostAVX512x32, findAVX512x32},
	}
	families64 = [...]*family[float64]{
		cpu.Generic: generic64,
		cpu.AVX2:    {expSubAVX2x64, logAVX2x64, leastAVX2x64, mostAVX2x64, findAVX2x64},
		cpu.AVX512:  {expSubAVX512x64, logAVX512x64, leastAVX512x64, mostAVX512x64, findAVX512x64},
	}
)

func family32(l cpu.Level) *family[float32] { return families32[l] }

func family64(l cpu.Level) *family[float64] { return families64[l] }

// masks32[i] and masks64[i] select the first i+1 elements of a 32-byte vector.
var (
	masks32 [8][8]int32
	masks64 [4][4]int64
)

func init() {
	for i := range masks32 {
		for j := range i + 1 {
			masks32[i][j] = -1
		}
	}
	for i := range masks64 {
		for j := range i + 1 {
			masks64[i][j] = -1
		}
	}
}

//go:noescape
func expSubAVX2x32(dst, x []float32, shift float32) float32

//go:noescape
func logAVX2x32(dst, x []float32)

//go:noescape
func leastAVX2x32(x []float32) float32

//go:noescape
func mostAVX2x32(x []float32) float32

//go:noescape
func findAVX2x32(x []float32, v float32) int

//go:noescape
func expSubAVX2x64(dst, x []float64, shift float64) float64

//go:noescape
func logAVX2x64(dst, x []float64)

//go:noescape
func leastAVX2x64(x []float64) float64

//go:noescape
func mostAVX2x64(x []float64) float64

//go:noescape
func findAVX2x64(x []float64, v float64) int

//go:noescape
func expSubAVX512x32(dst, x []float32, shift float32) float32

//go:noescape
func logAVX512x32(dst, x []float32)

//go:noescape
func leastAVX512x32(x []float32) float32

//go:noescape
func mostAVX512x32(x []float32) float32

//go:noescape
func findAVX512x32(x []float32, v float32) int

//go:noescape
func expSubAVX512x64(dst, x []float64, shift float64) float64

//go:noescape
func logAVX512x64(dst, x []float64)

//go:noescape
func leastAVX512x64(x []float64) float64

//go:noescape
func mostAVX512x64(x []float64) float64

//go:noescape
func findAVX512x64(x []float64, v float64) int
