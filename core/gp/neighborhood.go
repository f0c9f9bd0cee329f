package gp

import (
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// neighborhood is the scratch of one goroutine that computes variances of test points given training points, in float64.
type neighborhood struct {
	evaluator[float64]
	op     *Operator
	origin []float64
	own    []float64 // k(x_i, x_i) + Sigma_i (n)
	noise  float64   // common to all points
	z      points    // test points

	open  []int    // places among the test points at hand of those that need neighbors
	marks []uint64 // n: which of the open test points a training point is a neighbor of
	seen  []int32  // training points with marks
	rank  []int32  // n: the first place that a neighbor has for a test point of the factor

	of, neighbors []int32   // test points and training points of a factor
	halves        []float64 // what the neighbors of lower rank take away of variances with noise, as a part of what is left

	inner, outer packed[float64] // neighbors and test points
	l            []float64       // neighbors x neighbors
	b            []float64       // neighbors x test points
	c            []float64       // test points x test points
	unit         []float64       // test points
	corner       []float64       // scratch of a factor
}

func newNeighborhood(op *Operator, own []float64, z points, noise float64) *neighborhood {
	h := &neighborhood{op: op, own: own, z: z, noise: noise, marks: make([]uint64, len(own)), rank: make([]int32, len(own)),
		origin: make([]float64, z.d), halves: make([]float64, tile.Size), unit: make([]float64, tile.Size)}
	op.points.row(0, h.origin)
	h.program = newProgram[float64](op.compiled)
	return h
}

// condition writes the variances of the test points given the neighbors; with others, given the other test points, which are
// training points, as well. The second half of the neighbors begins with the given rank. Neighbors that would make the matrix singular
// to rounding are left out, with the others behind half of them.
func (h *neighborhood) condition(dst, prior []float64, others bool, rank int32) error {
	if others {
		h.neighbors = slices.DeleteFunc(h.neighbors, func(i int32) bool { return slices.Contains(h.of, i) })
	}
	t := len(h.of)
	h.outer.pack(h.op.compiled, h.z.picked(h.of), unordered(t), h.origin, 1)
	for !h.factorize() {
		h.neighbors = h.neighbors[:len(h.neighbors)/2]
	}
	u := len(h.neighbors)
	h.b = sized(h.b, u*t)
	if u > 0 {
		h.write(h.b, &h.inner, &h.outer)
		solveLower(1, h.l, u, h.b, t)
	}
	for j, i := range h.of {
		explained, half := 0.0, 0.0
		for a, k := range h.neighbors {
			square := h.b[a*t+j] * h.b[a*t+j]
			if explained += square; h.rank[k] >= rank {
				half += square
			}
		}
		dst[i] = prior[i] - explained
		h.halves[j] = half / (max(dst[i], 0) + h.noise)
	}
	if others {
		return h.leaveOut(dst)
	}
	return nil
}

// factorize sets l to the Cholesky factor of K + Sigma of the neighbors. It reports false if that is not positive definite to rounding.
func (h *neighborhood) factorize() bool {
	u := len(h.neighbors)
	if u == 0 {
		return true
	}
	h.l = sized(h.l, u*u)
	h.inner.pack(h.op.compiled, h.op.points.picked(h.neighbors), unordered(u), h.origin, 1)
	h.write(h.l, &h.inner, &h.inner)
	for a, i := range h.neighbors {
		h.l[a*u+a] = h.own[i]
	}
	if u > triangularBlock {
		return choleskyLower(1, h.l, u)
	}
	h.corner = sized(h.corner, triangularBlock*panelRows)
	return choleskyCorner(h.l, u, u, h.corner)
}

// leaveOut writes the variance of f at each test point: 1 / c_i less the noise, where c is the diagonal of the inverse of what the
// neighbors leave of K + Sigma.
func (h *neighborhood) leaveOut(dst []float64) error {
	u, t := len(h.neighbors), len(h.of)
	h.c = sized(h.c, t*t)
	h.write(h.c, &h.outer, &h.outer)
	for j, i := range h.of {
		h.c[j*t+j] = h.own[i]
	}
	if u > 0 {
		blas.Syrk(1, true, true, t, u, -1, h.b, t, 1, h.c, t)
	}
	if !dense.Cholesky(h.c, t) {
		return singular(u + t)
	}
	sigma, unit := h.op.Sigma(), h.unit[:t]
	for j, i := range h.of {
		clear(unit)
		unit[j] = 1
		dense.SolveLower(h.c, t, unit)
		dst[i] = 1/blas.Dot(unit, unit) - sigma[i]
	}
	return nil
}

// write writes the elements of K between rows and columns to dst, without gaps. Of a symmetric matrix it writes the lower triangle,
// in whole tiles.
func (h *neighborhood) write(dst []float64, rows, cols *packed[float64]) {
	h.use(h.program, rows, cols, true, 0)
	if !h.start(0, 0) {
		clear(dst)
		return
	}
	for s := range rows.tiles {
		for t := range cols.tiles {
			if rows == cols && t > s {
				break
			}
			k, width := h.tile(s, t), cols.count(t)
			for i := range rows.count(s) {
				copy(dst[(s*tile.Size+i)*cols.n+t*tile.Size:], k[i*tile.Size:i*tile.Size+width])
			}
		}
	}
}
