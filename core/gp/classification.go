package gp

import (
	"cmp"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// How a [Classification] of more than two classes is made.
const (
	OneVsRest = "one_vs_rest" // a problem of two classes for each class and all others, each with parameters of its own
	OneVsOne  = "one_vs_one"  // one for each pair of classes, which vote; no probabilities
	Softmax   = "softmax"     // one problem with a latent function for each class, which share the parameters
)

// ClassificationOptions of [FitClassification]. The zero value means the defaults. Fields with a json name travel across the
// C ABI as JSON text; doc is the line shown there.
type ClassificationOptions struct {
	MultiClass   string  `json:"multi_class" default:"one_vs_rest" doc:"one_vs_rest, one_vs_one or softmax; of no effect on two classes"`
	Solver       string  `json:"solver" default:"auto" doc:"cholesky (exact, n x n numbers in memory), cg (matrix-free) or auto: cholesky up to max_exact points, with softmax as long as classes * n^3 is at most max_exact^3"`
	MaxExact     int     `json:"max_exact" default:"4000" doc:"most points for which solver auto takes cholesky"`
	Precision    string  `json:"precision" default:"auto" doc:"arithmetic of kernel elements: float32, float64, or auto: float64 with cholesky, float32 with cg"`
	Optimizer    string  `json:"optimizer" default:"lbfgs" doc:"lbfgs or none"`
	MaxIter      int     `json:"max_iter" default:"200" doc:"most iterations of the optimizer"`
	Restarts     int     `json:"n_restarts" default:"0" doc:"more starts, from parameters drawn log-uniformly within their bounds"`
	TrainTol     float64 `json:"train_tol" default:"1e-9" doc:"training ends when an iteration gains fewer nats per point"`
	TrainSize    int     `json:"train_size" default:"1500" doc:"points that parameters are trained on, a random part with all classes in proportion, where solver is cg"`
	MaxNewton    int     `json:"max_newton" default:"100" doc:"most Newton steps to the mode of the latent functions"`
	NewtonTol    float64 `json:"newton_tol" default:"0" doc:"they end when no latent value moves by more than this part of the largest one, or of 1; 0: 1e-9 with cholesky, 1e-4 with cg"`
	PredictTol   float64 `json:"predict_tol" default:"1e-3" doc:"relative residual of systems that predictions solve with cg"`
	MaxSolve     int     `json:"max_solve_iter" default:"1000" doc:"most iterations of conjugate gradients per system"`
	Rank         int     `json:"rank" default:"0" doc:"rank of the preconditioner; 0: an eighth of the points, at most 400"`
	NoLikelihood bool    `json:"skip_likelihood" default:"false" doc:"do not estimate the log marginal likelihood at the end of cg"`
	Seed         uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`
	Priors       []Prior `json:"priors" doc:"densities of parameters; training then finds the largest posterior density"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called between iterations. Objective is the log marginal likelihood of the problem at hand.
	Progress func(core.Progress) `json:"-"`
}

func (o *ClassificationOptions) withDefaults() ClassificationOptions {
	var v ClassificationOptions
	if o != nil {
		v = *o
	}
	v.MultiClass, v.Optimizer = cmp.Or(v.MultiClass, OneVsRest), cmp.Or(v.Optimizer, OptimizerLBFGS)
	v.Solver, v.Precision = cmp.Or(v.Solver, Auto), cmp.Or(v.Precision, Auto)
	v.MaxExact, v.TrainSize = cmp.Or(v.MaxExact, choleskyPoints), cmp.Or(v.TrainSize, 1500)
	v.MaxIter, v.MaxNewton, v.MaxSolve = cmp.Or(v.MaxIter, 200), cmp.Or(v.MaxNewton, 100), cmp.Or(v.MaxSolve, defaultMaxIterations)
	v.TrainTol, v.PredictTol = positiveOr(v.TrainTol, 1e-9), positiveOr(v.PredictTol, 1e-3)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *ClassificationOptions) Validate() error {
	v := o.withDefaults()
	if err := checkOptions([]wordOption{
		{"multi_class", v.MultiClass, []string{OneVsRest, OneVsOne, Softmax}},
		{"solver", v.Solver, []string{Auto, MethodCholesky, MethodCG}}, {"precision", v.Precision, []string{Auto, Float32, Float64}},
		{"optimizer", v.Optimizer, []string{OptimizerLBFGS, OptimizerNone}},
	}, []countOption{
		{"max_exact", v.MaxExact, 1}, {"max_iter", v.MaxIter, 1}, {"n_restarts", v.Restarts, 0}, {"train_size", v.TrainSize, 2},
		{"max_newton", v.MaxNewton, 1}, {"max_solve_iter", v.MaxSolve, 1}, {"rank", v.Rank, 0},
	}, []numberOption{
		{"train_tol", v.TrainTol, math.Inf(1)}, {"newton_tol", v.NewtonTol, 1}, {"predict_tol", v.PredictTol, 1},
	}); err != nil {
		return err
	}
	return checkPriors(v.Priors)
}

// newtonTol is what NewtonTol means for a solver.
func (o *ClassificationOptions) newtonTol(exact bool) float64 {
	if exact {
		return positiveOr(o.NewtonTol, 1e-9)
	}
	return positiveOr(o.NewtonTol, 1e-4)
}
