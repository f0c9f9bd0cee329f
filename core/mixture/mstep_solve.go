package mixture

import (
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// solve turns the sums of component c, taken under the packed parameters, into its new mean, loadings and noise
// variances. It reports false, and leaves them alone, where the sums decide nothing.
func (m *mstep[T]) solve(c int, sums *moments, w *mscratch[T], mu, lambda, noise []float64) bool {
	D, H, N := m.k.D, m.k.H, sums.n
	dp := panel.Pad[T](D)
	if !(N > 1e-100) {
		return false
	}
	component, n := m.k.component(c), H+1
	s, y := sums.m[:dp], sums.m[dp:2*dp]
	yv := func(h, d int) float64 {
		g, j := h/panel.Width, h%panel.Width
		return sums.m[(g*panel.Moments+2+j)*dp+d]
	}
	// E in the lower triangle of w.e, with the mean first
	clear(w.e)
	w.e[0] = sums.u + m.prior.mean
	for i := range H {
		at := (i + 1) * n
		w.e[at+i+1] = N
		for d := range D {
			wi := float64(component[(i/panel.Width*D+d)*panel.Row+2+i%panel.Width])
			w.e[at] += wi * y[d]
			for j := range i + 1 {
				w.e[at+j+1] += wi * yv(j, d)
			}
		}
	}
	if !m.spread(sums, w) || !dense.Cholesky(w.e, n) {
		return false
	}
	row := panel.Row
	if H == 0 {
		row = 2
	}
	for h := range H {
		copy(w.z[(h+1)*D:(h+2)*D], sums.m[(h/panel.Width*panel.Moments+2+h%panel.Width)*dp:])
	}
	for d := range D {
		// The prior of the mean is a point at the origin whose factors are zero.
		w.z[d] = y[d] - m.prior.mean*float64(component[d*row])
	}
	solveRows(w.e, n, w.z, D)
	for d := range D {
		old := float64(component[d*row])
		for h := range w.r {
			w.r[h] = w.z[h*D+d]
		}
		explained := w.r[0] * (y[d] - m.prior.mean*old)
		mu[d] = old + w.r[0]
		for h, v := range w.r[1:] {
			explained += v * yv(h, d)
			mu[d] += v * w.center[h]
		}
		w.noise[d] = (s[d] + m.prior.mean*old*old - explained) / N
		if !m.tied {
			w.noise[d] = (N*w.noise[d] + m.prior.freedom*m.prior.scale) / (N + m.prior.count())
		}
		for h := range H {
			sum := 0.0
			for j := h; j < H; j++ {
				sum += w.r[j+1] * w.root[j*H+h]
			}
			lambda[d*H+h] = sum
		}
	}
	if m.isotropic {
		average(w.noise)
	}
	if m.k.tails != nil {
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
