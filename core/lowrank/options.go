package lowrank

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Methods of [SVD].
const (
	Auto     = "auto"     // Gram for a short side, Krylov otherwise
	Krylov   = "krylov"   // block Krylov: Golub-Kahan with full re-orthogonalisation
	Subspace = "subspace" // subspace iteration: less memory, more passes
	Gram     = "gram"     // eigenvectors of A^T A, exact to the square root of the rounding
)

// Options of [SVD] and its relatives. The zero value means the defaults. Fields with a json name travel across the C ABI as
// JSON text and are listed by lithe_describe; doc is the line shown there.
type Options struct {
	Rank       int     `json:"n_components" default:"0" doc:"rank k; 0: about the smallest whose relative Frobenius error is at most tol"`
	Tol        float64 `json:"tol" default:"0" doc:"with n_components = 0 the relative Frobenius error; otherwise stop when no singular value is further from its final value than this fraction (squares, relative to the first one left out); 0: 1e-3, and 1e-4 for sparse matrices and tall ones of float64"`
	Method     string  `json:"method" default:"auto" doc:"auto, krylov, subspace or gram"`
	Oversample int     `json:"n_oversamples" default:"0" doc:"columns of a block beyond k; 0: max(10, k/5)"`
	Strong     bool    `json:"strong" default:"false" doc:"exchange columns until no coefficient exceeds 2 in magnitude; interpolative decompositions and CUR only"`
	RightOnly  bool    `json:"right_only" default:"false" doc:"leave out the left singular vectors; svd only, where method gram is the faster for it"`
	MaxPasses  int     `json:"max_passes" default:"0" doc:"most multiplications of the matrix with a block of n_components + n_oversamples columns, or with as many columns (at least 32) in narrower blocks; 0: 12"`
	Seed       uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every pass.
	Progress func(core.Progress) `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"n_components", o.Rank}, {"n_oversamples", o.Oversample}, {"max_passes", o.MaxPasses}} {
		if f.value < 0 {
			return fmt.Errorf("lowrank: %w: %s must not be negative, got %d", core.ErrOption, f.name, f.value)
		}
	}
	known := []string{Auto, Krylov, Subspace, Gram}
	switch {
	case !(o.Tol >= 0 && o.Tol < 1):
		return fmt.Errorf("lowrank: %w: tol must be in [0, 1), got %v", core.ErrOption, o.Tol)
	case o.Method != "" && !slices.Contains(known, o.Method):
		return fmt.Errorf("lowrank: %w: method must be one of %v, got %q", core.ErrOption, known, o.Method)
	}
	return nil
}
