package dense

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// requireQRCP checks QRCP(a) against the definition, and returns its results.
func requireQRCP(t *testing.T, a []float64, m, n, k int, tol float64, name string) (perm []int, r []float64, rank int) {
	t.Helper()
	perm, r, rank, err := QRCP(context.Background(), 2, a, m, n, k, tol)
	require.NoError(t, err, name)
	require.Len(t, perm, n)
	require.Len(t, r, rank*n)
	require.LessOrEqual(t, rank, min(k, m, n))
	seen := make([]bool, n)
	for _, p := range perm {
		require.False(t, seen[p], name)
		seen[p] = true
	}
	// a^T a and r^T r agree on the pivot columns, whatever Q is.
	var size float64
	picked := make([]float64, m*n)
	for i := range m {
		for j, p := range perm {
			picked[i*n+j] = a[i*n+p]
			size = max(size, math.Abs(a[i*n+p]))
		}
	}
	left := times(transpose(picked, m, n), n, m, picked, n)
	right := times(transpose(r, rank, n), n, rank, r, n)
	bound := 1e-14*size*size*float64(m) + math.SmallestNonzeroFloat64
	require.LessOrEqual(t, deviation(left[:rank*n], right[:rank*n]), bound, name)
	for i := range rank {
		require.Zero(t, largest(r[i*n:i*n+i]), "%s: upper triangular", name)
		require.Positive(t, r[i*n+i], name)
		// No later column has more left than the pivot had.
		for j := i + 1; j < n; j++ {
			var sum float64
			for s := i; s < rank; s++ {
				sum += r[s*n+j] * r[s*n+j]
			}
			require.LessOrEqual(t, math.Sqrt(sum), r[i*n+i]*(1+1e-7)+1e-15*size*float64(m), "%s: column %d after pivot %d", name, j, i)
		}
	}
	return perm, r, rank
}

func TestQRCPDiagonalAgainstGonum(t *testing.T) { onEveryLevel64(t, qrcpAgainstGonum) }

func qrcpAgainstGonum(t *testing.T) {
	r := newRand(50)
	for _, c := range [][2]int{{1, 1}, {1, 9}, {9, 1}, {20, 20}, {12, 300}, {70, 33}, {8, 2100}} {
		m, n := c[0], c[1]
		a := float64s(normals[float64](r, m, n, 0))
		perm, q, rank := requireQRCP(t, a, m, n, min(m, n), 0, "random")
		require.Equal(t, min(m, n), rank)
		picked := mat.NewDense(m, rank, nil)
		for i := range m {
			for j := range rank {
				picked.Set(i, j, a[i*n+perm[j]])
			}
		}
		var qr mat.QR
		qr.Factorize(picked)
		var want mat.Dense
		qr.RTo(&want)
		for i := range rank {
			require.InEpsilon(t, math.Abs(want.At(i, i)), q[i*n+i], 1e-11)
		}
		_, _, few := requireQRCP(t, a, m, n, 3, 0, "early stop")
		require.Equal(t, min(3, m, n), few)
	}
}

func TestQRCPFindsTheRank(t *testing.T) { onEveryLevel64(t, qrcpFindsTheRank) }

func qrcpFindsTheRank(t *testing.T) {
	r := newRand(51)
	for _, rank := range []int{0, 1, 6, 25} {
		left, right := normals[float64](r, 30, rank, 0), normals[float64](r, rank, 500, 0)
		a := times(float64s(left), 30, rank, float64s(right), 500)
		_, _, got := requireQRCP(t, a, 30, 500, 30, 1e-12, "product of thin factors")
		require.Equal(t, rank, got)
	}
	steps := make([]float64, 40)
	for i := range steps {
		steps[i] = math.Pow(10, -float64(i)/2)
	}
	a := float64s(conditioned[float64](r, 60, steps))
	_, _, got := requireQRCP(t, a, 60, 40, 40, 1e-8, "graded")
	require.InDelta(t, 16, got, 2)
	requireQRCP(t, a, 60, 40, 40, 0, "graded, to the end")
	requireQRCP(t, transpose(a, 60, 40), 40, 60, 40, 0, "graded, wide, to the end")
}

func TestQRCPExtremesAndRefusals(t *testing.T) {
	for _, size := range []float64{1e300, 1e-300} {
		perm, r, rank, err := QRCP(context.Background(), 2, []float64{3 * size, 0, 0, 4 * size, 0, 0}, 2, 3, 2, 0)
		require.NoError(t, err)
		require.Equal(t, 1, rank)
		require.Equal(t, []int{0, 1, 2}, perm)
		require.InEpsilon(t, 5, r[0]/size, 1e-14)
	}
	perm, r, rank, err := QRCP(context.Background(), 2, []float64{1, 2, 2, 1}, 1, 4, 1, 0)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0, 2, 3}, perm)
	require.Equal(t, []float64{2, 1, 2, 1}, r)
	require.Equal(t, 1, rank)
	_, _, _, err = QRCP(context.Background(), 2, []float64{1, 2, math.Inf(1), 1}, 2, 2, 1, 0)
	require.ErrorIs(t, err, core.ErrNumerical)
	require.ErrorContains(t, err, "(1, 0)")
	_, _, _, err = QRCP(context.Background(), 2, []float64{1}, 2, 2, 1, 0)
	require.ErrorIs(t, err, core.ErrShape)
	_, _, _, err = QRCP(context.Background(), 2, []float64{1}, 1, 1, -1, 0)
	require.ErrorIs(t, err, core.ErrShape)
}

func TestQRCPDoesNotDependOnThreads(t *testing.T) {
	steps := make([]float64, 260) // columns that lose their digits within a panel, and panels that end early
	for i := range steps {
		steps[i] = math.Pow(10, -float64(i%100)/8)
	}
	a := float64s(conditioned[float64](newRand(52), 400, steps))
	perm, r, rank, err := QRCP(context.Background(), 1, a, 400, 260, 260, 0)
	require.NoError(t, err)
	again, r2, rank2, err := QRCP(context.Background(), 3, a, 400, 260, 260, 0)
	require.NoError(t, err)
	require.Equal(t, rank, rank2)
	require.Equal(t, perm, again)
	require.Equal(t, r, r2)
}
