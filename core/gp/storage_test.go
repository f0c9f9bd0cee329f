package gp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

func TestStorage(t *testing.T) {
	x, v := cloud(900, 3, 1), cloud(900, 18, 2)
	k := Add(Multiply(Constant{Value: 1e6}, Matern{LengthScale: []float64{0.1, 1, 1}}), White{Noise: 2e5})
	for _, level := range cpu.Levels() {
		func() {
			defer cpu.Force(level)()
			want := core.NewMatrix[float64](900, 18)
			require.NoError(t, newOperator(t, x, k, nil, Float32).Mul(nil, want, v))
			for format, tol := range map[string]float64{Float32: 0, Float16: 5e-4, BFloat16: 4e-3} {
				op, err := NewOperator(x, k, []float64{0}, &OperatorOptions{Storage: format, Threads: 2})
				require.NoError(t, err)
				got := core.NewMatrix[float64](900, 18)
				require.NoError(t, op.Mul(nil, got, v))
				if tol == 0 {
					require.Equal(t, want, got)
					require.Zero(t, op.StorageError())
					continue
				}
				require.NotEqual(t, want, got)
				worst, size := 0.0, 0.0
				for i, x := range want.Data {
					worst, size = max(worst, abs(x-got.Data[i])), max(size, abs(x))
				}
				require.Less(t, worst, tol*size)
				require.Positive(t, op.StorageError())
			}
		}()
	}
}

// Half the bits move eigenvalues by more than little noise: then K + Sigma could be indefinite.
func TestStorageIsRefusedWhereItCouldMakeTheMatrixIndefinite(t *testing.T) {
	x, v := cloud(700, 2, 1), cloud(700, 1, 2)
	for format, least := range map[string]float64{Float16: 0.05, BFloat16: 0.4} {
		_, err := NewOperator(x, RBF{}, []float64{least / 100}, &OperatorOptions{Storage: format})
		require.ErrorIs(t, err, core.ErrNumerical)
		require.ErrorContains(t, err, format)
		op, err := NewOperator(x, RBF{}, []float64{10 * least}, &OperatorOptions{Storage: format})
		require.NoError(t, err)
		// Refused later, the operator is one without storage.
		require.ErrorIs(t, op.SetNoise([]float64{least / 100}), core.ErrNumerical)
		got, want := core.NewMatrix[float64](700, 1), core.NewMatrix[float64](700, 1)
		require.NoError(t, op.Mul(nil, got, v))
		require.NoError(t, newOperator(t, x, RBF{}, []float64{least / 100}, Float32).Mul(nil, want, v))
		require.Equal(t, want, got)
		require.Error(t, op.SetTheta([]float64{0.1}))
		require.NoError(t, op.SetNoise([]float64{10 * least}))
	}
	_, err := NewOperator(x, RBF{}, nil, &OperatorOptions{Storage: "float8"})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = NewOperator(x, RBF{}, nil, &OperatorOptions{Storage: Float16, Precision: Float64})
	require.ErrorIs(t, err, core.ErrOption)
}
