package softmix

import "math"

// Parameters returns the number of free parameters, K L + K - 1.
func (m *Mixture) Parameters() int { return m.Components*m.Features + m.Components - 1 }

// AIC returns Akaike's criterion. All criteria are lower for better mixtures, and count each draw as an observation.
func (m *Mixture) AIC() float64 { return 2*float64(m.Parameters()) - 2*m.LogLikelihood }

// BIC returns the Bayesian criterion.
func (m *Mixture) BIC() float64 {
	return float64(m.Parameters())*math.Log(m.Draws) - 2*m.LogLikelihood
}

// CAIC returns the consistent version of Akaike's criterion.
func (m *Mixture) CAIC() float64 { return m.BIC() + float64(m.Parameters()) }

// AdjustedBIC returns the Bayesian criterion with (N + 2) / 24 in the place of N.
func (m *Mixture) AdjustedBIC() float64 {
	return float64(m.Parameters())*math.Log((m.Draws+2)/24) - 2*m.LogLikelihood
}

// ICL returns the integrated classification criterion: BIC and twice the entropy of the posterior.
func (m *Mixture) ICL() float64 { return m.BIC() + 2*m.Entropy }

// EntropyR2 returns how far the posterior tells the classes of draws: 1 if surely, 0 if not at all.
func (m *Mixture) EntropyR2() float64 {
	if m.Components == 1 {
		return 1
	}
	return 1 - m.Entropy/(m.Draws*math.Log(float64(m.Components)))
}
