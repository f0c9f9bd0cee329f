package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// basisModel lets the threads of a caller use a model, one after the other.
type basisModel struct {
	mu sync.Mutex
	*gp.BasisRegression
}

// basisRows is what sums of functions do with data of either precision.
type basisRows interface {
	fitBasis(b *block, y []float64, o *gp.BasisOptions) (*gp.BasisRegression, error)
	updateBasis(b *block, m *basisModel, y []float64, o *gp.BasisOptions) (*gp.BasisRegression, error)
	predictBasis(b *block, m *basisModel, o *gp.BasisPredictOptions, out *int64) error
}

func (x typed[T]) fitBasis(b *block, y []float64, o *gp.BasisOptions) (*gp.BasisRegression, error) {
	return gp.FitBasis(b, x.Matrix, y, o)
}

func (x typed[T]) updateBasis(b *block, m *basisModel, y []float64, o *gp.BasisOptions) (*gp.BasisRegression, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return gp.UpdateBasis(b, m.BasisRegression, x.Matrix, y, o)
}

func (x typed[T]) predictBasis(b *block, m *basisModel, o *gp.BasisPredictOptions, out *int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := gp.PredictBasis(b, m.BasisRegression, x.Matrix, o)
	if err == nil {
		*out = handles.open(newResult(p))
	}
	return err
}

func basisAt(h C.lithe_handle) *basisModel { return at[*basisModel](int64(h)) }

func basisOptions(b *block, options *C.lithe_const_char) (*gp.BasisOptions, error) {
	o := &gp.BasisOptions{Threads: b.threads(), Progress: b.report}
	return o, settings(options, o)
}

// openBasis gives a handle to a model, also to one whose training ended early.
func openBasis(m *gp.BasisRegression, out *int64) error {
	*out = handles.open(&basisModel{BasisRegression: m})
	return endedEarly(m.Diagnostics, gp.TrainingStopped)
}

// basisState is what the statistics of a model hold besides their arrays.
type basisState struct {
	Rows    int     `json:"n_samples" default:"0" doc:"points that the statistics are of"`
	Sum     float64 `json:"sum" default:"0" doc:"of y - offset"`
	Squares float64 `json:"squares" default:"0" doc:"sum of the squares of y - offset"`
	Offset  float64 `json:"offset" default:"0" doc:"what has been subtracted from y"`
}

// Validate reports an impossible field.
func (s *basisState) Validate() error {
	if s.Rows < 1 || !(s.Squares >= 0) {
		return invalid(core.ErrOption, "n_samples must be at least 1 and squares not negative, got %d and %v", s.Rows, s.Squares)
	}
	return nil
}

// basisFromParts copies a model out of the caller's arrays.
func basisFromParts(b *block, gram, moments, theta *C.lithe_const_matrix, design, state *C.lithe_const_char) (*basisModel, error) {
	s, d := basisState{}, &gp.BasisDesign{}
	if err := settings(state, &s); err != nil {
		return nil, err
	}
	if err := decode(json.RawMessage(text("design", design)), d); err != nil {
		return nil, invalid(core.ErrOption, "design: %v", err)
	}
	q, _ := sizes("gram", gram)
	p, _ := sizes("theta", theta)
	matrix := func(name string, m *C.lithe_const_matrix, rows int) core.Matrix[float64] {
		return core.Matrix[float64]{Data: slices.Clone(doubles(name, m, rows, q)), Rows: rows, Cols: q, Stride: q}
	}
	m := &gp.BasisRegression{Design: d, Threads: b.threads(), Theta: slices.Clone(doubles("theta", theta, p, 1)),
		Stats: &gp.BasisStatistics{Gram: matrix("gram", gram, q), Moments: matrix("moments", moments, 2), Rows: s.Rows, Sum: s.Sum,
			Squares: s.Squares, Offset: s.Offset}}
	_, err := m.Noise() // which checks what belongs together
	return &basisModel{BasisRegression: m}, err
}

// parameter is a name and a value in an info.
type parameter struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// info is the text of lithe_gp_basis_info. Nested members come last, for readers that look for the first of a name.
func (m *basisModel) info() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	noise, err := m.Noise()
	if err != nil {
		return "", err
	}
	terms, err := m.Summaries()
	if err != nil {
		return "", err
	}
	var parameters []parameter
	for _, p := range m.Params() {
		parameters = append(parameters, parameter{p.Name, p.Value})
	}
	text, err := json.Marshal(struct {
		Samples       int              `json:"n_samples"`
		Features      int              `json:"n_features"`
		Columns       int              `json:"n_columns"`
		Terms         int              `json:"n_terms"`
		Noise         float64          `json:"noise"`
		Center        float64          `json:"center"`
		LogLikelihood any              `json:"log_likelihood"`
		Converged     bool             `json:"converged"`
		Iterations    int              `json:"n_iter"`
		Evaluations   int              `json:"n_evaluations"`
		Seconds       float64          `json:"seconds"`
		Sum           float64          `json:"sum"`
		Squares       float64          `json:"squares"`
		Offset        float64          `json:"offset"`
		Arrays        []string         `json:"arrays"`
		Parameters    []parameter      `json:"parameters"`
		Summaries     []gp.TermSummary `json:"terms"`
		Design        *gp.BasisDesign  `json:"design"`
		Diagnostics   []diagnostic     `json:"diagnostics"`
	}{m.Stats.Rows, len(m.Design.Categories), m.Design.Columns(), len(terms), noise, m.Center(), finite(m.LogLikelihood),
		m.Converged, m.Iterations, m.Evaluations, m.Seconds, m.Stats.Sum, m.Stats.Squares, m.Stats.Offset, basisArrays, parameters,
		terms, m.Design, diagnostics(m.Diagnostics)})
	return string(text), err
}

// basisArrays names what attribute knows.
var basisArrays = []string{"gram", "moments", "theta"}

// attribute returns an array of the model, without gaps between rows.
func (m *basisModel) attribute(name string) (core.Matrix[float64], error) {
	switch name {
	case "gram":
		return m.Stats.Gram, nil
	case "moments":
		return m.Stats.Moments, nil
	case "theta":
		return core.Matrix[float64]{Data: m.Theta, Rows: len(m.Theta), Cols: 1, Stride: 1}, nil
	}
	return core.Matrix[float64]{}, invalid(errArgument, "the model has no array %q, known are %s", name, strings.Join(basisArrays, ", "))
}
