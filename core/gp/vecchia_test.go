package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

var anisotropic = Multiply(Constant{Value: 1.3}, Matern{LengthScale: []float64{0.4, 1, 0.7}})

func unevenNoise(n int) []float64 {
	noise := make([]float64, n)
	for i := range noise {
		noise[i] = 0.01 * float64(1+i%4)
	}
	return noise
}

// inverseOf is P^-1, column after column.
func inverseOf(t *testing.T, p Preconditioner) core.Matrix[float64] {
	t.Helper()
	unit := core.NewMatrix[float64](p.Size(), p.Size())
	for i := range p.Size() {
		unit.Row(i)[i] = 1
	}
	require.NoError(t, p.Solve(context.Background(), unit, unit))
	return unit
}

// TestVecchiaConditionsOnNearPoints compares with the definition, of few neighbors and of all, which give the matrix itself.
func TestVecchiaConditionsOnNearPoints(t *testing.T) {
	const n = 80
	x, noise := cloud(n, 3, 8), unevenNoise(n)
	for _, level := range cpu.Levels() {
		func() {
			defer cpu.Force(level)()
			op := newOperator(t, x, anisotropic, noise, Float32)
			c := ref.Gram(ref.ProductOf(ref.ConstantCovariance(), ref.Stationary(ref.Matern32, []int{0, 1, 2}, 3)), rowsOf(x), rowsOf(x), true, natural(anisotropic))
			for i, v := range noise {
				c[i][i] += v
			}
			for _, count := range []int{7, 70, n - 1} {
				p, err := NewVecchia(context.Background(), op, &PreconditionerOptions{Rank: count, Seed: 3})
				require.NoError(t, err)
				require.Equal(t, count, p.Rank())
				order := make([]int, n)
				for r, i := range p.sequence {
					order[r] = int(p.perm[i])
				}
				want, logDet := ref.Vecchia(c, order, count, func(i, j int) float64 {
					sum := 0.0
					for q, l := range []float64{0.4, 1, 0.7} {
						sum += math.Pow((x.Row(i)[q]-x.Row(j)[q])/l, 2)
					}
					return sum
				})
				require.InDelta(t, logDet, p.LogDet(), 1e-4)
				got := inverseOf(t, p)
				for i := range n {
					require.InDeltaSlice(t, want[i], got.Row(i), 1e-4, "%v: row %d of %d neighbors", level, i, count)
				}
				if count < n-1 {
					continue
				}
				product := core.NewMatrix[float64](n, n)
				require.NoError(t, op.Mul(context.Background(), product, got))
				for i := range n {
					unit := make([]float64, n)
					unit[i] = 1
					require.InDeltaSlice(t, unit, product.Row(i), 1e-4)
				}
			}
		}()
	}
}

// TestVecchiaDraws have the covariance P: inner products by P^-1 are those of the normal numbers behind the draws.
func TestVecchiaDraws(t *testing.T) {
	const n, draws = 700, 11
	ctx := context.Background()
	op := newOperator(t, cloud(n, 3, 9), anisotropic, unevenNoise(n), Float64)
	p, err := NewVecchia(ctx, op, &PreconditionerOptions{Rank: 12})
	require.NoError(t, err)
	z, e, pz := core.NewMatrix[float64](n, draws), core.NewMatrix[float64](n, draws), core.NewMatrix[float64](n, draws)
	require.NoError(t, p.Sample(ctx, z, 5))
	require.NoError(t, DrawProbes(ctx, e, nil, 5, 1))
	require.NoError(t, p.Solve(ctx, pz, z))
	for i := range draws {
		for j := range draws {
			require.InDelta(t, blas.Dot(column(e, i), column(e, j)), blas.Dot(column(z, i), column(pz, j)), 1e-8*n)
		}
	}
	require.ErrorIs(t, p.Sample(ctx, core.NewMatrix[float64](n-1, 2), 5), core.ErrShape)
	require.ErrorIs(t, p.Solve(ctx, z, core.NewMatrix[float64](n, 2)), core.ErrShape)
}

func column(m core.Matrix[float64], j int) []float64 {
	out := make([]float64, m.Rows)
	for i := range out {
		out[i] = m.Row(i)[j]
	}
	return out
}

