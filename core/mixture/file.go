package mixture

import (
	"cmp"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/modelfile"
)

// fileKind names mixtures among lithe's model files.
const fileKind = "mixture"

// fileAttributes is the JSON part of a saved mixture.
type fileAttributes struct {
	Components     int     `json:"n_components"`
	Features       int     `json:"n_features"`
	Factors        int     `json:"n_factors"`
	CovarianceType string  `json:"covariance_type"`
	Family         string  `json:"family,omitempty"` // absent from files of Gaussian mixtures
	DOFEstimated   bool    `json:"dof_estimated,omitempty"`
	LoadingsType   string  `json:"loadings_type,omitempty"` // absent when every component has its own
	NoiseType      string  `json:"noise_type,omitempty"`    // absent for diag
	Missing        string  `json:"missing,omitempty"`       // absent where NaN is refused
	Iterations     int     `json:"n_iter"`
	Converged      bool    `json:"converged"`
	LowerBound     float64 `json:"lower_bound"`
	CoverageGap    float64 `json:"coverage_gap"`
	Graph          int     `json:"n_neighbors"`
	History        int     `json:"n_history"`
}

// Save writes the model to a file in lithe's model format; an existing file is replaced only once the new one is whole.
// Errors wrap core.ErrFile.
func (m *Model) Save(path string) error {
	history := make([]float64, 0, 3*len(m.History))
	for _, h := range m.History {
		history = append(history, h.Objective, h.Seconds, float64(h.Evaluations))
	}
	a := fileAttributes{Components: m.Components, Features: m.Features, Factors: m.Factors, CovarianceType: m.CovarianceType,
		DOFEstimated: m.DOFEstimated, Iterations: m.Iterations, Converged: m.Converged, LowerBound: m.LowerBound,
		CoverageGap: m.CoverageGap, Graph: m.Graph, History: len(m.History)}
	a.LoadingsType, a.NoiseType, a.Missing = m.LoadingsType, m.NoiseType, m.inference.Missing
	undef(&a.LoadingsType, LoadingsOwn)
	undef(&a.NoiseType, NoiseDiag)
	undef(&a.Missing, MissingError)
	arrays := []modelfile.Array{
		{Name: "weights", Shape: []int{m.Components}, Float64: m.Weights},
		{Name: "means", Shape: []int{m.Components, m.Features}, Float64: m.Means},
		{Name: "loadings", Shape: []int{m.Components, m.Features, m.Factors}, Float64: m.Loadings},
		{Name: "noise_variance", Shape: []int{m.Components, m.Features}, Float64: m.NoiseVariance},
		{Name: "history", Shape: []int{len(m.History), 3}, Float64: history},
		{Name: "neighbors", Shape: []int{m.Components, m.Graph}, Int32: m.Neighbors},
	}
	if m.DOF != nil {
		a.Family = m.Family
		arrays = append(arrays, modelfile.Array{Name: "dof", Shape: []int{m.Components}, Float64: m.DOF})
	}
	if err := modelfile.Write(path, fileKind, a, arrays); err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	return nil
}

// undef makes a field that holds its default the zero value.
func undef[V comparable](field *V, value V) {
	if *field == value {
		var zero V
		*field = zero
	}
}

// Load reads a model written by Save, from any language. Errors wrap core.ErrFile.
func Load(path string) (*Model, error) {
	var a fileAttributes
	f, err := modelfile.Read(path, fileKind, &a)
	if err != nil {
		return nil, fmt.Errorf("mixture: %w", err)
	}
	m := &Model{Components: a.Components, Features: a.Features, Factors: a.Factors, CovarianceType: a.CovarianceType,
		Iterations: a.Iterations, Converged: a.Converged, LowerBound: a.LowerBound, CoverageGap: a.CoverageGap, Graph: a.Graph,
		Family: Gaussian, DOFEstimated: a.DOFEstimated, LoadingsType: a.LoadingsType,
		NoiseType: a.NoiseType, inference: Inference{Missing: a.Missing}}
	def(&m.LoadingsType, LoadingsOwn)
	def(&m.NoiseType, NoiseDiag)
	var history []float64
	for _, g := range []struct {
		to    *[]float64
		name  string
		shape []int
	}{
		{&m.Weights, "weights", []int{a.Components}},
		{&m.Means, "means", []int{a.Components, a.Features}},
		{&m.Loadings, "loadings", []int{a.Components, a.Features, a.Factors}},
		{&m.NoiseVariance, "noise_variance", []int{a.Components, a.Features}},
		{&history, "history", []int{a.History, 3}},
	} {
		if *g.to, err = f.Float64(g.name, g.shape...); err != nil {
			return nil, fmt.Errorf("mixture: %w", err)
		}
	}
	if a.Family != "" {
		m.Family = a.Family
		if m.DOF, err = f.Float64("dof", a.Components); err != nil {
			return nil, fmt.Errorf("mixture: %w", err)
		}
	}
	if m.Neighbors, err = f.Int32("neighbors", a.Components, a.Graph); err != nil {
		return nil, fmt.Errorf("mixture: %w", err)
	}
	for ; len(history) > 0; history = history[3:] {
		m.History = append(m.History, Iteration{history[0], history[1], int64(history[2])})
	}
	if err := cmp.Or(m.check(), m.inference.Validate()); err != nil {
		return nil, fmt.Errorf("%w (in %s: %w)", err, path, core.ErrFile)
	}
	return m, nil
}
