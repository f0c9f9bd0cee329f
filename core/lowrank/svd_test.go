package lowrank

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// spectrum makes an m x n matrix with the given singular values between random orthonormal bases.
func spectrum[T core.Float](m, n int, sigma []float64, seed uint64) core.Matrix[T] {
	r := len(sigma)
	u, v := orthonormal(m, r, seed), orthonormal(n, r, seed+1)
	x := core.NewMatrix[T](m, n)
	for i := range m {
		for j := range n {
			sum := 0.0
			for p, s := range sigma {
				sum += u.At(i, p) * s * v.At(j, p)
			}
			x.Data[i*n+j] = T(sum)
		}
	}
	return x
}

func orthonormal(m, r int, seed uint64) *mat.Dense {
	draw := rng.New(seed)
	x := mat.NewDense(m, r, nil)
	for i := range m {
		for j := range r {
			x.Set(i, j, draw.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(x)
	var q mat.Dense
	qr.QTo(&q)
	return mat.DenseCopyOf(q.Slice(0, m, 0, r))
}

func power(r int, exponent float64) []float64 {
	s := make([]float64, r)
	for i := range s {
		s[i] = math.Pow(float64(i+1), -exponent)
	}
	return s
}

// check requires orthonormal factors, values near the truth, and a stated error near the true one.
func check[T core.Float](t *testing.T, x core.Matrix[T], f *Factors[T], sigma []float64, tol, orthogonality float64) {
	t.Helper()
	k := len(f.S)
	for j := range k {
		require.InDelta(t, sigma[j], f.S[j], tol*sigma[0], "singular value %d", j)
		for i := range j + 1 {
			want := 0.0
			if i == j {
				want = 1
			}
			require.InDelta(t, want, inner(f.U, i, j), orthogonality, "U %d %d", i, j)
			require.InDelta(t, want, inner(f.V, i, j), orthogonality, "V %d %d", i, j)
		}
	}
	truth := residual(x, f)
	require.InDelta(t, truth, f.Error, 0.35*truth+1e-5*sigma[0])
	norm := residual(x, &Factors[T]{})
	require.InDelta(t, norm, f.Norm, 0.1*norm)
	best := 0.0
	for _, s := range sigma[k:] {
		best += s * s
	}
	require.LessOrEqual(t, truth, math.Sqrt(best)*(1+100*tol)+1e-4*orthogonality*sigma[0]*float64(k)+1e3*orthogonality*sigma[0])
}

func inner[T core.Float](x core.Matrix[T], i, j int) float64 {
	sum := 0.0
	for r := range x.Rows {
		sum += float64(x.Row(r)[i]) * float64(x.Row(r)[j])
	}
	return sum
}

func residual[T core.Float](x core.Matrix[T], f *Factors[T]) float64 {
	sum := 0.0
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			e := float64(v)
			for p, s := range f.S {
				e -= float64(f.U.Row(i)[p]) * s * float64(f.V.Row(j)[p])
			}
			sum += e * e
		}
	}
	return math.Sqrt(sum)
}

func TestSVDOfKnownSpectra(t *testing.T) {
	for _, shape := range [][2]int{{300, 120}, {120, 300}, {200, 200}} {
		for name, sigma := range map[string][]float64{
			"slow": power(100, 0.5), "1/i": power(100, 1), "fast": power(100, 2),
			"step": append(repeat(1, 8), repeat(1e-3, 60)...), "low rank": power(5, 1),
		} {
			for _, method := range []string{Auto, Krylov, Subspace, Gram} {
				t.Run(fmt.Sprint(shape, name, method), func(t *testing.T) {
					o := &Options{Rank: 8, Method: method, Tol: 1e-8}
					full := append(append([]float64(nil), sigma...), 0, 0, 0, 0, 0, 0, 0, 0)
					x := spectrum[float64](shape[0], shape[1], sigma, 3)
					f, err := SVD(context.Background(), NewDenseOrFail(t, x), o)
					require.NoError(t, err)
					require.True(t, f.Converged)
					check(t, x, f, full, 1e-7, 1e-12)
					y := spectrum[float32](shape[0], shape[1], sigma, 3)
					g, err := SVD(context.Background(), NewDenseOrFail(t, y), &Options{Rank: 8, Method: method, Tol: 1e-4})
					require.NoError(t, err)
					check(t, y, g, full, 3e-5, 3e-6)
				})
			}
		}
	}
}

func repeat(v float64, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// NewDenseOrFail is NewDense for tests.
func NewDenseOrFail[T core.Float](t *testing.T, x core.Matrix[T]) Operator[T] {
	t.Helper()
	a, err := NewDense(x, 2)
	require.NoError(t, err)
	return a
}

func TestSVDOfDegenerateMatrices(t *testing.T) {
	for _, method := range []string{Krylov, Subspace, Gram} {
		for _, shape := range [][2]int{{1, 1}, {1, 7}, {7, 1}, {5, 5}, {30, 4}} {
			k := min(shape[0], shape[1])
			zero := core.NewMatrix[float64](shape[0], shape[1])
			f, err := SVD(context.Background(), NewDenseOrFail(t, zero), &Options{Rank: k, Method: method})
			require.NoError(t, err, "%v %v", method, shape)
			check(t, zero, f, append(repeat(0, k), 1e-300), 0, 1e-12)

			for _, scale := range []float64{1e100, 1e-100, 1e300, 1e-300} {
				scaled := spectrum[float64](shape[0], shape[1], power(k, 1), 5)
				for i := range scaled.Data {
					scaled.Data[i] *= scale
				}
				f, err = SVD(context.Background(), NewDenseOrFail(t, scaled), &Options{Rank: k, Method: method})
				require.NoError(t, err, "%v %v", method, shape)
				require.InEpsilonSlice(t, power(k, 1), scaledBy(f.S, 1/scale), 1e-8)
				require.Less(t, f.Error/scale, 1e-7)
			}
		}
	}
}

func scaledBy(s []float64, a float64) []float64 {
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = v * a
	}
	return out
}

func TestSVDThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](700, 90, power(60, 1), 1)
	for _, method := range []string{Krylov, Subspace, Gram} {
		var first *Factors[float32]
		for _, threads := range []int{1, 2, 4} {
			a, err := NewDense(x, threads)
			require.NoError(t, err)
			f, err := SVD(context.Background(), a, &Options{Rank: 6, Method: method, Threads: threads, Seed: 4})
			require.NoError(t, err)
			if first == nil {
				first = f
			}
			require.Equal(t, first.S, f.S)
			require.Equal(t, first.U.Data, f.U.Data)
			require.Equal(t, first.V.Data, f.V.Data)
		}
	}
}

