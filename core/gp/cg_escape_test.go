package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// TestProductsThatLeadAstrayAreLeft has products with a matrix that is not positive definite, for one that is.
func TestProductsThatLeadAstrayAreLeft(t *testing.T) {
	x := cloud(200, 2, 5)
	k := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{0.5, 0.5}})
	fine := newOperator(t, x, k, []float64{1e-3}, Float64)
	b := core.NewMatrix[float64](200, 2)
	for i := range b.Rows {
		b.Row(i)[0], b.Row(i)[1] = math.Sin(float64(i)), x.Row(i)[0]
	}
	want, err := Solve(context.Background(), fine, b, &SolveOptions{Method: MethodCholesky})
	require.NoError(t, err)
	for _, shift := range []float64{-3e-3, -0.05, -2, math.NaN()} {
		o := SolveOptions{Method: MethodCG, Tol: 1e-9, MaxIterations: 2000, Refresh: 10}
		o.accurate = fine
		got, err := Solve(context.Background(), astray{fine, shift}, b, &o)
		require.NoError(t, err, "%v", shift)
		require.Equal(t, []bool{true, true}, got.Converged, "%v", shift)
		require.InDeltaSlice(t, want.X.Data, got.X.Data, 1e-4, "%v", shift)
	}
}

// astray is a system whose products are off by a multiple of the vector.
type astray struct {
	System
	by float64
}

func (s astray) Mul(ctx context.Context, dst, v core.Matrix[float64]) error {
	err := s.System.Mul(ctx, dst, v)
	for i := range v.Rows {
		for j, w := range v.Row(i) {
			dst.Row(i)[j] += s.by * w
		}
	}
	return err
}
