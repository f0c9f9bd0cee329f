package dense

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

func onEveryLevel64(t *testing.T, test func(t *testing.T)) { onEveryLevel(t, nil, test) }

// symmetric returns Q diag(w) Q^T for a random orthogonal Q.
func symmetric(seed uint64, w []float64) []float64 {
	n := len(w)
	q := orthogonal(newRand(seed), n)
	scaled := make([]float64, n*n)
	for i := range n {
		for j := range n {
			scaled[i*n+j] = q[i*n+j] * w[j]
		}
	}
	a := times(scaled, n, n, transpose(q, n, n), n)
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
	return a
}

// requireEigen checks that EigenSym(nil, a) decomposes a, and returns the eigenvalues.
func requireEigen(t *testing.T, a []float64, n int, name string) []float64 {
	t.Helper()
	v, w := append([]float64(nil), a...), make([]float64, n)
	require.NoError(t, EigenSym(nil, v, n, w), name)
	size := math.SmallestNonzeroFloat64
	for i := range n {
		size = max(size, math.Abs(w[i]))
		require.True(t, i == 0 || w[i] <= w[i-1], "%s: eigenvalues decrease", name)
	}
	require.LessOrEqual(t, nonOrthogonality(v, n, n), 1e-14*float64(n+10), "%s: orthonormal", name)
	av := times(a, n, n, v, n)
	for i := range n {
		for j := range n {
			av[i*n+j] = av[i*n+j]/size - v[i*n+j]*(w[j]/size)
		}
	}
	require.LessOrEqual(t, largest(av), 1e-15*float64(n+10), "%s: A V = V W", name)
	return w
}

func TestEigenSymAgainstGonum(t *testing.T) { onEveryLevel64(t, eigenSymAgainstGonum) }

func eigenSymAgainstGonum(t *testing.T) {
	r := newRand(30)
	for _, n := range []int{1, 2, 3, 4, 5, 10, 31, 34, 35, 66, 100, 131} {
		a := make([]float64, n*n)
		for i := range n {
			for j := i; j < n; j++ {
				a[i*n+j] = r.NormFloat64()
				a[j*n+i] = a[i*n+j]
			}
		}
		w := requireEigen(t, a, n, "random")
		var e mat.EigenSym
		require.True(t, e.Factorize(mat.NewSymDense(n, a), false))
		for i, want := range e.Values(nil) {
			require.InDelta(t, want, w[n-1-i], 1e-13*float64(n))
		}
	}
}

func TestEigenSymNastySpectra(t *testing.T) { onEveryLevel64(t, eigenSymNastySpectra) }

func eigenSymNastySpectra(t *testing.T) {
	const n = 50
	for name, want := range nastySpectra(n) {
		got := requireEigen(t, symmetric(31, want), n, name)
		for i := range want {
			require.InDelta(t, want[i], got[i], 1e-13*max(math.Abs(want[0]), math.Abs(want[n-1])), name)
		}
	}
}

// nastySpectra returns decreasing eigenvalues that are hard for one reason or another.
func nastySpectra(n int) map[string][]float64 {
	spectra := make(map[string][]float64)
	for name, f := range map[string]func(i int) float64{
		"graded":      func(i int) float64 { return math.Pow(10, -float64(i)/2) },
		"clustered":   func(i int) float64 { return 1 + 1e-14*float64(n-i) },
		"close":       func(i int) float64 { return 1 + 1e-8*float64(n-i) },
		"two values":  func(i int) float64 { return []float64{3, -2}[2*i/n] },
		"rank two":    func(i int) float64 { return []float64{5, 1, 0}[min(i, 2)] },
		"indefinite":  func(i int) float64 { return float64(n/2 - i) },
		"huge":        func(i int) float64 { return 1e300 / float64(i+1) },
		"tiny":        func(i int) float64 { return 1e-300 / float64(i+1) },
		"zero":        func(int) float64 { return 0 },
		"identity":    func(int) float64 { return 1 },
		"one outlier": func(i int) float64 { return []float64{1e12, 1}[min(i, 1)] },
		"pairs":       func(i int) float64 { return 1 / float64(1+i/2) },
	} {
		for i := range n {
			spectra[name] = append(spectra[name], f(i))
		}
	}
	return spectra
}

