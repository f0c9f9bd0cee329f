package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"math"
	"slices"
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// svmModel lets the threads of a caller use a machine, one after the other.
type svmModel struct {
	mu sync.Mutex
	*gp.SVM
}

// svmRows is what support vector machines do with data of either precision.
type svmRows interface {
	fitSVM(b *block, f *svmFit) (*gp.SVM, error)
	decideSVM(b *block, m *svmModel, dst *C.lithe_const_matrix) error
}

// svmArguments are those of a fit besides its points.
type svmArguments struct {
	labels          *C.lithe_const_int64_t
	sampleWeight    *C.lithe_const_matrix
	kernel, options *C.lithe_const_char
}

// svmFit is the same, converted.
type svmFit struct {
	labels []int
	kernel gp.Kernel
	o      *gp.SVMOptions
}

func newSVMFit(b *block, x rows, a svmArguments) (*svmFit, error) {
	n, _ := x.shape()
	f := &svmFit{labels: make([]int, n), o: &gp.SVMOptions{Threads: b.threads(), Progress: b.report}}
	for i, c := range vector[int64]("labels", a.labels, n) {
		if c < 0 || c > math.MaxInt32 {
			return nil, invalid(core.ErrOption, "label %d is %d; labels are indices of classes, from 0 on", i, c)
		}
		f.labels[i] = int(c)
	}
	if err := settings(a.options, f.o); err != nil {
		return nil, err
	}
	if a.sampleWeight != nil {
		f.o.Weights = doubles("sample_weight", a.sampleWeight, n, 1)
	}
	if a.kernel == nil {
		return f, nil
	}
	var err error
	f.kernel, err = kernelText(a.kernel)
	return f, err
}

func (x typed[T]) fitSVM(b *block, f *svmFit) (*gp.SVM, error) {
	return gp.FitSVM(b, x.Matrix, f.labels, f.kernel, f.o)
}

func (x typed[T]) decideSVM(b *block, m *svmModel, dst *C.lithe_const_matrix) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return gp.Decide(b, m.SVM, output[float64]("dst", dst, x.Rows, m.Dual.Cols), x.Matrix)
}

func svmAt(h C.lithe_handle) *svmModel { return at[*svmModel](int64(h)) }

// openSVM gives a handle to a machine, also to one whose solve ended early.
func openSVM(m *gp.SVM, out *int64) error {
	*out = handles.open(&svmModel{SVM: m})
	return endedEarly(m.Diagnostics, gp.NotConverged, gp.Stagnated, gp.Indefinite)
}

// svmState is what a machine has to know for decisions besides its arrays and its kernel.
type svmState struct {
	Precision string `json:"precision" default:"float64" doc:"of kernel elements: float32 or float64"`
}

// Validate reports an impossible field.
func (s *svmState) Validate() error {
	if s.Precision != gp.Float32 && s.Precision != gp.Float64 {
		return invalid(core.ErrOption, "precision must be float32 or float64, got %q", s.Precision)
	}
	return nil
}

// svmFromParts copies a machine out of the caller's arrays.
func svmFromParts(b *block, x, dual, intercept *C.lithe_const_matrix, kernel, state *C.lithe_const_char) (*svmModel, error) {
	s := svmState{}
	if err := settings(state, &s); err != nil {
		return nil, err
	}
	k, err := kernelText(kernel)
	if err != nil {
		return nil, err
	}
	n, d := sizes("x", x)
	_, t := sizes("dual_coef", dual)
	if err := gp.Validate(k, d); err != nil {
		return nil, err
	}
	return &svmModel{SVM: &gp.SVM{Kernel: k, Precision: s.Precision, Threads: b.threads(),
		X:         core.Matrix[float64]{Data: slices.Clone(doubles("x", x, n, d)), Rows: n, Cols: d, Stride: d},
		Dual:      core.Matrix[float64]{Data: slices.Clone(doubles("dual_coef", dual, n, t)), Rows: n, Cols: t, Stride: t},
		Intercept: slices.Clone(doubles("intercept", intercept, t, 1))}}, nil
}

// info is the text of lithe_gp_svm_info. Nested members come last, for readers that look for the first of a name.
func (m *svmModel) info() (string, error) {
	kernel, err := gp.MarshalKernel(m.Kernel)
	if err != nil {
		return "", err
	}
	residual := 0.0
	for _, r := range m.Residuals {
		residual = max(residual, r)
	}
	text, err := json.Marshal(struct {
		Samples     int             `json:"n_samples"`
		Features    int             `json:"n_features"`
		Functions   int             `json:"n_functions"`
		Precision   string          `json:"precision"`
		Solver      string          `json:"solver"`
		Iterations  int             `json:"n_iter"`
		Rank        int             `json:"rank"`
		Residual    any             `json:"residual"`
		Seconds     float64         `json:"seconds"`
		Arrays      []string        `json:"arrays"`
		Expression  string          `json:"expression"`
		Kernel      json.RawMessage `json:"kernel"`
		Diagnostics []diagnostic    `json:"diagnostics"`
	}{m.X.Rows, m.X.Cols, m.Dual.Cols, m.Precision, m.Solver, m.Iterations, m.Rank, finite(residual), m.Seconds,
		m.arrays(), m.Kernel.String(), kernel, diagnostics(m.Diagnostics)})
	return string(text), err
}

// arrays names what attribute knows.
func (m *svmModel) arrays() []string {
	names := []string{"x", "dual_coef", "intercept"}
	if m.LeftOut.Data != nil {
		names = append(names, "left_out")
	}
	return names
}

// attribute returns an array of the machine, without gaps between rows.
func (m *svmModel) attribute(name string) (core.Matrix[float64], error) {
	switch name {
	case "x":
		return m.X, nil
	case "dual_coef":
		return m.Dual, nil
	case "intercept":
		return core.Matrix[float64]{Data: m.Intercept, Rows: len(m.Intercept), Cols: 1, Stride: 1}, nil
	case "left_out":
		if m.LeftOut.Data != nil {
			return m.LeftOut, nil
		}
	}
	return core.Matrix[float64]{}, invalid(errArgument, "the machine has no array %q, known are %v", name, m.arrays())
}
