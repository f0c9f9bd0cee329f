package gp

import (
	"fmt"
	"strings"

	"github.com/lithe-ml/lithe/core"
)

func (k Constant) String() string { return fmt.Sprintf("%.4g", k.Value) }

func (k RBF) String() string {
	return "RBF(" + numbers("length_scale", k.LengthScale) + dims(k.Dims) + ")"
}

func (k Matern) String() string {
	return fmt.Sprintf("Matern(%s, nu=%g%s)", numbers("length_scale", k.LengthScale), positiveOr(k.Nu, 1.5), dims(k.Dims))
}

func (k RationalQuadratic) String() string {
	return fmt.Sprintf("RationalQuadratic(alpha=%.4g, %s%s)", positiveOr(k.Alpha, 1), numbers("length_scale", k.LengthScale),
		dims(k.Dims))
}

func (k Periodic) String() string {
	return "Periodic(" + numbers("length_scale", k.LengthScale) + ", " + numbers("periodicity", k.Period) + dims(k.Dims) + ")"
}

func (k Linear) String() string { return fmt.Sprintf("Linear(sigma_0=%.4g%s)", k.Sigma0, dims(k.Dims)) }

func (k White) String() string { return fmt.Sprintf("White(noise_level=%.4g)", k.Noise) }

func (k Sum) String() string { return fmt.Sprintf("%v + %v", k.A, k.B) }

func (k Product) String() string { return factor(k.A) + " * " + factor(k.B) }

func factor(k Kernel) string {
	if s, ok := k.(Sum); ok {
		return "(" + s.String() + ")"
	}
	return k.String()
}

func numbers(name string, values []float64) string {
	all := make([]string, len(orOne(values)))
	for i, v := range orOne(values) {
		all[i] = fmt.Sprintf("%.4g", v)
	}
	if len(all) == 1 {
		return name + "=" + all[0]
	}
	return name + "=[" + strings.Join(all, ", ") + "]"
}

func dims(d []int) string {
	if len(d) == 0 {
		return ""
	}
	return ", dims=" + strings.ReplaceAll(fmt.Sprint(d), " ", ", ")
}

func (k Constant) validate(int) error { return nil }

func (k White) validate(int) error { return nil }

func (k Linear) validate(features int) error {
	_, err := active(k, k.Dims, features)
	return err
}

func (k RBF) validate(features int) error {
	return scales(k, "length_scale", k.LengthScale, k.Dims, features)
}

func (k Matern) validate(features int) error {
	if nu := positiveOr(k.Nu, 1.5); nu != 0.5 && nu != 1.5 && nu != 2.5 {
		return fmt.Errorf("gp: %w: nu must be 0.5, 1.5 or 2.5, got %v; use RBF for very smooth functions", core.ErrOption, nu)
	}
	return scales(k, "length_scale", k.LengthScale, k.Dims, features)
}

func (k RationalQuadratic) validate(features int) error {
	return scales(k, "length_scale", k.LengthScale, k.Dims, features)
}

func (k Periodic) validate(features int) error {
	if err := scales(k, "periodicity", k.Period, k.Dims, features); err != nil {
		return err
	}
	return scales(k, "length_scale", k.LengthScale, k.Dims, features)
}

func (k Sum) validate(features int) error { return both(k.A, k.B, features) }

func (k Product) validate(features int) error { return both(k.A, k.B, features) }

func both(a, b Kernel, features int) error {
	for _, k := range []Kernel{a, b} {
		if k == nil {
			return fmt.Errorf("gp: %w: a sum or product of kernels lacks a part", core.ErrOption)
		}
		if err := k.validate(features); err != nil {
			return err
		}
	}
	return nil
}

// active returns the features that a kernel looks at.
func active(k Kernel, dims []int, features int) ([]int, error) {
	if len(dims) == 0 {
		all := make([]int, features)
		for q := range all {
			all[q] = q
		}
		return all, nil
	}
	seen := make(map[int]bool, len(dims))
	for _, q := range dims {
		if q < 0 || q >= features {
			return nil, fmt.Errorf("gp: %w: %v looks at feature %d, the points have features 0 to %d",
				core.ErrOption, k, q, features-1)
		}
		if seen[q] {
			return nil, fmt.Errorf("gp: %w: %v names feature %d twice", core.ErrOption, k, q)
		}
		seen[q] = true
	}
	return dims, nil
}

// scales reports a number of scales that fits neither all features together nor each.
func scales(k Kernel, name string, values []float64, dims []int, features int) error {
	used, err := active(k, dims, features)
	if err != nil {
		return err
	}
	if len(values) > 1 && len(values) != len(used) {
		return fmt.Errorf("gp: %w: %v has %d values of %s for %d features; give one for all, or one for each",
			core.ErrOption, k, len(values), name, len(used))
	}
	return nil
}
