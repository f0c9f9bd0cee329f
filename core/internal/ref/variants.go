package ref

import "math"

// Variant restricts the noise of a mixture, or says what is known of its parameters before any data. With rows of unit
// weight,
//
//	pi ~ Dirichlet(Concentration),  mu_c ~ N(Center, diag(D_c) / MeanPrecision),
//	D ~ scaled inverse chi-squared up to its constant: -Freedom/2 (log D + Scale / D)
type Variant struct {
	Isotropic, Tied bool // one noise variance for all features; for all components

	Concentration float64   // at least 1
	MeanPrecision float64   // 0: nothing is known of the means
	Center        []float64 // D
	Freedom       float64
	Scale         []float64 // D
}

// MStep returns the mixture that maximises expected log-likelihood plus log prior under the posteriors q of m.
func (v Variant) MStep(m Mixture, x [][]float64, w []float64, q [][]float64, floor []float64) Mixture {
	next, D := make(Mixture, len(m)), len(m[0].Mean)
	var total, mass float64
	shared, one := make([]float64, D), 0.0
	if v.MeanPrecision > 0 {
		one = 1
	}
	for c, g := range m {
		a := make([]float64, len(x))
		for n := range x {
			a[n] = w[n] * q[n][c]
		}
		xz, zz, xx, sum := g.moments(x, a)
		// The prior of the mean is a row at the centre whose factors are zero.
		H := len(g.Loadings[0])
		zz.SetSym(H, H, zz.At(H, H)+v.MeanPrecision)
		for d, e := range v.Center {
			xz.Set(d, H, xz.At(d, H)+v.MeanPrecision*e)
			xx[d] += v.MeanPrecision * e * e
		}
		next[c] = solveMoments(xz, zz, xx, sum, make([]float64, D), false).expand(zz, sum, v.MeanPrecision == 0)
		mass += sum + one
		for d := range D {
			residual := next[c].Noise[d] * sum
			shared[d] += residual
			next[c].Noise[d] = (residual + v.Freedom*v.Scale[d]) / (sum + one + v.Freedom)
		}
		next[c].Weight += v.Concentration - 1
		total += next[c].Weight
	}
	for c := range next {
		next[c].Weight /= total
		for d := range D {
			if v.Tied {
				next[c].Noise[d] = (shared[d] + v.Freedom*v.Scale[d]) / (mass + v.Freedom)
			}
		}
		if v.Isotropic {
			mean := 0.0
			for _, e := range next[c].Noise {
				mean += e / float64(D)
			}
			for d := range D {
				next[c].Noise[d] = mean
			}
		}
		for d := range D {
			next[c].Noise[d] = max(next[c].Noise[d], floor[d])
		}
	}
	return next
}

// LogPrior returns the logarithm of the prior density of m, up to a constant.
func (v Variant) LogPrior(m Mixture) (sum float64) {
	for c, g := range m {
		sum += (v.Concentration - 1) * math.Log(g.Weight)
		for d, noise := range g.Noise {
			if c == 0 || !v.Tied {
				sum -= v.Freedom / 2 * (math.Log(noise) + v.Scale[d]/noise)
			}
			if e := g.Mean[d] - v.Center[d]; v.MeanPrecision > 0 {
				sum -= (math.Log(noise) + v.MeanPrecision*e*e/noise) / 2
			}
		}
	}
	return sum
}
