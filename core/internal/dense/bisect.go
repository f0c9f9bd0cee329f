package dense

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/par"
)

// tridiagonalMatrix is a symmetric tridiagonal matrix of order n whose elements are of the order of 1 at most.
type tridiagonalMatrix struct {
	d, off []float64 // off[i] is beside d[i] and d[i+1]; off[n-1] is not used
	square []float64 // square[i] = off[i-1]^2, square[0] = 0
	norm   float64   // a bound of the absolute values of all eigenvalues
}

func newTridiagonalMatrix(d, off []float64) *tridiagonalMatrix {
	t := &tridiagonalMatrix{d: d, off: off, square: make([]float64, len(d))}
	before := 0.0
	for i, v := range d {
		t.square[i] = before * before
		after := 0.0
		if i < len(d)-1 {
			after = math.Abs(off[i])
		}
		t.norm = max(t.norm, before+math.Abs(v)+after)
		before = after
	}
	return t
}

// bisected is how many eigenvalues are bisected in step, to hide the latency of the divisions of one behind the others.
const bisected = 4

// leastQuotient stands in for pivots that vanish.
const leastQuotient = 0x1p-900

// below counts, for each x, the eigenvalues less than x: the negative pivots of a factorization of the matrix less x I.
func (t *tridiagonalMatrix) below(x [bisected]float64) (count [bisected]int) {
	q0, q1, q2, q3 := 1.0, 1.0, 1.0, 1.0
	var c0, c1, c2, c3 int
	square := t.square[:len(t.d)]
	for i, d := range t.d {
		s := square[i]
		q0, q1, q2, q3 = d-x[0]-s/q0, d-x[1]-s/q1, d-x[2]-s/q2, d-x[3]-s/q3
		if math.Abs(q0) < leastQuotient {
			q0 = -leastQuotient
		}
		if math.Abs(q1) < leastQuotient {
			q1 = -leastQuotient
		}
		if math.Abs(q2) < leastQuotient {
			q2 = -leastQuotient
		}
		if math.Abs(q3) < leastQuotient {
			q3 = -leastQuotient
		}
		c0 += int(math.Float64bits(q0) >> 63)
		c1 += int(math.Float64bits(q1) >> 63)
		c2 += int(math.Float64bits(q2) >> 63)
		c3 += int(math.Float64bits(q3) >> 63)
	}
	return [bisected]int{c0, c1, c2, c3}
}

// largest fills values with the largest eigenvalues in decreasing order, to within rounding of the norm. For k of them it
// takes some 200*n*k operations on at most threads goroutines.
func (t *tridiagonalMatrix) largest(threads int, values []float64) {
	n, k := len(t.d), len(values)
	_ = par.For(nil, threads, par.Tiles(k, bisected), func(_, tile int) {
		first, end := par.Span(tile, k, bisected)
		// Eigenvalue first+c, counted from 0 at the top, lies in [low[c], high[c]).
		var low, high, middle [bisected]float64
		for c := range low {
			low[c], high[c] = -t.norm, t.norm*(1+4*epsilon64)
		}
		for width := 2 * t.norm; width > epsilon64/2*t.norm; width /= 2 {
			for c := range middle {
				middle[c] = low[c] + (high[c]-low[c])/2
			}
			for c, less := range t.below(middle) {
				if n-less > first+c {
					low[c] = middle[c]
				} else {
					high[c] = middle[c]
				}
			}
		}
		for c := range end - first {
			values[first+c] = low[c] + (high[c]-low[c])/2
		}
	})
	for j := 1; j < k; j++ {
		values[j] = min(values[j], values[j-1]) // tiles agree to rounding only
	}
}
