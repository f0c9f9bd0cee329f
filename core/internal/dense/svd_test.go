package dense

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// requireSVD checks that SVD(nil, a) decomposes a, and returns the singular values.
func requireSVD(t *testing.T, a []float64, m, n int, name string) []float64 {
	t.Helper()
	before := append([]float64(nil), a...)
	u, s, v, err := SVD(nil, a, m, n)
	require.NoError(t, err, name)
	require.Equal(t, before, a)
	r := min(m, n)
	require.Len(t, u, m*r)
	require.Len(t, s, r)
	require.Len(t, v, n*r)
	require.LessOrEqual(t, nonOrthogonality(u, m, r), 1e-14*float64(r+10), "%s: u", name)
	require.LessOrEqual(t, nonOrthogonality(v, n, r), 1e-14*float64(r+10), "%s: v", name)
	for i := range r {
		require.True(t, s[i] >= 0 && (i == 0 || s[i] <= s[i-1]), "%s: singular values decrease", name)
		for j := range m {
			u[j*r+i] *= s[i] / max(s[0], math.SmallestNonzeroFloat64)
		}
	}
	back := times(u, m, r, transpose(v, n, r), n)
	if r > 0 && s[0] > 0 {
		for i := range before {
			before[i] /= s[0]
		}
	}
	require.LessOrEqual(t, deviation(before, back), 2e-15*float64(r+10), "%s: u s v^T", name)
	return s
}

func TestSVDAgainstGonum(t *testing.T) { onEveryLevel64(t, svdAgainstGonum) }

func svdAgainstGonum(t *testing.T) {
	r := newRand(40)
	for _, c := range [][2]int{{1, 1}, {1, 7}, {7, 1}, {2, 2}, {3, 2}, {20, 20}, {90, 33}, {33, 90}, {70, 70}} {
		m, n := c[0], c[1]
		a := float64s(normals[float64](r, m, n, 0))
		s := requireSVD(t, a, m, n, "random")
		var want mat.SVD
		require.True(t, want.Factorize(mat.NewDense(m, n, a), mat.SVDNone))
		require.InDeltaSlice(t, want.Values(nil), s, 1e-13*float64(m+n))
	}
}

func TestSVDNastySpectra(t *testing.T) { onEveryLevel64(t, svdNastySpectra) }

func svdNastySpectra(t *testing.T) {
	const m, n = 60, 40
	r := newRand(41)
	for name, f := range map[string]func(i int) float64{
		"graded":    func(i int) float64 { return math.Pow(10, -float64(i)/2) },
		"clustered": func(i int) float64 { return []float64{3, 1 + 1e-14*float64(n-i)}[min(i, 1)] },
		"rank 7":    func(i int) float64 { return []float64{2, 0}[min(i/7, 1)] },
		"huge":      func(i int) float64 { return 1e300 / float64(i+1) },
		"tiny":      func(i int) float64 { return 1e-300 / float64(i+1) },
		"zero":      func(int) float64 { return 0 },
		"equal":     func(int) float64 { return 1 },
	} {
		want := make([]float64, n)
		for i := range want {
			want[i] = f(i)
		}
		a := float64s(conditioned[float64](r, m, want))
		require.InDeltaSlice(t, want, requireSVD(t, a, m, n, name), 1e-14*want[0]*n, name)
		require.InDeltaSlice(t, want, requireSVD(t, transpose(a, m, n), n, m, name), 1e-14*want[0]*n, name)
		square := a[:n*n]
		requireSVD(t, square, n, n, name)
	}
	a := float64s(normals[float64](r, m, n, 0))
	for i := range m {
		row := a[i*n : i*n+n]
		row[2], row[3], row[17], row[39] = 0, row[5], row[5], -row[0]
		if i%3 == 0 {
			clear(row)
		}
	}
	s := requireSVD(t, a, m, n, "zero and repeated rows and columns")
	require.Less(t, s[36], 1e-14*s[0])
	require.Greater(t, s[35], 1e-3)
}

// An orthogonal matrix with columns scaled by d has the singular values d, however far apart: over 10^55 here. Where
// neighbours are near one another some bits are given up for speed.
func TestSVDSmallSingularValuesKeepTheirDigits(t *testing.T) {
	onEveryLevel64(t, func(t *testing.T) {
		const n = 40
		q := orthogonal(newRand(42), n)
		for _, c := range []struct{ step, bound float64 }{{0.1, 1e-12}, {0.5, 1e-12}, {1.4, 2e-14}} {
			a := make([]float64, n*n)
			for i := range n {
				for j := range n {
					a[i*n+j] = q[i*n+j] * math.Pow(10, -c.step*float64(j))
				}
			}
			for i, v := range requireSVD(t, a, n, n, "scaled columns") {
				require.InEpsilon(t, math.Pow(10, -c.step*float64(i)), v, c.bound, "step %g, value %d", c.step, i)
			}
		}
	})
}

func TestSVDRefusals(t *testing.T) {
	_, _, _, err := SVD(nil, make([]float64, 3), 2, 2)
	require.ErrorIs(t, err, core.ErrShape)
	_, _, _, err = SVD(nil, []float64{1, math.NaN()}, 1, 2)
	require.ErrorIs(t, err, core.ErrNumerical)
	u, s, v, err := SVD(nil, nil, 3, 0)
	require.NoError(t, err)
	require.Empty(t, u)
	require.Empty(t, s)
	require.Empty(t, v)
}

func TestDecompositionsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a := []float64{2, 1, 0, 1, 2, 1, 0, 1, 2}
	_, _, _, err := SVD(ctx, a, 3, 3)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, EigenSym(ctx, a, 3, make([]float64, 3)), context.Canceled)
}
