package gp

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTrainingWithTooFewIterations ends with a model that says what to do, whatever came before the first gradient.
func TestTrainingWithTooFewIterations(t *testing.T) {
	x, y := surface(400, 2, 0.05, 3)
	for _, init := range []string{InitNone, InitSubset} {
		m := fit(t, x, y, Matern{}, RegressionOptions{Solver: MethodCG, Init: init, Rank: 1, MaxSolve: 1, Noise: 1e-3})
		require.False(t, m.Converged)
		require.Len(t, m.Weights, len(y))
		for _, code := range []string{TrainingStopped, NotConverged} {
			at := slices.IndexFunc(m.Diagnostics, func(d Diagnostic) bool { return d.Code == code })
			require.GreaterOrEqual(t, at, 0, "%s, %s", init, code)
			require.NotEmpty(t, m.Diagnostics[at].Action)
		}
	}
}
