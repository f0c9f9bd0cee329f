package choice

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// Everything here works on columns of the persons of one tile.

// addPrior adds log alpha of the persons of a tile to the columns logs, and leaves alpha.
func (v *pass) addPrior(s *scratch, t *tile, logs []float64) {
	m := t.persons()
	alpha := s.alpha[:v.k*m]
	if v.l.q == 1 {
		for k, u := range v.common {
			blas.Axpy(u, v.l.ones[:m], logs[k*m:(k+1)*m])
			clear(alpha[k*m : (k+1)*m])
			blas.Axpy(math.Exp(u), v.l.ones[:m], alpha[k*m:(k+1)*m])
		}
		return
	}
	most, total := s.most[:m], s.total[:m]
	clear(alpha)
	clear(most)
	for k := range v.k - 1 {
		column := alpha[k*m : (k+1)*m]
		for q, d := range v.delta[k*v.l.q : (k+1)*v.l.q] {
			blas.Axpy(d, v.l.covariate(t, q), column)
		}
		for n, u := range column {
			most[n] = max(most[n], u)
		}
	}
	v.shift(alpha, most)
	e := s.members[:v.k*m]
	vmath.Exp(e, alpha)
	v.total(total, e)
	vmath.Log(total, total)
	v.shift(alpha, total)
	blas.Axpy(1, alpha, logs)
	vmath.Exp(alpha, alpha)
}

// shift subtracts u from K columns.
func (v *pass) shift(columns, u []float64) {
	for k := range v.k {
		blas.Axpy(-1, u, columns[k*len(u):(k+1)*len(u)])
	}
}

// total writes the sum of K columns to dst.
func (v *pass) total(dst, columns []float64) {
	clear(dst)
	for k := range v.k {
		blas.Axpy(1, columns[k*len(dst):(k+1)*len(dst)], dst)
	}
}

// classify turns the log-likelihoods of a tile's persons into the posterior of their classes, and adds up the persons' own and
// the members of the classes. It leaves alpha, and the posterior times weights in members.
func (v *pass) classify(s *scratch, t *tile, to *sums) {
	m, w := t.persons(), v.l.weightOf(t)
	r, own, logs, members := v.posterior[t.lo*v.k:t.hi*v.k], v.logs[t.lo:t.hi], s.logs[:v.k*t.persons()], s.members[:v.k*t.persons()]
	if v.k == 1 {
		copy(own, logs)
		copy(r, v.l.ones)
	} else {
		v.addPrior(s, t, logs)
		most, total, part := s.most[:m], s.total[:m], s.column[:m]
		copy(most, logs)
		for k := 1; k < v.k; k++ {
			for n, u := range logs[k*m : (k+1)*m] {
				most[n] = max(most[n], u)
			}
		}
		v.shift(logs, most)
		vmath.Exp(r, logs)
		v.total(total, r)
		reciprocals(part, total)
		times(r, r, part)
		vmath.Log(own, total)
		blas.Axpy(1, most, own)
		if v.given != nil {
			for k := range v.k {
				for n := range m {
					r[k*m+n] = v.given[(t.lo+n)*v.k+k]
				}
			}
		}
	}
	ones := v.l.ones[:m]
	if w == nil {
		copy(members, r)
		w = ones
	} else {
		times(members, r, w)
	}
	to.loglik[0] += blas.Dot(w, own)
	for k := range v.k {
		to.members[k] += blas.Dot(members[k*m:(k+1)*m], ones)
	}
}

// memberships finishes the scores by those of delta, w (r - alpha) z, and adds up the latter and the information about delta.
func (v *pass) memberships(s *scratch, t *tile, to *sums) {
	m, q, free := t.persons(), v.l.q, v.k*v.l.columns
	w := v.l.weightOf(t)
	for k := range v.k - 1 {
		column := s.column[:m]
		copy(column, s.alpha[k*m:(k+1)*m])
		if w != nil {
			times(column, column, w)
		}
		for i := range q {
			score, z := s.scores[(free+k*q+i)*m:][:m], v.l.covariate(t, i)
			times(score, s.members[k*m:(k+1)*m], z)
			times(s.most[:m], column, z)
			blas.Axpy(-1, s.most[:m], score)
			to.gradient[free+k*q+i] += blas.Dot(score, v.l.ones[:m])
		}
	}
	v.multinomial(s, t, to.membership, (v.k-1)*q, s.alpha[:v.k*m])
}

