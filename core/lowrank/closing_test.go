package lowrank

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A symmetric matrix has an eigenvalue within the residual of a Ritz value: no prediction is worse than that.
func TestErrorsArePredictedWithinTheResiduals(t *testing.T) {
	s := closing{}
	require.Equal(t, 0.25, s.remaining([]float64{4, 3, 2}, []float64{0.5, 0.1}, 2, 1e-3))
	require.Equal(t, 0.05, s.remaining([]float64{9, 8, 2}, []float64{0.1, 0.02}, 2, 1e-3), "values that still move")
	// A residual a tenth as large is an error a hundredth as large: what is left of a change of 0.01 is 0.01/99, and twice that is said.
	s = closing{}
	s.remaining([]float64{4, 3, 2}, []float64{0.5, 0.5}, 2, 1e-3)
	require.InEpsilon(t, 2*0.01/99/2, s.remaining([]float64{4.01, 3, 2}, []float64{0.05, 0.05}, 2, 1e-3), 1e-9)
}
