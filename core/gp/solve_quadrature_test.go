package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/dense"
)

// Gauss' rule of k nodes for the uniform measure on [-1, 1], whose coefficients are known, is exact for polynomials of
// degree 2k - 1.
func TestTridiagonalQuadrature(t *testing.T) {
	for _, k := range []int{1, 2, 3, 10, 60} {
		tri := Tridiagonal{make([]float64, k), make([]float64, k), 0}
		for i := range k {
			m := float64(i + 1)
			tri.Off[i] = m / math.Sqrt(4*m*m-1)
		}
		nodes, weights, err := tri.Quadrature()
		require.NoError(t, err)
		for degree := range 2 * k {
			sum := 0.0
			for j, x := range nodes {
				sum += weights[j] * math.Pow(x, float64(degree))
			}
			want := 0.0
			if degree%2 == 0 {
				want = 1 / float64(degree+1)
			}
			require.InDelta(t, want, sum, 1e-13, "%d nodes, degree %d", k, degree)
		}
		// With one node at -1 it is one of Radau: degree 2k.
		extended, ok := tri.Radau(-1)
		require.True(t, ok)
		nodes, weights, err = extended.Quadrature()
		require.NoError(t, err)
		require.InDelta(t, -1, nodes[0], 1e-13)
		sum := 0.0
		for j, x := range nodes {
			sum += weights[j] * math.Pow(x, float64(2*k))
		}
		require.InDelta(t, 1/float64(2*k+1), sum, 1e-13)
		_, ok = tri.Radau(1)
		require.False(t, ok)
	}
	_, _, err := Tridiagonal{[]float64{1, math.NaN(), 2}, []float64{1, 1, 1}, 0}.Quadrature()
	require.Error(t, err)
}

func TestTridiagonalEigenvalues(t *testing.T) {
	const k = 50
	r := solveNormals(1, k, 2)
	tri := Tridiagonal{make([]float64, k), make([]float64, k), 0}
	full := make([]float64, k*k)
	for i := range k {
		tri.Diagonal[i], tri.Off[i] = r.Row(i)[0], r.Row(i)[1]*math.Pow(10, -float64(i%9))
		full[i*k+i] = tri.Diagonal[i]
		if i > 0 {
			full[i*k+i-1], full[(i-1)*k+i] = tri.Off[i-1], tri.Off[i-1]
		}
	}
	nodes, weights, err := tri.Quadrature()
	require.NoError(t, err)
	w := make([]float64, k)
	require.NoError(t, dense.EigenSym(nil, full, k, w))
	for i := range k {
		require.InDelta(t, w[k-1-i], nodes[i], 1e-13)
		require.InDelta(t, full[k-1-i]*full[k-1-i], weights[i], 1e-10)
	}
}

func TestLogDetIntervalsCover(t *testing.T) {
	ctx := context.Background()
	const n, runs = 200, 40
	covered, biasCovered, total := 0, 0, 0
	for _, noise := range []float64{0.1, 1e-3} {
		for _, length := range []float64{0.3, 2} {
			c := newSolveCase(t, n, 2, length, noise)
			want := c.exact.LogDet()
			for _, rank := range []int{0, 20, 80} {
				o := &LogDetOptions{}
				if rank > 0 {
					p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: rank, Seed: 1})
					require.NoError(t, err)
					o.Preconditioner = p
				}
				for _, steps := range []int{6, 25} {
					bias, mean := 0.0, 0.0
					for seed := range uint64(runs) {
						o.Seed, o.Steps = seed, steps
						e, err := LogDet(ctx, c.system, o)
						require.NoError(t, err)
						require.True(t, e.Certified)
						require.LessOrEqual(t, e.Steps, steps)
						require.GreaterOrEqual(t, e.Change, -1e-9*n)
						if total++; e.Lower <= want && want <= e.Upper {
							covered++
						}
						mean += e.Value / runs
						bias += e.BiasBound / runs
					}
					// The mean over many probes has no error but the bias, within its bound.
					if math.Abs(mean-want) <= bias+0.02*n {
						biasCovered++
					}
				}
			}
		}
	}
	require.GreaterOrEqual(t, float64(covered), 0.95*float64(total))
	require.Equal(t, total/runs, biasCovered)
	t.Logf("%d of %d intervals cover", covered, total)
}

func TestLogDetIsSharpWithAStrongPreconditioner(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 600, 3, 1, 1e-3)
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 150, Seed: 1})
	require.NoError(t, err)
	e, err := LogDet(ctx, c.system, &LogDetOptions{Preconditioner: p, Steps: 40})
	require.NoError(t, err)
	require.InDelta(t, c.exact.LogDet(), e.Value, 0.01*600)
	require.Less(t, e.BiasBound, 0.001*600)
	require.Empty(t, e.Diagnostics)
	require.LessOrEqual(t, e.Products, 10*41)

	weak, err := LogDet(ctx, c.system, &LogDetOptions{Steps: 5})
	require.NoError(t, err)
	require.Equal(t, []string{QuadratureBias}, codes(weak.Diagnostics))
	require.Greater(t, weak.BiasBound, 10*weak.StandardError)

	for _, threads := range []int{1, 3} {
		again, err := LogDet(ctx, c.system, &LogDetOptions{Preconditioner: p, Steps: 40, Threads: threads})
		require.NoError(t, err)
		require.Equal(t, e.Value, again.Value)
	}
}

func TestLogDetOfAnIndefiniteMatrix(t *testing.T) {
	c := newSolveCase(t, 50, 2, 1, 1e-3)
	c.system.k.Row(3)[3] = -2
	e, err := LogDet(context.Background(), c.system, nil)
	require.NoError(t, err)
	require.Contains(t, codes(e.Diagnostics), Indefinite)
	_, err = LogDet(context.Background(), c.system, &LogDetOptions{Probes: 1})
	require.Error(t, err)
}

func TestStudentsDistribution(t *testing.T) {
	for degrees, want := range map[float64]float64{1: 63.657, 2: 9.9248, 3: 5.8409, 5: 4.0321, 9: 3.2498, 30: 2.7500, 1e9: 2.57583} {
		require.InDelta(t, want, student995(degrees), 1e-2*want)
	}
}

func TestLogDetIsCertifiedByAFloorBelowTheSpectrum(t *testing.T) {
	probe := Tridiagonal{Diagonal: []float64{2, 3}, Off: []float64{0.5, 0.25}} // whose smallest eigenvalue is 1.79
	for floor, certified := range map[float64]bool{0: false, 0.5: true, 1.9: false} {
		e, err := LogDetFrom([]Tridiagonal{probe, probe}, 10, nil, floor)
		require.NoError(t, err)
		require.Equal(t, certified, e.Certified, "floor %v", floor)
	}
}
