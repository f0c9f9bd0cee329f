package gp

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

const iterLength = 0.6

// beliefs are made by every policy.
func beliefs(t *testing.T, c *solveCase, y []float64, threads int) map[string]*Belief {
	t.Helper()
	ctx := context.Background()
	n := len(c.x)
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 20})
	require.NoError(t, err)
	inducing := core.NewMatrix[float64](n, 15)
	at := c.kernelRows(15, iterLength)
	for j := range 15 {
		for i, v := range at.Row(j) {
			inducing.Row(i)[j] = v
		}
	}
	out := map[string]*Belief{}
	for name, o := range map[string]*IterGPOptions{
		"cholesky":          {Stages: []Stage{{Policy: PolicyCholesky, Actions: 25}}},
		"cg":                {Stages: []Stage{{Policy: PolicyCG, Actions: 12}}},
		"preconditioned cg": {Stages: []Stage{{Policy: PolicyCG, Actions: 6}}, Preconditioner: p},
		"inducing":          {Stages: []Stage{{Policy: PolicyInducing}}, Inducing: inducing},
		"mixed": {Stages: []Stage{{Policy: PolicyCholesky, Actions: 5}, {Policy: PolicyInducing, Actions: 7}, {Policy: PolicyCG, Actions: 4}, {Policy: PolicyCholesky, Actions: 3}},
			Inducing: inducing},
	} {
		o.Threads = threads
		out[name], err = IterGP(ctx, c.system, y, o)
		require.NoError(t, err)
		require.Empty(t, out[name].Diagnostics, name)
	}
	require.Equal(t, 25, out["cholesky"].D.Rows)
	require.Equal(t, 15, out["inducing"].D.Rows)
	require.Equal(t, 19, out["mixed"].D.Rows)
	return out
}

func TestIterGPIdentities(t *testing.T) {
	const n, m = 300, 25
	c := newSolveCase(t, n, 2, iterLength, 1e-3)
	y := solveNormals(1, n, 1).Data
	kx := c.kernelRows(m, iterLength)
	cross := core.NewMatrix[float64](n, m)
	prior := make([]float64, m)
	for i := range m {
		prior[i] = 1
		for j, v := range kx.Row(i) {
			cross.Row(j)[i] = v
		}
	}
	solved := c.solved(t, cross)
	for name, b := range beliefs(t, c, y, 1) {
		t.Run(name, func(t *testing.T) {
			k := b.D.Rows
			// D (K + Sigma) D^T = I, so that C (K + Sigma) C = C: C is the inverse on the span of the actions.
			image := core.NewMatrix[float64](n, k)
			directions := core.NewMatrix[float64](n, k)
			for i := range k {
				for j, v := range b.D.Row(i) {
					directions.Row(j)[i] = v
				}
			}
			require.NoError(t, c.system.Mul(context.Background(), image, directions))
			for i := range k {
				for j := range k {
					sum, want := 0.0, 0.0
					for row, v := range b.D.Row(i) {
						sum += v * image.Row(row)[j]
					}
					if i == j {
						want = 1
					}
					require.InDelta(t, want, sum, 1e-8)
				}
			}
			// v = C y.
			v := make([]float64, n)
			for i := range k {
				a := 0.0
				for j, d := range b.D.Row(i) {
					a += d * y[j]
				}
				for j, d := range b.D.Row(i) {
					v[j] += a * d
				}
			}
			require.InDeltaSlice(t, v, b.Weights, 1e-6)
			require.InDelta(t, relativeResiduals(t, c.system, core.Matrix[float64]{Data: b.Weights, Rows: n, Cols: 1, Stride: 1},
				core.Matrix[float64]{Data: y, Rows: n, Cols: 1, Stride: 1})[0], b.Residual, 1e-9)
			require.InDelta(t, b.Residual, b.Residuals[k-1], 1e-6)
			// C <= (K + Sigma)^-1: the combined variance is never below the exact one.
			u, err := b.Decompose(prior, kx, solved)
			require.NoError(t, err)
			for i := range m {
				exact := 1.0
				for j, v := range kx.Row(i) {
					exact -= v * solved.Row(j)[i]
				}
				require.GreaterOrEqual(t, u.Combined[i], exact-1e-9)
				require.Greater(t, u.Computational[i], 0.0)
				require.InDelta(t, exact, u.Mathematical[i], 1e-8)
				require.InDelta(t, u.Combined[i], u.Mathematical[i]+u.Computational[i], 1e-15)
			}
			full := core.NewMatrix[float64](m, m)
			require.NoError(t, b.Covariance(full, kx, kx))
			for i := range m {
				require.InDelta(t, u.Combined[i], 1+full.Row(i)[i], 1e-9)
				require.InDelta(t, full.Row(i)[0], full.Row(0)[i], 1e-12)
			}
		})
	}
}

func TestIterGPThreadsDoNotChangeBits(t *testing.T) {
	c := newSolveCase(t, 1100, 2, iterLength, 1e-2)
	y := solveNormals(1, 1100, 1).Data
	one, three := beliefs(t, c, y, 1), beliefs(t, c, y, 3)
	for name, b := range one {
		require.Equal(t, b.D.Data, three[name].D.Data, name)
		require.Equal(t, b.Weights, three[name].Weights, name)
	}
}

