package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

func TestLanczosRoot(t *testing.T) {
	ctx := context.Background()
	const n, m, length = 400, 20, 0.7
	c := newSolveCase(t, n, 2, length, 1e-2)
	kx := c.kernelRows(m, length)
	start := make([]float64, n)
	for i := range m {
		blas.Axpy(1.0/m, kx.Row(i), start)
	}
	full := core.NewMatrix[float64](n, m) // exact k^T (K + Sigma)^-1 k
	for i := range m {
		for j, v := range kx.Row(i) {
			full.Row(j)[i] = v
		}
	}
	solved := c.solved(t, full)
	want := make([]float64, m)
	for i := range m {
		for j := range n {
			want[i] += full.Row(j)[i] * solved.Row(j)[i]
		}
	}
	got, last := make([]float64, m), make([]float64, m)
	for _, rank := range []int{5, 20, 80, 400} {
		l, err := NewLanczosRoot(ctx, c.system, start, &LanczosOptions{Rank: rank})
		require.NoError(t, err)
		require.LessOrEqual(t, l.Rank(), rank)
		require.NoError(t, l.Explained(got, kx))
		for i := range m {
			require.LessOrEqual(t, got[i], want[i]+1e-9, "variances are never too small")
			require.GreaterOrEqual(t, got[i], last[i]-1e-9)
		}
		copy(last, got)
		// Q has orthonormal rows, and Q (K + Sigma) Q^T = T.
		r := l.Rank()
		image := core.NewMatrix[float64](n, r)
		transposed := core.NewMatrix[float64](n, r)
		for i := range r {
			for j, v := range l.Q.Row(i) {
				transposed.Row(j)[i] = v
			}
		}
		require.NoError(t, c.system.Mul(ctx, image, transposed))
		for i := range r {
			for j := range r {
				dot, product := blas.Dot(l.Q.Row(i), l.Q.Row(j)), 0.0
				for k, v := range l.Q.Row(i) {
					product += v * image.Row(k)[j]
				}
				want := map[int]float64{0: l.T.Diagonal[i]}[i-j]
				if i-j == 1 || j-i == 1 {
					want = l.T.Off[min(i, j)]
				}
				require.InDelta(t, want, product, 1e-10)
				if i == j {
					dot--
				}
				require.InDelta(t, 0, dot, 1e-12)
			}
		}
	}
	for i := range m {
		require.InDelta(t, want[i], got[i], 1e-7)
	}
}

func TestLanczosRootOfFewEigenvalues(t *testing.T) {
	ctx := context.Background()
	k := core.NewMatrix[float64](50, 50)
	for i := range k.Data {
		k.Data[i] = 1
	}
	s, err := NewDenseSystem(k, []float64{0.5}, 1)
	require.NoError(t, err)
	start := solveNormals(1, 50, 1).Data
	l, err := NewLanczosRoot(ctx, s, start, nil)
	require.NoError(t, err)
	require.Equal(t, 2, l.Rank(), "two eigenvalues, two directions")
	none, err := NewLanczosRoot(ctx, s, make([]float64, 50), nil)
	require.NoError(t, err)
	require.Zero(t, none.Rank())
	got := []float64{1}
	require.NoError(t, none.Explained(got, core.Matrix[float64]{Data: start, Rows: 1, Cols: 50, Stride: 50}))
	require.Zero(t, got[0])

	_, err = NewLanczosRoot(ctx, s, start[:3], nil)
	require.ErrorIs(t, err, core.ErrShape)
	k.Row(3)[3] = -9
	_, err = NewLanczosRoot(ctx, s, start, nil)
	require.ErrorIs(t, err, core.ErrNumerical)
}

// exactProfile is the profile by Cholesky.
func exactProfile(t *testing.T, k core.Matrix[float64], y []float64, eta float64) (scale, likelihood float64) {
	t.Helper()
	s, err := NewDenseSystem(k, []float64{eta}, 1)
	require.NoError(t, err)
	c, err := NewCholesky(context.Background(), s, nil)
	require.NoError(t, err)
	x := append([]float64(nil), y...)
	require.NoError(t, c.Solve(core.Matrix[float64]{Data: x, Rows: len(y), Cols: 1, Stride: 1}))
	n := float64(len(y))
	scale = blas.Dot(x, y) / n
	return scale, -n/2*(math.Log(2*math.Pi*scale)+1) - c.LogDet()/2
}

func TestProfile(t *testing.T) {
	ctx := context.Background()
	const n, scale, noise = 500, 3.0, 0.15
	c := newSolveCase(t, n, 2, 0.5, 0.01)
	// y ~ N(0, scale K + noise I)
	small, err := NewDenseSystem(c.system.k, []float64{1e-10}, 1)
	require.NoError(t, err)
	root, err := NewCholesky(ctx, small, nil)
	require.NoError(t, err)
	z := solveNormals(1, n, 2)
	y := make([]float64, n)
	for i := range y {
		for j := range i + 1 {
			y[i] += math.Sqrt(scale) * root.l[i*n+j] * z.Row(j)[0]
		}
		y[i] += math.Sqrt(noise) * z.Row(i)[1]
	}
	p, err := NewProfile(ctx, c.system, y, &ProfileOptions{Probes: 20, Seed: 3})
	require.NoError(t, err)
	for _, eta := range []float64{1e-3, 1e-2, 0.05, 1, 100} {
		v, err := p.At(eta)
		require.NoError(t, err)
		wantScale, want := exactProfile(t, c.system.k, y, eta)
		require.InEpsilon(t, wantScale, v.Scale, math.Expm1(2*v.BiasBound/n)+1e-9)
		require.InDelta(t, want, v.LogLikelihood, v.BiasBound+4*v.StandardError)
	}
	best, err := p.Best(1e-5, 1e3)
	require.NoError(t, err)
	// The maximum of the exact profile, by brute force.
	top, at := math.Inf(-1), 0.0
	for i := range 120 {
		eta := 0.01 * math.Pow(10, float64(i)/60)
		if _, v := exactProfile(t, c.system.k, y, eta); v > top {
			top, at = v, eta
		}
	}
	require.InDelta(t, math.Log(at), math.Log(best.Eta), 0.15)
	_, reached := exactProfile(t, c.system.k, y, best.Eta)
	require.InDelta(t, top, reached, 0.3)
	require.InDelta(t, best.Noise, best.Eta*best.Scale, 1e-12)
	require.InEpsilon(t, scale, best.Scale, 1)

	again, err := NewProfile(ctx, c.system, y, &ProfileOptions{Probes: 20, Seed: 3, Threads: 3})
	require.NoError(t, err)
	require.Equal(t, p, again)
}

func TestProfileRefuses(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 40, 2, 0.5, 0.01)
	y := solveNormals(1, 40, 1).Data
	_, err := NewProfile(ctx, c.system, y[:3], nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewProfile(ctx, c.system, make([]float64, 40), nil)
	require.ErrorIs(t, err, core.ErrNumerical)
	_, err = NewProfile(ctx, c.system, y, &ProfileOptions{Steps: -1})
	require.ErrorIs(t, err, core.ErrOption)
	p, err := NewProfile(ctx, c.system, y, nil)
	require.NoError(t, err)
	_, err = p.At(0)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = p.Best(1, 0.1)
	require.ErrorIs(t, err, core.ErrOption)
	uneven := make([]float64, 40)
	uneven[7] = 1
	s, err := NewDenseSystem(c.system.k, uneven, 1)
	require.NoError(t, err)
	_, err = NewProfile(ctx, s, y, nil)
	require.ErrorIs(t, err, core.ErrOption)
}
