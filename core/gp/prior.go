package gp

import (
	"fmt"
	"math"
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
