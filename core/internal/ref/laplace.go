package ref

import "math"

// Laplace returns the mode f (n x c, point by point) of p(f | y) for f ~ N(0, I x K) and labels y, and Laplace's approximation
// of log p(y). With one latent function p(1) = 1 / (1 + exp(-f)), with c > 1 it is the softmax. Newton steps are solved with
// all n c unknowns at once: f = (I + K W)^-1 K (W f + y - pi).
//
// Source: C. E. Rasmussen, C. K. I. Williams: Gaussian processes for machine learning, sections 3.4 and 3.5, MIT Press, 2006.
func Laplace(k [][]float64, labels []int, c int) (f []float64, logLikelihood float64) {
	n := len(labels)
	f = make([]float64, n*c)
	var a []float64
	var system [][]float64
	logLikelihood = math.Inf(-1)
	for range 200 {
		// b = W f + y - pi and I + W K
		b := make([]float64, n*c)
		system = make([][]float64, n*c)
		for i, label := range labels {
			p := classProbabilities(f[i*c : (i+1)*c])
			for r := range c {
				row := make([]float64, n*c+1)
				for s := range c {
					w := -p[r] * p[s]
					if r == s {
						w += p[r]
					}
					b[i*c+r] += w * f[i*c+s]
					for j := range labels {
						row[j*c+s] = w * k[i][j]
					}
				}
				row[i*c+r]++
				y := 0.0
				if c == 1 && label == 1 || c > 1 && label == r {
					y = 1
				}
				b[i*c+r] += y - p[r]
				system[i*c+r] = row
			}
		}
		for i, v := range b {
			system[i][n*c] = v
		}
		var logDet float64
		a, logDet = eliminate(system)
		value := -logDet / 2
		next := make([]float64, n*c)
		for i := range labels {
			for r := range c {
				for j := range labels {
					next[i*c+r] += k[i][j] * a[j*c+r]
				}
				value -= a[i*c+r] * next[i*c+r] / 2
			}
		}
		for i, label := range labels {
			p := classProbabilities(next[i*c : (i+1)*c])
			switch {
			case c > 1:
				value += math.Log(p[label])
			case label == 1:
				value += math.Log(p[0])
			default:
				value += math.Log(1 - p[0])
			}
		}
		f = next
		if math.Abs(value-logLikelihood) < 1e-13*math.Abs(value) {
			break
		}
		logLikelihood = value
	}
	return f, logLikelihood
}

// classProbabilities is the logistic function of one number, the softmax of more.
func classProbabilities(f []float64) []float64 {
	if len(f) == 1 {
		return []float64{1 / (1 + math.Exp(-f[0]))}
	}
	p := make([]float64, len(f))
	sum := 0.0
	for i, v := range f {
		p[i] = math.Exp(v)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// eliminate solves the system whose right-hand side is the last column, by Gauss's elimination with pivots, and returns the
// logarithm of the determinant, which is positive.
func eliminate(m [][]float64) (x []float64, logDet float64) {
	n := len(m)
	for p := range n {
		best := p
		for i := p; i < n; i++ {
			if math.Abs(m[i][p]) > math.Abs(m[best][p]) {
				best = i
			}
		}
		m[p], m[best] = m[best], m[p]
		logDet += math.Log(math.Abs(m[p][p]))
		for i := p + 1; i < n; i++ {
			factor := m[i][p] / m[p][p]
			for j := p; j <= n; j++ {
				m[i][j] -= factor * m[p][j]
			}
		}
	}
	x = make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		x[i] = m[i][n]
		for j := i + 1; j < n; j++ {
			x[i] -= m[i][j] * x[j]
		}
		x[i] /= m[i][i]
	}
	return x, logDet
}
