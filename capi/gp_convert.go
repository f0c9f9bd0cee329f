package main

/*
#include "cgo.h"
*/
import "C"

import (
	"fmt"
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
	fitGP(b *block, y []float64, k gp.Kernel, o *gp.RegressionOptions) (*gp.Regression, error)
	predictGP(b *block, m *gpModel, o *gp.PredictOptions, out *int64) error
	covarianceGP(b *block, m *gpModel, dst *C.lithe_const_matrix) error
	sampleGP(b *block, m *gpModel, seed uint64, dst *C.lithe_const_matrix) error
}

func (x typed[T]) fitGP(b *block, y []float64, k gp.Kernel, o *gp.RegressionOptions) (*gp.Regression, error) {
	return gp.FitRegression(b, x.Matrix, y, k, o)
}

func (x typed[T]) predictGP(b *block, m *gpModel, o *gp.PredictOptions, out *int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := gp.Predict(b, m.Regression, x.Matrix, o)
	if err != nil {
		return err
	}
	r := newResult(&struct{ Mean, Variance, Bound []float64 }{p.Mean, p.Variance, p.Bound})
	r.addFact("diagnostics", diagnostics(p.Diagnostics))
	*out = handles.open(r)
	return nil
}

func (x typed[T]) covarianceGP(b *block, m *gpModel, dst *C.lithe_const_matrix) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return gp.PredictCovariance(b, m.Regression, output[float64]("dst", dst, x.Rows, x.Rows), x.Matrix)
}

func (x typed[T]) sampleGP(b *block, m *gpModel, seed uint64, dst *C.lithe_const_matrix) error {
	_, count := sizes("dst", dst)
	out := output[float64]("dst", dst, x.Rows, count)
	if x.Cols != m.X.Cols {
		return invalid(core.ErrShape, "x has %d columns, the model %d features", x.Cols, m.X.Cols)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	draws, err := gp.DrawFunctions(b, m.Regression, count, seed)
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
		*out = handles.open(newResult(found))
	}
	return err
}

func gpAt(h C.lithe_handle) *gpModel { return at[*gpModel](int64(h)) }

// openGP gives a handle to a model, also to one that something ended early.
func openGP(m *gp.Regression, out *int64) error {
	*out = handles.open(&gpModel{Regression: m})
	for _, d := range m.Diagnostics {
		if d.Code == gp.TrainingStopped || d.Code == gp.NotConverged {
			return fmt.Errorf("%w: %s; %s", core.ErrNotConverged, d.Message, d.Action)
		}
	}
	return nil
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
type gpParts struct{ x, y, weights, knownNoise, scaling *C.lithe_const_matrix }

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
	m.Y = slices.Clone(doubles("y", p.y, n, 1))
	m.Weights = slices.Clone(doubles("weights", p.weights, n, 1))
	if p.knownNoise != nil {
		m.Known = slices.Clone(doubles("known_noise", p.knownNoise, n, 1))
	}
	if p.scaling != nil {
		both := slices.Clone(doubles("scaling", p.scaling, 2, d))
		m.XMean, m.XScale = both[:d:d], both[d:]
		for q, v := range m.XScale {
			if !(v > 0) {
				return nil, invalid(errArgument, "scaling[1, %d] is %v, a scale must be positive", q, v)
			}
		}
	}
	return &gpModel{Regression: m}, nil
}
