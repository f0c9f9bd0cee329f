//go:build amd64 && !noasm

package choice

import "github.com/lithe-ml/lithe/core/internal/cpu"

// pairKernel is pairGeneric in the kernels of the level in force, but for the order of summation.
func pairKernel(found *[2 * pairColumns]float64, w, d []float64, a, one, b int, sums []float64) int {
	level := cpu.Current()
	if level != cpu.AVX512 && level != cpu.AVX2 {
		return pairGeneric(found, w, d, a, one, b, sums)
	}
	cells := len(w)
	lanes := len(sums) / (len(d) / cells)
	columns, next := min(pairColumns, one+1-b), cells
	switch columns { // kernels take four or two
	case 3:
		columns = 2
	case 1: // twice the same
		next = 0
	}
	rowA, rowOne, columnB, sumA, sumOne := &d[a*cells], &d[one*cells], &d[b*cells], &sums[a*lanes], &sums[one*lanes]
	if level == cpu.AVX512 {
		pairAVX512(found, &w[0], rowA, rowOne, columnB, columns, next, cells, lanes, sumA, sumOne)
	} else {
		pairAVX2(found, &w[0], rowA, rowOne, columnB, columns, next, cells, lanes, sumA, sumOne)
	}
	return columns
}

//go:noescape
func pairAVX512(found *[2 * pairColumns]float64, w, a, one, b *float64, columns, next, cells, lanes int, sumA, sumOne *float64)

//go:noescape
func pairAVX2(found *[2 * pairColumns]float64, w, a, one, b *float64, columns, next, cells, lanes int, sumA, sumOne *float64)
