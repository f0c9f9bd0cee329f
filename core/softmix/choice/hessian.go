package choice

// curvature turns the sums of a pass into gradient and Hessian in theta.
type curvature struct {
	a *parameters
	v *pass

	gradient []float64 // size
	complete []float64 // size x size: information of the complete data, both triangles
	hessian  []float64 // size x size: of the log-likelihood, both triangles
	whole    []float64 // full x full
}

func newCurvature(a *parameters, v *pass) *curvature {
	size := a.size()
	return &curvature{a: a, v: v, gradient: make([]float64, size), complete: make([]float64, size*size),
		hessian: make([]float64, size*size), whole: make([]float64, a.full()*a.full())}
}

// first computes the gradient and the information of the complete data. ridge and theta add the penalty to both.
func (c *curvature) first(theta []float64, ridge float64) {
	a, v := c.a, c.v
	p, free, full, d := a.p, a.k*a.p, a.full(), len(v.delta)
	clear(c.whole)
	for k := range a.k {
		for i := range p {
			copy(c.whole[(k*p+i)*full+k*p:], v.information[(k*p+i)*p:(k*p+i)*p+i+1])
		}
	}
	for i := range d {
		copy(c.whole[(free+i)*full+free:], v.membership[i*d:i*d+i+1])
	}
	c.reduce(c.complete, c.whole)
	clear(c.gradient)
	for i, g := range v.gradient {
		if at := a.at(i); at >= 0 {
			c.gradient[at] += g
		}
	}
	for i := range a.g {
		c.gradient[i] -= ridge * theta[i]
		c.complete[i*a.size()+i] += ridge
	}
}

// second computes the Hessian, after first and a pass with curvatures.
func (c *curvature) second() {
	clear(c.hessian)
	if c.a.k > 1 {
		c.reduce(c.hessian, c.v.missing)
	}
	for i, u := range c.complete {
		c.hessian[i] -= u
	}
}

// reduce sums the lower triangle of a matrix over all coefficients and delta into one over theta.
func (c *curvature) reduce(dst, whole []float64) {
	full, size := c.a.full(), c.a.size()
	clear(dst)
	for i := range full {
		at := c.a.at(i)
		if at < 0 {
			continue
		}
		for j, h := range whole[i*full : i*full+i+1] {
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
