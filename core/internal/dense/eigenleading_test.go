package dense

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// requireLeading checks the k leading eigenpairs of a against the eigenvalues want.
func requireLeading(t *testing.T, a []float64, n, k int, want []float64, name string) {
	t.Helper()
	w, v := make([]float64, k), make([]float64, n*k)
	require.NoError(t, EigenSymLeading(nil, 1, append([]float64(nil), a...), n, k, w, v), name)
	size := max(math.Abs(want[0]), math.Abs(want[n-1]), math.SmallestNonzeroFloat64)
	require.LessOrEqual(t, nonOrthogonality(v, n, k), 1e-14*float64(k+10), "%s: orthonormal", name)
	av := times(a, n, n, v, k)
	for j, value := range w {
		require.InDelta(t, want[j]/size, value/size, 1e-13, "%s: eigenvalue %d", name, j)
		require.True(t, j == 0 || value <= w[j-1], "%s: eigenvalues decrease", name)
		for i := range n {
			av[i*k+j] = av[i*k+j]/size - v[i*k+j]*(value/size)
		}
	}
	require.LessOrEqual(t, largest(av), 1e-15*float64(n+10), "%s: A V = V W", name)
}

func TestEigenSymLeading(t *testing.T) {
	onEveryLevel64(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 5, 40, 130} {
			for name, want := range nastySpectra(n) {
				a := symmetric(31, want)
				for _, k := range []int{1, 7, n / 4, n/3 + 1, n} {
					if k > 0 && k <= n {
						requireLeading(t, a, n, k, want, name)
					}
				}
			}
		}
	})
}

// Bisection and inverse iteration alone, without the way out that EigenSymLeading has.
func TestTridiagonalLeading(t *testing.T) {
	const n = 130
	random, graded := newTridiagonalMatrix(make([]float64, n), make([]float64, n)), newTridiagonalMatrix(make([]float64, n), make([]float64, n))
	r := newRand(52)
	for i := range n {
		random.d[i], random.off[i] = r.NormFloat64(), r.NormFloat64()
		graded.d[i], graded.off[i] = math.Pow(0.7, float64(i)), math.Pow(0.7, float64(i)+0.5)/3
	}
	// Wilkinson's matrix W+ has pairs of eigenvalues that agree to rounding.
	wilkinson := newTridiagonalMatrix(make([]float64, n+1), make([]float64, n+1))
	for i := range n + 1 {
		wilkinson.d[i], wilkinson.off[i] = math.Abs(float64(i-n/2)), 1
	}
	for name, m := range map[string]*tridiagonalMatrix{"random": random, "graded": graded, "Wilkinson": wilkinson} {
		m = newTridiagonalMatrix(m.d, m.off) // with the norm of what it holds now
		const k = 30
		w, v := make([]float64, k), make([]float64, len(m.d)*k)
		sound, err := m.leading(nil, 2, w, v)
		require.NoError(t, err)
		require.True(t, sound, name)
		counts := m.below([bisected]float64{w[0] + 1e-12, w[0] - 1e-12, w[k-1] + 1e-12, w[k-1] - 1e-12})
		n := len(m.d)
		require.Equal(t, n, counts[0], name)
		require.Less(t, counts[1], n, name)
		require.Greater(t, counts[2], n-k, name)
		require.LessOrEqual(t, counts[3], n-k, name)
	}
}

func TestEigenSymLeadingThreads(t *testing.T) {
	const n, k = 200, 30
	a := symmetric(33, nastySpectra(n)["graded"])
	var w, v [2][]float64
	for i, threads := range []int{1, 3} {
		w[i], v[i] = make([]float64, k), make([]float64, n*k)
		require.NoError(t, EigenSymLeading(nil, threads, append([]float64(nil), a...), n, k, w[i], v[i]))
	}
	require.Equal(t, w[0], w[1])
	require.Equal(t, v[0], v[1])
}

func TestEigenSymLeadingRefusals(t *testing.T) {
	a, w, v := make([]float64, 100*100), make([]float64, 9), make([]float64, 900)
	require.ErrorIs(t, EigenSymLeading(nil, 1, a, 100, 101, w, v), core.ErrShape)
	require.ErrorIs(t, EigenSymLeading(nil, 1, a, 101, 9, w, v), core.ErrShape)
	require.ErrorIs(t, EigenSymLeading(nil, 1, a, 100, 10, w, v), core.ErrShape)
	require.NoError(t, EigenSymLeading(nil, 1, nil, 0, 0, nil, nil))
	stopped, stop := context.WithCancel(context.Background())
	stop()
	require.ErrorIs(t, EigenSymLeading(stopped, 1, a, 100, 9, w, v), context.Canceled)
	a[1] = math.NaN()
	require.ErrorIs(t, EigenSymLeading(nil, 1, a, 100, 9, w, v), core.ErrNumerical)
}
