package mixture

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Inference says how a model answers questions about rows; see [Model.With]. The zero value means the defaults.
type Inference struct {
	Missing   string `json:"missing" default:"error" doc:"what NaN means: error (it is refused) or nan (a missing value: answers are about what was observed)"`
	Algorithm string `json:"algorithm" default:"exact" doc:"exact (every component for every row), search (the components near a row, through the component graph that a truncated fit leaves) or auto (search where a sample of the rows loses less than 0.001 nats by it)"`

	alone bool // rows are searched for one by one
}

func (o Inference) withDefaults() Inference {
	def(&o.Missing, MissingError)
	def(&o.Algorithm, "exact")
	return o
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o Inference) Validate() error {
	v := o.withDefaults()
	if err := oneOf("missing", v.Missing, MissingError, MissingNaN); err != nil {
		return err
	}
	return oneOf("algorithm", v.Algorithm, "exact", "search", "auto")
}

// With returns the same mixture, sharing its parameters, answering questions about rows as o says. A model that was
// fitted with Options.Missing answers in that way from the start; one from [NewModel] refuses NaN, and one from [Load] does as the model that was saved.
//
// With Missing = "nan", densities are those of the observed features, posteriors and factors are conditioned on them,
// and a row without a single value has log-density 0, the weights for posterior, and factors 0.
//
// With Algorithm = "search", a row is compared with the components of near means, with those of the largest covariances and, as
// long as that brings new ones, with the neighbours of the best four found; where the best is a large component far away, with
// all. Log-densities are then sums over the components found: at most the exact ones, and [CheckSearch] says how far below.
// They may depend on the other rows of the call. Models without a graph, and rows that lack features, get exact answers all the
// same.
func (m *Model) With(o Inference) (*Model, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	other := *m
	other.inference = o.withDefaults()
	return &other, nil
}

// Missing returns what NaN means in questions to m: MissingError or MissingNaN.
func (m *Model) Missing() string { return m.inference.withDefaults().Missing }

// Link returns the same mixture with a component graph, C x G for some G, that algorithm search follows; models made by
// hand have none. Each row names components; itself is usually first.
func (m *Model) Link(neighbors []int32) (*Model, error) {
	if len(neighbors) == 0 || len(neighbors)%m.Components != 0 {
		return nil, fmt.Errorf("mixture: %w: the graph has %d entries, which is not a positive multiple of %d components",
			core.ErrShape, len(neighbors), m.Components)
	}
	for i, c := range neighbors {
		if c < 0 || int(c) >= m.Components {
			return nil, fmt.Errorf("mixture: %w: entry %d of the graph is %d, which is outside [0, %d)", core.ErrOption, i, c, m.Components)
		}
	}
	other := *m
	other.Neighbors, other.Graph = slices.Clone(neighbors), len(neighbors)/m.Components
	return &other, nil
}
