package ref

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Rows with missing values: NaN marks a feature that was not observed. Everything follows from the joint Gaussian of
// (x, z) under a component, with mean (mu, 0) and covariance [[Sigma, Lambda], [Lambda^T, I]], conditioned on the observed
// features by the textbook formulas: mean_b + S_ba S_aa^-1 (x_a - mean_a) and S_bb - S_ba S_aa^-1 S_ab.

// Observed returns the places of x that are not NaN.
func Observed(x []float64) (places []int) {
	for d, v := range x {
		if v == v {
			places = append(places, d)
		}
	}
	return places
}

// Marginal returns the component of some features alone.
func (g Component) Marginal(features []int) Component {
	m := Component{Weight: g.Weight}
	for _, d := range features {
		m.Mean, m.Noise, m.Loadings = append(m.Mean, g.Mean[d]), append(m.Noise, g.Noise[d]), append(m.Loadings, g.Loadings[d])
	}
	return m
}

// Marginal returns the mixture of some features alone.
func (m Mixture) Marginal(features []int) Mixture {
	r := make(Mixture, len(m))
	for c, g := range m {
		r[c] = g.Marginal(features)
	}
	return r
}

// LogJointObserved returns log pi_c + log p(x_o | c) for every component: log pi_c when nothing is observed.
func (m Mixture) LogJointObserved(x []float64) []float64 {
	o := Observed(x)
	if len(o) == 0 {
		l := make([]float64, len(m))
		for c, g := range m {
			l[c] = math.Log(g.Weight)
		}
		return l
	}
	return m.Marginal(o).LogJoint(pick(x, o))
}

func pick(x []float64, places []int) (some []float64) {
	for _, d := range places {
		some = append(some, x[d])
	}
	return some
}

// Conditional returns the mean (D+H) and covariance of (x, z) given the observed features of x.
func (g Component) Conditional(x []float64) (mean []float64, covariance *mat.SymDense) {
	D, H := len(g.Mean), len(g.Loadings[0])
	n := D + H
	joint := mat.NewSymDense(n, nil)
	sigma := g.Covariance()
	for i := range n {
		for j := range i + 1 {
			switch {
			case i < D:
				joint.SetSym(i, j, sigma.At(i, j))
			case j < D:
				joint.SetSym(i, j, g.Loadings[j][i-D])
			case i == j:
				joint.SetSym(i, j, 1)
			}
		}
	}
	mean = append(append(mean, g.Mean...), make([]float64, H)...)
	covariance = mat.NewSymDense(n, nil)
	covariance.CopySym(joint)
	o := Observed(x)
	if len(o) == 0 {
		return mean, covariance
	}
	saa, sab := mat.NewSymDense(len(o), nil), mat.NewDense(len(o), n, nil)
	off := mat.NewVecDense(len(o), nil)
	for i, a := range o {
		off.SetVec(i, x[a]-g.Mean[a])
		for j, b := range o {
			saa.SetSym(i, j, joint.At(a, b))
		}
		for b := range n {
			sab.Set(i, b, joint.At(a, b))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(saa) {
		panic("ref: the covariance is not positive definite")
	}
	var gain mat.Dense // S_aa^-1 S_ab
	if err := chol.SolveTo(&gain, sab); err != nil {
		panic("ref: the covariance is singular")
	}
	var moved mat.VecDense
	moved.MulVec(gain.T(), off)
	var explained mat.Dense
	explained.Mul(sab.T(), &gain)
	for i := range n {
		mean[i] += moved.AtVec(i)
		for j := range i + 1 {
			covariance.SetSym(i, j, joint.At(i, j)-explained.At(i, j))
		}
	}
	return mean, covariance
}

// Impute returns x with the posterior mean of its missing features in their places: sum_c q_c E[x | x_o, c].
func (m Mixture) Impute(x []float64) []float64 {
	l := m.LogJointObserved(x)
	total := LogSumExp(l)
	full := append([]float64(nil), x...)
	for d, v := range x {
		if v != v {
			full[d] = 0
			for c, g := range m {
				mean, _ := g.Conditional(x)
				full[d] += math.Exp(l[c]-total) * mean[d]
			}
		}
	}
	return full
}

// posteriors returns the probability of each component for each row, and the weighted sum of the rows' log-likelihoods.
func posteriors(x [][]float64, w []float64, logJoint func(row []float64) []float64) (q [][]float64, logLik float64) {
	q = make([][]float64, len(x))
	for n, row := range x {
		l := logJoint(row)
		sum := LogSumExp(l)
		for c := range l {
			l[c] = math.Exp(l[c] - sum)
		}
		q[n] = l
		logLik += w[n] * sum
	}
	return q, logLik
}

// EMMissing is one iteration of EM on rows with missing values: EStep and MStep with every moment of a row replaced by its
// expectation given what was observed (Ghahramani and Jordan, 1994). It returns the new mixture and the mean
// log-likelihood of the observed values under m.
func EMMissing(m Mixture, x [][]float64, w, floor []float64, spherical bool) (next Mixture, meanLogLik float64) {
	q, logLik := posteriors(x, w, m.LogJointObserved)
	next, total := m.updated(w, q, func(g Component, a []float64) Component { return g.updateMissing(x, a, floor, spherical) })
	return next, logLik / total
}

// updateMissing is update with expected moments.
func (g Component) updateMissing(x [][]float64, a, floor []float64, spherical bool) Component {
	D, H := len(g.Mean), len(g.Loadings[0])
	xz, zz, xx := mat.NewDense(D, H+1, nil), mat.NewSymDense(H+1, nil), make([]float64, D)
	sum := 0.0
	for n, row := range x {
		mean, covariance := g.Conditional(row)
		second := func(i, j int) float64 { return mean[i]*mean[j] + covariance.At(i, j) }
		sum += a[n]
		for d := range D {
			xx[d] += a[n] * second(d, d)
			for h := range H {
				xz.Set(d, h, xz.At(d, h)+a[n]*second(d, D+h))
			}
			xz.Set(d, H, xz.At(d, H)+a[n]*mean[d])
		}
		for i := range H {
			for j := range i + 1 {
				zz.SetSym(i, j, zz.At(i, j)+a[n]*second(D+i, D+j))
			}
			zz.SetSym(H, i, zz.At(H, i)+a[n]*mean[D+i])
		}
		zz.SetSym(H, H, zz.At(H, H)+a[n])
	}
	return solveMoments(xz, zz, xx, sum, floor, spherical).expand(zz, sum, true)
}
