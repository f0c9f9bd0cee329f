package tile

import (
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

const (
	// Size is the number of rows and of columns of a tile.
	Size = 64
	// Elements is the number of elements of a tile.
	Elements = Size * Size
	// Bytes is the width of a panel: a cache line.
	Bytes = 64
)

// Lanes returns the number of columns of a panel: 16 for float32, 8 for float64.
func Lanes[T core.Float]() int {
	var z T
	return Bytes / int(unsafe.Sizeof(z))
}

// Products writes na_i + nb_j + sum over q of a_qi b_qj to dst, but no less than floor. With na and nb the squared norms of
// the points and a holding -2 times their features, these are squared distances and the floor is 0.
func Products[T core.Float](dst, a, b []T, d int, na, nb []T, floor T) {
	_, _, _, _, _ = dst[:Elements], a[:d*Size], b[:d*Size], na[:Size], nb[:Size]
	familyFor[T]().products(dst, a, b, d, na, nb, floor)
}

// Distances writes the squared distances, sum over q of (a_qi - b_qj)^2, to dst. Where [Products] has an absolute error of
// some roundings of the norms, this has a relative one, at twice the operations.
func Distances[T core.Float](dst, a, b []T, d int) {
	_, _, _ = dst[:Elements], a[:d*Size], b[:d*Size]
	familyFor[T]().distances(dst, a, b, d)
}

// Evaluate writes the kernel c at the squared distances r2 to k, and its h to h unless h is nil. k may be r2. scratch is a tile.
func Evaluate[T core.Float](c *Curve[T], k, h, r2, scratch []T) {
	_, _, _ = k[:Elements], r2[:Elements], scratch[:Elements]
	if h != nil {
		_ = h[:Elements]
	}
	if f := familyFor[T](); c.kind == rationalQuadratic {
		f.rational.evaluate(c, k, h, r2, scratch)
	} else {
		f.curves[c.kind](c, k, h, r2)
	}
}

// Multiply adds K v to o, or with trans K^T v, for panels v and o.
func Multiply[T core.Float](o, k, v []T, trans bool) {
	n := Size * Lanes[T]()
	_, _, _ = o[:n], k[:Elements], v[:n]
	row, col := Size, 1
	if trans {
		row, col = col, row
	}
	familyFor[T]().multiply(o, k, v, row, col)
}

// Apply is [Multiply] for one column in both directions: it adds K vj to the sums over the lanes of p (Size x Lanes), to be
// had with [Reduce], and K^T vi to oj (Size).
func Apply[T core.Float](p, oj, k, vi, vj []T) {
	_, _, _, _, _ = p[:Size*Lanes[T]()], oj[:Size], k[:Elements], vi[:Size], vj[:Size]
	familyFor[T]().apply(p, oj, k, vi, vj)
}

// Reduce adds the sum of each row of p (rows x Lanes) to an element of dst (rows) and clears p.
func Reduce[T core.Float](dst []float64, p []T) {
	_ = p[:len(dst)*Lanes[T]()]
	familyFor[T]().reduce(dst, p)
}

// Accumulate adds src, whose length is a multiple of [Lanes], to dst and clears src.
func Accumulate[T core.Float](dst []float64, src []T) {
	_ = dst[:len(src)]
	familyFor[T]().accumulate(dst, src)
}

// Contract adds the sum over i, j of g_ij (a_qi - b_qj)^2 to out[q], for each of d features.
func Contract[T core.Float](out []float64, g, a, b []T, d int) {
	_, _, _, _ = out[:d], g[:Elements], a[:d*Size], b[:d*Size]
	familyFor[T]().contract(out[:d], g, a, b)
}

// ContractScratch returns the length of the scratch of [ContractExpanded].
func ContractScratch[T core.Float](d int) int { return (d + 5 + Lanes[T]()) * Size }

// ContractExpanded is [Contract] with the squares multiplied out, as [Products] has them: about a third of the operations, with
// an error of some roundings of the squares. a holds d features and up to three more of any finite numbers, in all a
// multiple of four. scratch has the length [ContractScratch], and sums that of Size.
func ContractExpanded[T core.Float](out []float64, g, a, b []T, d int, scratch []T, sums []float64) {
	full := (d + 3) / 4 * 4
	c, rest := scratch[:full*Size], scratch[full*Size:]
	u, v, p := rest[:Size], rest[Size:2*Size], rest[2*Size:(2+Lanes[T]())*Size]
	_, _, _, _ = out[:d], g[:Elements], a[:full*Size], b[:d*Size]
	f := familyFor[T]()
	f.correlate(c, a, g, full)
	clear(sums[:Size])
	for i := range u {
		u[i] = 1
	}
	clear(v)
	clear(p)
	f.apply(p, v, g, u, u)
	f.reduce(sums[:Size], p)
	for i, s := range sums[:Size] {
		u[i] = T(s)
	}
	f.gather(out[:d], c, a, b, u, v)
}

// Shift writes src_qi + by_q, the features of src moved by a vector, to dst.
func Shift[T core.Float](dst, src, by []T) {
	if n := len(by) * Size; n > 0 {
		_, _ = dst[:n], src[:n]
		familyFor[T]().shift(dst, src, by)
	}
}

// Expand writes -2 times the moved features of src to dst and their squared norms to norms, as [Products] wants them for
// squared distances.
func Expand[T core.Float](dst, norms, src, by []T) {
	if n := len(by) * Size; n > 0 {
		_, _, _ = dst[:n], norms[:Size], src[:n]
		familyFor[T]().expand(dst, norms, src, by)
	}
}

// Add adds the tile src to the tile dst.
func Add[T core.Float](dst, src []T) {
	_, _ = dst[:Elements], src[:Elements]
	familyFor[T]().add(dst, src)
}

// Scale multiplies the tile dst by the tile src, element by element.
func Scale[T core.Float](dst, src []T) {
	_, _ = dst[:Elements], src[:Elements]
	familyFor[T]().scale(dst, src)
}
