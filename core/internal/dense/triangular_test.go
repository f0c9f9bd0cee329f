package dense

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// loader hands out rows of [a b].
func loader(parts ...core.Matrix[float64]) func(x []float64, ld, lo, hi int) {
	return func(x []float64, ld, lo, hi int) {
		for _, a := range parts {
			for j := range a.Cols {
				for i := lo; i < hi; i++ {
					x[j*ld+i-lo] = a.Row(i)[j]
				}
			}
			x = x[a.Cols*ld:]
		}
	}
}

func TestTriangularAgainstGonum(t *testing.T) { onEveryLevel64(t, triangularAgainstGonum) }

func triangularAgainstGonum(t *testing.T) {
	random := newRand(60)
	for _, c := range [][3]int{{1, 1, 1}, {9, 1, 0}, {20, 20, 2}, {70, 33, 1}, {700, 70, 3}, {3100, 40, 1}, {1500, 100, 0}} {
		m, n, k := c[0], c[1], c[2]
		for _, diagonal := range []float64{0, 3} {
			a, b := normals[float64](random, m, n, 2), normals[float64](random, m, k, 0)
			r, z, err := Triangular(context.Background(), 2, m, n, k, diagonal, loader(a, b))
			require.NoError(t, err)
			high := mat.NewDense(m+n, n, nil)
			for i := range m {
				high.SetRow(i, a.Row(i))
			}
			for i := range n {
				high.Set(m+i, i, diagonal)
			}
			var qr mat.QR
			qr.Factorize(high)
			var want mat.Dense
			qr.RTo(&want)
			bound := 1e-12 * math.Sqrt(float64(m))
			for i := range n {
				sign := 1.0 // of a row, which is a matter of taste
				if r[i*n+i]*want.At(i, i) < 0 {
					sign = -1
				}
				for j := range n {
					require.InDelta(t, want.At(i, j), sign*r[i*n+j], bound, "%v: R(%d, %d)", c, i, j)
				}
			}
			// R^T z = A^T b
			left, right := times(transpose(r, n, n), n, n, z, k), times(transpose(float64s(a), m, n), n, m, b.Data, k)
			require.LessOrEqual(t, deviation(left, right), 10*bound, "%v", c)
		}
	}
}

// Whatever the condition, rank and scale: R has the singular values of A to rounding.
func TestTriangularKeepsSingularValues(t *testing.T) {
	const m, n = 900, 45
	for _, scale := range []float64{1, 0x1p-900, 0x1p900} {
		sigma := make([]float64, n)
		for i := range n - 5 {
			sigma[i] = scale * math.Pow(10, -float64(i)/3)
		}
		a := conditioned[float64](newRand(61), m, sigma)
		r, _, err := Triangular(context.Background(), 2, m, n, 0, 0, loader(a))
		require.NoError(t, err)
		_, s, _, err := SVD(nil, r, n, n)
		require.NoError(t, err)
		for i := range s {
			require.InDelta(t, sigma[i]/scale, s[i]/scale, 2e-15, "%g: %d", scale, i)
		}
	}
}

func TestTriangularOfFewRows(t *testing.T) {
	a := normals[float64](newRand(62), 20, 50, 0)
	r, _, err := Triangular(context.Background(), 1, 20, 50, 0, 0, loader(a))
	require.NoError(t, err)
	require.Less(t, deviation(times(transpose(r, 50, 50), 50, 50, r, 50), times(transpose(a.Data, 20, 50), 50, 20, a.Data, 50)), 1e-12)
	zero, _, err := Triangular(context.Background(), 1, 300, 7, 0, 0, loader(core.NewMatrix[float64](300, 7)))
	require.NoError(t, err)
	require.Equal(t, make([]float64, 49), zero)
}

func TestTriangularDoesNotDependOnThreads(t *testing.T) {
	for _, c := range [][2]int{{5000, 150}, {600, 400}} {
		a := normals[float64](newRand(63), c[0], c[1], 0)
		var first []float64
		for _, threads := range []int{1, 2, 5} {
			r, _, err := Triangular(context.Background(), threads, c[0], c[1], 0, 0, loader(a))
			require.NoError(t, err)
			if first == nil {
				first = r
			}
			require.Equal(t, first, r, fmt.Sprint(threads))
		}
	}
}

func TestTriangularRefuses(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		a := normals[float64](newRand(64), 400, 10, 0)
		a.Row(300)[4] = bad
		_, _, err := Triangular(context.Background(), 2, 400, 10, 0, 0, loader(a))
		require.ErrorIs(t, err, core.ErrNumerical)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := Triangular(ctx, 1, 400, 10, 0, 0, loader(normals[float64](newRand(65), 400, 10, 0)))
	require.ErrorIs(t, err, context.Canceled)
}
