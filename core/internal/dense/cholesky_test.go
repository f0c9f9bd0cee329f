package dense

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

func TestCholeskySolves(t *testing.T) {
	r := rng.New(1)
	for n := 1; n <= 9; n++ {
		a, x := make([]float64, n*n), make([]float64, n)
		g := make([]float64, n*n)
		for i := range g {
			g[i] = r.NormFloat64()
		}
		for i := range n {
			x[i] = r.NormFloat64()
			for j := range n {
				for k := range n {
					a[i*n+j] += g[i*n+k] * g[j*n+k]
				}
			}
			a[i*n+i]++
		}
		b := make([]float64, n)
		for i := range n {
			for j := range n {
				b[i] += a[i*n+j] * x[j]
			}
		}
		require.True(t, Cholesky(a, n))
		SolveLower(a, n, b)
		SolveLowerTransposed(a, n, b)
		require.InDeltaSlice(t, x, b, 1e-10)
		for i := range n {
			for j := i + 1; j < n; j++ {
				require.Zero(t, a[i*n+j])
			}
		}
	}
}

func TestCholeskyRefusesIndefinite(t *testing.T) {
	require.False(t, Cholesky([]float64{1, 2, 2, 1}, 2))
	require.False(t, Cholesky([]float64{0}, 1))
	nan := 0.0
	nan /= nan
	require.False(t, Cholesky([]float64{nan}, 1))
}
