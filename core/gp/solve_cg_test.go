package gp

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestCGMeetsEachTolerance(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 700, 3, 0.7, 1e-3)
	b := solveNormals(1, 700, 5)
	for i := range 700 {
		b.Row(i)[1] *= 1e180 // units do not matter
		b.Row(i)[2] = 0
		b.Row(i)[3] *= 1e-180
	}
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 60, Seed: 1})
	require.NoError(t, err)
	tols := []float64{1e-2, 1e-6, 1e-4, 1e-10, 1e-1}
	for name, pre := range map[string]Preconditioner{"none": nil, "rpcholesky": p} {
		t.Run(name, func(t *testing.T) {
			out, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tols: tols, Preconditioner: pre, MaxIterations: 5000})
			require.NoError(t, err)
			for j, got := range out.Residuals {
				require.True(t, out.Converged[j], "column %d", j)
				require.LessOrEqual(t, got, tols[j])
			}
			require.Zero(t, out.Iterations[2])
			require.Less(t, out.Iterations[4], out.Iterations[0])
			require.Less(t, out.Iterations[0], out.Iterations[1])
			require.Less(t, out.Iterations[1], out.Iterations[3])
			require.Empty(t, out.Diagnostics)
			// Columns that are done leave the product.
			sum := 0
			for _, v := range out.Iterations {
				sum += v
			}
			require.LessOrEqual(t, out.Products, sum+sum/50+5+2*b.Cols)
			x := c.solved(t, b)
			for i := range 700 {
				require.Zero(t, out.X.Row(i)[2])
				require.InEpsilon(t, x.Row(i)[3], out.X.Row(i)[3], 1e-4)
			}
		})
	}
}

func TestCGThreadsDoNotChangeBits(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 2100, 2, 0.5, 1e-2)
	b := solveNormals(2, 2100, 3)
	var first *Solution
	for _, threads := range []int{1, 2, 3} {
		p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 40, Seed: 1, Threads: threads})
		require.NoError(t, err)
		out, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-5, Preconditioner: p, Threads: threads,
			Lanczos: true, Reorthogonalize: threads == 3})
		require.NoError(t, err)
		if threads == 3 {
			out, err = Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-5, Preconditioner: p, Threads: 3, Lanczos: true})
			require.NoError(t, err)
		}
		if first == nil {
			first = out
		}
		require.Equal(t, first.X.Data, out.X.Data)
		require.Equal(t, first.Lanczos, out.Lanczos)
		require.Equal(t, first.Residuals, out.Residuals)
	}
}

func TestCGWarmStart(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 600, 2, 0.5, 1e-3)
	b := solveNormals(3, 600, 2)
	for i := range 600 {
		b.Row(i)[1] *= 1000
	}
	cold, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-4})
	require.NoError(t, err)
	warm, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-4, Start: &cold.X})
	require.NoError(t, err)
	require.Equal(t, []int{0, 0}, warm.Iterations)
	require.Equal(t, cold.X.Data, warm.X.Data)

	near, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-6, Start: &cold.X})
	require.NoError(t, err)
	far, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-6})
	require.NoError(t, err)
	require.Less(t, near.Iterations[1], far.Iterations[1]*2/3)

	wild := solveNormals(4, 600, 2)
	bad, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, Tol: 1e-4, Start: &wild})
	require.NoError(t, err)
	require.Contains(t, codes(bad.Diagnostics), GuessDropped)
	require.True(t, bad.Converged[0] && bad.Converged[1])
}

