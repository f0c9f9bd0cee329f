package gp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// TestManyPointsAreTrainedOnAPart compares what a part of the points leads to with training over all of them.
func TestManyPointsAreTrainedOnAPart(t *testing.T) {
	x, y := surface(500, 2, 0.2, 31)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1}})
	best := fit(t, x, y, k, RegressionOptions{})
	phases := map[string]bool{}
	o := RegressionOptions{Solver: MethodCG, BatchSize: 100, BatchSteps: 5, NoLikelihood: true,
		Progress: func(p core.Progress) { phases[p.Phase] = true }}
	for _, c := range []struct {
		effort effort
		steps  int
		loss   float64
	}{{effort{few: 200, part: 250, enough: 400}, 0, 12}, {effort{few: 200, part: 250, enough: 600}, 0, 8},
		{effort{few: 200, part: 250, enough: 400}, 3, 6}} {
		o.effort, o.MaxIter = c.effort, c.steps
		m := fit(t, x, y, k, o)
		require.Contains(t, codes(m.Diagnostics), TrainedOnPart)
		require.NotContains(t, codes(m.Diagnostics), NotConverged)
		require.LessOrEqual(t, m.Residual, 1e-3)
		require.Positive(t, m.SolveIterations)
		again := fit(t, x, y, m.Kernel, RegressionOptions{Noise: m.Noise, NoiseFixed: true, Optimizer: OptimizerNone})
		require.Greater(t, again.LogLikelihood, best.LogLikelihood-c.loss, "%+v", c)
	}
	require.True(t, phases["training"] && phases["subset"] && phases["solving"])
	o.effort, o.MaxIter = effort{few: 1000, part: 450, enough: 2000}, 1
	require.NotContains(t, codes(fit(t, x, y, k, o).Diagnostics), TrainedOnPart)
}

// TestGradientsThatCannotBeComputedLeaveTheParametersOfAPart, or where there is none those of the start: it allows so few iterations
// that residuals say nothing.
func TestGradientsThatCannotBeComputedLeaveTheParametersOfAPart(t *testing.T) {
	x, y := surface(300, 2, 0.01, 33)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1}})
	o := RegressionOptions{Solver: MethodCG, MaxSolve: 1, Rank: 1, BatchSize: 100, BatchSteps: 5, NoLikelihood: true}
	m := fit(t, x, y, k, o)
	require.Subset(t, codes(m.Diagnostics), []string{TrainingStopped, NotConverged})
	require.Zero(t, m.Iterations)
	require.Less(t, m.Noise, 0.01)
	o.Init = InitNone
	m = fit(t, x, y, k, o)
	require.Subset(t, codes(m.Diagnostics), []string{TrainingStopped, NotConverged})
	require.False(t, m.Converged)
	require.Equal(t, Theta(k), Theta(m.Kernel))
}
