package choice

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// curvature turns a pass into gradient and Hessian in theta.
type curvature struct {
	a *parameters
	v *pass

	gradient []float64 // size
	complete []float64 // size x size: information of the complete data, both triangles
	hessian  []float64 // size x size: of the log-likelihood, both triangles

	scores []float64 // N x full: w_n t_n
	scaled []float64 // N x full
	mixed  []float64 // N x (K-1)Q: alpha_nm z_n
	alpha  []float64 // N x K
	whole  []float64 // full x full
	slope  []float64 // full
}

func newCurvature(a *parameters, v *pass) *curvature {
	size := a.size()
	return &curvature{a: a, v: v, gradient: make([]float64, size), complete: make([]float64, size*size),
		hessian: make([]float64, size*size), whole: make([]float64, a.full()*a.full()), slope: make([]float64, a.full()),
		alpha: make([]float64, v.l.persons*a.k)}
}

// first computes the gradient and the information of the complete data. ridge and theta add the penalty to both.
func (c *curvature) first(theta []float64, ridge float64) {
	a, l, v := c.a, c.v.l, c.v
	p, q, free, full := a.p, a.q, a.k*a.p, a.full()
	clear(c.whole)
	copy(c.slope, v.gradient)
	clear(c.slope[free:])
	for k := range a.k {
		for i := range p {
			copy(c.whole[(k*p+i)*full+k*p:], v.information[(k*p+i)*p:(k*p+i)*p+i+1])
		}
	}
	for n := 0; n < l.persons && a.k > 1; n++ {
		w, z, r, alpha := l.personWeight(n), l.covariates(n), v.posterior[n*a.k:(n+1)*a.k], c.alpha[n*a.k:(n+1)*a.k]
		if q == 1 {
			copy(alpha, v.logAlpha)
		} else {
			v.membership(alpha, z)
		}
		for k := range alpha {
			alpha[k] = math.Exp(alpha[k])
		}
		for m := range a.k - 1 {
			for i, zi := range z {
				row := free + m*q + i
				c.slope[row] += w * (r[m] - alpha[m]) * zi
				for o := range m + 1 {
					u := -alpha[o]
					if o == m {
						u++
					}
					u *= w * alpha[m] * zi
					for j, zj := range z {
						c.whole[row*full+free+o*q+j] += u * zj
					}
				}
			}
		}
	}
	c.reduce(c.complete)
	clear(c.gradient)
	for i, g := range c.slope {
		if at := a.at(i); at >= 0 {
			c.gradient[at] += g
		}
	}
	for i := range a.g {
		c.gradient[i] -= ridge * theta[i]
		c.complete[i*a.size()+i] += ridge
	}
}

// reduce sums the lower triangle of whole into a matrix over theta.
func (c *curvature) reduce(dst []float64) {
	full, size := c.a.full(), c.a.size()
	clear(dst)
	for i := range full {
		at := c.a.at(i)
		if at < 0 {
			continue
		}
		for j, h := range c.whole[i*full : i*full+i+1] {
			to := c.a.at(j)
			if to < 0 {
				continue
			}
			dst[at*size+to] += h
			if i != j {
				dst[to*size+at] += h
			}
		}
	}
}

// second computes the Hessian, after first and a pass with the scores of persons.
func (c *curvature) second() {
	size := c.a.size()
	if c.a.k > 1 {
		c.missing()
		c.reduce(c.hessian)
	} else {
		clear(c.hessian)
	}
	for i := range size * size {
		c.hessian[i] -= c.complete[i]
	}
}

// personScores writes w_n t_n of every person.
func (c *curvature) personScores() {
	a, l, v := c.a, c.v.l, c.v
	free, full := a.k*a.p, a.full()
	if c.scores == nil {
		c.scores = make([]float64, l.persons*full)
	}
	for n := range l.persons {
		row := c.scores[n*full : (n+1)*full]
		copy(row, v.scores[n*free:(n+1)*free])
		w, z := l.personWeight(n), l.covariates(n)
		for m := range a.k - 1 {
			u := w * (v.posterior[n*a.k+m] - c.alpha[n*a.k+m])
			for i, zi := range z {
				row[free+m*a.q+i] = u * zi
			}
		}
	}
}

// missing writes to whole what the unknown classes take from the information of the complete data, negative:
// sum_n w_n (sum_k r_nk t_nk t_nk' - t_n t_n'), with the part of the second derivatives of log alpha in r_nk.
func (c *curvature) missing() {
	a, l, v := c.a, c.v.l, c.v
	p, q, free, full, n := a.p, a.q, a.k*a.p, a.full(), l.persons
	others := (a.k - 1) * q
	c.personScores()
	if c.scaled == nil {
		c.scaled, c.mixed = make([]float64, n*full), make([]float64, n*others)
	}
	clear(c.whole)
	for i := range n {
		w, z := l.personWeight(i), l.covariates(i)
		alpha, r := c.alpha[i*a.k:(i+1)*a.k], v.posterior[i*a.k:(i+1)*a.k]
		for m := range a.k - 1 {
			for j, zj := range z {
				c.mixed[i*others+m*q+j] = alpha[m] * zj
			}
		}
		c.addMembership(w, z, alpha, r)
		for k := range a.k {
			divide(c.scaled[i*full+k*p:][:p], c.scores[i*full+k*p:][:p], w*r[k])
		}
	}
	t := v.threads
	for k := range a.k {
		blas.Syrk(t, true, true, p, n, 1, c.scaled[k*p:], full, 1, c.whole[k*p*full+k*p:], full)
	}
	blas.Gemm(t, true, false, others, free, n, -1, c.mixed, others, c.scores, full, 1, c.whole[free*full:], full)
	for m := range a.k - 1 {
		for i := range n {
			for j, zj := range l.covariates(i) {
				blas.Axpy(zj, c.scores[i*full+m*p:][:p], c.whole[(free+m*q+j)*full+m*p:][:p])
			}
		}
	}
	for i := range n {
		divide(c.scaled[i*full:(i+1)*full], c.scores[i*full:(i+1)*full], l.personWeight(i))
	}
	blas.Syrk(t, true, true, full, n, -1, c.scaled, full, 1, c.whole, full)
}

// addMembership adds one person's sum_k r_k t_k t_k' in delta; the second derivatives are in complete already.
func (c *curvature) addMembership(w float64, z, alpha, r []float64) {
	q, free, full := c.a.q, c.a.k*c.a.p, c.a.full()
	for m := range c.a.k - 1 {
		for o := range m + 1 {
			u := alpha[m]*alpha[o] - alpha[o]*r[m] - alpha[m]*r[o]
			if o == m {
				u += r[m]
			}
			u *= w
			for i, zi := range z {
				for j, zj := range z {
					c.whole[(free+m*q+i)*full+free+o*q+j] += u * zi * zj
				}
			}
		}
	}
}

// divide writes x over the root of by, or 0 where by is 0.
func divide(dst, x []float64, by float64) {
	f := 0.0
	if by > 1e-290 {
		f = 1 / math.Sqrt(by)
	}
	for i, u := range x {
		dst[i] = f * u
	}
}
