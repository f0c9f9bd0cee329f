package lowrank

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// sparseOf returns x as a sparse operator that keeps every element that is not zero.
func sparseOf[T core.Float](t *testing.T, x core.Matrix[T], threads int) Operator[T] {
	t.Helper()
	ptr, index, value := []int32{0}, []int32{}, []T{}
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if v != 0 {
				index, value = append(index, int32(j)), append(value, v)
			}
		}
		ptr = append(ptr, int32(len(index)))
	}
	a, err := NewCSR(x.Rows, x.Cols, ptr, index, value, threads)
	require.NoError(t, err)
	return a
}

// scatteredSparse returns a matrix of m x n with about the given number of elements in crowded columns.
func scatteredSparse[T core.Float](m, n, entries int, seed uint64) core.Matrix[T] {
	draw, x := rng.New(seed), core.NewMatrix[T](m, n)
	for range entries {
		u := draw.Float64()
		x.Data[int(draw.Float64()*float64(m))*n+int(float64(n)*u*u)] += T(draw.NormFloat64())
	}
	return x
}

func TestSparseSVDOfKnownSpectra(t *testing.T) {
	mixed := append(repeat(1, 40), power(50, 0.5)...)
	for i := range mixed[40:] {
		mixed[40+i] *= 0.5
	}
	for _, shape := range [][2]int{{300, 130}, {130, 300}} {
		for name, sigma := range map[string][]float64{
			"slow": power(110, 0.5), "1/i": power(110, 1), "fast": power(110, 3), "flat": repeat(1, 110), "full": repeat(2, 130),
			"clusters": append(append(repeat(1, 8), repeat(0.5, 30)...), power(60, 0.1)...), "many equal": mixed,
			"step": append(repeat(1, 8), repeat(1e-3, 60)...), "rank 5": power(5, 1), "rank 20": repeat(1, 20),
			"close": {1, 1 - 1e-9, 1 - 2e-9, 1 - 3e-9, 0.5, 0.5 - 1e-9, 0.1, 0.01},
		} {
			if name == "clusters" {
				for i := range sigma[38:] {
					sigma[38+i] *= 0.4
				}
			}
			for _, k := range []int{1, 8, 50} {
				t.Run(fmt.Sprint(shape, name, k), func(t *testing.T) {
					full := append(append([]float64(nil), sigma...), repeat(0, 140)...)
					x := spectrum[float64](shape[0], shape[1], sigma, 3)
					f, err := SVD(context.Background(), sparseOf(t, x, 2), &Options{Rank: k, Tol: 1e-10})
					require.NoError(t, err)
					require.True(t, f.Converged)
					check(t, x, f, full, 1e-8, 1e-11)
					y := spectrum[float32](shape[0], shape[1], sigma, 3)
					g, err := SVD(context.Background(), sparseOf(t, y, 2), &Options{Rank: k, Tol: 1e-4})
					require.NoError(t, err)
					check(t, y, g, full, 3e-5, 3e-6)
				})
			}
		}
	}
}

func TestSparseSVDAgreesWithTheWholeDecomposition(t *testing.T) {
	for _, shape := range [][2]int{{450, 200}, {200, 450}, {250, 250}} {
		x := scatteredSparse[float64](shape[0], shape[1], 2000, 5)
		var whole mat.SVD
		require.True(t, whole.Factorize(mat.NewDense(x.Rows, x.Cols, x.Data), mat.SVDNone))
		sigma := whole.Values(nil)
		for _, k := range []int{3, 20, 60} {
			for _, tol := range []float64{0, 1e-4, 1e-8, 1e-14} {
				f, err := SVD(context.Background(), sparseOf(t, x, 2), &Options{Rank: k, Tol: tol})
				require.NoError(t, err)
				require.True(t, f.Converged)
				bound := tol
				if tol == 0 {
					bound = defaultTol
				}
				for i, s := range f.S {
					require.InDelta(t, sigma[i]*sigma[i], s*s, max(bound, 1e-13)*sigma[k]*sigma[k], "%v k %d tol %v value %d", shape, k, tol, i)
				}
				rounding := 1e-12
				if bound >= singleTol {
					rounding = 1e-6
				}
				requireResiduals(t, x, f, rounding)
			}
		}
	}
}

// requireResiduals requires that the residuals are what f says, up to rounding times the first singular value.
func requireResiduals(t *testing.T, x core.Matrix[float64], f *Factors[float64], rounding float64) {
	t.Helper()
	if f.Residuals == nil {
		return
	}
	for j, s := range f.S {
		var left, right float64
		for i := range x.Rows {
			sum := -s * f.U.Row(i)[j]
			for p, v := range x.Row(i) {
				sum += v * f.V.Row(p)[j]
			}
			left += sum * sum
		}
		for p := range x.Cols {
			sum := -s * f.V.Row(p)[j]
			for i := range x.Rows {
				sum += x.Row(i)[p] * f.U.Row(i)[j]
			}
			right += sum * sum
		}
		truth := math.Sqrt(left + right)
		require.InDelta(t, truth, f.Residuals[j], 0.5*truth+rounding*f.S[0], "residual %d", j)
	}
}

