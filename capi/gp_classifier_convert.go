package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// gpClassifier lets the threads of a caller use a classifier, one after the other.
type gpClassifier struct {
	mu sync.Mutex
	*gp.Classification
}

// gpClassifierRows is what classifiers do with data of either precision.
type gpClassifierRows interface {
	fitGPClassifier(b *block, labels []int, k gp.Kernel, o *gp.ClassificationOptions) (*gp.Classification, error)
	predictGPClassifier(b *block, m *gpClassifier, o *gp.ClassPredictOptions, out *int64) error
}

func (x typed[T]) fitGPClassifier(b *block, labels []int, k gp.Kernel, o *gp.ClassificationOptions) (*gp.Classification, error) {
	return gp.FitClassification(b, x.Matrix, labels, k, o)
}

func (x typed[T]) predictGPClassifier(b *block, m *gpClassifier, o *gp.ClassPredictOptions, out *int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := gp.PredictClasses(b, m.Classification, x.Matrix, o)
	if err != nil {
		return err
	}
	r := newResult(&struct {
		Labels                        []int
		Probabilities, Mean, Variance core.Matrix[float64]
	}{p.Labels, p.Probabilities, p.Mean, p.Variance})
	r.addFact("diagnostics", diagnostics(p.Diagnostics))
	*out = handles.open(r)
	return nil
}

func (m *gpClassifier) likelihood(b *block, theta, gradient []float64) (float64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Evidence(b, theta, gradient)
}

func gpClassifierAt(h C.lithe_handle) *gpClassifier { return at[*gpClassifier](int64(h)) }

// openGPClassifier gives a handle to a classifier, also to one that something ended early.
func openGPClassifier(m *gp.Classification, out *int64) error {
	*out = handles.open(&gpClassifier{Classification: m})
	return endedEarly(m.Diagnostics, gp.TrainingStopped, gp.ModeNotReached)
}

func labelsOf(labels *C.lithe_const_int64_t, n int) []int {
	given := vector[int64]("labels", labels, n)
	out := make([]int, n)
	for i, v := range given {
		out[i] = int(v)
	}
	return out
}

