package gp

import (
	"fmt"
	"math"
	"strconv"

	"github.com/lithe-ml/lithe/core"
)

// Param is one parameter of a kernel in its natural unit.
type Param struct {
	Name  string // as in scikit-learn, k1__k2__length_scale, with [q] for one of several length scales
	Value float64
	Bounds
}

// Params lists the parameters of k, fixed ones too.
func Params(k Kernel) []Param { return k.params("") }

// Theta returns the logarithms of the free parameters of k.
func Theta(k Kernel) []float64 {
	var theta []float64
	for _, p := range k.params("") {
		if !p.Fixed {
			theta = append(theta, math.Log(p.Value))
		}
	}
	return theta
}

// ThetaBounds returns the logarithms of the bounds of the free parameters of k.
func ThetaBounds(k Kernel) (lower, upper []float64) {
	for _, p := range k.params("") {
		if !p.Fixed {
			lower, upper = append(lower, math.Log(p.Lower)), append(upper, math.Log(p.Upper))
		}
	}
	return lower, upper
}

// WithTheta returns k with other values of its free parameters, given as logarithms. Bounds are not enforced. Errors wrap
// core.ErrShape and core.ErrNotFinite.
func WithTheta(k Kernel, theta []float64) (Kernel, error) {
	free := len(Theta(k))
	if len(theta) != free {
		return nil, fmt.Errorf("gp: %w: theta has %d elements, the kernel %v has %d free parameters",
			core.ErrShape, len(theta), k, free)
	}
	for i, v := range theta {
		if e := math.Exp(v); !(e > 0) || math.IsInf(e, 1) {
			return nil, fmt.Errorf("gp: %w: theta[%d] = %v, whose exponential is not a positive number", core.ErrNotFinite, i, v)
		}
	}
	at := 0
	return k.with(func(value float64, b Bounds) float64 {
		if b.Fixed {
			return value
		}
		at++
		return math.Exp(theta[at-1])
	}), nil
}

// Validate reports with an error wrapping core.ErrOption what is impossible in a kernel for points of the given number of
// features.
func Validate(k Kernel, features int) error {
	if k == nil {
		return fmt.Errorf("gp: %w: there is no kernel", core.ErrOption)
	}
	if err := k.validate(features); err != nil {
		return err
	}
	for _, p := range k.params("") {
		switch {
		case !(p.Value > 0) || math.IsInf(p.Value, 1):
			return fmt.Errorf("gp: %w: %s of the kernel %v must be a positive number, got %v", core.ErrOption, p.Name, k, p.Value)
		case !p.Fixed && !(p.Lower > 0 && p.Lower <= p.Upper && !math.IsInf(p.Upper, 1)):
			return fmt.Errorf("gp: %w: bounds of %s must be positive numbers in ascending order, got %v and %v",
				core.ErrOption, p.Name, p.Lower, p.Upper)
		}
	}
	return nil
}

const defaultLower, defaultUpper = 1e-5, 1e5

func param(name string, value float64, b Bounds) Param {
	if b.Lower == 0 && b.Upper == 0 {
		b.Lower, b.Upper = defaultLower, defaultUpper
	}
	return Param{name, value, b}
}

// list returns one parameter per element of values.
func list(name string, values []float64, b Bounds) []Param {
	values = orOne(values)
	if len(values) == 1 {
		return []Param{param(name, values[0], b)}
	}
	all := make([]Param, len(values))
	for i, v := range values {
		all[i] = param(name+"["+strconv.Itoa(i)+"]", v, b)
	}
	return all
}

// orOne returns values, or 1 if there are none.
func orOne(values []float64) []float64 {
	if len(values) == 0 {
		return []float64{1}
	}
	return values
}

func each(values []float64, b Bounds, next func(float64, Bounds) float64) []float64 {
	out := make([]float64, len(orOne(values)))
	for i, v := range orOne(values) {
		out[i] = next(v, b)
	}
	return out
}

func positiveOr(v, other float64) float64 {
	if v == 0 {
		return other
	}
	return v
}

func (k Constant) params(p string) []Param {
	return []Param{param(p+"constant_value", k.Value, k.Bounds)}
}

func (k RBF) params(p string) []Param { return list(p+"length_scale", k.LengthScale, k.Bounds) }

func (k Matern) params(p string) []Param { return list(p+"length_scale", k.LengthScale, k.Bounds) }

func (k RationalQuadratic) params(p string) []Param {
	alpha := param(p+"alpha", positiveOr(k.Alpha, 1), k.AlphaBounds)
	return append([]Param{alpha}, list(p+"length_scale", k.LengthScale, k.Bounds)...)
}

func (k Periodic) params(p string) []Param {
	return append(list(p+"length_scale", k.LengthScale, k.Bounds), list(p+"periodicity", k.Period, k.PeriodBounds)...)
}

func (k Linear) params(p string) []Param { return []Param{param(p+"sigma_0", k.Sigma0, k.Bounds)} }

func (k White) params(p string) []Param { return []Param{param(p+"noise_level", k.Noise, k.Bounds)} }

func (k Sum) params(p string) []Param {
	return append(k.A.params(p+"k1__"), k.B.params(p+"k2__")...)
}

func (k Product) params(p string) []Param {
	return append(k.A.params(p+"k1__"), k.B.params(p+"k2__")...)
}

func (k Constant) with(next func(float64, Bounds) float64) Kernel {
	k.Value = next(k.Value, k.Bounds)
	return k
}

func (k RBF) with(next func(float64, Bounds) float64) Kernel {
	k.LengthScale = each(k.LengthScale, k.Bounds, next)
	return k
}

func (k Matern) with(next func(float64, Bounds) float64) Kernel {
	k.LengthScale = each(k.LengthScale, k.Bounds, next)
	return k
}

func (k RationalQuadratic) with(next func(float64, Bounds) float64) Kernel {
	k.Alpha = next(positiveOr(k.Alpha, 1), k.AlphaBounds)
	k.LengthScale = each(k.LengthScale, k.Bounds, next)
	return k
}

func (k Periodic) with(next func(float64, Bounds) float64) Kernel {
	k.LengthScale = each(k.LengthScale, k.Bounds, next)
	k.Period = each(k.Period, k.PeriodBounds, next)
	return k
}

func (k Linear) with(next func(float64, Bounds) float64) Kernel {
	k.Sigma0 = next(k.Sigma0, k.Bounds)
	return k
}

func (k White) with(next func(float64, Bounds) float64) Kernel {
	k.Noise = next(k.Noise, k.Bounds)
	return k
}

func (k Sum) with(next func(float64, Bounds) float64) Kernel {
	a := k.A.with(next)
	return Sum{a, k.B.with(next)}
}

func (k Product) with(next func(float64, Bounds) float64) Kernel {
	a := k.A.with(next)
	return Product{a, k.B.with(next)}
}
