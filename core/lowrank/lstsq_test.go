package lowrank

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// backwardError returns about the smallest change of x, relative to its norm, for which v is the exact least squares
// solution (Karlson and Walden): |(A^T A + mu^2)^(-1/2) A^T r| / |v|, mu = |r| / |v|.
func backwardError(t *testing.T, x *mat.Dense, b, v []float64) float64 {
	t.Helper()
	var svd mat.SVD
	require.True(t, svd.Factorize(x, mat.SVDThin))
	var u mat.Dense
	svd.UTo(&u)
	sigma := svd.Values(nil)
	var r mat.VecDense
	r.MulVec(x, mat.NewVecDense(len(v), v))
	r.SubVec(mat.NewVecDense(len(b), b), &r)
	size := math.Sqrt(sumOfSquares(v))
	mu, sum := mat.Norm(&r, 2)/size, 0.0
	for i, s := range sigma {
		along := mat.Dot(u.ColView(i), &r)
		sum += s * s * along * along / (s*s + mu*mu)
	}
	return math.Sqrt(sum) / size / math.Sqrt(sumOfSquares(sigma))
}

// falling is n values from 1 to 1/condition.
func falling(n int, condition float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = math.Pow(condition, -float64(i)/float64(n-1))
	}
	return s
}

// rightHand is x times a random vector plus noise.
func rightHand[T core.Float](x core.Matrix[T], noise float64, seed uint64) core.Matrix[T] {
	draw := rng.New(seed, 4)
	v := make([]float64, x.Cols)
	for i := range v {
		v[i] = draw.NormFloat64()
	}
	b := core.NewMatrix[T](x.Rows, 1)
	for i := range x.Rows {
		sum := noise * draw.NormFloat64()
		for j, w := range x.Row(i) {
			sum += float64(w) * v[j]
		}
		b.Data[i] = T(sum)
	}
	return b
}

func float64s[T core.Float](x []T) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// Nearly as good as Householder QR, whatever the condition and the residual.
func TestLeastSquaresIsBackwardStable(t *testing.T) {
	for _, level := range cpu.Levels() {
		t.Run(fmt.Sprint(level), func(t *testing.T) { defer cpu.Force(level)(); backwardStable(t) })
	}
}

func backwardStable(t *testing.T) {
	const m, n = 900, 40
	for _, condition := range []float64{10, 1e5, 1e10} {
		x := spectrum[float64](m, n, falling(n, condition), 3)
		a := mat.NewDense(m, n, x.Data)
		for _, noise := range []float64{0, 1e-6, 1} {
			b := rightHand(x, noise, 5)
			var qr mat.QR
			qr.Factorize(a)
			var reference mat.Dense
			require.NoError(t, qr.SolveTo(&reference, false, mat.NewDense(m, 1, b.Data)))
			peer := backwardError(t, a, b.Data, reference.RawMatrix().Data)
			for _, method := range []string{Direct, Iterative} {
				own, f := 0.0, (*Solution[float64])(nil)
				for seed := range uint64(4) {
					var err error
					f, err = LeastSquares(context.Background(), NewDenseOrFail(t, x), b, &SolveOptions{Method: method, Seed: seed})
					require.NoError(t, err)
					own = max(own, backwardError(t, a, b.Data, f.X.Data))
				}
				t.Logf("condition %g, noise %g, %s: backward error %.2g, Householder QR %.2g, %d iterations, condition %.2g",
					condition, noise, method, own, peer, f.Iterations, f.Condition)
				require.Less(t, own, max(10*peer, 2e-15))
				require.True(t, f.Converged)
				require.Equal(t, n, f.Rank)
				require.InEpsilon(t, condition, f.Condition, 0.9)
			}
		}
	}
}

func TestLeastSquaresOfEveryOperator(t *testing.T) {
	onEveryPath(t, everyLeastSquares[float32], everyLeastSquares[float64])
}

