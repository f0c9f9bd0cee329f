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
	alpha  []float64 // N x K, or K where it is the same for all
	whole  []float64 // full x full
	slope  []float64 // full
	share  []float64 // K
}

func newCurvature(a *parameters, v *pass) *curvature {
	size := a.size()
	c := &curvature{a: a, v: v, gradient: make([]float64, size), complete: make([]float64, size*size),
		hessian: make([]float64, size*size), whole: make([]float64, a.full()*a.full()), slope: make([]float64, a.full()),
		share: make([]float64, a.k)}
	c.alpha = make([]float64, a.k)
	if a.q > 1 {
		c.alpha = make([]float64, v.l.persons*a.k)
	}
	return c
}

// first computes the gradient and the information of the complete data. ridge and theta add the penalty to both.
func (c *curvature) first(theta []float64, ridge float64) {
	a, l, v := c.a, c.v.l, c.v
	p, free, full := a.p, a.k*a.p, a.full()
	clear(c.whole)
	copy(c.slope, v.gradient)
	clear(c.slope[free:])
	for k := range a.k {
		for i := range p {
			copy(c.whole[(k*p+i)*full+k*p:], v.information[(k*p+i)*p:(k*p+i)*p+i+1])
		}
	}
	if a.q == 1 {
		for k, u := range v.logAlpha {
			c.alpha[k] = math.Exp(u)
		}
		c.addShares(one[:], v.members, c.alpha, l.total)
	}
	for n := 0; n < l.persons && a.q > 1; n++ {
		alpha := c.alpha[n*a.k : (n+1)*a.k]
		v.membership(alpha, l.covariates(n))
		for k := range alpha {
			alpha[k] = math.Exp(alpha[k])
		}
		copy(c.share, v.posterior[n*a.k:(n+1)*a.k])
		w := l.personWeight(n)
		for k := range c.share {
			c.share[k] *= w
		}
		c.addShares(l.covariates(n), c.share, alpha, w)
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

// addShares adds to gradient and information in delta those of persons of weight w in all who share covariates z and alpha;
// r is the weighted sum of their posterior probabilities.
func (c *curvature) addShares(z, r, alpha []float64, w float64) {
	q, free, full := c.a.q, c.a.k*c.a.p, c.a.full()
	for m := range c.a.k - 1 {
		for i, zi := range z {
			row := free + m*q + i
			c.slope[row] += (r[m] - w*alpha[m]) * zi
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

// alphaOf is alpha_n.
func (c *curvature) alphaOf(n int) []float64 {
	if c.a.q == 1 {
		return c.alpha
	}
	return c.alpha[n*c.a.k : (n+1)*c.a.k]
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
	if a.k == 1 {
		c.scores = v.scores
		return
	}
	if c.scores == nil {
		c.scores = make([]float64, l.persons*full)
	}
	for n := range l.persons {
		row := c.scores[n*full : (n+1)*full]
		copy(row, v.scores[n*free:(n+1)*free])
		w, z := l.personWeight(n), l.covariates(n)
		for m := range a.k - 1 {
			u := w * (v.posterior[n*a.k+m] - c.alphaOf(n)[m])
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
	p, full, n := a.p, a.full(), l.persons
	c.personScores()
	if c.scaled == nil {
		c.scaled, c.mixed = make([]float64, n*full), make([]float64, n*(a.k-1)*a.q)
	}
	clear(c.whole)
	for i := range n {
		w, from, to := l.personWeight(i), c.scores[i*full:][:full], c.scaled[i*full:][:full]
		for k, r := range v.posterior[i*a.k : (i+1)*a.k] {
			f := inverseRoot(w * r)
			for j, u := range from[k*p : (k+1)*p] {
				to[k*p+j] = f * u
			}
		}
	}
	t := v.threads
	for k := range a.k {
		blas.Syrk(t, true, true, p, n, 1, c.scaled[k*p:], full, 1, c.whole[k*p*full+k*p:], full)
	}
	c.missingMembership()
	if l.weight == nil {
		blas.Syrk(t, true, true, full, n, -1, c.scores, full, 1, c.whole, full)
		return
	}
	for i := range n {
		f := inverseRoot(l.personWeight(i))
		for j, u := range c.scores[i*full : (i+1)*full] {
			c.scaled[i*full+j] = f * u
		}
	}
	blas.Syrk(t, true, true, full, n, -1, c.scaled, full, 1, c.whole, full)
}

// missingMembership adds to whole what has to do with delta: sum_n w_n sum_k r_nk t_nk t_nk' in its rows; the second
// derivatives of log alpha are in complete already.
func (c *curvature) missingMembership() {
	a, l, v := c.a, c.v.l, c.v
	p, q, free, full, n := a.p, a.q, a.k*a.p, a.full(), l.persons
	others := (a.k - 1) * q
	if q == 1 {
		c.addMembership(l.total, one[:], c.alpha, v.members)
		for m := range a.k - 1 {
			row := c.whole[(free+m)*full:][:free]
			blas.Axpy(-c.alpha[m], v.gradient, row)
			blas.Axpy(1, v.gradient[m*p:(m+1)*p], row[m*p:(m+1)*p])
		}
		return
	}
	for i := range n {
		w, z, alpha := l.personWeight(i), l.covariates(i), c.alphaOf(i)
		for m := range a.k - 1 {
			for j, zj := range z {
				c.mixed[i*others+m*q+j] = alpha[m] * zj
			}
		}
		for k := range c.share {
			c.share[k] = w * v.posterior[i*a.k+k]
		}
		c.addMembership(w, z, alpha, c.share)
	}
	blas.Gemm(v.threads, true, false, others, free, n, -1, c.mixed, others, c.scores, full, 1, c.whole[free*full:], full)
	for m := range a.k - 1 {
		for i := range n {
			for j, zj := range l.covariates(i) {
				blas.Axpy(zj, c.scores[i*full+m*p:][:p], c.whole[(free+m*q+j)*full+m*p:][:p])
			}
		}
	}
}

// addMembership adds sum_k r_k t_k t_k' in delta of persons of weight w in all who share covariates z and alpha; r is the
// weighted sum of their posterior probabilities.
func (c *curvature) addMembership(w float64, z, alpha, r []float64) {
	q, free, full := c.a.q, c.a.k*c.a.p, c.a.full()
	for m := range c.a.k - 1 {
		for o := range m + 1 {
			u := w*alpha[m]*alpha[o] - alpha[o]*r[m] - alpha[m]*r[o]
			if o == m {
				u += r[m]
			}
			for i, zi := range z {
				for j, zj := range z {
					c.whole[(free+m*q+i)*full+free+o*q+j] += u * zi * zj
				}
			}
		}
	}
}

// inverseRoot is one over the root of x, or 0 where x is 0 or next to it.
func inverseRoot(x float64) float64 {
	if x > 1e-290 {
		return 1 / math.Sqrt(x)
	}
	return 0
}
