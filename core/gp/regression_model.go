package gp

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// Regression is a Gaussian process conditioned on data. It is plain data: a literal with the fields of the first group
// predicts as the one that was fitted. What predictions need besides is made at first use and kept; call Reset after
// changing a field. A Regression is used from one goroutine at a time.
//
// Parameters, variances and likelihoods are in units of Y, which predictions turn back into those of the data.
type Regression struct {
	Kernel  Kernel
	Noise   float64              // variance common to all points
	Known   []float64            // variances of each point that were known (n), nil for none
	X       core.Matrix[float64] // points as they are used (n x d): (x - XMean) / XScale
	Outputs int                  // t, columns of Y that share all of this; 0 means 1
	Y       []float64            // targets as they are used (n x t, row after row): (y - YMean) / YScale
	XMean   []float64            // d; nil means 0
	XScale  []float64            // d; nil means 1
	YMean   []float64            // t; nil means 0
	YScale  []float64            // t; nil means 1
	Weights []float64            // (K + Sigma)^-1 Y (n x t)

	Solver         string  // cholesky, itergp or a matrix-free method of Solve
	Storage        string  // of the kernel matrix, for systems of predictions; "" means none
	Format         string  // of the vectors of low_precision_cg
	Policy         string  // of actions; "" means mixed
	Actions        int     // most of them; 0 means an eighth of the points, but from 100 to 500
	Precision      string  // float32 or float64
	PredictTol     float64 // relative residual of systems that predictions solve; 0 means 1e-3
	MaxSolve       int     // most iterations of each; 0 means 1000
	Preconditioner string  // vecchia, rpcholesky, greedy, nystrom or auto, which becomes what it chooses; "" means auto
	Rank           int     // of the preconditioner, or its neighbors; 0 means as many as pay
	Seed           uint64  // of random choices
	Threads        int     // 0 means one per processor; never changes a result

	// Directions (k x n) are those of the Belief that k actions lead to, if the solver is itergp.
	Directions core.Matrix[float64]

	// LogLikelihood is log p(Y), an estimate within Lower and Upper at 95 % where Solver is cg, and NaN if none was asked for.
	LogLikelihood      float64
	Lower, Upper       float64
	Converged          bool // training ended because there was nothing left to gain
	Iterations         int  // of training
	Evaluations        int  // of the likelihood or its gradient
	SolveIterations    int  // of conjugate gradients in training
	PreconditionerRank int
	Residual           float64 // |Y - (K + Sigma) Weights| / |Y|, the largest of all outputs
	QuadratureBias     float64 // bound of what too few Lanczos steps add to the error of LogLikelihood
	StorageError       float64 // estimate of the largest change of an eigenvalue of K by storage in 16 bits
	Memory             int64   // bytes of the largest arrays that the final system needed
	Diagnostics        []Diagnostic
	Seconds            float64

	cache    *posterior
	progress func(phase string, p core.Progress) // while it is made
}

// during returns a callback that reports under the name of a phase, or nil if nobody listens.
func (m *Regression) during(phase string) func(core.Progress) {
	if m.progress == nil {
		return nil
	}
	return func(p core.Progress) { m.progress(phase, p) }
}

// TrainingStopped is the code of a Diagnostic: the optimizer ended before the end; value: its iterations.
const TrainingStopped = "training_stopped"

func trainingStopped(reason string, iterations int) Diagnostic {
	d := Diagnostic{TrainingStopped, -1, float64(iterations), "training ended early: " + reason, "raise max_iter"}
	if reason != "iterations" {
		d.Action = "train with float64 precision or a smaller tol, or take the parameters as they are"
	}
	return d
}

