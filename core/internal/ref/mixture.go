// Package ref holds slow, obvious float64 versions of what the solvers compute: the oracle of their tests, and the text
// to read first. Nothing here is blocked, parallel or clever; every formula stands as in its paper.
//
// # Mixtures of factor analyzers
//
// Component c has weight pi_c, mean mu_c (D), loadings Lambda_c (D x H) and noise variances D_c (D):
//
//	z ~ N(0, I_H),  x | z, c ~ N(Lambda_c z + mu_c, diag(D_c)),  so  Sigma_c = Lambda_c Lambda_c^T + diag(D_c).
//
// Densities go through a dense D x D Cholesky factorization of Sigma_c, expectations through beta = Lambda^T Sigma^-1,
// and the M-step is the joint update of [Lambda mu] of Ghahramani and Hinton (CRG-TR-96-1, 1996), in the units of the
// data and about the origin. No matrix inversion lemma, no whitening, no standardisation.
//
// # Letters
//
//	N, D, C, H   points, features, components, factors
//	l_nc         log pi_c + log N(x_n; mu_c, Sigma_c)
//	q_nc         exp l_nc / sum_k exp l_nk, the posterior
//	w_n          weight of point n
package ref

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Component is one Gaussian of a mixture.
type Component struct {
	Weight   float64
	Mean     []float64   // D
	Loadings [][]float64 // D x H; the rows are empty when there are no factors
	Noise    []float64   // D, positive
}

// Mixture is a Gaussian mixture; its weights sum to 1.
type Mixture []Component

// New builds a mixture from flat row-major arrays: weights (C), means and noise (C x D), loadings (C x D x H).
func New(c, d, h int, weights, means, loadings, noise []float64) Mixture {
	m := make(Mixture, c)
	for k := range m {
		m[k] = Component{Weight: weights[k], Mean: means[k*d : (k+1)*d], Noise: noise[k*d : (k+1)*d],
			Loadings: Rows(loadings[k*d*h:(k+1)*d*h], d, h)}
	}
	return m
}

// Rows cuts a flat row-major array into its rows.
func Rows(flat []float64, rows, cols int) [][]float64 {
	x := make([][]float64, rows)
	for i := range x {
		x[i] = flat[i*cols : (i+1)*cols]
	}
	return x
}

// Covariance returns Sigma = Lambda Lambda^T + diag(D).
func (g Component) Covariance() *mat.SymDense {
	sigma := mat.NewSymDense(len(g.Mean), nil)
	for i, a := range g.Loadings {
		for j := range i + 1 {
			v := dot(a, g.Loadings[j])
			if i == j {
				v += g.Noise[i]
			}
			sigma.SetSym(i, j, v)
		}
	}
	return sigma
}

// cholesky factorizes Sigma. A covariance that is not positive definite is a mistake of the test.
func (g Component) cholesky() *mat.Cholesky {
	var chol mat.Cholesky
	if !chol.Factorize(g.Covariance()) {
		panic("ref: the covariance is not positive definite")
	}
	return &chol
}

// Residual returns Sigma^-1 (x - mu).
func (g Component) Residual(x []float64) []float64 {
	r := mat.NewVecDense(len(x), nil)
	// The condition number that the solver reports as an error does not matter to an oracle.
	_ = g.cholesky().SolveVecTo(r, mat.NewVecDense(len(x), minus(x, g.Mean)))
	return r.RawVector().Data
}

// LogDensity returns log N(x; mu, Sigma) = -(D log 2 pi + log |Sigma| + (x-mu)^T Sigma^-1 (x-mu)) / 2.
func (g Component) LogDensity(x []float64) float64 {
	mahalanobis := dot(minus(x, g.Mean), g.Residual(x))
	return -0.5 * (float64(len(x))*math.Log(2*math.Pi) + g.cholesky().LogDet() + mahalanobis)
}

// FactorMean returns E[z | x] = Lambda^T Sigma^-1 (x - mu).
func (g Component) FactorMean(x []float64) []float64 {
	z := make([]float64, len(g.Loadings[0]))
	for d, r := range g.Residual(x) {
		for h, l := range g.Loadings[d] {
			z[h] += l * r
		}
	}
	return z
}

// LogJoint returns l_nc for every component.
func (m Mixture) LogJoint(x []float64) []float64 {
	l := make([]float64, len(m))
	for c, g := range m {
		l[c] = math.Log(g.Weight) + g.LogDensity(x)
	}
	return l
}

// LogDensity returns log p(x) = log sum_c exp l_nc.
func (m Mixture) LogDensity(x []float64) float64 { return LogSumExp(m.LogJoint(x)) }

// Posterior returns q_nc for every component.
func (m Mixture) Posterior(x []float64) []float64 {
	l := m.LogJoint(x)
	total := LogSumExp(l)
	for c := range l {
		l[c] = math.Exp(l[c] - total)
	}
	return l
}

// Predict returns the most probable component, the first of equals.
func (m Mixture) Predict(x []float64) int { return TopK(m.LogJoint(x), 1)[0] }

// Denoise returns x - sum_c q_c S_c Sigma_c^-1 (x - mu_c), the posterior mean of the noise-free row. S_c is white noise
// of the given variance, or the noise D_c of the model if the variance is negative.
func (m Mixture) Denoise(x []float64, noiseVariance float64) []float64 {
	clean := append([]float64(nil), x...)
	for c, q := range m.Posterior(x) {
		for d, r := range m[c].Residual(x) {
			s := noiseVariance
			if s < 0 {
				s = m[c].Noise[d]
			}
			clean[d] -= q * s * r
		}
	}
	return clean
}

// LogSumExp returns log sum exp v, -Inf for no terms.
func LogSumExp(v []float64) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = math.Max(top, x)
	}
	if math.IsInf(top, -1) {
		return top
	}
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}

// TopK returns the places of the k largest values, largest first, the earlier of equals first.
func TopK(v []float64, k int) []int {
	taken := make([]bool, len(v))
	top := make([]int, 0, k)
	for range k {
		best := -1
		for i, x := range v {
			if !taken[i] && (best < 0 || x > v[best]) {
				best = i
			}
		}
		taken[best] = true
		top = append(top, best)
	}
	return top
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func minus(a, b []float64) []float64 {
	c := make([]float64, len(a))
	for i, v := range a {
		c[i] = v - b[i]
	}
	return c
}
