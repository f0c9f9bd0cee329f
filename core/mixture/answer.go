package mixture

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Inference says how a model answers questions about rows; see [Model.With]. The zero value means the defaults.
type Inference struct {
	Missing string `json:"missing" default:"error" doc:"what NaN means: error (it is refused) or nan (a missing value: answers are about what was observed)"`
}

func (o Inference) withDefaults() Inference {
	def(&o.Missing, MissingError)
	return o
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o Inference) Validate() error {
	v := o.withDefaults()
	if known := []string{MissingError, MissingNaN}; !slices.Contains(known, v.Missing) {
		return fmt.Errorf("mixture: %w: missing must be one of %v, got %q", core.ErrOption, known, v.Missing)
	}
	return nil
}

// With returns the same mixture, sharing its parameters, answering questions about rows as o says. A model that was
// fitted with Options.Missing answers in that way from the start; one from [NewModel] or [Load] refuses NaN.
//
// With Missing = "nan", densities are those of the observed features, posteriors and factors are conditioned on them,
// and a row without a single value has log-density 0, the weights for posterior, and factors 0.
func (m *Model) With(o Inference) (*Model, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if m.DOF != nil && o.Missing == MissingNaN {
		return nil, fmt.Errorf("mixture: %w: a mixture of family %q cannot answer with missing values", core.ErrOption, m.Family)
	}
	other := *m
	other.inference = o.withDefaults()
	return &other, nil
}