// gpClassifierFromParts copies a classifier out of the caller's arrays. What they mean together is for the core to check.
func gpClassifierFromParts(b *block, x *C.lithe_const_matrix, labels *C.lithe_const_int64_t, weights, latent *C.lithe_const_matrix,
	kernels string, state *C.lithe_const_char) (*gpClassifier, error) {

	s := gpClassifierState{}
	if err := settings(state, &s); err != nil {
		return nil, err
	}
	n, d := sizes("x", x)
	_, columns := sizes("weights", weights)
	m := &gp.Classification{MultiClass: s.MultiClass, Labels: labelsOf(labels, n), Solver: s.Solver, Precision: s.Precision,
		PredictTol: s.PredictTol, MaxSolve: s.MaxSolve, Rank: s.Rank, Seed: s.Seed, Threads: b.threads()}
	if n > 0 {
		m.Classes = slices.Max(m.Labels) + 1
	}
	copied := func(name string, from *C.lithe_const_matrix, cols int) core.Matrix[float64] {
		return core.Matrix[float64]{Data: slices.Clone(doubles(name, from, n, cols)), Rows: n, Cols: cols, Stride: cols}
	}
	m.X, m.Weights, m.Latent = copied("x", x, d), copied("weights", weights, columns), copied("latent", latent, columns)
	var texts []json.RawMessage
	if err := json.Unmarshal([]byte(kernels), &texts); err != nil {
		return nil, invalid(core.ErrOption, "kernels is not an array of JSON text: %v", err)
	}
	for _, t := range texts {
		k, err := gp.UnmarshalKernel(t)
		if err != nil {
			return nil, err
		}
		m.Kernels = append(m.Kernels, k)
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return &gpClassifier{Classification: m}, nil
}

// gpClassifierState is what a classifier has to know for predictions besides its arrays and its kernels.
type gpClassifierState struct {
	MultiClass string  `json:"multi_class" default:"one_vs_rest" doc:"one_vs_rest, one_vs_one or softmax; of no effect on two classes"`
	Solver     string  `json:"solver" default:"cholesky" doc:"cholesky or cg"`
	Precision  string  `json:"precision" default:"float64" doc:"of kernel elements: float32 or float64"`
	PredictTol float64 `json:"predict_tol" default:"1e-3" doc:"relative residual of systems that predictions solve"`
	MaxSolve   int     `json:"max_solve_iter" default:"1000" doc:"most iterations of each"`
	Rank       int     `json:"rank" default:"0" doc:"of the preconditioner; 0: as many as pay, at most 3000 and 1.5 GB"`
	Seed       uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`
}

// Validate reports the first impossible field.
func (s *gpClassifierState) Validate() error {
	if known := []string{gp.OneVsRest, gp.OneVsOne, gp.Softmax}; !slices.Contains(known, s.MultiClass) {
		return invalid(core.ErrOption, "multi_class must be one of %v, got %q", known, s.MultiClass)
	}
	if known := []string{gp.MethodCholesky, gp.MethodCG}; !slices.Contains(known, s.Solver) {
		return invalid(core.ErrOption, "solver must be one of %v, got %q", known, s.Solver)
	}
	other := gpState{Solver: s.Solver, Precision: s.Precision, PredictTol: s.PredictTol, MaxSolve: s.MaxSolve, Rank: s.Rank}
	return other.Validate()
}

// numbers are finite or null in JSON.
func numbers(values []float64) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = finite(v)
	}
	return out
}

// info is the text of lithe_gp_classifier_info. Nested members come last, for readers that look for the first of a name.
func (m *gpClassifier) info() (string, error) {
	kernels, thetas := []json.RawMessage{}, [][]float64{}
	for _, k := range m.Kernels {
		text, err := gp.MarshalKernel(k)
		if err != nil {
			return "", err
		}
		kernels, thetas = append(kernels, text), append(thetas, append([]float64{}, gp.Theta(k)...))
	}
	text, err := json.Marshal(struct {
		Samples        int               `json:"n_samples"`
		Features       int               `json:"n_features"`
		Classes        int               `json:"n_classes"`
		Latent         int               `json:"n_latent"`
		MultiClass     string            `json:"multi_class"`
		Solver         string            `json:"solver"`
		Precision      string            `json:"precision"`
		PredictTol     float64           `json:"predict_tol"`
		MaxSolve       int               `json:"max_solve_iter"`
		Rank           int               `json:"rank"`
		Seed           string            `json:"random_state"`
		LogLikelihood  any               `json:"log_likelihood"`
		Converged      bool              `json:"converged"`
		Iterations     int               `json:"n_iter"`
		Evaluations    int               `json:"n_evaluations"`
		Newton         int               `json:"n_newton"`
		Solves         int               `json:"n_solve_iter"`
		Seconds        float64           `json:"seconds"`
		Arrays         []string          `json:"arrays"`
		LogLikelihoods []any             `json:"log_likelihoods"`
		Lower          []any             `json:"lower"`
		Upper          []any             `json:"upper"`
		Theta          [][]float64       `json:"theta"`
		Kernels        []json.RawMessage `json:"kernels"`
		Diagnostics    []diagnostic      `json:"diagnostics"`
		Names          []json.RawMessage `json:"names"`
	}{m.X.Rows, m.X.Cols, m.Classes, m.Weights.Cols, m.MultiClass, m.Solver, m.Precision, m.PredictTol, m.MaxSolve, m.Rank,
		strconv.FormatUint(m.Seed, 10), finite(m.LogLikelihood()), m.Converged, m.Iterations, m.Evaluations, m.NewtonSteps,
		m.SolveIter, m.Seconds, gpClassifierArrays, numbers(m.LogLikelihoods), numbers(m.Lower), numbers(m.Upper), thetas, kernels,
		diagnostics(m.Diagnostics), append([]json.RawMessage{}, m.Names...)})
	return string(text), err
}

// gpClassifierArrays names what attribute knows.
var gpClassifierArrays = []string{"x", "labels", "weights", "latent"}

// attribute returns an array of the classifier, without gaps between rows.
func (m *gpClassifier) attribute(name string) (core.Matrix[float64], error) {
	switch name {
	case "x":
		return m.X, nil
	case "weights":
		return m.Weights, nil
	case "latent":
		return m.Latent, nil
	case "labels":
		column := core.NewMatrix[float64](len(m.Labels), 1)
		for i, v := range m.Labels {
			column.Data[i] = float64(v)
		}
		return column, nil
	}
	return core.Matrix[float64]{}, invalid(errArgument, "the classifier has no array %q, known are %v", name, gpClassifierArrays)
}

// save writes a file with the names that JSON text lists, or with those that the classifier has.
func (m *gpClassifier) save(path, names string) error {
	named := *m.Classification
	if names != "" {
		if err := json.Unmarshal([]byte(names), &named.Names); err != nil {
			return invalid(core.ErrOption, "names is not an array of JSON text: %v", err)
		}
	}
	return named.Save(path)
}