func TestSparseSVDThreadsDoNotChangeBits(t *testing.T) {
	x := scatteredSparse[float64](1200, 700, 9000, 2)
	mean, err := ColumnMeans(context.Background(), sparseOf(t, x, 1))
	require.NoError(t, err)
	for _, tol := range []float64{1e-3, 1e-13} {
		var first *Factors[float64]
		for _, threads := range []int{1, 2, 5} {
			a, err := Centered(sparseOf(t, x, threads), mean)
			require.NoError(t, err)
			f, err := SVD(context.Background(), a, &Options{Rank: 10, Tol: tol, Threads: threads, Seed: 4})
			require.NoError(t, err)
			if first == nil {
				first = f
			}
			require.Equal(t, first.S, f.S)
			require.Equal(t, first.U.Data, f.U.Data)
			require.Equal(t, first.V.Data, f.V.Data)
			require.Equal(t, first.Residuals, f.Residuals)
		}
	}
}

func TestTallSVDThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float64](900, 200, power(150, 1), 1)
	for _, center := range []bool{false, true} {
		var first *Factors[float64]
		for _, threads := range []int{1, 2, 5} {
			a, err := NewDense(x, threads)
			require.NoError(t, err)
			if center {
				mean, err := ColumnMeans(context.Background(), a)
				require.NoError(t, err)
				a, err = Centered(a, mean)
				require.NoError(t, err)
			}
			f, err := SVD(context.Background(), a, &Options{Rank: 6, Method: Krylov, Tol: 1e-8, Threads: threads, Seed: 4})
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

func TestSparseSVDOfCenteredMatrices(t *testing.T) {
	x := scatteredSparse[float64](600, 90, 9000, 6)
	for i := range x.Rows {
		for j := range x.Row(i) {
			x.Row(i)[j] += float64(j % 3)
		}
	}
	mean, err := ColumnMeans(context.Background(), sparseOf(t, x, 2))
	require.NoError(t, err)
	moved := copied(x)
	for i := range moved.Rows {
		for j := range moved.Row(i) {
			moved.Row(i)[j] -= mean[j]
		}
	}
	want, err := SVD(context.Background(), NewDenseOrFail(t, moved), &Options{Rank: 7, Method: Krylov, Tol: 1e-13})
	require.NoError(t, err)
	for _, transposed := range []bool{false, true} {
		a, err := Centered(sparseOf(t, x, 2), mean)
		require.NoError(t, err)
		if transposed {
			a = transposeOf(transposeOf(a))
		}
		f, err := SVD(context.Background(), a, &Options{Rank: 7, Tol: 1e-13})
		require.NoError(t, err)
		require.InEpsilonSlice(t, want.S, f.S, 1e-10)
		require.InDelta(t, want.Error, f.Error, 1e-6)
	}
}

// A basis of few blocks is restarted many times, and keeps to the limit on passes.
func TestSparseSVDRestarts(t *testing.T) {
	x := spectrum[float64](400, 390, power(390, 0.02), 7)
	f, err := SVD(context.Background(), sparseOf(t, x, 2), &Options{Rank: 4, Tol: 1e-12})
	require.NoError(t, err)
	require.True(t, f.Converged)
	require.Greater(t, f.Columns/2, 5*16)
	check(t, x, f, power(391, 0.02), 1e-10, 1e-11)

	even := make([]float64, 390)
	for i := range even {
		even[i] = 1 - float64(i)/400
	}
	x = spectrum[float64](400, 390, even, 7)
	f, err = SVD(context.Background(), sparseOf(t, x, 2), &Options{Rank: 4, Tol: 1e-12, MaxPasses: 8})
	require.NoError(t, err)
	require.False(t, f.Converged)
	require.LessOrEqual(t, f.Columns, 8*32+4)
	require.Less(t, math.Abs(f.S[0]-1), 0.05)
}

func TestSparseSVDOfDegenerateMatrices(t *testing.T) {
	for _, shape := range [][2]int{{1, 1}, {1, 7}, {7, 1}, {5, 5}, {30, 4}, {4, 30}, {40, 33}} {
		k := min(shape[0], shape[1])
		zero := core.NewMatrix[float64](shape[0], shape[1])
		f, err := SVD(context.Background(), sparseOf(t, zero, 1), &Options{Rank: k})
		require.NoError(t, err, "%v", shape)
		check(t, zero, f, append(repeat(0, k), 1e-300), 0, 1e-12)
		for _, scale := range []float64{1, 1e100, 1e-100, 1e300, 1e-300} {
			scaled := spectrum[float64](shape[0], shape[1], power(k, 1), 5)
			for i := range scaled.Data {
				scaled.Data[i] *= scale
			}
			f, err = SVD(context.Background(), sparseOf(t, scaled, 1), &Options{Rank: k, Tol: 1e-10})
			require.NoError(t, err, "%v", shape)
			require.InEpsilonSlice(t, power(k, 1), scaledBy(f.S, 1/scale), 1e-8)
			require.Less(t, f.Error/scale, 1e-7)
		}
	}
}