func TestCGKeepsToBudgets(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 500, 2, 0.8, 1e-4)
	b := solveNormals(5, 500, 4)
	out, err := Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, MaxIterations: 7})
	require.NoError(t, err)
	require.Equal(t, []int{7, 7, 7, 7}, out.Iterations)
	require.Equal(t, []string{NotConverged, NotConverged, NotConverged, NotConverged}, codes(out.Diagnostics))
	require.NotEmpty(t, out.Diagnostics[0].Action)
	require.InDeltaSlice(t, relativeResiduals(t, c.system, out.X, b), out.Residuals, 1e-12)

	out, err = Solve(ctx, c.system, b, &SolveOptions{Method: MethodCG, MaxProducts: 42})
	require.NoError(t, err)
	require.LessOrEqual(t, out.Products, 42)
	require.Equal(t, 9, out.Iterations[0])

	ended, cancel := context.WithCancel(ctx)
	iterations := 0
	_, err = Solve(ended, c.system, b, &SolveOptions{Method: MethodCG, Progress: func(p core.Progress) {
		if iterations = p.Iteration; iterations == 3 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, iterations)
}

func TestCGSaysThatAMatrixIsIndefinite(t *testing.T) {
	k := core.NewMatrix[float64](60, 60)
	for i := range 60 {
		k.Row(i)[i] = 1
	}
	k.Row(7)[7] = -0.5
	s, err := NewDenseSystem(k, []float64{0.01}, 1)
	require.NoError(t, err)
	b := solveNormals(6, 60, 2)
	for i := range 60 {
		b.Row(i)[1] = 0
	}
	b.Row(3)[1] = 2
	out, err := Solve(context.Background(), s, b, &SolveOptions{Method: MethodCG, Tol: 1e-8})
	require.NoError(t, err)
	require.False(t, out.Converged[0])
	require.True(t, out.Converged[1], "a column that does not see the bad direction is solved")
	require.Equal(t, []string{Indefinite}, codes(out.Diagnostics))
	require.Less(t, out.Diagnostics[0].Value, 0.0)
	require.NotEmpty(t, out.Diagnostics[0].Action)
	for _, v := range out.X.Data {
		require.False(t, math.IsNaN(v))
	}
	_, err = NewCholesky(context.Background(), s, nil)
	require.ErrorIs(t, err, core.ErrNumerical)
}

// roundedProducts is a system whose products carry seven digits.
type roundedProducts struct{ *DenseSystem }

func (s roundedProducts) Mul(ctx context.Context, dst, v core.Matrix[float64]) error {
	err := s.DenseSystem.Mul(ctx, dst, v)
	for i := range dst.Rows {
		for j, v := range dst.Row(i) {
			dst.Row(i)[j] = float64(float32(v))
		}
	}
	return err
}

func TestCGStopsWhereRoundingStopsIt(t *testing.T) {
	c := newSolveCase(t, 400, 2, 1, 1e-2)
	b := solveNormals(7, 400, 1)
	out, err := Solve(context.Background(), roundedProducts{c.system}, b, &SolveOptions{Method: MethodCG, Tol: 1e-12})
	require.NoError(t, err)
	require.Contains(t, codes(out.Diagnostics), Stagnated)
	require.Less(t, out.Iterations[0], 1000)
	require.Less(t, out.Residuals[0], 1e-5)
}

func TestCGReorthogonalized(t *testing.T) {
	ctx := context.Background()
	c := newSolveCase(t, 300, 1, 3, 1e-7) // rounding costs many iterations here
	b := solveNormals(8, 300, 2)
	p, err := NewPreconditioner(ctx, c.system, &PreconditionerOptions{Rank: 8, Seed: 2})
	require.NoError(t, err)
	for _, pre := range []Preconditioner{nil, p} {
		o := SolveOptions{Method: MethodCG, Tol: 1e-6, MaxIterations: 3000, Preconditioner: pre, Lanczos: true}
		plain, err := Solve(ctx, c.system, b, &o)
		require.NoError(t, err)
		o.Reorthogonalize = true
		kept, err := Solve(ctx, c.system, b, &o)
		require.NoError(t, err)
		for j := range 2 {
			require.True(t, kept.Converged[j])
			require.Less(t, kept.Iterations[j], plain.Iterations[j]*3/4)
			require.LessOrEqual(t, kept.Lanczos[j].Steps(), 300, "there are no more directions")
		}
	}
}

// Memory does not grow with iterations, but for the small change of calls.
func TestCGAllocatesNothingPerIteration(t *testing.T) {
	c := newSolveCase(t, 600, 2, 0.8, 1e-5)
	c.system.threads = 1
	b := solveNormals(9, 600, 4)
	p, err := NewPreconditioner(context.Background(), c.system, &PreconditionerOptions{Rank: 5, Threads: 1})
	require.NoError(t, err)
	bytes := func(iterations int) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Solve(context.Background(), c.system, b, &SolveOptions{Method: MethodCG, MaxIterations: iterations,
			Tols: []float64{0, 0, 0, 0}, Threads: 1, Preconditioner: p})
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	bytes(40)
	require.Less(t, (bytes(140)-bytes(40))/100, 2048.0)
}
