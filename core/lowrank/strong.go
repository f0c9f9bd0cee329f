package lowrank

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

const (
	strongBound = 2 // of the coefficients after exchanges
	// Exchanges beyond this multiple of the rank are not made: each multiplies the volume of the chosen columns by more
	// than strongBound, so that some multiple of the logarithm of what pivoting lost is enough.
	strongExchanges = 16
)

// exchange is a set J of k columns of a sketch y (l x n) with the coefficients of all columns in these, t = y_J^+ y.
type exchange struct {
	y       core.Matrix[float64] // l x n
	chosen  []int                // J
	dual    core.Matrix[float64] // k x l: y_J^+
	t       core.Matrix[float64] // k x n
	scratch []float64            // n
}

// strengthen exchanges chosen columns of y for others until no coefficient exceeds strongBound in magnitude, or rounding
// stops it. chosen must be independent columns; it is overwritten. An exchange of chosen column i for column j
// multiplies the volume that the columns span by at least |t_ij| (Gu and Eisenstat, 1996), and takes 4*(k + l)*n
// operations.
func strengthen(y core.Matrix[float64], chosen []int, threads int) {
	k := len(chosen)
	e := &exchange{y: y, chosen: chosen, dual: core.NewMatrix[float64](k, y.Rows), t: core.NewMatrix[float64](k, y.Cols),
		scratch: make([]float64, y.Cols)}
	if !e.start(threads) {
		return
	}
	for step := range strongExchanges * k {
		i, j, most := e.largest()
		if most <= strongBound {
			return
		}
		if step%k == k-1 { // rounding adds up
			if !e.start(threads) {
				return
			}
			continue
		}
		e.swap(i, j)
	}
}

// start makes dual and t from y_J = Q R: dual = R^-1 Q^T. It reports false if the columns are not independent.
func (e *exchange) start(threads int) bool {
	k, l := len(e.chosen), e.y.Rows
	q, r := core.NewMatrix[float64](k, l), make([]float64, k*k) // rows of q are orthonormal, r is lower triangular
	for a, id := range e.chosen {
		row := q.Row(a)
		for p := range row {
			row[p] = e.y.Row(p)[id]
		}
		norm := math.Sqrt(blas.Dot(row, row))
		for range 2 { // Gram and Schmidt, twice
			for b := range a {
				v := blas.Dot(q.Row(b), row)
				r[a*k+b] += v
				blas.Axpy(-v, q.Row(b), row)
			}
		}
		left := math.Sqrt(blas.Dot(row, row))
		if !(left > 1e-14*norm) {
			return false
		}
		r[a*k+a] = left
		for p := range row {
			row[p] /= left
		}
	}
	// y_J^T = r q, so y_J^+ = r^-T q: from the last row up.
	for a := k - 1; a >= 0; a-- {
		row := e.dual.Row(a)
		copy(row, q.Row(a))
		for b := a + 1; b < k; b++ {
			blas.Axpy(-r[b*k+a], e.dual.Row(b), row)
		}
		for p := range row {
			row[p] /= r[a*k+a]
		}
	}
	blas.Gemm(threads, false, false, k, e.y.Cols, l, 1, e.dual.Data, l, e.y.Data, e.y.Stride, 0, e.t.Data, e.y.Cols)
	e.fix()
	return true
}

// fix writes the identity where it belongs in t.
func (e *exchange) fix() {
	for a, id := range e.chosen {
		for i := range e.t.Rows {
			e.t.Row(i)[id] = 0
		}
		e.t.Row(a)[id] = 1
	}
}

// largest returns the place of the coefficient of largest magnitude.
func (e *exchange) largest() (i, j int, most float64) {
	for a := range e.t.Rows {
		for b, v := range e.t.Row(a) {
			if v = math.Abs(v); v > most {
				i, j, most = a, b, v
			}
		}
	}
	return i, j, most
}

// swap takes column j for chosen column i. With w_p the rows of dual and rest what y_j has outside the span, the part of
// y_j outside the span of the other chosen columns is u = t_ij w_i / |w_i|^2 + rest: then w_i is u / |u|^2, and every other
// w_p loses first its part along the old w_i and then what y_j makes of it.
func (e *exchange) swap(i, j int) {
	k, l := len(e.chosen), e.y.Rows
	old := append([]float64(nil), e.dual.Row(i)...)
	square := blas.Dot(old, old)
	along, coefficient := make([]float64, k), make([]float64, k)
	u := make([]float64, l)
	for p := range u {
		u[p] = e.y.Row(p)[j]
	}
	for p := range k {
		coefficient[p] = e.t.Row(p)[j]
		along[p] = blas.Dot(e.dual.Row(p), old) / square
		if p != i {
			for q := range u {
				u[q] -= coefficient[p] * e.y.Row(q)[e.chosen[p]]
			}
		}
	}
	// u is t_ij y_i + rest so far; y_i has a part within the span of the others.
	for q := range u {
		u[q] += coefficient[i] * (old[q]/square - e.y.Row(q)[e.chosen[i]])
	}
	length := blas.Dot(u, u)
	for q := range u {
		u[q] /= length
	}
	before := append([]float64(nil), e.t.Row(i)...)
	clear(e.scratch)
	for q, v := range u {
		blas.Axpy(v, e.y.Row(q), e.scratch)
	}
	copy(e.dual.Row(i), u)
	copy(e.t.Row(i), e.scratch)
	for p := range k {
		if p == i {
			continue
		}
		c := coefficient[p] - along[p]*coefficient[i]
		blas.Axpy(-along[p], old, e.dual.Row(p))
		blas.Axpy(-c, u, e.dual.Row(p))
		blas.Axpy(-along[p], before, e.t.Row(p))
		blas.Axpy(-c, e.scratch, e.t.Row(p))
	}
	e.chosen[i] = j
	e.fix()
}