// multinomial adds sum_n w_n (1{k = o} u_nk - u_nk u_no) z_n z_n' for columns u to the blocks (k, o) of dst.
func (v *pass) multinomial(s *scratch, t *tile, dst []float64, ld int, u []float64) {
	m, q := t.persons(), v.l.q
	w, column, line := v.l.weightOf(t), s.most[:m], s.total[:m]
	for k := range v.k - 1 {
		for o := range k + 1 {
			times(column, u[k*m:(k+1)*m], u[o*m:(o+1)*m])
			for n := range column {
				column[n] = -column[n]
			}
			if o == k {
				blas.Axpy(1, u[k*m:(k+1)*m], column)
			}
			if w != nil {
				times(column, column, w)
			}
			for i := range q {
				times(line, column, v.l.covariate(t, i))
				for j := range q {
					dst[(k*q+i)*ld+o*q+j] += blas.Dot(line, v.l.covariate(t, j))
				}
			}
		}
	}
}

// takeMissing adds what the unknown classes take from the information of the complete data, negative. With T_k = w r_k s_k and z
// the blocks are
//
//	(k, l) of beta:  sum_n (1{k = l} / (w r_k) - 1/w) T_k T_l'
//	(m, k) of delta and beta:  sum_n (1{k = m} - r_m) z T_k'
//	(m, o) of delta:  sum_n w (1{m = o} r_m - r_m r_o) z z'
func (v *pass) takeMissing(s *scratch, t *tile, missing []float64) {
	m, p, q, f := t.persons(), v.l.columns, v.l.q, v.f
	free := v.k * p
	scores, scaled, w := s.scores[:free*m], s.scaled, v.l.weightOf(t)
	r := v.posterior[t.lo*v.k : t.hi*v.k]
	for k := range v.k {
		reciprocals(s.column[:m], s.members[k*m:(k+1)*m])
		v.addSquares(s, missing[k*p*f+k*p:], 1, s.column[:m], scores[k*p*m:(k+1)*p*m])
	}
	inverse := v.l.ones[:m]
	if w != nil {
		inverse = s.column[:m]
		reciprocals(inverse, w)
	}
	v.addSquares(s, missing, -1, inverse, scores)
	d := (v.k - 1) * q
	for k := range v.k - 1 {
		for i := range q {
			times(scaled[(k*q+i)*m:][:m], r[k*m:(k+1)*m], v.l.covariate(t, i))
		}
		products(missing[(free+k*q)*f+k*p:], f, 1, v.l.z[t.lo*q:t.hi*q], scores[k*p*m:], q, p, m)
	}
	products(missing[free*f:], f, -1, scaled, scores, d, free, m)
	v.multinomial(s, t, missing[free*f+free:], f, r)
}

// wide is the number of columns from which packing them for a product of matrices pays.
const wide = 24

// addSquares adds sign times sum_n w_n u_n u_n' to the lower triangle of a block of a matrix over all F, for columns u of persons.
func (v *pass) addSquares(s *scratch, dst []float64, sign float64, w, u []float64) {
	m, columns := len(w), len(u)/len(w)
	if columns < wide {
		gram(dst, v.f, sign, w, u, s.spent[:len(u)])
		return
	}
	scaled := s.scaled[:len(u)]
	times(scaled, u, w)
	blas.GemmTriangle(1, true, false, true, columns, m, sign, scaled, m, u, m, 1, dst, v.f)
}

// products adds sign times the products of the rows of a (rows x n) with those of b (columns x n) to dst.
func products(dst []float64, ld int, sign float64, a, b []float64, rows, columns, n int) {
	if rows >= wide && columns >= wide {
		blas.Gemm(1, false, true, rows, columns, n, sign, a, n, b, n, 1, dst, ld)
		return
	}
	for i := range rows {
		for j := range columns {
			dst[i*ld+j] += sign * blas.Dot(a[i*n:(i+1)*n], b[j*n:(j+1)*n])
		}
	}
}

// byPerson writes columns of a tile-by-tile array, width of them, as rows of persons.
func (l *layout) byPerson(columns []float64, width int) []float64 {
	rows := make([]float64, len(columns))
	for _, t := range l.tiles {
		m := t.persons()
		for c := range width {
			for n, u := range columns[t.lo*width+c*m:][:m] {
				rows[(t.lo+n)*width+c] = u
			}
		}
	}
	return rows
}
