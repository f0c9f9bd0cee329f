package gp

import (
	"cmp"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Choices of [RegressionOptions].
const (
	Auto = "auto"

	OptimizerLBFGS = "lbfgs" // quasi-Newton steps in the box of the bounds, on frozen random numbers
	OptimizerAdam  = "adam"  // small steps of fixed size
	OptimizerNone  = "none"  // the parameters are kept

	ProbesMatched        = "matched"          // normal with the covariance of a low-rank approximation of K plus what it leaves on the mean
	ProbesReduced        = "variance_reduced" // those, with the exact traces of that approximation as control variates
	ProbesPreconditioned = "preconditioned"   // normal with the covariance of that approximation plus the noise, as others have it
	ProbesPathwise       = "pathwise"         // draws from the prior of y, made of random Fourier features

	InitMinibatch = "minibatch" // Adam on exact likelihoods of random batches
	InitSubset    = "subset"    // that, and then quasi-Newton steps on the exact likelihood of a subset
	InitNone      = "none"
)

// RegressionOptions of [FitRegression]. The zero value means the defaults. Fields with a json name travel across the C ABI
// as JSON text; doc is the line shown there.
type RegressionOptions struct {
	Noise        float64 `json:"noise" default:"0" doc:"variance of the noise common to all points at the start, in units of y as it is used; 0: a tenth of the variance of y, or none if noise_fixed"`
	NoiseFixed   bool    `json:"noise_fixed" default:"false" doc:"keep the noise instead of training it"`
	NoiseLower   float64 `json:"noise_lower" default:"0" doc:"lower bound of the noise in training; 0: 1e-5 of the variance of y in float32, 1e-8 in float64"`
	NoiseUpper   float64 `json:"noise_upper" default:"0" doc:"upper bound; 0: 100 times the variance of y"`
	NormalizeY   bool    `json:"normalize_y" default:"false" doc:"subtract the mean of y and divide by its standard deviation"`
	NormalizeX   bool    `json:"normalize_x" default:"false" doc:"do so with every feature"`
	Solver       string  `json:"solver" default:"auto" doc:"cholesky (exact, n x n numbers in memory), the matrix-free cg, low_precision_cg, alternating_projection and dual_descent, itergp (cg in training, then a number of actions whose computational uncertainty is part of all variances), or auto: cholesky up to max_exact points, cg beyond"`
	MaxExact     int     `json:"max_exact" default:"4000" doc:"most points for which solver auto takes cholesky"`
	Precision    string  `json:"precision" default:"auto" doc:"arithmetic of kernel elements: float32, float64, or auto: float64 with cholesky, float32 with cg until that is too coarse for so little noise or so short length scales"`
	Storage      string  `json:"storage" default:"none" doc:"keep the elements of the kernel matrix after training, for the systems of the weights and of predictions: float32, float16 or bfloat16, with 2, 1 and 1 n x n bytes, or none; for matrix-free solvers in float32; 16 bits are not used where they could make the matrix indefinite"`
	Format       string  `json:"format" default:"float16" doc:"of the vectors of low_precision_cg: float16, bfloat16 or float32"`
	Policy       string  `json:"policy" default:"mixed" doc:"actions of itergp: cg (preconditioned residuals), cholesky (single points), inducing (kernel columns of random pivots), or mixed: cg down to predict_tol, then inducing"`
	Actions      int     `json:"n_actions" default:"0" doc:"most actions of itergp; 0: an eighth of the points, but from 100 to 500"`
	Optimizer    string  `json:"optimizer" default:"lbfgs" doc:"lbfgs, adam or none"`
	MaxIter      int     `json:"max_iter" default:"0" doc:"most iterations of the optimizer; of cg over all points; 0: 200 with cholesky, 40 with cg (beyond 25000 points 2, beyond 300000 none: see init), 100 with adam"`
	Restarts     int     `json:"n_restarts" default:"0" doc:"more starts, from parameters drawn log-uniformly within their bounds; with solvers but cholesky they compete on the subset of init"`
	LearningRate float64 `json:"learning_rate" default:"0.1" doc:"step of adam in logarithms of parameters"`
	TrainTol     float64 `json:"train_tol" default:"0" doc:"training ends when an iteration gains fewer nats per point; 0: 1e-7 with cholesky, 1e-4 with cg"`
	Tol          float64 `json:"tol" default:"0.01" doc:"relative residual of the probes' systems in training; that of y gets a tenth"`
	PredictTol   float64 `json:"predict_tol" default:"1e-3" doc:"relative residual of the final system and of those for variances; of draws where a larger one does not add about a percent to their variances"`
	MaxSolve     int     `json:"max_solve_iter" default:"1000" doc:"most iterations of conjugate gradients per system"`
	Rank         int     `json:"rank" default:"0" doc:"rank of the preconditioner, with vecchia points that each one depends on; 0: as many as pay, at most 3000 and 1.5 GB; of points 63"`
	Probes       int     `json:"n_probes" default:"15" doc:"random vectors behind the gradient of cg; 15 and y fill a cache line"`
	ProbeLaw     string  `json:"probes" default:"matched" doc:"law of the random vectors: matched (little variance), variance_reduced (matched, with exact traces of the preconditioner as control variates: the least variance, for some 8 n rank^2 operations more), preconditioned or pathwise; for exact gradients take solver cholesky"`
	Init         string  `json:"init" default:"auto" doc:"how training begins: minibatch, subset (minibatch, then up to 3000 random points by cholesky), none, or auto: none with cholesky, else subset, which beyond 25000 points is followed by the gradient of 12000, half of them random ones, half in eight dense patches"`
	BatchSize    int     `json:"batch_size" default:"512" doc:"points of a minibatch"`
	BatchSteps   int     `json:"n_batches" default:"150" doc:"minibatches"`
	Profile      bool    `json:"profile" default:"false" doc:"find noise and scale inside training, by one Lanczos process for each step of the other parameters; for matrix-free solvers and kernels that a trained constant multiplies"`
	NoLikelihood bool    `json:"skip_likelihood" default:"false" doc:"do not estimate the log marginal likelihood at the end of cg"`
	Seed         uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`
	Priors       []Prior `json:"priors" doc:"densities of parameters; training then finds the largest posterior density"`
	// Preconditioner is a method of NewVecchia or NewPreconditioner.
	Preconditioner string `json:"preconditioner" default:"auto" doc:"vecchia (each point given its nearest ones), rpcholesky (columns of random pivots), greedy (the largest pivots: chases outliers), nystrom, or auto: vecchia, but rpcholesky where rank is set, the kernel has periodic or linear terms, or few columns leave less than ten times the noise"`

	// Known holds variances of the noise of each point that are known, in units of y as it is used, to which Noise is added.
	Known []float64 `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called between iterations. Objective is the log marginal likelihood, or NaN where it is unknown.
	Progress func(core.Progress) `json:"-"`

	effort effort // in training, by the number of points
}

// withDefaults returns a copy of o with zero fields replaced by the defaults that do not depend on the data.
func (o *RegressionOptions) withDefaults() RegressionOptions {
	var v RegressionOptions
	if o != nil {
		v = *o
	}
	v.Solver, v.Precision, v.Init = cmp.Or(v.Solver, Auto), cmp.Or(v.Precision, Auto), cmp.Or(v.Init, Auto)
	v.Optimizer, v.ProbeLaw = cmp.Or(v.Optimizer, OptimizerLBFGS), cmp.Or(v.ProbeLaw, ProbesMatched)
	v.Preconditioner, v.Policy = cmp.Or(v.Preconditioner, Auto), cmp.Or(v.Policy, PolicyMixed)
	v.Storage, v.Format = cmp.Or(v.Storage, None), cmp.Or(v.Format, Float16)
	v.LearningRate, v.Tol, v.PredictTol = positiveOr(v.LearningRate, 0.1), positiveOr(v.Tol, 0.01), positiveOr(v.PredictTol, 1e-3)
	v.MaxExact, v.MaxSolve = cmp.Or(v.MaxExact, choleskyPoints), cmp.Or(v.MaxSolve, defaultMaxIterations)
	v.effort = cmp.Or(v.effort, standardEffort)
	v.Probes, v.BatchSize, v.BatchSteps = cmp.Or(v.Probes, 15), cmp.Or(v.BatchSize, 512), cmp.Or(v.BatchSteps, 150)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *RegressionOptions) Validate() error {
	v := o.withDefaults()
	if err := checkOptions([]wordOption{
		{"solver", v.Solver, []string{Auto, MethodCholesky, MethodCG, MethodLowCG, MethodProjections, MethodDual, MethodIterGP}},
		{"precision", v.Precision, []string{Auto, Float32, Float64}},
		{"optimizer", v.Optimizer, []string{OptimizerLBFGS, OptimizerAdam, OptimizerNone}},
		{"probes", v.ProbeLaw, []string{ProbesMatched, ProbesReduced, ProbesPreconditioned, ProbesPathwise}},
		{"preconditioner", v.Preconditioner, []string{Auto, NearestPoints, RandomPivots, GreedyPivots, NystromBasis}},
		{"storage", v.Storage, []string{None, Float32, Float16, BFloat16}}, {"format", v.Format, []string{Float16, BFloat16, Float32}},
		{"policy", v.Policy, []string{PolicyCG, PolicyCholesky, PolicyInducing, PolicyMixed}},
		{"init", v.Init, []string{Auto, InitMinibatch, InitSubset, InitNone}},
	}, []countOption{
		{"max_exact", v.MaxExact, 1}, {"max_iter", v.MaxIter, 0}, {"n_restarts", v.Restarts, 0}, {"max_solve_iter", v.MaxSolve, 1},
		{"rank", v.Rank, 0}, {"n_actions", v.Actions, 0}, {"n_probes", v.Probes, 1}, {"batch_size", v.BatchSize, 2},
		{"n_batches", v.BatchSteps, 1},
	}, []numberOption{
		{"noise", v.Noise, math.Inf(1)}, {"noise_lower", v.NoiseLower, math.Inf(1)}, {"noise_upper", v.NoiseUpper, math.Inf(1)},
		{"learning_rate", v.LearningRate, 10}, {"train_tol", v.TrainTol, math.Inf(1)}, {"tol", v.Tol, 1}, {"predict_tol", v.PredictTol, 1},
	}); err != nil {
		return err
	}
	if v.Storage != None && (v.Solver == MethodCholesky || v.Precision == Float64) {
		return fmt.Errorf("gp: %w: storage %s is for matrix-free solvers in float32; with solver %s and precision %s it must be none",
			core.ErrOption, v.Storage, v.Solver, v.Precision)
	}
	if v.Profile && (v.Solver == MethodCholesky || v.NoiseFixed || v.Known != nil) {
		return fmt.Errorf("gp: %w: profile finds one noise for all points by Lanczos' method: not with solver %s, noise_fixed or known variances",
			core.ErrOption, MethodCholesky)
	}
	if v.Restarts > 0 && v.Solver == MethodCG && (v.Init == InitMinibatch || v.Init == InitNone) {
		return fmt.Errorf("gp: %w: n_restarts = %d compares exact likelihoods, of a subset with solver cg; init must be %s, got %s",
			core.ErrOption, v.Restarts, InitSubset, v.Init)
	}
	if err := checkLaw(v.ProbeLaw, v.Preconditioner); err != nil {
		return err
	}
	return checkPriors(v.Priors)
}

// noiseBounds returns the bounds of the noise and where it starts, for targets of the given variance.
func (o *RegressionOptions) noiseBounds(variance float64, precision string) (Bounds, float64, error) {
	if o.NoiseFixed {
		return Bounds{Fixed: true}, o.Noise, nil
	}
	floor := 1e-5
	if precision == Float64 {
		floor = 1e-8
	}
	b := Bounds{Lower: positiveOr(o.NoiseLower, floor*variance), Upper: positiveOr(o.NoiseUpper, 100*variance)}
	if b.Lower > b.Upper {
		return b, 0, fmt.Errorf("gp: %w: the bounds of the noise are %v and %v; they must be in ascending order", core.ErrOption,
			b.Lower, b.Upper)
	}
	return b, min(max(positiveOr(o.Noise, 0.1*variance), b.Lower), b.Upper), nil
}
