package mixture

import "math"

// Types of noise.
const (
	NoiseDiag          = "diag"           // D_c: one variance for each component and feature
	NoiseIsotropic     = "isotropic"      // d_c I: one for each component; with factors, mixtures of PPCA
	NoiseTied          = "tied"           // D: one for each feature, the same for all components
	NoiseTiedIsotropic = "tied_isotropic" // d I: one in all
)

// isotropic reports whether the noise variances of a component are equal.
func (o *Options) isotropic() bool { return equalNoise(o.CovarianceType, o.NoiseType) }

func equalNoise(covarianceType, noiseType string) bool {
	return covarianceType == Spherical || noiseType == NoiseIsotropic || noiseType == NoiseTiedIsotropic
}

// tied reports whether all components share their noise variances.
func (o *Options) tied() bool { return sharedNoise(o.NoiseType) }

func sharedNoise(noiseType string) bool {
	return noiseType == NoiseTied || noiseType == NoiseTiedIsotropic
}

// prior is what is known of the parameters, in standardised units, before any data:
//
//	weights ~ Dirichlet(concentration),  mu_c ~ N(0, D_c / mean),  log p(D) = -freedom/2 (log D + scale / D)
//
// each up to a constant, and the whole to the power once. The zero value, with concentration 1, knows nothing.
type prior struct{ concentration, mean, freedom, scale, once float64 }

func (o *Options) prior() prior {
	return prior{max(1, o.WeightConcentrationPrior), o.MeanPrecisionPrior, o.DegreesOfFreedomPrior, o.CovariancePrior, 1}
}

// in returns r for points whose weight of 1 is unit rows of weight 1: the log prior counts one unit-th then.
func (r prior) in(unit float64) prior {
	const most = 1e30
	if unit == 1 {
		return r
	}
	once := min(1/unit, most)
	return prior{1 + (r.concentration-1)*once, r.mean * once, r.freedom * once, r.scale, once}
}

// known reports whether the prior says anything.
func (r prior) known() bool { return r.concentration > 1 || r.mean > 0 || r.freedom > 0 }

// count returns the number of points that the prior stands for in the noise variances of a component of its own.
func (r prior) count() float64 {
	if r.mean > 0 {
		return r.freedom + r.once
	}
	return r.freedom
}

// log returns the logarithm of the prior density of p up to a constant.
func (r prior) log(p *params, tied bool) (sum float64) {
	if !r.known() {
		return 0
	}
	for c := range p.C {
		mu, _, noise := p.component(c)
		sum += r.logWeighted(p.pi[c], mu, noise, tied && c > 0)
	}
	return sum
}

// logWeighted is the part of log that is about one component of weight pi; see logComponent.
func (r prior) logWeighted(pi float64, mu, noise []float64, shared bool) float64 {
	return (r.concentration-1)*math.Log(pi) + r.logComponent(mu, noise, shared)
}

// logComponent is the part of log that is about mean and noise of a component; the prior of the noise is left out where
// another component has it.
func (r prior) logComponent(mu, noise []float64, shared bool) (sum float64) {
	for d, v := range noise {
		if r.freedom > 0 && !shared {
			sum -= r.freedom / 2 * (math.Log(v) + r.scale/v)
		}
		if r.mean > 0 {
			sum -= (r.once*math.Log(v) + r.mean*mu[d]*mu[d]/v) / 2
		}
	}
	return sum
}

// tie replaces the noise variances of all components, which hold mean squared residuals, by one that fits all, under the
// prior and above the floor, or one in all where noise is isotropic. n holds the weight of each component.
func (p *params) tie(n []float64, r prior, floor float64, isotropic bool) {
	common := make([]float64, p.D)
	total, mixed := 0.0, false
	for c, weight := range n {
		mu, _, noise := p.component(c)
		for d, v := range noise {
			if weight == 0 { // without points the mean stays, and with it what its prior says of the noise
				common[d] += r.mean * mu[d] * mu[d]
				mixed = isotropic
				continue
			}
			common[d] += weight * v
		}
		total += weight + r.count() - r.freedom
	}
	if mixed {
		average(common)
	}
	r.settle(common, total, floor)
	for c := range p.C {
		_, _, noise := p.component(c)
		copy(noise, common)
	}
}

// tieNoise finishes the noise variances where components share them.
func (m *mstep[T]) tieNoise(p *params) {
	switch {
	case m.held != nil:
		for c := range p.C {
			_, _, noise := p.component(c)
			copy(noise, m.held)
		}
	case m.tied:
		p.tie(p.pi, m.prior, m.floor, m.isotropic)
	}
}

// hold makes the M-step leave what all components share, noise and loadings, at what it is in p.
func (m *mstep[T]) hold(p *params) {
	if m.tied {
		m.held = p.noise[:p.D]
	}
	if m.joint != nil {
		m.joint.held = true
	}
}

// noiseParameters returns the number of free noise variances: equal ones of a component, or of all components, count once.
func (m *Model) noiseParameters() int {
	c, d := m.Components, m.Features
	equal := true
	for i, v := range m.NoiseVariance {
		equal = equal && v == m.NoiseVariance[i/d*d]
	}
	each := d
	if m.CovarianceType == Spherical || equal {
		each = 1
	}
	for i, v := range m.NoiseVariance {
		if v != m.NoiseVariance[i%d] {
			return c * each
		}
	}
	return each
}
