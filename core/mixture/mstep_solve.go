package mixture

import (
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// solve turns the sums of component c, taken under the packed parameters, into its new mean, loadings and noise
// variances. It reports false, and leaves them alone, where the sums decide nothing. The features lie side by side in all
// of it: O(D H^2 + H^3).
func (m *mstep[T]) solve(c int, sums *moments, w *mscratch[T], mu, lambda, noise []float64) bool {
	D, H, N := m.k.D, m.k.H, sums.n
	if !(N > 1e-100) {
		return false
	}
	component, n := m.k.component(c), H+1
	row := panel.Row
	if H == 0 {
		row = 2
	}
	s, y := sums.m[:D], sums.m[m.dp:m.dp+D]
	yv := func(h int) []float64 {
		at := (h/panel.Width*panel.Moments + 2 + h%panel.Width) * m.dp
		return sums.m[at : at+D]
	}
	part := func(all []float64, h int) []float64 { return all[h*D : (h+1)*D] }
	for h := range H {
		column, wt := component[h/panel.Width*D*row+2+h%panel.Width:], part(w.wt, h)
		for d := range wt {
			wt[d] = float64(column[d*row])
		}
	}
	// E in the lower triangle of w.e, with the mean first
	clear(w.e)
	w.e[0] = sums.u + m.prior.mean
	for i := range H {
		at := (i + 1) * n
		w.e[at] = blas.Dot(part(w.wt, i), y)
		for j := range i + 1 {
			w.e[at+j+1] = blas.Dot(part(w.wt, i), yv(j))
		}
		w.e[at+i+1] += N
	}
	if !m.spread(sums, w) || !dense.Cholesky(w.e, n) {
		return false
	}
	for h := range H {
		copy(part(w.z, h+1), yv(h))
	}
	delta := part(w.z, 0)
	for d := range D {
		// The prior of the mean is a point at the origin whose factors are zero.
		old := float64(component[d*row])
		delta[d] = y[d] - m.prior.mean*old
		mu[d], w.noise[d] = old, s[d]+m.prior.mean*old*old
	}
	copy(w.r, delta)
	solveRows(w.e, n, w.z, D)
	subtract(w.noise, delta, w.r)
	for h := range H {
		subtract(w.noise, part(w.z, h+1), yv(h))
		blas.Axpy(w.center[h], part(w.z, h+1), mu)
	}
	blas.Axpy(1, delta, mu)
	for d, v := range w.noise {
		v /= N
		if !m.tied {
			v = (N*v + m.prior.freedom*m.prior.scale) / (N + m.prior.count())
		}
		w.noise[d] = v
	}
	for h := range H { // Lambda = Lambda~ R
		wt := part(w.wt, h)
		clear(wt)
		for j := h; j < H; j++ {
			blas.Axpy(w.root[j*H+h], part(w.z, j+1), wt)
		}
		for d, v := range wt {
			lambda[d*H+h] = v
		}
	}
	if m.isotropic {
		average(w.noise)
	}
	if m.k.tails != nil && !m.tied {
		m.expand(sums, lambda, w.noise)
	}
	for d, v := range w.noise {
		if !(v > m.floor) && !m.tied {
			v = m.floor
		}
		noise[d] = v
	}
	return true
}

// subtract takes the products of a and b from s, element by element.
func subtract(s, a, b []float64) {
	b = b[:len(s)]
	for d, v := range a[:len(s)] {
		s[d] -= v * b[d]
	}
}

// spread leaves the mean of the factors v, as the posteriors behind E in w.e tell it, in w.center, and the Cholesky factor
// of their covariance in w.root. Where means have a prior, that of the factors stays 0. It reports whether there is a factor.
func (m *mstep[T]) spread(sums *moments, w *mscratch[T]) bool {
	H, free := m.k.H, 1.0
	if m.prior.mean > 0 {
		free = 0
	}
	for i := range H {
		row := w.e[(i+1)*(H+1) : (i+2)*(H+1)]
		w.center[i] = free * row[0] / w.e[0]
		for j, v := range row[1 : i+2] {
			w.root[i*H+j] = (v - row[0]*w.center[j]) / sums.n
		}
	}
	return dense.Cholesky(w.root, H)
}

// expand finishes the scale matrix of a t component whose unfloored noise variances are noise: the scale of its weights
// moves into the scale matrix, and the sums are then those of weights with mean 1.
func (m *mstep[T]) expand(sums *moments, lambda, noise []float64) {
	meanU := sums.u / sums.n
	if !(slices.Min(noise)/meanU > m.floor) {
		return
	}
	for i := range lambda {
		lambda[i] /= math.Sqrt(meanU)
	}
	for d := range noise {
		noise[d] /= meanU
	}
	sums.u, sums.l = sums.n, sums.l-sums.n*math.Log(meanU)
}

// solveRows overwrites the n rows of z, of length d each, with (L L^T)^-1 z for the lower triangle l: the features side by
// side, where solving for one after the other would wait for every quotient.
func solveRows(l []float64, n int, z []float64, d int) {
	row := func(i int) []float64 { return z[i*d : (i+1)*d] }
	divide := func(i int) {
		inverse := 1 / l[i*n+i]
		for k, v := range row(i) {
			z[i*d+k] = v * inverse
		}
	}
	for i := range n {
		for j := range i {
			blas.Axpy(-l[i*n+j], row(j), row(i))
		}
		divide(i)
	}
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			blas.Axpy(-l[j*n+i], row(j), row(i))
		}
		divide(i)
	}
}

// reweigh turns the N of each component into weights. A component that lost all its points keeps a trace of weight, so
// that its density stays finite and points may still find it.
// The weights have a Dirichlet prior.
func reweigh(pi []float64, total, concentration float64) {
	const trace = 1e-10
	sum := 0.0
	for c, n := range pi {
		pi[c] = math.Max(n+concentration-1, trace*total/float64(len(pi)))
		sum += pi[c]
	}
	for c := range pi {
		pi[c] /= sum
	}
}
