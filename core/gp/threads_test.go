package gp

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// results computes something of everything an operator offers.
func everything(t *testing.T, threads int, precision string) map[string][]float64 {
	x := cloud(1300, 3, 1)
	k := Add(Multiply(Constant{Value: 2}, Matern{LengthScale: []float64{0.2, 0.5, 1}}), Linear{Sigma0: 0.1}, White{Noise: 0.1})
	op, err := NewOperator(x, k, []float64{0.5}, &OperatorOptions{Precision: precision, Threads: threads})
	require.NoError(t, err)
	out := map[string][]float64{}
	for name, cols := range map[string]int{"one": 1, "many": 21} {
		dst := core.NewMatrix[float64](x.Rows, cols)
		require.NoError(t, op.Mul(context.Background(), dst, cloud(x.Rows, cols, 2)))
		out[name] = dst.Data
	}
	for name, m := range map[string]int{"few": 3, "cross": 700} {
		cross := core.NewMatrix[float64](m, 5)
		require.NoError(t, Cross(nil, op, cross, cloud(m, 3, 3), cloud(x.Rows, 5, 4)))
		out[name] = cross.Data
	}
	out["gradient"] = make([]float64, len(op.Theta()))
	require.NoError(t, op.Gradient(nil, out["gradient"], cloud(x.Rows, 2, 5), cloud(x.Rows, 2, 6)))
	columns := core.NewMatrix[float64](3, x.Rows)
	require.NoError(t, AsKernel[float64](op).Columns(nil, columns, []int{7, 1299, 0}))
	out["columns"] = columns.Data
	return out
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	for _, precision := range []string{Float32, Float64} {
		want := everything(t, 1, precision)
		for _, threads := range []int{2, 3, 8} {
			require.Equal(t, want, everything(t, threads, precision), "%d threads", threads)
		}
	}
}

func TestSetThetaIsANewOperator(t *testing.T) {
	x, v := cloud(600, 3, 1), cloud(600, 2, 2)
	k := Multiply(Constant{Value: 2}, Matern{LengthScale: []float64{0.3, 0.5, 1}})
	op := newOperator(t, x, k, []float64{0.1}, Float32)
	theta := op.Theta()
	for i := range theta {
		theta[i] += 0.3 * float64(i)
	}
	require.NoError(t, op.SetTheta(theta))
	require.NoError(t, op.SetNoise([]float64{0.7}))
	changed, err := WithTheta(k, theta)
	require.NoError(t, err)
	fresh := newOperator(t, x, changed, []float64{0.7}, Float32)
	got, want := core.NewMatrix[float64](600, 2), core.NewMatrix[float64](600, 2)
	require.NoError(t, op.Mul(nil, got, v))
	require.NoError(t, fresh.Mul(nil, want, v))
	require.Equal(t, want, got)
	require.Equal(t, fresh.Sigma(), op.Sigma())
}

func TestCancelledProductsReturn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, threads := range []int{1, 4} {
		x, v := cloud(2000, 2, 1), cloud(2000, 1, 2)
		op, err := NewOperator(x, RBF{}, nil, &OperatorOptions{Threads: threads})
		require.NoError(t, err)
		require.ErrorIs(t, op.Mul(ctx, core.NewMatrix[float64](2000, 1), v), context.Canceled)
		require.ErrorIs(t, op.Gradient(ctx, make([]float64, 1), v, v), context.Canceled)
		require.ErrorIs(t, Cross(ctx, op, core.NewMatrix[float64](2000, 1), x, v), context.Canceled)
		// The operator is still good.
		got, want := core.NewMatrix[float64](2000, 1), core.NewMatrix[float64](2000, 1)
		require.NoError(t, op.Mul(context.Background(), got, v))
		fresh := newOperator(t, x, RBF{}, nil, Float32)
		require.NoError(t, fresh.Mul(nil, want, v))
		require.Equal(t, want, got)
	}
}

func TestProductsAllocateNothing(t *testing.T) {
	x, v := cloud(1500, 4, 1), cloud(1500, 18, 2)
	op, err := NewOperator(x, Multiply(Constant{Value: 2}, Add(RBF{}, Matern{Dims: []int{1}}, RationalQuadratic{})), nil, &OperatorOptions{Threads: 1})
	require.NoError(t, err)
	dst := core.NewMatrix[float64](1500, 18)
	product := func() { require.NoError(t, op.Mul(nil, dst, v)) }
	product()
	require.Zero(t, testing.AllocsPerRun(3, product))
}