func TestEigenSymClosedForms(t *testing.T) {
	// The second difference matrix has the eigenvalues 2 - 2 cos(pi j/(n+1)); diagonal matrices have their diagonal.
	for _, n := range []int{1, 2, 7, 40, 150} {
		a, d := make([]float64, n*n), make([]float64, n*n)
		for i := range n {
			a[i*n+i], d[i*n+i] = 2, float64((i*7)%n)
			if i > 0 {
				a[i*n+i-1], a[(i-1)*n+i] = -1, -1
			}
		}
		w := requireEigen(t, a, n, "second differences")
		for i := range n {
			require.InDelta(t, 2-2*math.Cos(math.Pi*float64(n-i)/float64(n+1)), w[i], 1e-13)
		}
		requireEigen(t, d, n, "diagonal")
	}
}

func TestEigenSymRefusals(t *testing.T) {
	require.ErrorIs(t, EigenSym(nil, make([]float64, 3), 2, make([]float64, 2)), core.ErrShape)
	require.ErrorIs(t, EigenSym(nil, make([]float64, 4), 2, make([]float64, 1)), core.ErrShape)
	require.ErrorIs(t, EigenSym(nil, []float64{math.NaN()}, 1, make([]float64, 1)), core.ErrNumerical)
	require.ErrorIs(t, EigenSym(nil, []float64{1, math.Inf(1), 0, 1}, 2, make([]float64, 2)), core.ErrNumerical)
	require.NoError(t, EigenSym(nil, nil, 0, nil))
}

func TestRotate(t *testing.T) {
	onEveryLevel64(t, func(t *testing.T) {
		r := newRand(32)
		for n := range 70 {
			x, y := float64s(normals[float64](r, 1, n, 0)), float64s(normals[float64](r, 1, n+3, 0))
			wantX, wantY := append([]float64(nil), x...), append([]float64(nil), y...)
			rotateGeneric(wantX, wantY, 0.6, -0.8)
			rotate(x, y, 0.6, -0.8)
			require.InDeltaSlice(t, append(wantX, wantY...), append(x, y...), 1e-15)
			require.Equal(t, wantY[n:], y[n:])
		}
		for _, k := range []int{0, 1, 2, 9} {
			const ld = stripWidth + 3
			z, cs := float64s(normals[float64](r, k+1, ld, 0)), make([]float64, 0, 2*k)
			for range k {
				s, c := math.Sincos(r.Float64())
				cs = append(cs, c, s)
			}
			want := append([]float64(nil), z...)
			rotateChainGeneric(want, ld, cs)
			rotateChain(z, ld, cs)
			require.InDeltaSlice(t, want, z, 1e-14)
			if k > 0 {
				require.Panics(t, func() { rotateChain(z[:k*ld+stripWidth-1], ld, cs) })
			}
		}
		require.Panics(t, func() { rotate(make([]float64, 3), make([]float64, 2), 1, 0) })
	})
}

// The Gram matrix of a few vectors has a diagonal that vanishes to rounding, where no relative test can stop.
func TestEigenSymOfGramOfLowRank(t *testing.T) {
	const rank = 5
	for _, n := range []int{9, 40, 72, 128, 200, 256} {
		g, w := make([]float64, n*n), make([]float64, n)
		for i := range n {
			for j := range n {
				for p := range rank {
					g[i*n+j] += math.Sin(float64((i+1)*(p+1))) * math.Sin(float64((j+1)*(p+1)))
				}
			}
		}
		require.NoError(t, EigenSym(nil, g, n, w))
		for _, v := range w[rank:] {
			require.InDelta(t, 0, v, 1e-12)
		}
	}
}
