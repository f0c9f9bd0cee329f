package mixture

import (
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Covariance types.
const (
	Factor    = "factor"    // Sigma_c = Lambda_c Lambda_c^T + diag(D_c)
	Diag      = "diag"      // Sigma_c = diag(D_c)
	Spherical = "spherical" // Sigma_c = d_c I
)

// Options of [Fit]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text
// and are listed by lithe_describe; doc is the line shown there.
type Options struct {
	Components     int     `json:"n_components" default:"1" doc:"number of mixture components C"`
	CovarianceType string  `json:"covariance_type" default:"factor" doc:"factor (low rank plus diagonal), diag or spherical"`
	Family         string  `json:"family" default:"gaussian" doc:"gaussian, t (Student's t: rows far away count less) or tyler (its limit of heaviest tails)"`
	DOF            float64 `json:"dof" default:"0" doc:"degrees of freedom of family t, at most 1000; 0: estimated for each component"`
	Factors        int     `json:"n_factors" default:"5" doc:"columns H of each loading matrix; must be below the number of features; used by covariance_type factor only"`
	Tol            float64 `json:"tol" default:"1e-3" doc:"stop when an iteration raises the mean log-likelihood bound by less than this many nats per point; negative: never"`
	RegCovar       float64 `json:"reg_covar" default:"1e-6" doc:"floor of each noise variance, as a fraction of the variance of its feature over the data; values below 1e-14 count as that"`
	MaxIter        int     `json:"max_iter" default:"100" doc:"most EM iterations"`
	NInit          int     `json:"n_init" default:"1" doc:"starts; all take up to ten iterations, and the one with the best bound goes on"`
	InitParams     string  `json:"init_params" default:"kmeans" doc:"kmeans, k-means++, whitened (clusters that share one covariance, which may hide them from k-means), random_from_data or random (random responsibilities)"`
	Algorithm      string  `json:"algorithm" default:"auto" doc:"truncated (sublinear search), exact (every component for every point) or auto (exact for few components)"`
	Candidates     int     `json:"n_candidates" default:"3" doc:"components C' kept in each point's truncated posterior"`
	Neighbors      int     `json:"n_neighbors" default:"15" doc:"size G of each component's neighbour list, itself included"`
	Explore        int     `json:"n_explore" default:"1" doc:"random components E tried by each panel of points in every iteration; negative: none"`
	MStep          string  `json:"m_step" default:"em" doc:"em (every parameter), means (by EM; weights and covariances stay as they start) or gradient (the means alone, by gradient steps)"`
	LearningRate   float64 `json:"learning_rate" default:"1" doc:"length of the steps of m_step gradient, in the metric of each component's covariance; at most 1 never lowers the bound"`
	SplitMerge     string  `json:"split_merge" default:"auto" doc:"on (once EM has converged, components move to where a split gains more than a merge loses), off, or auto (on for family gaussian unless the start gives means or labels)"`
	Missing        string  `json:"missing" default:"error" doc:"what NaN means: error (it is refused) or nan (a missing value: the fit maximises the likelihood of what was observed)"`
	LearningDecay  float64 `json:"learning_decay" default:"0.6" doc:"exponent kappa in (0.5, 1] of partial fits: batch t + 1 counts with weight (t + 2)^-kappa"`
	Seed           uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`
	NoiseType      string  `json:"noise_type" default:"diag" doc:"noise variances: diag (one for each component and feature), isotropic (one for each component; with factors, PPCA), tied (one for each feature, the same for all components) or tied_isotropic (one in all)"`
	LoadingsType   string  `json:"loadings_type" default:"own" doc:"loadings of covariance_type factor: own (every component its own), tied (one matrix for all components) or common (factors common to all, whose mean and covariance are those of the component: MCFA)"`

	WeightConcentrationPrior float64 `json:"weight_concentration_prior" default:"1" doc:"at least 1: of a Dirichlet prior of the weights; 1: no prior"`
	MeanPrecisionPrior       float64 `json:"mean_precision_prior" default:"0" doc:"rows of weight 1 at the mean of the data that each mean is drawn to, with the noise as their covariance; 0: no prior"`
	DegreesOfFreedomPrior    float64 `json:"degrees_of_freedom_prior" default:"0" doc:"rows of weight 1 whose squared residuals are covariance_prior, for each noise variance; 0: no prior"`
	CovariancePrior          float64 `json:"covariance_prior" default:"1" doc:"see degrees_of_freedom_prior; a fraction of the variance of each feature over the data"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// SampleWeight holds one non-negative weight per row; nil means 1 for each. A weight of zero is the same as
	// leaving the row out.
	SampleWeight []float64 `json:"-"`
	// Start gives (some of) the initial parameters instead of InitParams.
	Start *Start `json:"-"`
	// Progress, if set, is called between iterations.
	Progress func(core.Progress) `json:"-"`
}

// Start holds initial values for [Fit]; nil fields are initialised by Options.InitParams. Means take precedence over
// Labels.
type Start struct {
	Weights       []float64 // C
	Means         []float64 // C x D
	Loadings      []float64 // C x D x H
	NoiseVariance []float64 // C x D; each row is averaged for Spherical
	DOF           []float64 // C, positive; of family StudentT where they are estimated, and ignored otherwise
	Labels        []int64   // one component in [0, C) per row of the data; -1 leaves the row to the method
}

// withDefaults returns a copy of o with zero fields replaced by their defaults.
func (o *Options) withDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	def(&v.Components, 1)
	def(&v.CovarianceType, Factor)
	def(&v.Family, Gaussian)
	def(&v.Factors, 5)
	def(&v.Tol, 1e-3)
	def(&v.RegCovar, 1e-6)
	def(&v.MaxIter, 100)
	def(&v.NInit, 1)
	def(&v.InitParams, "kmeans")
	def(&v.Algorithm, "auto")
	def(&v.Candidates, 3)
	def(&v.Neighbors, 15)
	def(&v.Explore, 1)
	def(&v.MStep, UpdateAll)
	def(&v.LearningRate, 1)
	def(&v.SplitMerge, "auto")
	def(&v.LearningDecay, 0.6)
	def(&v.NoiseType, NoiseDiag)
	def(&v.LoadingsType, LoadingsOwn)
	def(&v.WeightConcentrationPrior, 1)
	def(&v.CovariancePrior, 1)
	def(&v.Missing, MissingError)
	return v
}

