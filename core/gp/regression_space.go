package gp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

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
	return s, s.attach(priors)
}

// attach finds the parameters that priors concern.
func (s *space) attach(priors []Prior) error {
	s.priors = make([][]Prior, len(s.names))
	for _, p := range priors {
		if err := p.validate(); err != nil {
			return err
		}
		used := false
		for i, name := range s.names {
			if p.concerns(name) {
				s.priors[i], used = append(s.priors[i], p), true
			}
		}
		if !used {
			return fmt.Errorf("gp: %w: there is a prior of %q; the parameters to be trained are %v", core.ErrOption,
				p.Parameter, slices.Clone(s.names))
		}
	}
	return nil
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

// perPoint turns a likelihood of size numbers and its gradient into what is minimised: minus the likelihood with priors per
// number, where priors weigh as much as they do among all.
func (s *space) perPoint(theta []float64, value float64, grad []float64, size, all float64) float64 {
	for p := range grad {
		grad[p] *= all / size
	}
	value = s.addPriors(theta, value*all/size, grad)
	for p := range grad {
		grad[p] /= -all
	}
	return -value / all
}

// random returns parameters drawn log-uniformly within their bounds.
func (s *space) random(draw *rand.Rand) []float64 {
	theta := make([]float64, len(s.lower))
	for p, lo := range s.lower {
		theta[p] = lo + (s.upper[p]-lo)*draw.Float64()
		if math.IsNaN(theta[p]) {
			theta[p] = lo
		}
	}
	return theta
}
