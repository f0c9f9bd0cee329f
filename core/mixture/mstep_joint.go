package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// joint is the M-step of loadings that components share. Feature d has parameters theta_d of its own: its row of Lambda
// for tied loadings, and [A_d b_d] for common ones. Given the noise, they are weighted least squares over all components,
//
//	(sum_c G_c / D_cd) theta_d = sum_c g_cd / D_cd,
//
// and so exact where the noise is tied, as it cancels. Noise of its own then follows given the loadings (expectation
// conditional maximisation: Meng and Rubin, 1993), so that the likelihood never falls. The mean of a tied component is
// eliminated; xi_c and Omega_c of common factors are the mean and the covariance of E[u]. Everything is made of the sums
// that a component of its own needs, with t = x - mu and the factors z of the E-step:
//
//	E_c = sum q E [z 1][z 1]^T,  y_cd = sum q t_d E [z 1],  s_cd = sum q t_d^2
//	tied:    G = E_zz - E_z1 E_1z / E_11,  g = y_z - E_z1 y_1 / E_11
//	common:  [u 1] = T [z 1],  T = [[root xi] [0 1]],  G = T E T^T,  g = T (y + mu E_.1)
//
// A row of a t component has q u in place of q in every sum but the N of n and of E[z z^T], as in mstep.
//
// Tied loadings: McNicholas and Murphy, Statistics and Computing 18, 2008. Common ones: Baek, McLachlan and Flack, IEEE
// PAMI 32, 2010. The intercept b makes that model independent of the origin of the data.
type joint struct {
	K   int       // parameters of a feature
	n   []float64 // C: sum q; 0 where a component has nothing to say
	e   []float64 // C x (H+1) x (H+1)
	y   []float64 // C x D x (H+1)
	s   []float64 // C x D
	old []float64 // C x D: the means that t is counted from
	g   []float64 // C x K x K
	t   []float64 // C x (H+1) x (H+1), for common loadings

	held bool // what components share stays as it is
}

// jointTile is the number of features solved by one tile.
const jointTile = 8

func newJoint(o *Options, c, d, h int) *joint {
	n := h + 1
	j := &joint{K: h, n: make([]float64, c), e: make([]float64, c*n*n), y: make([]float64, c*d*n), s: make([]float64, c*d), old: make([]float64, c*d)}
	if o.LoadingsType == LoadingsCommon {
		j.K, j.t = n, make([]float64, c*n*n)
	}
	j.g = make([]float64, c*j.K*j.K)
	return j
}

// runJoint is run for loadings that components share.
func (m *mstep[T]) runJoint(ctx context.Context, p *params, found []pairs[T]) error {
	m.clearJoint(p)
	if err := m.each(ctx, found, func(c int, sums *moments, _ *mscratch[T]) { m.gatherJoint(p, c, sums) }); err != nil {
		return err
	}
	return m.solveJoint(ctx, p, m.d.total)
}

// clearJoint begins a joint M-step.
func (m *mstep[T]) clearJoint(p *params) {
	clear(p.pi)
	clear(m.joint.n)
}

// gatherJoint adds a component with its sums; calls for different components may run at the same time.
func (m *mstep[T]) gatherJoint(p *params, c int, sums *moments) {
	p.pi[c] = sums.n
	if !(sums.n > 1e-100) {
		return
	}
	m.collect(c, sums)
	m.joint.reduce(c, p)
	if m.dof {
		p.dof[c] = estimateDOF(p.dof[c], m.k.D, sums.u/sums.n, sums.l/sums.n)
	}
}

