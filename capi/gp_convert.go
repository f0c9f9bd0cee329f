package main

/*
#include "cgo.h"
*/
import "C"

import (
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// gpModel lets the threads of a caller use a model, one after the other.
type gpModel struct {
	mu sync.Mutex
	*gp.Regression
}

// gpRows is what Gaussian processes do with data of either precision.
type gpRows interface {
	fitGP(b *block, y core.Matrix[float64], k gp.Kernel, o *gp.RegressionOptions) (*gp.Regression, error)
	predictGP(b *block, m *gpModel, o *gp.PredictOptions, out *int64) error
	covarianceGP(b *block, m *gpModel, o *gp.PredictOptions, dst *C.lithe_const_matrix) error
	sampleGP(b *block, m *gpModel, seed uint64, dst *C.lithe_const_matrix) error
	kernelMatrixGP(b *block, k gp.Kernel, y, dst *C.lithe_const_matrix) error
	samplePriorGP(b *block, k gp.Kernel, seed uint64, dst *C.lithe_const_matrix) error
}

func (x typed[T]) fitGP(b *block, y core.Matrix[float64], k gp.Kernel, o *gp.RegressionOptions) (*gp.Regression, error) {
	return gp.FitOutputs(b, x.Matrix, y, k, o)
}

func (x typed[T]) predictGP(b *block, m *gpModel, o *gp.PredictOptions, out *int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := gp.Predict(b, m.Regression, x.Matrix, o)
	if err != nil {
		return err
	}
	r := newResult(&struct{ Mean, Variance, Bound core.Matrix[float64] }{m.table(p.Mean, x.Rows), m.table(p.Variance, x.Rows),
		m.table(p.Bound, x.Rows)})
	r.addFact("diagnostics", diagnostics(p.Diagnostics))
	*out = handles.open(r)
	return nil
}

func (x typed[T]) covarianceGP(b *block, m *gpModel, o *gp.PredictOptions, dst *C.lithe_const_matrix) error {
	out := output[float64]("dst", dst, x.Rows, x.Rows)
	m.mu.Lock()
	defer m.mu.Unlock()
	return gp.CovarianceOf(b, m.Regression, out, x.Matrix, o.Uncertainty)
}

func (x typed[T]) sampleGP(b *block, m *gpModel, seed uint64, dst *C.lithe_const_matrix) error {
	_, columns := sizes("dst", dst)
	out, t := output[float64]("dst", dst, x.Rows, columns), m.outputs()
	if columns%t != 0 {
		return invalid(core.ErrShape, "dst has %d columns, which must be a multiple of the %d outputs", columns, t)
	}
	if x.Cols != m.X.Cols {
		return invalid(core.ErrShape, "x has %d columns, the model %d features", x.Cols, m.X.Cols)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	draws, err := gp.DrawFunctions(b, m.Regression, columns/t, seed)
	if err != nil {
		return err
	}
	return gp.EvaluateDraws(b, m.Regression, draws, out, x.Matrix)
}

func (m *gpModel) leaveOneOut(b *block, neighbors int, out *int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, err := m.LeaveOneOut(b, neighbors)
	if err == nil {
		n := m.X.Rows
		*out = handles.open(newResult(&struct{ Mean, Variance, LogDensity core.Matrix[float64] }{m.table(found.Mean, n),
			m.table(found.Variance, n), m.table(found.LogDensity, n)}))
	}
	return err
}

func (m *gpModel) outputs() int { return max(1, m.Outputs) }

// table is a list of one value per point and output as a matrix of n rows, or of none for no values.
func (m *gpModel) table(values []float64, n int) core.Matrix[float64] {
	t := m.outputs()
	if values == nil {
		n = 0
	}
	return core.Matrix[float64]{Data: values, Rows: n, Cols: t, Stride: t}
}

// keepInterrupted gives a handle to what an interrupted training has found.
func keepInterrupted(err error, x rows, o *gp.RegressionOptions, outputs int, out *int64) error {
	var stopped *gp.Interrupted
	if !errors.As(err, &stopped) {
		return err
	}
	n, d := x.shape()
	m := &gp.Regression{Kernel: stopped.Kernel, Noise: stopped.Noise, Outputs: outputs, Solver: o.Solver, Precision: o.Precision,
		Storage: o.Storage, Format: o.Format, Policy: o.Policy, Actions: o.Actions, PredictTol: o.PredictTol, MaxSolve: o.MaxSolve,
		Preconditioner: o.Preconditioner, Rank: o.Rank, Seed: o.Seed, Threads: o.Threads, LogLikelihood: stopped.LogLikelihood, Lower: stopped.LogLikelihood,
		Upper: stopped.LogLikelihood, Residual: math.NaN(), Iterations: stopped.Iterations, Evaluations: stopped.Evaluations,
		X: core.Matrix[float64]{Rows: n, Cols: d, Stride: d}}
	m.Diagnostics = []gp.Diagnostic{{Code: gp.TrainingStopped, Column: -1, Value: float64(stopped.Iterations),
		Message: "training was interrupted in the phase " + stopped.Phase, Action: "fit again, starting from this kernel"}}
	*out = handles.open(&gpModel{Regression: m})
	return err
}

func gpAt(h C.lithe_handle) *gpModel { return at[*gpModel](int64(h)) }

// openGP gives a handle to a model, also to one that something ended early.
func openGP(m *gp.Regression, out *int64) error {
	*out = handles.open(&gpModel{Regression: m})
	return endedEarly(m.Diagnostics, gp.TrainingStopped, gp.NotConverged)
}

func kernelText(kernel *C.lithe_const_char) (gp.Kernel, error) {
	return gp.UnmarshalKernel([]byte(text("kernel", kernel)))
}

func gpOptions(b *block, knownNoise *C.lithe_const_matrix, n int, options *C.lithe_const_char) (*gp.RegressionOptions, error) {
	o := &gp.RegressionOptions{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return nil, err
	}
	if knownNoise != nil {
		o.Known = doubles("known_noise", knownNoise, n, 1)
	}
	return o, nil
}

// gpParts are the arrays of a model.
type gpParts struct {
	x, y, weights, knownNoise, scaling, yScaling, directions *C.lithe_const_matrix
}

// gpFromParts copies a model out of the caller's arrays. What they mean together is for the core to check.
func gpFromParts(b *block, p gpParts, k gp.Kernel, state *C.lithe_const_char) (*gpModel, error) {
	s := gpState{}
	if err := settings(state, &s); err != nil {
		return nil, err
	}
	n, d := sizes("x", p.x)
	if err := gp.Validate(k, d); err != nil {
		return nil, err
	}
	m := &gp.Regression{Kernel: k, Threads: b.threads()}
	s.store(m)
	m.X = core.Matrix[float64]{Data: slices.Clone(doubles("x", p.x, n, d)), Rows: n, Cols: d, Stride: d}
	_, m.Outputs = sizes("y", p.y)
	if m.Outputs < 1 {
		return nil, invalid(core.ErrShape, "y has no columns")
	}
	m.Y = slices.Clone(doubles("y", p.y, n, m.Outputs))
	m.Weights = slices.Clone(doubles("weights", p.weights, n, m.Outputs))
	if p.knownNoise != nil {
		m.Known = slices.Clone(doubles("known_noise", p.knownNoise, n, 1))
	}
	if p.directions != nil {
		k, _ := sizes("directions", p.directions)
		m.Directions = core.Matrix[float64]{Data: slices.Clone(doubles("directions", p.directions, k, n)), Rows: k, Cols: n, Stride: n}
	}
	var err error
	if m.XMean, m.XScale, err = gpScaling("scaling", p.scaling, d); err != nil {
		return nil, err
	}
	m.YMean, m.YScale, err = gpScaling("y_scaling", p.yScaling, m.Outputs)
	return &gpModel{Regression: m}, err
}

// gpScaling copies two rows, of which the second is positive. NULL gives none.
func gpScaling(name string, rows *C.lithe_const_matrix, count int) (mean, scale []float64, err error) {
	if rows == nil {
		return nil, nil, nil
	}
	both := slices.Clone(doubles(name, rows, 2, count))
	for q, v := range both[count:] {
		if !(v > 0) {
			return nil, nil, invalid(errArgument, "%s[1, %d] is %v, a scale must be positive", name, q, v)
		}
	}
	return both[:count:count], both[count:], nil
}
