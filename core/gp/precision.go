package gp

import (
	"math"
	"slices"
)

// Sizes of rounding from which residuals in float32 are likely to end far above the tolerance, and conjugate gradients make
// no progress with products in float32 even between residuals in float64.
const (
	coarseRounding   = 0.3
	hopelessRounding = 10
)

// rounding returns what tiles of float32 may change in a residual, in units of it. Rounding of products is some 2^-24 of the
// largest eigenvalue, which the trace bounds, and solutions are up to 1/Sigma. Features that span many length scales in a tile are
// rounded to 2^-24 of that many: elements change by as much, independently of each other, so that eigenvalues of K
// change by the root of n times it.
func (op *Operator) rounding() float64 {
	diagonal := make([]float64, op.Size())
	op.compiled.diagonal(diagonal, op.points)
	mean := 0.0
	for _, v := range diagonal {
		mean += v / float64(len(diagonal))
	}
	n := float64(len(diagonal))
	return 0x1p-24 * mean * max(n, math.Sqrt(n)*op.engine.extent()) / leastOf(op.sigma)
}

// extent returns the median over tiles of the largest distance of a feature from the middle of the tile, in length scales.
func (e *kernelEngine[T]) extent() float64 {
	most := 0.0
	for i, l := range e.program.compiled.leaves {
		if l.shape == inner {
			continue
		}
		spans := make([]float64, e.packed.tiles)
		for t := range spans {
			lo, hi := e.packed.leaves[i].tileBox(t)
			for q, v := range lo {
				spans[t] = max(spans[t], (hi[q]-v)/2)
			}
		}
		slices.Sort(spans)
		most = max(most, spans[len(spans)/2])
	}
	return most
}
