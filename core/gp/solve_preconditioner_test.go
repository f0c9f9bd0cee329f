package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// denseP is P of a low-rank preconditioner as a system with no noise.
func denseP(t *testing.T, p *LowRank) *DenseSystem {
	t.Helper()
	k := core.NewMatrix[float64](p.n, p.n)
	f := p.Factor()
	for i := range p.n {
		for j := range p.n {
			for q := range f.Rows {
				k.Row(i)[j] += float64(f.Row(q)[i]) * float64(f.Row(q)[j])
			}
		}
		k.Row(i)[i] += p.s[i]
	}
	s, err := NewDenseSystem(k, []float64{0}, 1)
	require.NoError(t, err)
	return s
}

func TestPreconditionerSolves(t *testing.T) { solvePaths(t, preconditionerSolves) }

func preconditionerSolves(t *testing.T) {
	ctx := context.Background()
	const n = 200
	noise := make([]float64, n)
	for i := range noise {
		noise[i] = 1e-3 * (1 + float64(i%7))
	}
	c := newSolveCase(t, n, 2, 0.8, noise...)
	tiny := newSolveCase(t, n, 2, 2, 1e-8)
	for _, method := range []string{RandomPivots, GreedyPivots, NystromBasis} {
		for name, c := range map[string]*solveCase{"diagonal": c, "ill-conditioned": tiny} {
			p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Method: method, Rank: 40, Seed: 1})
			require.NoError(t, err)
			require.Equal(t, 40, p.Rank())
			if method == NystromBasis {
				require.Nil(t, p.Pivots())
			} else {
				require.Len(t, p.Pivots(), 40)
				s := p.Pivots()[7] // columns of pivots are reproduced
				f := p.Factor()
				for i := range n {
					sum := 0.0
					for q := range 40 {
						sum += float64(f.Row(q)[s]) * float64(f.Row(q)[i])
					}
					require.InDelta(t, c.system.k.Row(s)[i], sum, 1e-6)
				}
			}
			require.Equal(t, name == "ill-conditioned", p.twice)
			full := denseP(t, p)
			exact, err := NewCholesky(ctx, full, nil)
			require.NoError(t, err)
			require.InEpsilon(t, exact.LogDet(), p.LogDet(), 1e-7)
			for _, width := range []int{1, 3, 17} {
				v := solveNormals(2, n, width)
				got := core.NewMatrix[float64](n, width)
				require.NoError(t, p.Solve(ctx, got, v))
				// P P^-1 v = v, with an error that the condition of P allows.
				limit := map[string]float64{"diagonal": 1e-10, "ill-conditioned": 2e-5}[name]
				for _, r := range relativeResiduals(t, full, got, v) {
					require.Less(t, r, limit, "%s %s", method, name)
				}
			}
		}
	}
}

// Draws have covariance P: v^T z has variance v^T P v.
func TestPreconditionerSamples(t *testing.T) {
	ctx := context.Background()
	const n, draws = 50, 20_000
	c := newSolveCase(t, n, 2, 0.8, 0.1)
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 5})
	require.NoError(t, err)
	z := core.NewMatrix[float64](n, draws)
	require.NoError(t, p.Sample(ctx, z, 3))
	v, image := solveNormals(5, n, 1), core.NewMatrix[float64](n, 1)
	require.NoError(t, denseP(t, p).Mul(ctx, image, v))
	want, got := 0.0, 0.0
	for i := range n {
		want += v.Data[i] * image.Data[i]
	}
	for j := range draws {
		sum := 0.0
		for i := range n {
			sum += v.Data[i] * z.Row(i)[j]
		}
		got += sum * sum / draws
	}
	require.InEpsilon(t, want, got, 5*math.Sqrt(2.0/draws))
	few := core.NewMatrix[float64](n, 2)
	require.NoError(t, p.Sample(ctx, few, 3))
	require.Equal(t, z.Row(9)[1], few.Row(9)[1], "a draw depends on its number alone")
}

func TestPreconditionersCutIterations(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 800, 3, 1, 1e-4)
	b := solveNormals(2, 800, 1)
	count := map[string]int{}
	for _, method := range []string{"", RandomPivots, GreedyPivots, NystromBasis} {
		o := &SolveOptions{Method: MethodCG, Tol: 1e-3, MaxIterations: 5000}
		if method != "" {
			s := System(c.system)
			if method == NystromBasis {
				s = productsOnly{s}
			}
			p, err := NewPreconditioner(ctx, s, &PreconditionerOptions{Method: method, Rank: 150, Seed: 4})
			require.NoError(t, err)
			o.Preconditioner = p
		}
		out, err := Solve(ctx, c.system, b, o)
		require.NoError(t, err)
		require.True(t, out.Converged[0])
		count[method] = out.Iterations[0]
	}
	for _, method := range []string{RandomPivots, GreedyPivots, NystromBasis} {
		require.Less(t, count[method], count[""]/5, method)
	}
}

// The floor is below the smallest eigenvalue of P^-1 (K + Sigma): x^T (K + Sigma) x >= floor x^T P x.
func TestPreconditionerFloor(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 200, 2, 0.8, 1e-2)
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 30, Seed: 4})
	require.NoError(t, err)
	require.Equal(t, 1.0, p.Floor())
	rest := denseP(t, p)
	for i := range rest.k.Data {
		rest.k.Data[i] = c.system.k.Data[i] - rest.k.Data[i]
	}
	for i := range 200 {
		rest.k.Row(i)[i] += 1e-2 + 1e-6
	}
	_, err = NewCholesky(ctx, rest, nil)
	require.NoError(t, err, "K - F^T F is not positive semidefinite")
}

func TestPreconditionerWithoutNoise(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 100, 2, 0.5, 1e-12)
	s, err := NewDenseSystem(c.system.k, []float64{0}, 1)
	require.NoError(t, err)
	for _, system := range []System{s, productsOnly{s}} {
		o := &PreconditionerOptions{Rank: 50, Method: NystromBasis}
		p, err := NewPreconditioner(ctx, system, o)
		require.NoError(t, err)
		require.Zero(t, p.Floor())
		require.InEpsilon(t, 1e-6, p.s[0], 0.1)
	}
	_, err = NewPreconditioner(ctx, productsOnly{s}, nil)
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "nystrom")
	for _, o := range []*PreconditionerOptions{{Rank: -1}, {Tol: 1}, {Method: "jacobi"}} {
		_, err = NewPreconditioner(ctx, s, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err = NewLowRank(ctx, core.NewMatrix[float32](2, 1), []float64{0}, 1, 1)
	require.ErrorIs(t, err, core.ErrOption)
}
