package mixture

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Facts are what a [Model] knows of its fit besides the parameters; fields are as those of Model and [Options].
type Facts struct {
	NoiseType    string  `json:"noise_type" default:"diag" doc:"noise variances of the fit, as its option"`
	LoadingsType string  `json:"loadings_type" default:"own" doc:"loadings of the fit, as its option"`
	DOFEstimated bool    `json:"dof_estimated" default:"false" doc:"degrees of freedom of family t were estimated, and count as parameters"`
	Iterations   int     `json:"n_iter" default:"0" doc:"EM iterations of the kept start"`
	Converged    bool    `json:"converged" default:"false" doc:"the last of them gained less than tol"`
	LowerBound   float64 `json:"lower_bound" default:"0" doc:"final bound of the mean log-likelihood, in nats per point"`
	CoverageGap  float64 `json:"coverage_gap" default:"0" doc:"exact mean log-likelihood minus the bound, in nats per point"`

	History   []Iteration `json:"-"`
	Neighbors []int32     `json:"-"` // nil: none
}

// WithFacts returns a copy of m, sharing its parameters, that says these things of its fit: for a model made from the
// parameters of a fit by [NewModel], which cannot know them. Empty types are the defaults. Parameters are not held against
// the facts. LoadingsType other than LoadingsOwn needs factors.
func (m *Model) WithFacts(f Facts) (*Model, error) {
	next := *m
	def(&f.NoiseType, NoiseDiag)
	def(&f.LoadingsType, LoadingsOwn)
	if f.Iterations < 0 {
		return nil, fmt.Errorf("mixture: %w: n_iter must not be negative, got %d", core.ErrOption, f.Iterations)
	}
	next.NoiseType, next.LoadingsType, next.DOFEstimated = f.NoiseType, f.LoadingsType, f.DOFEstimated
	next.Iterations, next.Converged, next.LowerBound, next.CoverageGap = f.Iterations, f.Converged, f.LowerBound, f.CoverageGap
	next.History = slices.Clone(f.History)
	if err := next.check(); err != nil {
		return nil, err
	}
	if f.Neighbors == nil {
		next.Neighbors, next.Graph = nil, 0
		return &next, nil
	}
	return next.Link(f.Neighbors)
}
