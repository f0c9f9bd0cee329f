package gp

import (
	"encoding/json"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/modelfile"
)

// classificationKind names classifiers among lithe's model files.
const classificationKind = "gp_classifier"

// classificationAttributes is the JSON part of a saved classifier.
type classificationAttributes struct {
	Samples    int                   `json:"n_samples"`
	Features   int                   `json:"n_features"`
	Latent     int                   `json:"n_latent"`
	Classes    int                   `json:"n_classes"`
	Names      []json.RawMessage     `json:"names"`
	MultiClass string                `json:"multi_class"`
	Kernels    []json.RawMessage     `json:"kernels"`
	Solver     string                `json:"solver"`
	Precision  string                `json:"precision"`
	PredictTol float64               `json:"predict_tol"`
	MaxSolve   int                   `json:"max_solve_iter"`
	Rank       int                   `json:"rank"`
	Seed       uint64                `json:"random_state,string"`
	Facts      []classificationFacts `json:"problems"`
	Converged  bool                  `json:"converged"`
	Iterations int                   `json:"n_iter"`
	Evaluated  int                   `json:"n_evaluations"`
	Newton     int                   `json:"n_newton"`
	Solves     int                   `json:"n_solve_iter"`
	Seconds    float64               `json:"seconds"`
	Notes      []fileNote            `json:"diagnostics"`
}

// classificationFacts are about one problem. What is unknown is null.
type classificationFacts struct {
	LogLikelihood *float64 `json:"log_likelihood"`
	Lower         *float64 `json:"lower"`
	Upper         *float64 `json:"upper"`
}

// Save writes the model, its data included, to a file in lithe's model format; an existing file is replaced only once the new
// one is whole. A model without weights cannot be saved. Errors wrap core.ErrFile, core.ErrShape or core.ErrOption.
func (m *Classification) Save(path string) error {
	if err := m.Validate(); err != nil {
		return err
	}
	n, d, l := m.X.Rows, m.X.Cols, m.Weights.Cols
	a := classificationAttributes{n, d, l, m.Classes, m.Names, m.MultiClass, nil, m.Solver, m.Precision, m.PredictTol, m.MaxSolve, m.Rank,
		m.Seed, nil, m.Converged, m.Iterations, m.Evaluations, m.NewtonSteps, m.SolveIter, m.Seconds, notesOf(m.Diagnostics)}
	for i, k := range m.Kernels {
		text, err := MarshalKernel(k)
		if err != nil {
			return err
		}
		a.Kernels = append(a.Kernels, text)
		if i < len(m.LogLikelihoods) && i < len(m.Lower) && i < len(m.Upper) {
			a.Facts = append(a.Facts, classificationFacts{
				modelfile.Finite(m.LogLikelihoods[i]), modelfile.Finite(m.Lower[i]), modelfile.Finite(m.Upper[i])})
		}
	}
	labels := make([]int64, n)
	for i, v := range m.Labels {
		labels[i] = int64(v)
	}
	if err := modelfile.Write(path, classificationKind, a, []modelfile.Array{
		modelfile.Matrix("x", m.X), {Name: "labels", Shape: []int{n}, Int64: labels},
		modelfile.Matrix("weights", m.Weights),
		modelfile.Matrix("latent", m.Latent),
	}); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	return nil
}

// LoadClassification reads a classifier written by Save, from any language. Its predictions are bit for bit those of the model
// that was saved. Errors wrap core.ErrFile.
func LoadClassification(path string) (*Classification, error) {
	var a classificationAttributes
	f, err := modelfile.Read(path, classificationKind, &a)
	if err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	wrong := func(err error) error { return fmt.Errorf("%w (in %s: %w)", err, path, core.ErrFile) }
	m := &Classification{MultiClass: a.MultiClass, Classes: a.Classes, Names: a.Names, Solver: a.Solver, Precision: a.Precision,
		PredictTol: a.PredictTol, MaxSolve: a.MaxSolve, Rank: a.Rank, Seed: a.Seed, Converged: a.Converged, Iterations: a.Iterations,
		Evaluations: a.Evaluated, NewtonSteps: a.Newton, SolveIter: a.Solves, Seconds: a.Seconds, Diagnostics: diagnosticsOf(a.Notes)}
	o := ClassificationOptions{MultiClass: a.MultiClass, Solver: a.Solver, Precision: a.Precision, PredictTol: a.PredictTol,
		MaxSolve: a.MaxSolve, Rank: a.Rank}
	if err := o.Validate(); err != nil {
		return nil, wrong(err)
	}
	for _, text := range a.Kernels {
		k, err := UnmarshalKernel(text)
		if err != nil {
			return nil, wrong(err)
		}
		m.Kernels = append(m.Kernels, k)
	}
	for _, v := range a.Facts {
		m.LogLikelihoods = append(m.LogLikelihoods, modelfile.Number(v.LogLikelihood))
		m.Lower, m.Upper = append(m.Lower, modelfile.Number(v.Lower)), append(m.Upper, modelfile.Number(v.Upper))
	}
	n, d, l := a.Samples, a.Features, a.Latent
	if n < 1 || d < 1 || l < 1 {
		return nil, wrong(fmt.Errorf("gp: %w: %d points of %d features with %d latent functions", core.ErrShape, n, d, l))
	}
	labels, err := f.Int64("labels", n)
	if err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	for _, v := range labels {
		m.Labels = append(m.Labels, int(v))
	}
	for _, g := range []struct {
		to   *core.Matrix[float64]
		name string
		cols int
	}{{&m.X, "x", d}, {&m.Weights, "weights", l}, {&m.Latent, "latent", l}} {
		values, err := f.Float64(g.name, n, g.cols)
		if err != nil {
			return nil, fmt.Errorf("gp: %w", err)
		}
		*g.to = core.Matrix[float64]{Data: values, Rows: n, Cols: g.cols, Stride: g.cols}
	}
	if err := m.Validate(); err != nil {
		return nil, wrong(err)
	}
	return m, nil
}
