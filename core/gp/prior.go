package gp

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lithe-ml/lithe/core"
)

// Kinds of a [Prior].
const (
	GammaPrior       = "gamma"            // A: shape, B: rate
	LogNormalPrior   = "log_normal"       // A: mean of the logarithm, B: its standard deviation
	HalfCauchyPrior  = "half_cauchy"      // A: scale
	DimensionsScaled = "dimension_scaled" // log-normal with mean sqrt(2) + log(d) / 2 and standard deviation sqrt(3), for length scales
)

// Prior is the density of a parameter in its natural unit. Training then looks for the largest posterior density of the
// parameters, in their natural units, instead of the largest likelihood.
//
// The dimension-scaled prior is that of C. Hvarfner, E. O. Hellsten, L. Nardi: Vanilla Bayesian optimization performs great
// in high dimensions, ICML, 2024.
type Prior struct {
	// Parameter is a name as Params gives it, or one without what comes before the last "__" and without an index, which
	// stands for all parameters of that kind: length_scale. The noise of RegressionOptions is called noise.
	Parameter string  `json:"parameter"`
	Kind      string  `json:"kind"`
	A         float64 `json:"a"`
	B         float64 `json:"b"`
}

func (p *Prior) validate() error {
	positive := map[string][2]bool{GammaPrior: {true, true}, LogNormalPrior: {false, true}, HalfCauchyPrior: {true, false},
		DimensionsScaled: {}}
	need, known := positive[p.Kind]
	switch {
	case !known:
		return fmt.Errorf("gp: %w: the prior of %q must be one of %v, got %q", core.ErrOption, p.Parameter,
			[]string{GammaPrior, LogNormalPrior, HalfCauchyPrior, DimensionsScaled}, p.Kind)
	case p.Parameter == "":
		return fmt.Errorf("gp: %w: a prior names its parameter, such as length_scale or noise", core.ErrOption)
	case need[0] && !(p.A > 0) || need[1] && !(p.B > 0) || p.A-p.A != 0 || p.B-p.B != 0:
		return fmt.Errorf("gp: %w: the %s prior of %q has the numbers %v and %v; scales, shapes and rates are positive",
			core.ErrOption, p.Kind, p.Parameter, p.A, p.B)
	}
	return nil
}

// logDensity returns the logarithm of the density at x > 0 and its derivative by log x, for d features.
func (p *Prior) logDensity(x float64, d int) (value, slope float64) {
	a, b := p.A, p.B
	switch p.Kind {
	case GammaPrior:
		gamma, _ := math.Lgamma(a)
		return a*math.Log(b) - gamma + (a-1)*math.Log(x) - b*x, a - 1 - b*x
	case HalfCauchyPrior:
		u := x / a
		return math.Log(2/(math.Pi*a)) - math.Log1p(u*u), -2 * u * u / (1 + u*u)
	case DimensionsScaled:
		a, b = math.Sqrt2+math.Log(float64(d))/2, math.Sqrt(3)
	}
	z := (math.Log(x) - a) / b
	return -math.Log(x) - z*z/2 - math.Log(b*math.Sqrt(2*math.Pi)), -1 - z/b
}

// concerns reports whether the prior is one of the parameter with that name.
func (p *Prior) concerns(name string) bool {
	if p.Parameter == name {
		return true
	}
	if at := strings.LastIndex(name, "__"); at >= 0 {
		name = name[at+2:]
	}
	if at := strings.IndexByte(name, '['); at >= 0 {
		name = name[:at]
	}
	return p.Parameter == name
}

// noiseName is what the noise of a regression is called.
const noiseName = "noise"

// space is the vector that is trained: the logarithms of the free parameters of a kernel and, unless it is fixed, of the
// noise.
type space struct {
	names        []string
	lower, upper []float64
	noise        bool // is the last element
	features     int
	priors       [][]Prior // of each element
}

func newSpace(k Kernel, noise Bounds, features int, priors []Prior) (*space, error) {
	s := &space{noise: !noise.Fixed, features: features}
	for _, p := range Params(k) {
		if !p.Fixed {
			s.names = append(s.names, p.Name)
		}
	}
	s.lower, s.upper = ThetaBounds(k)
	if s.noise {
		s.names = append(s.names, noiseName)
		s.lower, s.upper = append(s.lower, math.Log(noise.Lower)), append(s.upper, math.Log(noise.Upper))
	}
	s.priors = make([][]Prior, len(s.names))
	for _, p := range priors {
		if err := p.validate(); err != nil {
			return nil, err
		}
		used := false
		for i, name := range s.names {
			if p.concerns(name) {
				s.priors[i], used = append(s.priors[i], p), true
			}
		}
		if !used {
			return nil, fmt.Errorf("gp: %w: there is a prior of %q; the parameters to be trained are %v", core.ErrOption,
				p.Parameter, slices.Clone(s.names))
		}
	}
	return s, nil
}

// split returns the part of theta that is the kernel's, and the variance of the noise, which is fixed unless it is in theta.
func (s *space) split(theta []float64, fixed float64) (kernel []float64, noise float64) {
	if !s.noise {
		return theta, fixed
	}
	last := len(theta) - 1
	return theta[:last], math.Exp(theta[last])
}

// addPriors adds the logarithms of the priors' densities to value and their derivatives to grad.
func (s *space) addPriors(theta []float64, value float64, grad []float64) float64 {
	for i, priors := range s.priors {
		for k := range priors {
			v, slope := priors[k].logDensity(math.Exp(theta[i]), s.features)
			value += v
			grad[i] += slope
		}
	}
	return value
}
