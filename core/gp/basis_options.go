package gp

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Kernels of the continuous features of a [BasisRegression].
const (
	BasisRBF      = "rbf"
	BasisMatern12 = "matern12"
	BasisMatern32 = "matern32"
	BasisMatern52 = "matern52"
)

// Kernels of categories: the correlation of the functions of two of C categories.
const (
	ZeroSum  = "zerosum"  // -1 / (C - 1): functions of all categories add to zero, so that they are deviations from what is common
	Identity = "identity" // 0: categories have nothing to do with each other
	Hamming  = "hamming"  // trained, in (0, 1): functions share a part
	Given    = "given"    // that of CategoryMatrix
)

// BasisTerm is one of the functions whose sum is the model: of the named features, with a kernel that is the product of
// theirs. No features at all make a constant.
type BasisTerm struct {
	Features       []int       `json:"features"`
	CategoryKernel string      `json:"category_kernel,omitempty"` // of its categorical features; zerosum if empty
	CategoryMatrix [][]float64 `json:"category_matrix,omitempty"` // C x C, positive semidefinite, of its only categorical feature
	Count          int         `json:"n_basis,omitempty"`         // functions per continuous feature; 0: as in the options
}

// BasisOptions of [FitBasis]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON
// text; doc is the line shown there. Length scales are in units of half the range of their feature, magnitudes and the noise
// in units of the standard deviation and the variance of y.
type BasisOptions struct {
	Terms       []BasisTerm `json:"terms" doc:"functions that are added; none: one for each feature"`
	Categories  []int       `json:"categories" doc:"number of categories of each feature, which holds 0, 1, ...; 0 for a continuous one; none: all are continuous"`
	Ranges      [][]float64 `json:"ranges" doc:"lower and upper end of each feature; equal ones, or none at all: those of the data"`
	Kernel      string      `json:"kernel" default:"rbf" doc:"of continuous features: rbf, matern12, matern32 or matern52"`
	Count       int         `json:"n_basis" default:"24" doc:"functions per continuous feature of a term"`
	Boundary    float64     `json:"boundary" default:"2" doc:"where functions end, in half ranges from the middle of a feature; more than 1"`
	LengthLower float64     `json:"length_scale_lower" default:"0" doc:"lower bound of length scales in training; 0: half of what the basis resolves"`
	LengthUpper float64     `json:"length_scale_upper" default:"0" doc:"upper bound; 0: boundary - 1, beyond which the ends of the basis are felt"`
	MaxIter     int         `json:"max_iter" default:"200" doc:"most iterations of the optimizer from each start; -1: keep the start"`
	Restarts    int         `json:"n_restarts" default:"2" doc:"more starts, from parameters drawn log-uniformly; -1: none"`
	Seed        uint64      `json:"random_state,string" default:"0" doc:"seed of the starts, an unsigned 64-bit integer; a string in JSON"`
	Priors      []Prior     `json:"priors" doc:"densities of magnitude, length_scale, correlation and noise; training then finds the largest posterior density"`

	// Start, if set, holds the logarithms of the parameters to start from, as in BasisRegression.Theta.
	Start []float64 `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called between iterations. Objective is the log marginal likelihood of the normalised y.
	Progress func(core.Progress) `json:"-"`
}

// mostBasis bounds the functions of all terms together: matrices of their number squared are held.
const mostBasis = 6000

func (o *BasisOptions) withDefaults() BasisOptions {
	var v BasisOptions
	if o != nil {
		v = *o
	}
	v.Kernel = cmp.Or(v.Kernel, BasisRBF)
	v.Boundary = positiveOr(v.Boundary, 2)
	for _, f := range []struct {
		field *int
		value int
	}{{&v.Count, 24}, {&v.MaxIter, 200}, {&v.Restarts, 2}} {
		switch *f.field {
		case 0:
			*f.field = f.value
		case -1:
			*f.field = 0
		}
	}
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption. Terms, categories and ranges are left
// to the making of a design, which knows the number of features.
func (o *BasisOptions) Validate() error {
	v := o.withDefaults()
	known := []string{BasisRBF, BasisMatern12, BasisMatern32, BasisMatern52}
	switch {
	case !slices.Contains(known, v.Kernel):
		return fmt.Errorf("gp: %w: kernel must be one of %v, got %q", core.ErrOption, known, v.Kernel)
	case v.Count < 1:
		return fmt.Errorf("gp: %w: n_basis must be at least 1, got %d", core.ErrOption, v.Count)
	case !(v.Boundary > 1) || math.IsInf(v.Boundary, 1):
		return fmt.Errorf("gp: %w: boundary must be more than 1, got %v", core.ErrOption, v.Boundary)
	case !(v.LengthLower >= 0 && v.LengthUpper >= 0) || math.IsInf(v.LengthLower+v.LengthUpper, 1):
		return fmt.Errorf("gp: %w: bounds of length scales must be positive numbers, got %v and %v", core.ErrOption, v.LengthLower,
			v.LengthUpper)
	case v.MaxIter < 0 || v.Restarts < 0:
		return fmt.Errorf("gp: %w: max_iter and n_restarts must be at least -1, got %d and %d", core.ErrOption, v.MaxIter, v.Restarts)
	}
	return checkPriors(v.Priors)
}
