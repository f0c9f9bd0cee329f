package mixture

import (
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Model is a Gaussian mixture. It is immutable after [Fit] or [NewModel] and safe for concurrent use.
type Model struct {
	Components, Features, Factors int       // C, D, H; H = 0 unless CovarianceType is Factor
	CovarianceType                string    // Factor, Diag or Spherical
	LoadingsType                  string    // LoadingsOwn, LoadingsTied or LoadingsCommon: what Parameters counts
	NoiseType                     string    // as in Options, of the fit; Parameters goes by the noise variances themselves
	Weights                       []float64 // C, sums to 1
	Means                         []float64 // C x D
	Loadings                      []float64 // C x D x H, row-major; empty when H = 0
	NoiseVariance                 []float64 // C x D, all positive
	Family                        string    // Gaussian, StudentT or Tyler; Sigma_c is the scale matrix of the latter two
	DOF                           []float64 // C: degrees of freedom of StudentT and Tyler; nil for Gaussian
	DOFEstimated                  bool      // the fit estimated them

	// Of the fit; zero for a model made by NewModel.
	Iterations  int         // EM iterations of the kept start
	Converged   bool        // the last iteration gained less than Options.Tol
	LowerBound  float64     // final mean log-likelihood bound, nats per point; with priors it includes the log prior
	CoverageGap float64     // exact mean log-likelihood minus the bound, on a sample of the data; 0 when exact
	History     []Iteration // entry i is about the parameters after i iterations: Iterations + 1 entries
	Neighbors   []int32     // C x G component graph, nearest first, itself at 0; empty when exact
	Graph       int         // G

	inference Inference // how rows are answered; see With
}

// Iteration is one entry of Model.History.
type Iteration struct {
	Objective   float64 // mean log-likelihood bound, nats per point
	Seconds     float64 // since the fit began
	Evaluations int64   // (point, component) log-densities evaluated to find it
}

// Parameters returns the number of free parameters, which AIC and BIC count:
// C - 1 for weights, D per component for means, D H - H(H-1)/2 per component (once for tied loadings) for loadings up to
// a rotation; for common ones, D - H for the origin, H^2 less than D H for A, and H + H(H+1)/2 per component; and the noise variances, of which equal ones of a component or of all components count once, and C for estimated degrees of freedom.
func (m *Model) Parameters() int {
	n := m.Components - 1
	if m.DOFEstimated {
		n += m.Components
	}
	return n + m.loadingParameters() + m.noiseParameters()
}

// Start returns the parameters of m as starting values of another fit. The arrays are those of m.
func (m *Model) Start() *Start {
	return &Start{Weights: m.Weights, Means: m.Means, Loadings: m.Loadings, NoiseVariance: m.NoiseVariance, DOF: m.DOF}
}

// AIC returns Akaike's criterion for n rows whose log-likelihoods sum to logLik; lower is better.
func (m *Model) AIC(logLik float64) float64 { return 2*float64(m.Parameters()) - 2*logLik }

// BIC returns the Bayesian criterion for n rows whose log-likelihoods sum to logLik; lower is better.
func (m *Model) BIC(logLik float64, n int) float64 {
	return float64(m.Parameters())*math.Log(float64(n)) - 2*logLik
}

// NewModel makes a mixture from parameters, which are copied: weights (C), means (C x D), loadings (C x D x H, nil
// when H = 0) and noise variances (C x D). Weights must be non-negative and sum to 1 within 1e-6; noise variances
// must be positive, equal within a row for Spherical; everything must be finite. See WithTails for components that are
// not Gaussian.
func NewModel(covarianceType string, components, features, factors int, weights, means, loadings, noiseVariance []float64) (*Model, error) {
	m := &Model{
		Components: components, Features: features, Factors: factors, CovarianceType: covarianceType,
		Weights: slices.Clone(weights), Means: slices.Clone(means), Loadings: slices.Clone(loadings),
		NoiseVariance: slices.Clone(noiseVariance), Family: Gaussian, LoadingsType: LoadingsOwn, NoiseType: NoiseDiag,
	}
	return m, m.check()
}

// check validates the parameters of a model that did not come from Fit.
func (m *Model) check() error {
	c, d, h := m.Components, m.Features, m.Factors
	if err := oneOf("covariance_type", m.CovarianceType, Factor, Diag, Spherical); err != nil {
		return err
	}
	if err := oneOf("loadings_type", m.LoadingsType, LoadingsOwn, LoadingsTied, LoadingsCommon); err != nil {
		return err
	}
	if err := oneOf("noise_type", m.NoiseType, NoiseDiag, NoiseIsotropic, NoiseTied, NoiseTiedIsotropic); err != nil {
		return err
	}
	switch {
	case m.LoadingsType != LoadingsOwn && (h < 1 || h >= d):
		return fmt.Errorf("mixture: %w: loadings_type %q needs at least 1 factor and fewer than the %d features, got %d",
			core.ErrOption, m.LoadingsType, d, h)
	case c < 1 || d < 1 || h < 0:
		return fmt.Errorf("mixture: %w: a model needs at least 1 component and 1 feature, got %d components, %d features, %d factors",
			core.ErrShape, c, d, h)
	case (m.CovarianceType == Factor) != (h > 0):
		return fmt.Errorf("mixture: %w: covariance_type %s with %d factors", core.ErrOption, m.CovarianceType, h)
	}
	for _, f := range []struct {
		name  string
		value []float64
		size  int
	}{{"weights", m.Weights, c}, {"means", m.Means, c * d}, {"loadings", m.Loadings, c * d * h}, {"noise variances", m.NoiseVariance, c * d}} {
		if len(f.value) != f.size {
			return fmt.Errorf("mixture: %w: %d %s for %d components, %d features and %d factors; %d are needed",
				core.ErrShape, len(f.value), f.name, c, d, h, f.size)
		}
		for i, v := range f.value {
			if v-v != 0 {
				return fmt.Errorf("mixture: %w: entry %d of the %s is %v", core.ErrNotFinite, i, f.name, v)
			}
		}
	}
	sum := 0.0
	for i, v := range m.Weights {
		if v < 0 {
			return fmt.Errorf("mixture: %w: the weight of component %d is negative: %v", core.ErrOption, i, v)
		}
		sum += v
	}
	if math.Abs(sum-1) > 1e-6 {
		return fmt.Errorf("mixture: %w: the weights sum to %v, not 1", core.ErrOption, sum)
	}
	if err := m.checkTails(); err != nil {
		return err
	}
	for i, v := range m.NoiseVariance {
		if !(v > 0) {
			return fmt.Errorf("mixture: %w: the noise variance of component %d, feature %d is %v; it must be positive",
				core.ErrOption, i/d, i%d, v)
		}
		if m.CovarianceType == Spherical && v != m.NoiseVariance[i/d*d] {
			return fmt.Errorf("mixture: %w: the noise variances of spherical component %d differ", core.ErrOption, i/d)
		}
	}
	return nil
}

// WithTails returns a copy of m whose components are of this family, with degrees of freedom dof (C, positive; nil for
// Gaussian) and the covariances of m as scale matrices.
func (m *Model) WithTails(family string, dof []float64) (*Model, error) {
	t := *m
	t.Family, t.DOF = family, slices.Clone(dof)
	return &t, t.checkTails()
}

// checkTails validates the family and its degrees of freedom.
func (m *Model) checkTails() error {
	if err := oneOf("family", m.Family, Gaussian, StudentT, Tyler); err != nil {
		return err
	}
	switch {
	case m.Family == Gaussian && len(m.DOF) == 0:
		return nil
	case m.Family == Gaussian:
		return fmt.Errorf("mixture: %w: family %q has no degrees of freedom, got %d", core.ErrOption, Gaussian, len(m.DOF))
	case len(m.DOF) != m.Components:
		return fmt.Errorf("mixture: %w: %d degrees of freedom for %d components", core.ErrShape, len(m.DOF), m.Components)
	}
	for c, v := range m.DOF {
		if !(v > 0) || math.IsInf(v, 1) {
			return fmt.Errorf("mixture: %w: the degrees of freedom of component %d are %v; they must be positive and finite",
				core.ErrOption, c, v)
		}
	}
	return nil
}
