package gp

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Precisions of tiles, and formats to store them in.
const (
	Float32 = "float32" // elements of K to some 1e-7 of its diagonal
	Float64 = "float64" // to some 1e-15, at about a third of the speed

	// None stores no tiles: elements are evaluated for every product.
	None = "none"
)

// OperatorOptions of [NewOperator]. The zero value means the defaults.
type OperatorOptions struct {
	Precision string `json:"precision" default:"float32" doc:"float32 or float64: the arithmetic in which elements of the kernel matrix are evaluated; vectors are float64"`
	Storage   string `json:"storage" default:"none" doc:"none, float32, float16 or bfloat16: keep the tiles of the upper triangle, 2, 1 and 1 bytes per element of the kernel matrix; faster for few columns; 16 bits are refused where they could make the matrix indefinite"`

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
	if known := []string{None, Float32, Float16, BFloat16}; o.Storage != "" && !slices.Contains(known, o.Storage) {
		return fmt.Errorf("gp: %w: storage must be one of %v, got %q", core.ErrOption, known, o.Storage)
	}
	if o.Precision == Float64 && o.Storage != "" && o.Storage != None {
		return fmt.Errorf("gp: %w: storage %s is for tiles of float32; with precision float64 it must be none",
			core.ErrOption, o.Storage)
	}
	return nil
}
