package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// symmetric makes an n x n matrix with the given eigenvalues, and zeros for the rest.
func symmetric[T core.Float](n int, values []float64, seed uint64) core.Matrix[T] {
	v := orthonormal(n, len(values), seed)
	x := core.NewMatrix[T](n, n)
	for i := range n {
		for j := range i + 1 {
			sum := 0.0
			for p, w := range values {
				sum += v.At(i, p) * w * v.At(j, p)
			}
			x.Row(i)[j], x.Row(j)[i] = T(sum), T(sum)
		}
	}
	return x
}

// alternating is +-i^-exponent.
func alternating(n int, exponent float64) []float64 {
	values := power(n, exponent)
	for i := 1; i < n; i += 2 {
		values[i] *= -1
	}
	return values
}

// onlyProducts is x without anything but its products A x.
func onlyProducts[T core.Float](t *testing.T, x core.Matrix[T], threads int) Operator[T] {
	t.Helper()
	a, err := NewDense(x, threads)
	require.NoError(t, err)
	f, err := NewFunc(x.Rows, x.Cols, a.Mul, nil)
	require.NoError(t, err)
	return f
}

func tail(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// remains returns the Frobenius norm of x - V diag(values) V^T.
func remains[T core.Float](x core.Matrix[T], f *Eigen[T]) float64 {
	return residual(x, &Factors[T]{U: f.V, S: f.Values, V: f.V})
}

func TestEigHOfIndefiniteMatrices(t *testing.T) {
	onEveryPath(t, indefiniteEigH[float32], indefiniteEigH[float64])
}

func indefiniteEigH[T core.Float](t *testing.T) {
	ctx := context.Background()
	eps := core.Epsilon[T]()
	tol := max(1e-10, 100*eps)
	for _, values := range [][]float64{alternating(150, 1), alternating(150, 2), repeat(-1, 5), {3, -3, 2, -2, 1, -1, 0.5}} {
		x := symmetric[T](150, values, 5)
		full := append(append([]float64(nil), values...), make([]float64, 150-len(values))...)
		for name, a := range map[string]Operator[T]{"dense": NewDenseOrFail(t, x), "products": onlyProducts(t, x, 2)} {
			f, err := EigH(ctx, a, &Options{Rank: 6, Tol: tol})
			require.NoError(t, err, name)
			require.True(t, f.Converged)
			for i, v := range f.Values {
				require.InDelta(t, math.Abs(full[i]), math.Abs(v), 30*eps*3+1e-9, "value %d", i)
			}
			requireOrthonormal(t, f.V, 50*eps)
			truth := remains(x, f)
			require.InDelta(t, tail(full[6:]), truth, 100*eps*3+1e-8)
			require.InDelta(t, truth, f.Error, 0.5*truth+100*eps)
			for j, r := range f.Residuals {
				sum := 0.0
				for i := range x.Rows {
					e := -f.Values[j] * float64(f.V.Row(i)[j])
					for p, v := range x.Row(i) {
						e += float64(v) * float64(f.V.Row(p)[j])
					}
					sum += e * e
				}
				require.InDelta(t, math.Sqrt(sum), r, 30*eps*3)
			}
		}
	}
}

// A basis of five blocks is full long before the values of a flat spectrum have settled.
func TestEigHRestarts(t *testing.T) {
	values := alternating(300, 0.2)
	x := symmetric[float64](300, values, 5)
	f, err := EigH(context.Background(), onlyProducts(t, x, 2), &Options{Rank: 3, Oversample: 3, Tol: 1e-12})
	require.NoError(t, err)
	require.True(t, f.Converged)
	require.InDeltaSlice(t, values[:3], f.Values, 1e-9)
	require.Greater(t, f.Passes, krylovBlocks+1)

	some, err := EigH(context.Background(), onlyProducts(t, x, 2), &Options{Rank: 3, Oversample: 3, MaxPasses: 2})
	require.NoError(t, err)
	require.False(t, some.Converged)
	require.Equal(t, 3, some.Passes, "two and the sampled error")
}

func TestEigHOfDegenerateMatrices(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{1, 2, 7, 30} {
		zero, err := EigH(ctx, NewDenseOrFail(t, core.NewMatrix[float64](n, n)), &Options{Rank: min(n, 3)})
		require.NoError(t, err)
		require.Equal(t, make([]float64, min(n, 3)), zero.Values)
		requireOrthonormal(t, zero.V, 1e-14)

		values := alternating(n, 1)
		for _, scale := range []float64{1e250, 1, 1e-250} {
			x := symmetric[float64](n, values, 3)
			for i := range x.Data {
				x.Data[i] *= scale
			}
			f, err := EigH(ctx, NewDenseOrFail(t, x), &Options{Rank: n})
			require.NoError(t, err)
			require.InDeltaSlice(t, values, scaledBy(f.Values, 1/scale), 1e-13)
		}
	}
}

func TestSymmetricMethodsRefuse(t *testing.T) {
	ctx := context.Background()
	skewed := symmetric[float64](80, power(80, 1), 3)
	skewed.Row(3)[70] += 1e-3
	for _, solve := range []func(context.Context, Operator[float64], *Options) (*Eigen[float64], error){EigH[float64], Nystrom[float64]} {
		_, err := solve(ctx, NewDenseOrFail(t, skewed), &Options{Rank: 5})
		require.ErrorIs(t, err, core.ErrShape)
		require.ErrorContains(t, err, "not symmetric")
		_, err = solve(ctx, NewDenseOrFail(t, core.NewMatrix[float64](5, 4)), &Options{Rank: 2})
		require.ErrorIs(t, err, core.ErrShape)
		for _, o := range []*Options{nil, {Rank: 81}, {Tol: 0.1}} {
			_, err = solve(ctx, NewDenseOrFail(t, skewed), o)
			require.ErrorIs(t, err, core.ErrOption)
		}
		bad := core.NewMatrix[float64](6, 6)
		bad.Data[8] = math.Inf(1)
		_, err = solve(ctx, NewDenseOrFail(t, bad), &Options{Rank: 2})
		require.Error(t, err)
	}
}

func TestSymmetricMethodsThreadsDoNotChangeBits(t *testing.T) {
	x := symmetric[float32](400, power(60, 1), 1)
	var first [2]*Eigen[float32]
	for _, threads := range []int{1, 2, 4} {
		a := onlyProducts(t, x, threads)
		for i, solve := range []func(context.Context, Operator[float32], *Options) (*Eigen[float32], error){EigH[float32], Nystrom[float32]} {
			f, err := solve(context.Background(), a, &Options{Rank: 6, Threads: threads, Seed: 4})
			require.NoError(t, err)
			if first[i] == nil {
				first[i] = f
			}
			require.Equal(t, first[i].V.Data, f.V.Data)
			require.Equal(t, first[i].Values, f.Values)
			require.Equal(t, first[i].Error, f.Error)
		}
	}
}