func TestSVDOptions(t *testing.T) {
	x := core.NewMatrix[float64](4, 3)
	a := NewDenseOrFail(t, x)
	for _, o := range []*Options{nil, {}, {Rank: -1}, {Rank: 4}, {Rank: 1, Method: "magic"}, {Rank: 1, Tol: 2}, {Rank: 1, Tol: math.NaN()}} {
		_, err := SVD(context.Background(), a, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := SVD(ctx, a, &Options{Rank: 2, Method: Krylov})
	require.True(t, errors.Is(err, context.Canceled))
}

// Principal components: the centred matrix without forming it, by the Gram path and by products.
func TestSVDOfCenteredMatrices(t *testing.T) {
	x := spectrum[float64](400, 30, power(30, 1), 8)
	for i := range x.Rows {
		for j := range x.Row(i) {
			x.Row(i)[j] += float64(j%7) - 3
		}
	}
	mean, err := ColumnMeans(context.Background(), NewDenseOrFail(t, x))
	require.NoError(t, err)
	moved := copied(x)
	for i := range moved.Rows {
		for j := range moved.Row(i) {
			moved.Row(i)[j] -= mean[j]
		}
	}
	want, err := SVD(context.Background(), NewDenseOrFail(t, moved), &Options{Rank: 5, Method: Krylov, Tol: 1e-12})
	require.NoError(t, err)
	for _, method := range []string{Auto, Gram, Krylov, Subspace} {
		a, err := Centered(NewDenseOrFail(t, x), mean)
		require.NoError(t, err)
		f, err := SVD(context.Background(), a, &Options{Rank: 5, Method: method, Tol: 1e-12})
		require.NoError(t, err)
		require.InEpsilonSlice(t, want.S, f.S, 1e-9)
		require.InDelta(t, want.Error, f.Error, 1e-6)
		for j := range 5 {
			dot := 0.0
			for i := range 30 {
				dot += want.V.Row(i)[j] * f.V.Row(i)[j]
			}
			require.InDelta(t, 1, dot, 1e-6)
		}
	}
}

func TestSVDSaysWhereAMatrixIsNotFinite(t *testing.T) {
	for _, method := range []string{Auto, Gram, Krylov, Subspace} {
		for _, bad := range []float64{math.NaN(), math.Inf(-1)} {
			x := spectrum[float64](60, 20, power(20, 1), 2)
			x.Data[17*20+4] = bad
			_, err := SVD(context.Background(), NewDenseOrFail(t, x), &Options{Rank: 3, Method: method})
			require.ErrorIs(t, err, core.ErrNotFinite)
			require.ErrorContains(t, err, "row 17, column 4")
		}
	}
}
