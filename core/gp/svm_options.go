package gp

import (
	"cmp"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Named kernels of [SVMOptions].
const (
	SVMRBF    = "rbf"    // exp(-gamma |x - x'|^2)
	SVMLinear = "linear" // x . x'
	SVMPoly   = "poly"   // (gamma x . x' + coef0)^degree
)

// SVMOptions of [FitSVM]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text;
// doc is the line shown there.
type SVMOptions struct {
	C         float64 `json:"C" default:"1" doc:"weight of squared errors against the squared norm of the function: sigma^2 = 1 / C"`
	Kernel    string  `json:"kernel" default:"rbf" doc:"rbf, linear or poly, unless a kernel is given as an expression"`
	Gamma     float64 `json:"gamma" default:"0" doc:"of rbf and poly; 0: 1 / (features * variance of all elements of x)"`
	Degree    int     `json:"degree" default:"3" doc:"of poly, at most 12"`
	Coef0     float64 `json:"coef0" default:"0" doc:"of poly, not negative"`
	Tol       float64 `json:"tol" default:"0.03" doc:"relative residual of the linear systems, for cg; smaller ones hardly move a decision"`
	MaxIter   int     `json:"max_iter" default:"1000" doc:"most iterations of cg"`
	Solver    string  `json:"solver" default:"auto" doc:"cholesky (exact, n x n numbers in memory), cg (matrix-free) or auto: cholesky up to max_exact points"`
	MaxExact  int     `json:"max_exact" default:"2000" doc:"most points for which solver auto takes cholesky"`
	Precision string  `json:"precision" default:"auto" doc:"arithmetic of kernel elements: float32, float64, or auto: float64 with cholesky, float32 with cg"`
	Rank      int     `json:"rank" default:"0" doc:"rank of the preconditioner of cg; 0: an eighth of the points, at most 1000, or 500 where C is at most 3"`
	LeftOut   bool    `json:"leave_one_out" default:"false" doc:"find the decision about each point by the machine of all others; needs cholesky, and as long again"`
	Seed      uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Weights, if set, holds a weight of each point's error, not negative. A point of weight 0 is left out.
	Weights []float64 `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called between iterations. Objective is the largest relative residual.
	Progress func(core.Progress) `json:"-"`
}

// svmTol moves the accuracy of classifiers by less than 0.1 % against 0.01, in two thirds of the iterations.
const svmTol = 0.03

// mostDegree keeps powers of poly within the size of numbers.
const mostDegree = 12

func (o *SVMOptions) withDefaults() SVMOptions {
	var v SVMOptions
	if o != nil {
		v = *o
	}
	v.Kernel, v.Solver, v.Precision = cmp.Or(v.Kernel, SVMRBF), cmp.Or(v.Solver, Auto), cmp.Or(v.Precision, Auto)
	v.Degree, v.MaxIter, v.MaxExact = cmp.Or(v.Degree, 3), cmp.Or(v.MaxIter, defaultMaxIterations), cmp.Or(v.MaxExact, 2000)
	v.C, v.Tol = positiveOr(v.C, 1), positiveOr(v.Tol, svmTol)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *SVMOptions) Validate() error {
	v := o.withDefaults()
	if err := checkOptions([]wordOption{
		{"kernel", v.Kernel, []string{SVMRBF, SVMLinear, SVMPoly}}, {"solver", v.Solver, []string{Auto, MethodCholesky, MethodCG}},
		{"precision", v.Precision, []string{Auto, Float32, Float64}},
	}, nil, nil); err != nil {
		return err
	}
	switch {
	case !(v.C > 0) || math.IsInf(v.C, 1):
		return fmt.Errorf("gp: %w: C must be a positive number, got %v", core.ErrOption, v.C)
	case !(v.Gamma >= 0) || math.IsInf(v.Gamma, 1):
		return fmt.Errorf("gp: %w: gamma must be a positive number, got %v", core.ErrOption, v.Gamma)
	case v.Degree < 1 || v.Degree > mostDegree:
		return fmt.Errorf("gp: %w: degree must be in [1, %d], got %d", core.ErrOption, mostDegree, v.Degree)
	case !(v.Coef0 >= 0) || math.IsInf(v.Coef0, 1):
		return fmt.Errorf("gp: %w: coef0 must not be negative, which would make the kernel indefinite, got %v", core.ErrOption, v.Coef0)
	case !(v.Tol > 0 && v.Tol < 1):
		return fmt.Errorf("gp: %w: tol must be in (0, 1), got %v", core.ErrOption, v.Tol)
	case v.MaxIter < 1 || v.MaxExact < 1 || v.Rank < 0:
		return fmt.Errorf("gp: %w: max_iter and max_exact must be at least 1 and rank not negative, got %d, %d and %d",
			core.ErrOption, v.MaxIter, v.MaxExact, v.Rank)
	}
	return nil
}

// weightsOf checks the weights of n points and returns the points that count, with nil weights for all equal to 1.
func (o *SVMOptions) weightsOf(n int) (ids []int, weights []float64, err error) {
	if o.Weights == nil {
		return nil, nil, nil
	}
	if len(o.Weights) != n {
		return nil, nil, fmt.Errorf("gp: %w: there are %d weights for %d points", core.ErrShape, len(o.Weights), n)
	}
	ids = []int{}
	for i, w := range o.Weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return nil, nil, fmt.Errorf("gp: %w: weight %d is %v; a weight is a number of at least 0", core.ErrOption, i, w)
		}
		if w > 0 {
			ids, weights = append(ids, i), append(weights, w)
		}
	}
	return ids, weights, nil
}

// named returns the kernel that the options name, for points x with weights, nil meaning 1.
//
// A constant that is added to a kernel changes nothing: the coefficients sum to zero. So sigma_0 of a linear kernel is free,
// and one small against the points keeps digits; the same number stands for a coef0 of 0, which makes an odd power vanish
// where points are orthogonal to 1e-12 of their size.
func (o *SVMOptions) named(x core.Matrix[float64], weights []float64) Kernel {
	mean, square, total := 0.0, 0.0, 0.0
	weight := func(i int) float64 {
		if weights == nil {
			return 1
		}
		return weights[i]
	}
	for i := range x.Rows {
		for _, v := range x.Row(i) {
			total += weight(i)
			mean += (v - mean) * weight(i) / total
		}
	}
	for i := range x.Rows {
		for _, v := range x.Row(i) {
			square += weight(i) * (v - mean) * (v - mean)
		}
	}
	variance, d := square/total, float64(x.Cols)
	gamma := o.Gamma
	if gamma == 0 {
		if gamma = 1 / (d * variance); !(variance > 0) || math.IsInf(gamma, 1) {
			gamma = 1
		}
	}
	size := math.Sqrt(d * (variance + mean*mean))
	least := 1e-6 * positiveOr(size, 1)
	switch o.Kernel {
	case SVMLinear:
		return Linear{Sigma0: least}
	case SVMPoly:
		k := Kernel(Constant{Value: math.Pow(gamma, float64(o.Degree))})
		for range o.Degree {
			k = Product{k, Linear{Sigma0: math.Max(math.Sqrt(o.Coef0/gamma), least)}}
		}
		return k
	}
	return RBF{LengthScale: []float64{1 / math.Sqrt(2*gamma)}}
}
