package mixture

import (
	"errors"
	"math"
)

// Model is a Gaussian mixture. It is immutable after [Fit] or [NewModel] and safe for concurrent use.
type Model struct {
	Components, Features, Factors int       // C, D, H; H = 0 unless CovarianceType is Factor
	CovarianceType                string    // Factor, Diag or Spherical
	Weights                       []float64 // C, sums to 1
	Means                         []float64 // C x D
	Loadings                      []float64 // C x D x H, row-major; empty when H = 0
	NoiseVariance                 []float64 // C x D, all positive

	// Of the fit; zero for a model made by NewModel.
	Iterations  int         // EM iterations of the kept start
	Converged   bool        // the last iteration gained less than Options.Tol
	LowerBound  float64     // final mean log-likelihood bound, nats per point
	CoverageGap float64     // exact mean log-likelihood minus the bound, on a sample of the data; 0 when exact
	History     []Iteration // one entry per iteration
	Neighbors   []int32     // C x G component graph, nearest first, itself at 0; empty when exact
	Graph       int         // G
}

// Iteration is one entry of Model.History.
type Iteration struct {
	Objective   float64 // mean log-likelihood bound, nats per point, of the parameters entering the iteration
	Seconds     float64 // since the fit began
	Evaluations int64   // (point, component) log-densities evaluated in this iteration
}

// Parameters returns the number of free parameters, which AIC and BIC count:
// C(D + 1) - 1 for weights and means, plus per component D(H+1) - H(H-1)/2 for Factor (loadings up to a rotation and
// noise), D for Diag, 1 for Spherical.
func (m *Model) Parameters() int {
	c, d, h := m.Components, m.Features, m.Factors
	n := c*(d+1) - 1
	switch m.CovarianceType {
	case Factor:
		return n + c*(d*(h+1)-h*(h-1)/2)
	case Diag:
		return n + c*d
	}
	return n + c
}

// AIC returns Akaike's criterion for n rows whose log-likelihoods sum to logLik; lower is better.
func (m *Model) AIC(logLik float64) float64 { return 2*float64(m.Parameters()) - 2*logLik }

// BIC returns the Bayesian criterion for n rows whose log-likelihoods sum to logLik; lower is better.
func (m *Model) BIC(logLik float64, n int) float64 {
	return float64(m.Parameters())*math.Log(float64(n)) - 2*logLik
}

// NewModel makes a mixture from parameters, which are copied: weights (C), means (C x D), loadings (C x D x H, nil
// when H = 0) and noise variances (C x D). Weights must be non-negative and sum to 1 within 1e-6; noise variances
// must be positive; everything must be finite.
func NewModel(covarianceType string, components, features, factors int, weights, means, loadings, noiseVariance []float64) (*Model, error) {
	return nil, errors.ErrUnsupported
}

// Sample draws n rows and the component of each: x (n x Features, row-major) and labels (n).
func (m *Model) Sample(seed uint64, n int) (x []float64, labels []int64, err error) {
	return nil, nil, errors.ErrUnsupported
}

// Save writes the model to a file in lithe's model format; an existing file is replaced only once the new one is whole.
func (m *Model) Save(path string) error { return errors.ErrUnsupported }

// Load reads a model written by Save, from any language. Errors wrap core.ErrFile.
func Load(path string) (*Model, error) { return nil, errors.ErrUnsupported }