// standardize fills X and Y of m.
func standardize[T core.Float](m *Regression, x core.Matrix[T], y core.Matrix[float64], features, targets bool) {
	n, d := x.Rows, x.Cols
	m.X, m.Outputs = pointsOf(x).matrix(), y.Cols
	m.Y = make([]float64, 0, n*y.Cols)
	for i := range n {
		m.Y = append(m.Y, y.Row(i)...)
	}
	if targets {
		m.YMean, m.YScale = make([]float64, y.Cols), make([]float64, y.Cols)
		for j := range y.Cols {
			m.YMean[j], m.YScale[j] = moments(n, func(i int) float64 { return y.Row(i)[j] })
		}
		for i := range m.Y {
			j := i % y.Cols
			m.Y[i] = (m.Y[i] - m.YMean[j]) / m.YScale[j]
		}
	}
	if features {
		m.XMean, m.XScale = make([]float64, d), make([]float64, d)
		for q := range d {
			m.XMean[q], m.XScale[q] = moments(n, func(i int) float64 { return m.X.Row(i)[q] })
		}
		for i := range n {
			m.center(m.X.Row(i))
		}
	}
}

// moments returns the mean and the standard deviation of n numbers, 1 in place of 0.
func moments(n int, at func(int) float64) (mean, deviation float64) {
	for i := range n {
		mean += at(i)/float64(i+1) - mean/float64(i+1)
	}
	most := 0.0 // deviations are squared as parts of it, which neither overflow nor vanish
	for i := range n {
		most = max(most, math.Abs(at(i)-mean))
	}
	sum := 0.0
	for i := range n {
		part := (at(i) - mean) / max(most, math.SmallestNonzeroFloat64)
		sum += part * part
	}
	if deviation = most * math.Sqrt(sum/float64(n)); !(deviation > 1e-12*math.Abs(mean)) || math.IsInf(deviation, 0) {
		deviation = 1
	}
	return mean, deviation
}

// center turns a point of the data into one of X.
func (m *Regression) center(row []float64) {
	if m.XMean == nil {
		return
	}
	for q := range row {
		row[q] = (row[q] - m.XMean[q]) / m.XScale[q]
	}
}

// keep makes the model of what training has reached.
func (t *training) keep() {
	theta, noise := t.space.split(t.theta, t.fixed)
	k, err := WithTheta(t.kernel, theta)
	if err != nil {
		k = t.kernel
	}
	t.m.Kernel, t.m.Noise = k, noise
	t.m.Weights = t.alpha
	t.m.LogLikelihood, t.m.Lower, t.m.Upper, t.m.Residual = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	t.m.Seconds = time.Since(t.began).Seconds()
}

// finish conditions the process on the data with the parameters that training ended with.
func (t *training) finish(ctx context.Context) error {
	start := t.alpha
	t.keep()
	t.noteBounds()
	t.objective, t.op = nil, nil // their memory is needed now
	if err := t.m.refine(t.o.Precision); err != nil {
		return err
	}
	t.m.progress = func(phase string, p core.Progress) {
		t.report(phase, p.Iteration, p.MaxIterations, p.Objective)
	}
	defer func() { t.m.progress = nil }()
	if t.o.Precision == Auto {
		if err := t.m.approach(ctx); err != nil {
			return err
		}
		defer func() { t.m.cache.coarse = nil }()
	}
	if err := t.m.condition(ctx, start); err != nil {
		return err
	}
	if t.m.Solver != MethodCholesky && !t.o.NoLikelihood {
		if err := t.m.likelihood(ctx); err != nil {
			return err
		}
	}
	t.m.Seconds = time.Since(t.began).Seconds()
	return nil
}

// refine turns to float64 where float32 is too coarse for the parameters and the precision asked for is auto.
func (m *Regression) refine(asked string) error {
	if asked != Auto || m.Precision == Float64 {
		return nil
	}
	op, err := NewOperator(m.X, m.Kernel, together(m.Noise, m.Known), &OperatorOptions{Precision: Float32, Threads: m.Threads})
	if err == nil && op.rounding() > coarseRounding {
		m.Precision = Float64
	}
	return err
}