// With unit vectors the belief is the exact process of the chosen points, and of all points when all are taken.
func TestIterGPWithUnitVectorsIsASubsetOfData(t *testing.T) {
	ctx := context.Background()
	const n = 120
	c := newSolveCase(t, n, 2, iterLength, 1e-2)
	y := solveNormals(2, n, 1)
	b, err := IterGP(ctx, c.system, y.Data, &IterGPOptions{Stages: []Stage{{Policy: PolicyCholesky, Actions: 30}}})
	require.NoError(t, err)
	var ids []int
	for i, v := range b.Weights {
		if v != 0 {
			ids = append(ids, i)
		}
	}
	require.Len(t, ids, 30)
	part, target := core.NewMatrix[float64](30, 30), core.NewMatrix[float64](30, 1)
	for i, a := range ids {
		target.Data[i] = y.Data[a]
		for j, e := range ids {
			part.Row(i)[j] = c.system.k.Row(a)[e]
		}
	}
	s, err := NewDenseSystem(part, []float64{1e-2}, 1)
	require.NoError(t, err)
	f, err := NewCholesky(ctx, s, nil)
	require.NoError(t, err)
	require.NoError(t, f.Solve(target))
	for i, a := range ids {
		require.InDelta(t, target.Data[i], b.Weights[a], 1e-8)
	}

	whole, err := IterGP(ctx, c.system, y.Data, &IterGPOptions{Stages: []Stage{{Policy: PolicyCholesky, Actions: 1000}}, Tol: 1e-10})
	require.NoError(t, err)
	require.True(t, whole.Converged)
	exact := c.solved(t, y)
	require.InDeltaSlice(t, exact.Data, whole.Weights, 1e-7)
}

// With residuals the belief's mean is that of conjugate gradients.
func TestIterGPWithResidualsIsCG(t *testing.T) {
	ctx := context.Background()
	const n = 300
	c := newSolveCase(t, n, 2, iterLength, 1e-3)
	y := solveNormals(3, n, 1)
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 20})
	require.NoError(t, err)
	for _, pre := range []Preconditioner{nil, p} {
		for _, k := range []int{1, 5, 25} {
			out, err := Solve(ctx, c.system, y, &SolveOptions{Method: MethodCG, MaxIterations: k, Tols: []float64{0},
				Reorthogonalize: true, Preconditioner: pre})
			require.NoError(t, err)
			b, err := IterGP(ctx, c.system, y.Data, &IterGPOptions{Stages: []Stage{{Policy: PolicyCG, Actions: k}}, Preconditioner: pre})
			require.NoError(t, err)
			require.Equal(t, k, b.D.Rows)
			require.Equal(t, k+1, b.Products)
			size := 0.0
			for _, v := range out.X.Data {
				size = max(size, v, -v)
			}
			require.InDeltaSlice(t, out.X.Data, b.Weights, 1e-7*size)
		}
	}
}

func TestIterGPLeavesOutWhatItKnows(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 50, 2, iterLength, 1e-2)
	y := solveNormals(1, 50, 1).Data
	twice := core.NewMatrix[float64](50, 3)
	for i := range 50 {
		twice.Row(i)[0] = float64(i)
		twice.Row(i)[1] = -2 * float64(i)
		twice.Row(i)[2] = 1
	}
	b, err := IterGP(ctx, c.system, y, &IterGPOptions{Stages: []Stage{{Policy: PolicyInducing}}, Inducing: twice})
	require.NoError(t, err)
	require.Equal(t, 2, b.D.Rows)
	require.Equal(t, []string{WeakActions}, codes(b.Diagnostics))

	zero, err := IterGP(ctx, c.system, make([]float64, 50), nil)
	require.NoError(t, err)
	require.Zero(t, zero.D.Rows)
	require.Zero(t, zero.Residual)
	dst := make([]float64, 4)
	require.NoError(t, zero.Explained(dst, c.kernelRows(4, iterLength)))
	require.Equal(t, make([]float64, 4), dst)

	short, err := IterGP(ctx, c.system, y, &IterGPOptions{Stages: []Stage{{Policy: PolicyCG, Actions: 2}}, Tol: 1e-6})
	require.NoError(t, err)
	require.False(t, short.Converged)
	require.Equal(t, []string{NotConverged}, codes(short.Diagnostics))
}

func TestIterGPRefuses(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 30, 2, iterLength, 1e-2)
	y := solveNormals(1, 30, 1).Data
	for _, o := range []*IterGPOptions{{Stages: []Stage{{Policy: "svd", Actions: 1}}}, {Stages: []Stage{{Policy: PolicyCG, Actions: -1}}}, {Tol: 2},
		{Stages: []Stage{{Policy: PolicyInducing, Actions: 1}}}} {
		_, err := IterGP(ctx, c.system, y, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := IterGP(ctx, c.system, y[:4], nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = IterGP(ctx, productsOnly{c.system}, y, &IterGPOptions{Stages: []Stage{{Policy: PolicyCholesky, Actions: 3}}})
	require.ErrorIs(t, err, core.ErrOption)
	ended, cancel := context.WithCancel(ctx)
	_, err = IterGP(ended, c.system, y, &IterGPOptions{Progress: func(core.Progress) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
}