func TestVecchiaDoesNotDependOnThreads(t *testing.T) {
	const n = 1500
	ctx := context.Background()
	x, noise := cloud(n, 3, 10), unevenNoise(n)
	var first [2]core.Matrix[float64]
	for _, threads := range []int{1, 2, 5} {
		p, err := NewVecchia(ctx, newOperator(t, x, anisotropic, noise, Float32), &PreconditionerOptions{Threads: threads, Seed: 2})
		require.NoError(t, err)
		require.Equal(t, 63, p.Rank())
		v := [2]core.Matrix[float64]{solveNormals(1, n, 9), core.NewMatrix[float64](n, 9)}
		require.NoError(t, p.Solve(ctx, v[0], v[0]))
		require.NoError(t, p.Sample(ctx, v[1], 7))
		if threads == 1 {
			first = v
		}
		require.Equal(t, first, v)
		one, dst := core.NewMatrix[float64](n, 1), core.NewMatrix[float64](n, 1)
		copy(one.Data, column(solveNormals(1, n, 9), 4))
		require.NoError(t, p.Solve(ctx, dst, one))
		require.InDeltaSlice(t, column(first[0], 4), dst.Data, 1e-9)
	}
}

func TestVecchiaOfDegeneratePoints(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]core.Matrix[float64]{"one": cloud(1, 2, 1), "two": cloud(2, 2, 1), "equal": core.NewMatrix[float64](60, 2),
		"double": {Data: make([]float64, 200), Rows: 100, Cols: 2, Stride: 2}} {
		if name == "double" {
			for i := range 100 {
				x.Row(i)[0], x.Row(i)[1] = float64(i/2), math.Sin(float64(i/2))
			}
		}
		for _, noise := range []float64{0, 1e-14, 0.1} {
			op := newOperator(t, x, Matern{LengthScale: []float64{1}}, []float64{noise}, Float64)
			p, err := NewVecchia(ctx, op, nil)
			require.NoError(t, err, name)
			require.False(t, math.IsNaN(p.LogDet()) || math.IsInf(p.LogDet(), 0), "%s, noise %v", name, noise)
			z := core.NewMatrix[float64](x.Rows, 3)
			require.NoError(t, p.Sample(ctx, z, 1))
			require.NoError(t, p.Solve(ctx, z, z))
			require.NoError(t, z.CheckFinite("P^-1 z"))
		}
	}
	op := newOperator(t, cloud(40, 2, 1), Matern{}, []float64{0.1}, Float64)
	_, err := NewVecchia(ctx, op, &PreconditionerOptions{Rank: -1})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = NewPreconditioner(ctx, op, &PreconditionerOptions{Method: NearestPoints})
	require.ErrorContains(t, err, "NewVecchia")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = NewVecchia(ended, op, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestVecchiaSavesIterations on rough functions.
func TestVecchiaSavesIterations(t *testing.T) {
	const n = 1500
	ctx := context.Background()
	x, y := surface(n, 2, 0.1, 5)
	op := newOperator(t, x, Matern{LengthScale: []float64{0.3}}, []float64{0.01}, Float32)
	near, err := NewVecchia(ctx, op, nil)
	require.NoError(t, err)
	columns, err := newMatched(ctx, op, &PreconditionerOptions{Method: RandomPivots}, nil)
	require.NoError(t, err)
	solve := func(p Preconditioner) int {
		s, err := Solve(ctx, op, tall(y, n), &SolveOptions{Method: MethodCG, Tol: 1e-3, Preconditioner: p})
		require.NoError(t, err)
		require.True(t, s.Converged[0])
		return s.Iterations[0]
	}
	require.LessOrEqual(t, 4*solve(near), solve(columns))

	e, err := LogDet(ctx, op, &LogDetOptions{Preconditioner: near, Steps: 12})
	require.NoError(t, err)
	plain := make([]float64, n*n)
	require.NoError(t, fillMatrix(ctx, plain, op))
	require.True(t, choleskyLower(0, plain, n))
	want := 0.0
	for i := range n {
		want += 2 * math.Log(plain[i*n+i])
	}
	require.GreaterOrEqual(t, want, e.Lower-0.5)
	require.LessOrEqual(t, want, e.Upper+0.5)
	require.Less(t, e.Upper-e.Lower, 0.004*n)
}