func everyLeastSquares[T core.Float](t *testing.T) {
	const m, n, k = 600, 12, 3
	x, eps := core.NewMatrix[T](m, n), core.Epsilon[T]()
	b := core.NewMatrix[T](m, k)
	draw := rng.New(8)
	for i := range m {
		for j := range n {
			if draw.Float64() < 0.3 {
				x.Row(i)[j] = T(draw.NormFloat64())
			}
		}
		for j := range k {
			b.Row(i)[j] = T(draw.NormFloat64())
		}
	}
	for _, mu := range []float64{0, 20} {
		want := ridgeReference(t, x, b, mu)
		for name, op := range kinds(t, x, 2) {
			for _, method := range []string{Auto, Iterative} {
				f, err := Ridge(context.Background(), op, b, mu, &SolveOptions{Method: method})
				require.NoError(t, err, name)
				require.True(t, f.Converged)
				require.Len(t, f.Residuals, k)
				for i, v := range f.X.Data {
					require.InDelta(t, want.At(i/k, i%k), float64(v), 50*eps, "%s %s", name, method)
				}
			}
		}
	}
}

// ridgeReference solves by Householder QR of x above sqrt(mu) I.
func ridgeReference[T core.Float](t *testing.T, x, b core.Matrix[T], mu float64) *mat.Dense {
	t.Helper()
	a, y := mat.NewDense(x.Rows+x.Cols, x.Cols, nil), mat.NewDense(x.Rows+x.Cols, b.Cols, nil)
	for i := range x.Rows {
		a.SetRow(i, float64s(x.Row(i)))
		y.SetRow(i, float64s(b.Row(i)))
	}
	for j := range x.Cols {
		a.Set(x.Rows+j, j, math.Sqrt(mu))
	}
	var qr mat.QR
	qr.Factorize(a)
	var out mat.Dense
	require.NoError(t, qr.SolveTo(&out, false, y))
	return &out
}

func TestLeastSquaresOfLeastNorm(t *testing.T) {
	onEveryPath(t, leastNorm[float32], leastNorm[float64])
}

func leastNorm[T core.Float](t *testing.T) {
	const m, n, rank = 500, 20, 13
	eps := core.Epsilon[T]()
	sigma := falling(rank, 100)
	x := spectrum[T](m, n, sigma, 3)
	b := rightHand(x, 1, 5)
	// V diag(1/sigma) U^T b
	u, v := orthonormal(m, rank, 3), orthonormal(n, rank, 4)
	var z, want mat.VecDense
	z.MulVec(u.T(), mat.NewVecDense(m, float64s(b.Data)))
	for i, s := range sigma {
		z.SetVec(i, z.AtVec(i)/s)
	}
	want.MulVec(v, &z)
	for _, method := range []string{Direct, Iterative} {
		f, err := LeastSquares(context.Background(), NewDenseOrFail(t, x), b, &SolveOptions{Method: method})
		require.NoError(t, err)
		require.Equal(t, rank, f.Rank, method)
		require.InEpsilon(t, 100, f.Condition, 0.9)
		for i, w := range f.X.Data {
			require.InDelta(t, want.AtVec(i), float64(w), 1e6*eps, method)
		}
		zero, err := LeastSquares(context.Background(), NewDenseOrFail(t, core.NewMatrix[T](m, n)), b, &SolveOptions{Method: method})
		require.NoError(t, err)
		require.Zero(t, zero.Rank)
		require.Equal(t, make([]T, n), zero.X.Data)
	}
}

func TestLeastSquaresChoosesByShape(t *testing.T) {
	wide := core.NewMatrix[float64](900, 70)
	draw := rng.New(3)
	for i := range wide.Data {
		wide.Data[i] = draw.NormFloat64()
	}
	b := rightHand(wide, 1, 3)
	for _, c := range []struct {
		op     Operator[float64]
		method string
	}{{NewDenseOrFail(t, wide), Direct}, {func() Operator[float64] {
		ptr, index, value := compress[float64, int32](wide)
		op, err := NewCSR(900, 70, ptr, index, value, 2)
		require.NoError(t, err)
		return op
	}(), Iterative}} {
		f, err := LeastSquares(context.Background(), c.op, b, nil)
		require.NoError(t, err)
		require.Equal(t, c.method, f.Method)
	}
}