func def[V comparable](field *V, value V) {
	var zero V
	if *field == zero {
		*field = value
	}
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *Options) Validate() error {
	v := o.withDefaults()
	for _, f := range []struct {
		name  string
		value int
	}{
		{"n_components", v.Components}, {"n_factors", v.Factors}, {"max_iter", v.MaxIter}, {"n_init", v.NInit},
		{"n_candidates", v.Candidates}, {"n_neighbors", v.Neighbors},
	} {
		if f.value < 1 {
			return fmt.Errorf("mixture: %w: %s must be at least 1, got %d", core.ErrOption, f.name, f.value)
		}
	}
	if v.Components > 1<<30 {
		return fmt.Errorf("mixture: %w: n_components must be at most 2^30, got %d", core.ErrOption, v.Components)
	}
	for _, f := range []struct {
		name, value string
		known       []string
	}{
		{"covariance_type", v.CovarianceType, []string{Factor, Diag, Spherical}},
		{"family", v.Family, []string{Gaussian, StudentT, Tyler}},
		{"init_params", v.InitParams, []string{"kmeans", "k-means++", "whitened", "random_from_data", "random"}},
		{"noise_type", v.NoiseType, []string{NoiseDiag, NoiseIsotropic, NoiseTied, NoiseTiedIsotropic}},
		{"loadings_type", v.LoadingsType, []string{LoadingsOwn, LoadingsTied, LoadingsCommon}},
		{"algorithm", v.Algorithm, []string{"auto", "truncated", "exact"}},
		{"m_step", v.MStep, []string{UpdateAll, UpdateMeans, UpdateGradient}},
		{"split_merge", v.SplitMerge, []string{"auto", "on", "off"}},
		{"missing", v.Missing, []string{MissingError, MissingNaN}},
	} {
		if err := oneOf(f.name, f.value, f.known...); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name         string
		value, least float64
	}{
		{"weight_concentration_prior", v.WeightConcentrationPrior, 1}, {"mean_precision_prior", v.MeanPrecisionPrior, 0},
		{"degrees_of_freedom_prior", v.DegreesOfFreedomPrior, 0}, {"covariance_prior", v.CovariancePrior, 0},
	} {
		if !(f.value >= f.least && f.value <= 1e15) {
			return fmt.Errorf("mixture: %w: %s must be in [%v, 1e15], got %v", core.ErrOption, f.name, f.least, f.value)
		}
	}
	switch {
	case v.MStep != UpdateAll && v.prior().known():
		return fmt.Errorf("mixture: %w: m_step %q has no priors", core.ErrOption, v.MStep)
	case v.Family != Gaussian && v.prior().known():
		return fmt.Errorf("mixture: %w: family %q has no priors", core.ErrOption, v.Family)
	case !(v.LearningRate > 0) || math.IsInf(v.LearningRate, 1):
		return fmt.Errorf("mixture: %w: learning_rate must be positive and finite, got %v", core.ErrOption, v.LearningRate)
	case !(v.DOF >= 0 && v.DOF <= 1000):
		return fmt.Errorf("mixture: %w: dof must be in [0, 1000], got %v; a Gaussian is family %q", core.ErrOption, v.DOF, Gaussian)
	case v.Tol != v.Tol:
		return fmt.Errorf("mixture: %w: tol must be a number, got NaN", core.ErrOption)
	case !(v.LearningDecay > 0.5 && v.LearningDecay <= 1):
		return fmt.Errorf("mixture: %w: learning_decay must be in (0.5, 1], got %v", core.ErrOption, v.LearningDecay)
	case !(v.RegCovar > 0 && v.RegCovar <= 1e6):
		return fmt.Errorf("mixture: %w: reg_covar is a fraction of each feature's variance and must be in (0, 1e6], got %v",
			core.ErrOption, v.RegCovar)
	}
	return v.checkLoadings()
}

// oneOf reports an option that is none of the words known.
func oneOf(name, value string, known ...string) error {
	if !slices.Contains(known, value) {
		return fmt.Errorf("mixture: %w: %s must be one of %v, got %q", core.ErrOption, name, known, value)
	}
	return nil
}
