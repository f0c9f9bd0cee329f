package softmix

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/dense"
)

// leastShare is the smallest class probability that the method of moments gives.
const leastShare = 0.02

// atoms solves for K classes in d = K - 1 dimensions from their second moment, diagonal with the positive values (d), and third
// moment t (d x d x d), about their mean. It returns the classes (K x d) and their probabilities, or false if there are none.
//
// With a coordinate 1 added to each class and the second moment made the identity, the third is sum_k alpha_k^-1/2 v_k v_k v_k
// with orthonormal v_k: eigenvectors of each of its slices.
func atoms(values, t []float64) (classes, alpha []float64, ok bool) {
	d := len(values)
	K := d + 1
	slices := make([][]float64, K)
	root := make([]float64, K)
	for i, v := range values {
		root[i] = math.Sqrt(v)
	}
	root[d] = 1
	for c := range slices {
		slices[c] = make([]float64, K*K)
		for i := range K {
			for j := range K {
				value := 0.0
				switch {
				case i < d && j < d && c < d:
					value = t[(i*d+j)*d+c]
				case i < d && i == j && c == d, i < d && i == c && j == d, j < d && j == c && i == d:
					value = values[min(i, j, c)]
				case i == d && j == d && c == d:
					value = 1
				}
				slices[c][i*K+j] = value / (root[i] * root[j] * root[c])
			}
		}
	}
	v := diagonalize(slices, K)
	classes, alpha = make([]float64, K*d), make([]float64, K)
	sum := 0.0
	for k := range K {
		last := v[d*K+k]
		if !(math.Abs(last) > 1e-3) {
			return nil, nil, false
		}
		for i := range d {
			classes[k*d+i] = root[i] * v[i*K+k] / last
		}
		alpha[k] = max(last*last, leastShare)
		sum += alpha[k]
	}
	for k := range alpha {
		alpha[k] /= sum
	}
	return classes, alpha, true
}

// diagonalize returns the rotation V (n x n) that brings the symmetric matrices as close to diagonal as plane rotations can, V'
// a V, all at once. They are overwritten.
//
// Source: J.-F. Cardoso, A. Souloumiac: Jacobi angles for simultaneous diagonalization. SIAM J. Matrix Anal. Appl. 17, 1996.
func diagonalize(a [][]float64, n int) []float64 {
	v := make([]float64, n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	for range 100 {
		largest := 0.0
		for p := range n {
			for q := p + 1; q < n; q++ {
				var hh, hg, gg float64
				for _, m := range a {
					h, g := m[p*n+p]-m[q*n+q], 2*m[p*n+q]
					hh, hg, gg = hh+h*h, hg+h*g, gg+g*g
				}
				angle := math.Atan2(2*hg, hh-gg+math.Hypot(hh-gg, 2*hg)) / 2
				cos, sin := math.Cos(angle), math.Sin(angle)
				largest = max(largest, math.Abs(sin))
				for _, m := range a {
					rotateColumns(m, n, p, q, cos, sin)
					rotateRows(m, n, p, q, cos, sin)
				}
				rotateColumns(v, n, p, q, cos, sin)
			}
		}
		if largest < 1e-9 {
			break
		}
	}
	return v
}

func rotateColumns(m []float64, n, p, q int, cos, sin float64) {
	for i := range n {
		x, y := m[i*n+p], m[i*n+q]
		m[i*n+p], m[i*n+q] = cos*x+sin*y, cos*y-sin*x
	}
}

func rotateRows(m []float64, n, p, q int, cos, sin float64) {
	for i := range n {
		x, y := m[p*n+i], m[q*n+i]
		m[p*n+i], m[q*n+i] = cos*x+sin*y, cos*y-sin*x
	}
}

// hankel returns the distribution on K points of the line that has the moments m (2K of them, from m_0 = 1 on): the eigenvalues
// of one Hankel matrix of moments against the other. It reports false if there is none.
func hankel(m []float64) (points, alpha []float64, ok bool) {
	K := len(m) / 2
	l, h := make([]float64, K*K), make([]float64, K*K)
	for i := range K {
		for j := range K {
			l[i*K+j], h[i*K+j] = m[i+j], m[i+j+1]
		}
	}
	if !dense.Cholesky(l, K) {
		return nil, nil, false
	}
	for range 2 { // L^-1 h L^-T, by columns and by rows
		for i := range K {
			dense.SolveLower(l, K, h[i*K:(i+1)*K])
		}
		for i := range K {
			for j := range i {
				h[i*K+j], h[j*K+i] = h[j*K+i], h[i*K+j]
			}
		}
	}
	points, alpha = make([]float64, K), make([]float64, K)
	if dense.EigenSym(nil, h, K, points) != nil {
		return nil, nil, false
	}
	sum := 0.0
	for k := range K {
		alpha[k] = max(h[k]*h[k], leastShare)
		sum += alpha[k]
	}
	for k := range K {
		alpha[k] /= sum
	}
	return points, alpha, true
}

// hermite returns the moments m_0, ..., m_n-1 of the classes along a line, from the draws of a variable that is standard normal
// over the cells: means of Hermite polynomials.
func hermite(n int, each func(func(weight, z float64))) []float64 {
	m := make([]float64, n)
	each(func(weight, z float64) {
		before, now := 0.0, 1.0
		for i := range m {
			m[i] += weight * now
			before, now = now, z*now-float64(i)*before
		}
	})
	return m
}
