package softmix

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Ways to choose starts.
const (
	InitPortfolio = "portfolio" // random directions, random points of the space of the moments, and the method of moments
	InitRandom    = "random"    // random directions alone
	InitMoments   = "moments"   // the method of moments alone, where it gives a valid mixture
)

// Ways to find normalizers on the way to the maximum.
const (
	Auto    = "auto"    // Sampled where that leaves a quarter of the cells and there are 20 draws for each parameter, else Exact
	Exact   = "exact"   // sums over all cells
	Sampled = "sampled" // estimated from the cells that have been drawn and a random part of the others
)

// Kinds of covariance matrices of the estimates.
const (
	Observed = "observed" // inverse of the observed information
	Expected = "expected" // inverse of the expected information of the fitted model
	Robust   = "robust"   // sandwich: valid also where the model is not right
	None     = "none"
)

// Options of [FitMixture]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text and
// are listed by lithe_describe; doc is the line shown there.
type Options struct {
	Components  int     `json:"n_components" default:"2" doc:"number of classes K"`
	NInit       int     `json:"n_init" default:"12" doc:"starts"`
	Init        string  `json:"init" default:"portfolio" doc:"portfolio (a mix of starts), random or moments"`
	EMIter      int     `json:"em_iter" default:"25" doc:"steps of EM from every start; one at most from a single start with many parameters, where L-BFGS is faster"`
	Finish      int     `json:"n_finish" default:"3" doc:"best starts that are followed to the maximum"`
	MaxIter     int     `json:"max_iter" default:"1000" doc:"most Newton or quasi-Newton iterations of each start"`
	Tol         float64 `json:"tol" default:"1e-8" doc:"stop when the next iteration promises to raise the log-likelihood of all draws by less, in nats"`
	Ridge       float64 `json:"ridge" default:"0" doc:"the log-likelihood of all draws is lowered by ridge/2 times the squared distances of classes from the fit with one class, in units of standard deviations of x theta"`
	Covariance  string  `json:"covariance" default:"observed" doc:"of the estimates: observed, expected, robust or none"`
	Normalizer  string  `json:"normalizer" default:"auto" doc:"on the way to the maximum, which is itself exact: exact, sampled (estimated from a part of the cells without draws), or auto (sampled where that leaves a quarter of the cells and there are 20 draws for each parameter)"`
	Sample      int     `json:"n_sampled" default:"0" doc:"cells without draws that sampled normalizers are estimated from; 0: 16 for each feature and at least 8192"`
	Certificate int     `json:"n_certificate" default:"32" doc:"starts of the search for a class to be added; negative: none"`
	Seed        uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Start, if set, is the first of the starts; with NInit 1 the only one.
	Start *Start `json:"-"`
	// Progress, if set, is called between iterations.
	Progress func(core.Progress) `json:"-"`
}

// Start holds the parameters that a fit begins with.
type Start struct {
	Theta []float64 // K x L
	Alpha []float64 // K, non-negative; nil: equal
}

// most is the largest number of parameters for which matrices of their square are formed.
const most = 1500

// withDefaults returns a copy of o with zero fields replaced by their defaults.
func (o *Options) withDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	v.Components, v.NInit = cmp.Or(v.Components, 2), cmp.Or(v.NInit, 12)
	v.EMIter, v.Finish, v.MaxIter = cmp.Or(v.EMIter, 25), cmp.Or(v.Finish, 3), cmp.Or(v.MaxIter, 1000)
	v.Init, v.Covariance = cmp.Or(v.Init, InitPortfolio), cmp.Or(v.Covariance, Observed)
	v.Normalizer = cmp.Or(v.Normalizer, Auto)
	v.Tol, v.Certificate = cmp.Or(v.Tol, 1e-8), cmp.Or(v.Certificate, 32)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *Options) Validate() error {
	v := o.withDefaults()
	for _, f := range []struct {
		name  string
		value int
	}{
		{"n_components", v.Components}, {"n_init", v.NInit}, {"em_iter", v.EMIter}, {"n_finish", v.Finish}, {"max_iter", v.MaxIter},
	} {
		if f.value < 1 || f.value > 1<<20 {
			return fmt.Errorf("softmix: %w: %s must be in [1, 2^20], got %d", core.ErrOption, f.name, f.value)
		}
	}
	for _, f := range []struct {
		name, value string
		known       []string
	}{
		{"init", v.Init, []string{InitPortfolio, InitRandom, InitMoments}},
		{"covariance", v.Covariance, []string{Observed, Expected, Robust, None}},
		{"normalizer", v.Normalizer, []string{Auto, Exact, Sampled}},
	} {
		if !slices.Contains(f.known, f.value) {
			return fmt.Errorf("softmix: %w: %s must be one of %v, got %q", core.ErrOption, f.name, f.known, f.value)
		}
	}
	switch {
	case !(v.Tol > 0) || math.IsInf(v.Tol, 1):
		return fmt.Errorf("softmix: %w: tol must be a positive number, got %v", core.ErrOption, v.Tol)
	case v.Sample < 0:
		return fmt.Errorf("softmix: %w: n_sampled must be at least 0, got %d", core.ErrOption, v.Sample)
	case !(v.Ridge >= 0) || math.IsInf(v.Ridge, 1):
		return fmt.Errorf("softmix: %w: ridge must be a number of at least 0, got %v", core.ErrOption, v.Ridge)
	}
	return nil
}

// check reports whether the parameters of a start are impossible.
func (s *Start) check(classes, features int) error {
	switch {
	case s == nil:
		return nil
	case len(s.Theta) != classes*features:
		return fmt.Errorf("softmix: %w: the start has %d values of theta for %d classes of %d features", core.ErrShape,
			len(s.Theta), classes, features)
	case s.Alpha != nil && len(s.Alpha) != classes:
		return fmt.Errorf("softmix: %w: the start has %d class probabilities for %d classes", core.ErrShape, len(s.Alpha), classes)
	}
	for i, v := range s.Theta {
		if v-v != 0 {
			return fmt.Errorf("softmix: %w: theta of the start is %v in class %d, feature %d", core.ErrNotFinite, v, i/features, i%features)
		}
	}
	sum := 0.0
	for k, v := range s.Alpha {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("softmix: %w: the probability of class %d of the start is %v", core.ErrOption, k, v)
		}
		sum += v
	}
	if s.Alpha != nil && sum == 0 {
		return fmt.Errorf("softmix: %w: all class probabilities of the start are zero", core.ErrOption)
	}
	return nil
}
