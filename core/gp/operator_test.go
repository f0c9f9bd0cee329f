package gp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func newOperator(t *testing.T, x core.Matrix[float64], k Kernel, noise []float64, precision string) *Operator {
	t.Helper()
	op, err := NewOperator(x, k, noise, &OperatorOptions{Precision: precision})
	require.NoError(t, err)
	return op
}

func TestProductsOfEveryKernel(t *testing.T) {
	everywhere(t, func(t *testing.T, precision string) {
		for _, e := range expressions {
			for _, n := range []int{1, 63, 130} {
				x := cloud(n, e.d, 1)
				op := newOperator(t, x, e.kernel, []float64{0.2}, precision)
				k := ref.Gram(e.want, rowsOf(x), rowsOf(x), true, natural(e.kernel))
				for i := range k {
					k[i][i] += 0.2
				}
				for _, cols := range []int{1, 3, 17} {
					v := cloud(n, cols, 2)
					got := core.NewMatrix[float64](n, cols)
					require.NoError(t, op.Mul(nil, got, v))
					requireProduct(t, k, v, got, tolerance(precision), e.name)
				}
			}
		}
	})
}

func TestGradientsOfEveryKernel(t *testing.T) {
	everywhere(t, func(t *testing.T, precision string) {
		for _, e := range expressions {
			for _, n := range []int{1, 90} {
				x, a, b := cloud(n, e.d, 1), cloud(n, 3, 2), cloud(n, 3, 3)
				op := newOperator(t, x, e.kernel, nil, precision)
				got := make([]float64, len(op.Theta()))
				require.NoError(t, op.Gradient(nil, got, a, b))
				w, size := make([][]float64, n), 0.0
				for i := range w {
					w[i] = make([]float64, n)
					for j := range w[i] {
						for c := range 3 {
							w[i][j] += a.Row(i)[c] * b.Row(j)[c]
						}
						size += abs(w[i][j])
					}
				}
				want := ref.GramGradient(e.want, rowsOf(x), natural(e.kernel), w)
				tol := 1e-9
				if precision == Float32 {
					tol = 1e-6
				}
				require.InDeltaSlice(t, want, got, tol*size, "%s n=%d", e.name, n)
			}
		}
	})
}

// Factors that are multiples of each other need half the work; the result is that of any others.
func TestGradientOfProportionalFactors(t *testing.T) {
	x, a := cloud(300, 2, 1), cloud(300, 3, 2)
	b, moved := cloud(300, 3, 2), cloud(300, 3, 2)
	for i := range 300 {
		for c, ratio := range []float64{0.5, -1. / 7, 3} {
			b.Row(i)[c] *= ratio
			moved.Row(i)[c] = b.Row(i)[c]
		}
	}
	moved.Row(7)[1] *= 1 + 1e-9
	require.True(t, proportional(a, b))
	require.False(t, proportional(a, moved))
	require.False(t, proportional(core.NewMatrix[float64](300, 3), b))
	everywhere(t, func(t *testing.T, precision string) {
		op := newOperator(t, x, Multiply(Constant{Value: 2}, Matern{LengthScale: []float64{1, 2}}), nil, precision)
		got, want := make([]float64, 3), make([]float64, 3)
		require.NoError(t, op.Gradient(nil, got, a, b))
		require.NoError(t, op.Gradient(nil, want, a, moved))
		require.InDeltaSlice(t, want, got, 1e-2*tolerance(precision)*300*300+1e-5)
	})
}

func abs(x float64) float64 { return max(x, -x) }

func TestColumnsHaveTheDiagonal(t *testing.T) {
	x := cloud(200, 3, 1)
	for i := range x.Data {
		x.Data[i] *= 1e7
	}
	op := newOperator(t, x, Product{Constant{Value: 2}, RBF{}}, []float64{0.1}, "float32")
	ids := []int{0, 63, 64, 131, 199}
	columns := core.NewMatrix[float32](len(ids), 200)
	require.NoError(t, AsKernel[float32](op).Columns(nil, columns, ids))
	for i, id := range ids {
		require.Equal(t, float32(2), columns.Row(i)[id])
	}
}

func TestPointsFarApartDoNotCoincide(t *testing.T) {
	for _, scale := range []float64{1e10, 1e30, 1e150, 1e300} {
		x := cloud(20, 1, 1)
		for i := range x.Data {
			x.Data[i] *= scale
		}
		op := newOperator(t, x, RBF{}, nil, "float64")
		k, all := core.NewMatrix[float64](20, 20), make([]int, 20)
		for i := range all {
			all[i] = i
		}
		require.NoError(t, op.Submatrix(nil, k, all, all))
		for i := range all {
			for j := range all {
				if i != j {
					require.Less(t, k.Row(i)[j], 1e-30, scale)
				}
			}
		}
	}
}

// Numbers far below what float32 tells apart from 0 beside others count as 0.
func TestTinyRightHandSides(t *testing.T) {
	op, err := NewOperator(cloud(100, 2, 1), RBF{}, nil, nil)
	require.NoError(t, err)
	v, tiny := cloud(100, 17, 2), core.NewMatrix[float64](100, 17)
	for i, x := range v.Data {
		if tiny.Data[i] = 1e-38 * x; i%3 == 0 {
			tiny.Data[i] = x
		}
		if i%3 != 0 {
			v.Data[i] = 0
		}
	}
	want, got := core.NewMatrix[float64](100, 17), core.NewMatrix[float64](100, 17)
	require.NoError(t, op.Mul(nil, want, v))
	require.NoError(t, op.Mul(nil, got, tiny))
	require.Equal(t, want.Data, got.Data)
}