// solveJoint finishes a joint M-step of points of this total weight.
func (m *mstep[T]) solveJoint(ctx context.Context, p *params, total float64) error {
	if err := par.For(ctx, m.threads, par.Tiles(p.D, jointTile), func(_, tile int) {
		lo, hi := par.Span(tile, p.D, jointTile)
		w := newJointScratch(m.joint.K, p.H+1)
		for d := lo; d < hi; d++ {
			m.joint.solve(p, d, w)
		}
	}); err != nil {
		return err
	}
	for c, n := range m.joint.n {
		if _, _, noise := p.component(c); n > 0 {
			m.settle(n, noise)
		}
	}
	m.tieNoise(p)
	reweigh(p.pi, total, m.prior.concentration)
	return nil
}

// settle brings the mean squared residuals of a component of weight n under prior, shape and floor of its noise.
func (m *mstep[T]) settle(n float64, noise []float64) {
	if m.isotropic {
		average(noise)
	}
	if m.tied {
		return
	}
	for d, v := range noise {
		v = (n*v + m.prior.freedom*m.prior.scale) / (n + m.prior.count())
		if !(v > m.floor) {
			v = m.floor
		}
		noise[d] = v
	}
}

// collect turns the sums of component c, which are of v = L^T z, into those of z.
func (m *mstep[T]) collect(c int, sums *moments) {
	D, H := m.k.D, m.k.H
	j, n, dp := m.joint, H+1, panel.Pad[T](D)
	component, chol := m.k.component(c), m.k.chol[c*H*H:(c+1)*H*H]
	e := j.e[c*n*n : (c+1)*n*n]
	clear(e)
	for h := range H {
		e[h*n+h] = sums.n
	}
	j.n[c], e[n*n-1] = sums.n, sums.u+m.prior.mean
	for d := range D {
		y, old := j.y[(c*D+d)*n:(c*D+d+1)*n], float64(component[d*panel.Row])
		for h := range H {
			y[h] = sums.m[(h/panel.Width*panel.Moments+2+h%panel.Width)*dp+d]
		}
		y[H] = sums.m[dp+d]
		for i := range H {
			wi := float64(component[(i/panel.Width*D+d)*panel.Row+2+i%panel.Width])
			for k, v := range y {
				e[i*n+k] += wi * v
			}
		}
		dense.SolveLowerTransposed(chol, H, y[:H])
		// The prior of the mean is a point at the origin whose factors are zero.
		y[H] -= m.prior.mean * old
		j.old[c*D+d], j.s[c*D+d] = old, sums.m[d]+m.prior.mean*old*old
	}
	column := make([]float64, H)
	for i := range H {
		dense.SolveLowerTransposed(chol, H, e[i*n:i*n+H])
	}
	for k := range n {
		for i := range column {
			column[i] = e[i*n+k]
		}
		dense.SolveLowerTransposed(chol, H, column)
		for i, v := range column {
			e[i*n+k] = v
		}
	}
	for i := range n {
		for k := range i {
			e[i*n+k] = e[k*n+i]
		}
	}
}

// reduce makes G of component c, and the new distribution of its common factors.
func (j *joint) reduce(c int, p *params) {
	H, n := p.H, p.H+1
	e, g := j.e[c*n*n:(c+1)*n*n], j.g[c*j.K*j.K:(c+1)*j.K*j.K]
	centred := make([]float64, H*H)
	for i := range H {
		for k := range H {
			centred[i*H+k] = e[i*n+k] - e[i*n+H]*e[k*n+H]/e[n*n-1]
		}
	}
	if p.common == nil {
		copy(g, centred)
		return
	}
	xi, root, t := p.common.xi[c*H:(c+1)*H], p.common.root[c*H*H:(c+1)*H*H], j.t[c*n*n:(c+1)*n*n]
	clear(t)
	t[n*n-1] = 1
	for i := range H {
		copy(t[i*n:i*n+H], root[i*H:(i+1)*H])
		t[i*n+H] = xi[i]
	}
	half := make([]float64, n*n) // T E
	multiply(half, t, e, n)
	for i := range n {
		for k := range n {
			g[i*n+k] = dot(half[i*n:(i+1)*n], t[k*n:(k+1)*n])
		}
	}
	for i := range xi {
		xi[i] = g[i*n+H] / e[n*n-1]
	}
	for i := range centred {
		centred[i] /= j.n[c]
	}
	if dense.Cholesky(centred, H) {
		old := append([]float64(nil), root...)
		multiply(root, old, centred, H)
	}
}

