package ref

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// Tails is a mixture of Student's t distributions with scale matrices Sigma_c: given a latent precision
// tau ~ Gamma(Nu/2, Nu/2), a row is Gaussian with covariance Sigma_c / tau. NaN marks features that were not observed;
// those that were, D' of them, have a t distribution with as many degrees of freedom.
type Tails struct {
	Mixture Mixture
	Nu      []float64 // degrees of freedom of each component
}

// squared returns the squared Mahalanobis distance of the observed features of x from g, and their number.
func (g Component) squared(x []float64) (delta float64, observed int) {
	o := Observed(x)
	if len(o) == 0 {
		return 0, 0
	}
	m, y := g.Marginal(o), pick(x, o)
	return dot(minus(y, m.Mean), m.Residual(y)), len(o)
}

// LogJoint returns log pi_c + log p(x_o | c) for every component.
func (t Tails) LogJoint(x []float64) []float64 {
	l := make([]float64, len(t.Mixture))
	for c, g := range t.Mixture {
		nu := t.Nu[c]
		delta, n := g.squared(x)
		d := float64(n)
		top, _ := math.Lgamma((nu + d) / 2)
		bottom, _ := math.Lgamma(nu / 2)
		l[c] = math.Log(g.Weight) + top - bottom - d/2*math.Log(nu*math.Pi) - (nu+d)/2*math.Log1p(delta/nu)
		if n > 0 {
			l[c] -= g.Marginal(Observed(x)).cholesky().LogDet() / 2
		}
	}
	return l
}

// Weight returns (nu + D') / (nu + delta), the mean of the latent precision of x under component c.
func (t Tails) Weight(c int, x []float64) float64 {
	delta, n := t.Mixture[c].squared(x)
	return (t.Nu[c] + float64(n)) / (t.Nu[c] + delta)
}

// EM is one iteration of parameter-expanded EM: every moment is the expectation of tau times it given what was observed,
// u m m^T + S for conditional mean m and covariance S of a Gaussian, the scale matrix is divided by the mean weight, and
// the degrees of freedom, if they are to be estimated, are the root of
//
//	log(nu/2) - psi(nu/2) + 1 + mean of E[log tau] - u = 0,  E[log tau] = log u + psi((old+D')/2) - log((old+D')/2)
//
// It returns the new mixture and the mean log-likelihood under t (Liu and Rubin, 1995; Liu, Rubin and Wu, 1998).
func (t Tails) EM(x [][]float64, w []float64, estimate bool) (next Tails, meanLogLik float64) {
	q, logLik := posteriors(x, w, t.LogJoint)
	c := -1
	var total float64
	next.Mixture, total = t.Mixture.updated(w, q, func(g Component, a []float64) Component {
		c++
		updated, nu := t.update(c, x, a, estimate)
		next.Nu = append(next.Nu, nu)
		return updated
	})
	return next, logLik / total
}

func (t Tails) update(c int, x [][]float64, a []float64, estimate bool) (Component, float64) {
	g, old := t.Mixture[c], t.Nu[c]
	D, H := len(g.Mean), len(g.Loadings[0])
	xz, zz, xx := mat.NewDense(D, H+1, nil), mat.NewSymDense(H+1, nil), make([]float64, D)
	sum, weights, logs := 0.0, 0.0, 0.0
	for n, row := range x {
		mean, covariance := g.Conditional(row)
		u := t.Weight(c, row)
		second := func(i, j int) float64 { return a[n] * (u*mean[i]*mean[j] + covariance.At(i, j)) }
		sum, weights = sum+a[n], weights+a[n]*u
		half := (old + float64(len(Observed(row)))) / 2
		logs += a[n] * (math.Log(u) + mathext.Digamma(half) - math.Log(half))
		for d := range D {
			xx[d] += second(d, d)
			for h := range H {
				xz.Set(d, h, xz.At(d, h)+second(d, D+h))
			}
			xz.Set(d, H, xz.At(d, H)+a[n]*u*mean[d])
		}
		for i := range H {
			for j := range i + 1 {
				zz.SetSym(i, j, zz.At(i, j)+second(D+i, D+j))
			}
			zz.SetSym(H, i, zz.At(H, i)+a[n]*u*mean[D+i])
		}
		zz.SetSym(H, H, zz.At(H, H)+a[n]*u)
	}
	next := solveMoments(xz, zz, xx, sum, make([]float64, D), false).expand(zz, sum, true)
	scale := weights / sum
	for d := range D {
		next.Noise[d] /= scale
		for h := range H {
			next.Loadings[d][h] /= math.Sqrt(scale)
		}
	}
	if !estimate {
		return next, old
	}
	lo, hi := 0.01, 200.0
	for range 60 {
		nu := (lo + hi) / 2
		if math.Log(nu/2)-mathext.Digamma(nu/2)+logs/sum-math.Log(scale) > 0 {
			lo = nu
		} else {
			hi = nu
		}
	}
	return next, lo
}
