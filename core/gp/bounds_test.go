package gp

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTrainingTellsOfBounds(t *testing.T) {
	x, y := surface(60, 2, 0.1, 3)
	k := Multiply(Constant{Value: 1, Bounds: Bounds{Lower: 0.5, Upper: 0.6}}, Matern{LengthScale: []float64{1, 1}})
	m := fit(t, x, y, k, RegressionOptions{NoiseUpper: 1e-6})
	codes := map[string]Diagnostic{}
	for _, d := range m.Diagnostics {
		codes[d.Code] = d
	}
	require.Equal(t, 1.0, codes[ParameterAtBound].Value)
	require.Contains(t, codes[ParameterAtBound].Message, "at its upper bound 0.6")
	require.InDelta(t, 1e-6, codes[NoiseAtBound].Value, 1e-11)
	require.Empty(t, fit(t, x, y, k, RegressionOptions{Optimizer: OptimizerNone}).Diagnostics)

	labels := make([]int, 60)
	for i := range labels {
		if x.Row(i)[0] > 0 {
			labels[i] = 1
		}
	}
	c, err := FitClassification(context.Background(), x, labels, k, nil)
	require.NoError(t, err)
	require.Equal(t, ParameterAtBound, c.Diagnostics[0].Code)
}

func TestNystromPreconditionerOfFloat32Products(t *testing.T) {
	x, _ := surface(400, 2, 0.1, 3)
	op, err := NewOperator(x, Matern{}, []float64{0.01}, nil)
	require.NoError(t, err)
	p, err := NewPreconditioner(context.Background(), op, &PreconditionerOptions{Method: NystromBasis, Rank: 100})
	require.NoError(t, err)
	b := cloud(400, 1, 7)
	s, err := Solve(context.Background(), op, b, &SolveOptions{Method: MethodCG, Preconditioner: p, Tol: 1e-4})
	require.NoError(t, err)
	require.Less(t, s.Iterations[0], 60)
	require.True(t, s.Converged[0])
}