// multiply writes a b to dst, all n x n.
func multiply(dst, a, b []float64, n int) {
	clear(dst)
	for i := range n {
		for k, v := range a[i*n : (i+1)*n] {
			for l, u := range b[k*n : (k+1)*n] {
				dst[i*n+l] += v * u
			}
		}
	}
}

// jointScratch is the scratch space of one tile.
type jointScratch struct{ g, theta, r []float64 } // K x K; K; H+1

func newJointScratch(k, n int) *jointScratch {
	return &jointScratch{make([]float64, k*k), make([]float64, k), make([]float64, n)}
}

// solve writes feature d of means and loadings of all components, and their mean squared residuals in place of the noise.
func (j *joint) solve(p *params, d int, w *jointScratch) {
	D, H := p.D, p.H
	if j.held || !j.regress(p, d, w) { // not regressed: factors that nothing depends on
		p.sharedRow(w.theta, d)
	}
	if p.common != nil && !j.held {
		copy(p.common.a[d*H:(d+1)*H], w.theta)
		p.common.b[d] = w.theta[H]
	}
	for c, weight := range j.n {
		if weight > 0 {
			j.explain(p, c, d, w)
		}
		if p.common != nil {
			p.common.apply(p, c, d)
		} else {
			copy(p.lambda[(c*D+d)*H:(c*D+d+1)*H], w.theta)
		}
	}
}

// regress leaves the parameters that components share of feature d in w.theta, and reports whether they are determined.
func (j *joint) regress(p *params, d int, w *jointScratch) bool {
	D, H, n, K := p.D, p.H, p.H+1, j.K
	clear(w.g)
	clear(w.theta)
	for c, weight := range j.n {
		if weight == 0 {
			continue
		}
		precision := 1 / p.noise[c*D+d]
		for i, v := range j.g[c*K*K : (c+1)*K*K] {
			w.g[i] += precision * v
		}
		e, y := j.e[c*n*n:(c+1)*n*n], j.y[(c*D+d)*n:(c*D+d+1)*n]
		if p.common == nil {
			for h := range H {
				w.theta[h] += precision * (y[h] - e[h*n+H]*y[H]/e[n*n-1])
			}
			continue
		}
		for i := range n {
			w.r[i] = y[i] + j.old[c*D+d]*e[i*n+H]
		}
		for i := range n {
			w.theta[i] += precision * dot(j.t[(c*n+i)*n:(c*n+i+1)*n], w.r)
		}
	}
	if !dense.Cholesky(w.g, K) {
		return false
	}
	dense.SolveLower(w.g, K, w.theta)
	dense.SolveLowerTransposed(w.g, K, w.theta)
	return true
}

// explain writes the mean of (t - r [z 1])^2 in component c to its noise, and its mean where that is free.
func (j *joint) explain(p *params, c, d int, w *jointScratch) {
	H, n, i := p.H, p.H+1, c*p.D+d
	e, y, r := j.e[c*n*n:(c+1)*n*n], j.y[i*n:(i+1)*n], w.r
	if p.common == nil {
		copy(r, w.theta)
		r[H] = (y[H] - dot(w.theta, e[H*n:H*n+H])) / e[n*n-1]
		p.mu[i] = j.old[i] + r[H]
	} else {
		clear(r)
		for k, v := range w.theta {
			for l, u := range j.t[(c*n+k)*n : (c*n+k+1)*n] {
				r[l] += v * u
			}
		}
		r[H] -= j.old[i]
	}
	residual := j.s[i]
	for k, v := range r {
		residual += v * (dot(r, e[k*n:(k+1)*n]) - 2*y[k])
	}
	p.noise[i] = residual / j.n[c]
}