// Where a method is worth its while follows from the shape alone.
func TestIterationsPayForManyColumnsOfTallMatrices(t *testing.T) {
	shaped := func(m, n int) *dense[float64] {
		return &dense[float64]{x: core.Matrix[float64]{Rows: m, Cols: n, Stride: n}}
	}
	for _, c := range []struct {
		op   Operator[float64]
		pays bool
	}{{shaped(100000, 3000), true}, {shaped(1000000, 500), false}, {shaped(9000, 1000), false},
		{denseTransposed[float64]{shaped(3000, 100000)}, true}, {denseTransposed[float64]{shaped(500, 1000000)}, false}} {
		m, n := c.op.Dims()
		require.Equal(t, c.pays, iterativePays(c.op), "%d x %d", m, n)
	}
	require.True(t, iterativePays[float32](&dense[float32]{x: core.Matrix[float32]{Rows: 100000, Cols: 500, Stride: 500}}))
}

func TestLeastSquaresDoesNotDependOnThreads(t *testing.T) {
	x := spectrum[float64](3000, 30, falling(30, 1e4), 3)
	b := rightHand(x, 1, 5)
	for _, method := range []string{Direct, Iterative} {
		var first *Solution[float64]
		for _, threads := range []int{1, 3} {
			op, err := NewDense(x, threads)
			require.NoError(t, err)
			f, err := LeastSquares(context.Background(), op, b, &SolveOptions{Method: method, Threads: threads, Seed: 4})
			require.NoError(t, err)
			f.Seconds = 0
			if first == nil {
				first = f
			}
			require.Equal(t, first, f)
		}
	}
}

func TestLeastSquaresRefuses(t *testing.T) {
	ctx := context.Background()
	x := spectrum[float64](500, 10, falling(10, 1e3), 3)
	op, b := NewDenseOrFail(t, x), core.NewMatrix[float64](500, 1)
	_, err := LeastSquares(ctx, NewDenseOrFail(t, core.NewMatrix[float64](3, 4)), core.NewMatrix[float64](3, 1), nil)
	require.ErrorIs(t, err, core.ErrShape)
	require.ErrorContains(t, err, "tall")
	_, err = LeastSquares(ctx, op, core.NewMatrix[float64](499, 1), nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = LeastSquares(ctx, op, b, &SolveOptions{Method: "qr"})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = LeastSquares(ctx, op, b, &SolveOptions{MaxIterations: -1})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = Ridge(ctx, op, b, -1, nil)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = Ridge(ctx, op, b, math.NaN(), nil)
	require.ErrorIs(t, err, core.ErrOption)
	f, err := LeastSquares(ctx, op, rightHand(x, 1, 3), &SolveOptions{Method: Iterative, MaxIterations: 2})
	require.NoError(t, err)
	require.False(t, f.Converged)
	require.Equal(t, 4, f.Iterations)
	b.Data[7] = math.NaN()
	_, err = LeastSquares(ctx, op, b, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)
	b.Data[7], x.Row(3)[2] = 0, math.Inf(1)
	_, err = LeastSquares(ctx, op, b, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 3, column 2")
	byColumns, err := NewDenseTransposed(transposed(x), 1)
	require.NoError(t, err)
	for _, method := range []string{Direct, Iterative} {
		_, err = LeastSquares(ctx, byColumns, b, &SolveOptions{Method: method})
		require.ErrorIs(t, err, core.ErrNotFinite)
		require.ErrorContains(t, err, "row 3, column 2")
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	x.Row(3)[2] = 0
	for _, method := range []string{Direct, Iterative} {
		_, err = LeastSquares(done, op, b, &SolveOptions{Method: method})
		require.ErrorIs(t, err, context.Canceled)
	}
}
