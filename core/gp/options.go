package gp

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Precisions of tiles.
const (
	Float32 = "float32" // elements of K to some 1e-7 of its diagonal
	Float64 = "float64" // to some 1e-15, at about a third of the speed
)

// OperatorOptions of [NewOperator]. The zero value means the defaults.
type OperatorOptions struct {
	Precision string `json:"precision" default:"float32" doc:"float32 or float64: the arithmetic in which elements of the kernel matrix are evaluated; vectors are float64"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *OperatorOptions) Validate() error {
	if o == nil {
		return nil
	}
	if known := []string{Float32, Float64}; o.Precision != "" && !slices.Contains(known, o.Precision) {
		return fmt.Errorf("gp: %w: precision must be one of %v, got %q", core.ErrOption, known, o.Precision)
	}
	return nil
}
