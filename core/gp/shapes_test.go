package gp

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/lowrank"
)

func TestAnyNumberOfColumns(t *testing.T) {
	x := cloud(70, 2, 1)
	k := ref.Gram(ref.Stationary(ref.Matern32, []int{0, 1}, 1), rowsOf(x), rowsOf(x), true, []float64{1})
	everywhere(t, func(t *testing.T, precision string) {
		op := newOperator(t, x, Matern{}, nil, precision)
		for cols := 1; cols <= 70; cols++ {
			// A row stride longer than the rows.
			v, got := cloud(70, 75, 2), core.NewMatrix[float64](70, 75)
			v.Cols, got.Cols = cols, cols
			require.NoError(t, op.Mul(nil, got, v))
			requireProduct(t, k, v, got, tolerance(precision), fmt.Sprint(cols, " columns"))
		}
	})
}

// Several blocks, the last of them short, with points in clusters, twice the same point, and an outlier: every way to take
// a distance and to leave out a tile occurs.
func TestManyBlocks(t *testing.T) {
	const n = 1100
	for _, c := range []struct {
		d      int
		spread float64
		kernel Kernel
		kappa  func(rho float64) float64
	}{
		{1, 3, Matern{}, ref.Matern32}, {3, 0.3, Matern{Nu: 0.5}, ref.Matern12}, {3, 30, Matern{Nu: 2.5}, ref.Matern52},
		{9, 0.3, RBF{}, ref.RBF}, {9, 3, Matern{}, ref.Matern32}, {9, 30, Matern{}, ref.Matern32},
	} {
		x, v := cloud(n, c.d, 1), cloud(n, 2, 2)
		dims := make([]int, c.d)
		for q := range dims {
			dims[q] = q
		}
		for i := range n {
			for q := range c.d {
				x.Row(i)[q] = x.Row(i)[q]*c.spread + 1e3 + 50*c.spread*float64(i%3)
			}
		}
		copy(x.Row(5), x.Row(1000))
		x.Row(17)[0] = 1e5
		k := ref.Gram(ref.Stationary(c.kappa, dims, 1), rowsOf(x), rowsOf(x), true, []float64{1})
		everywhere(t, func(t *testing.T, precision string) {
			op := newOperator(t, x, c.kernel, nil, precision)
			got := core.NewMatrix[float64](n, 2)
			require.NoError(t, op.Mul(nil, got, v))
			requireProduct(t, k, v, got, tolerance(precision)*(1+10*c.spread), fmt.Sprint(c))
		})
	}
}

func TestFarTilesAreSkipped(t *testing.T) {
	x := cloud(4096, 2, 1)
	e := newEngine[float32]().(*kernelEngine[float32])
	e.prepare(compileKernel(Matern{LengthScale: []float64{0.01}}, 2), pointsOf(x), 1)
	var w evaluator[float32]
	w.use(e.program, &e.packed, &e.packed, false, negligible[float32]())
	needed := 0
	for i := range e.packed.blocks {
		for j := range e.packed.blocks {
			if !w.start(i, j) {
				continue
			}
			for s := range blockTiles {
				for u := range blockTiles {
					if !w.negligible(i*blockTiles+s, j*blockTiles+u) {
						needed++
					}
				}
			}
		}
	}
	require.Less(t, needed, 64*64/3)
	require.GreaterOrEqual(t, needed, 64)
}

// Far from the origin float32 has no digits left for the features; differences do.
func TestFarFromTheOrigin(t *testing.T) {
	x := cloud(200, 2, 1)
	near, far := x, core.NewMatrix[float64](200, 2)
	for i, v := range x.Data {
		x.Data[i] = math.Round(v*1024) / 1024
		far.Data[i] = x.Data[i] + 1<<30
	}
	v := cloud(200, 3, 2)
	got, want := core.NewMatrix[float64](200, 3), core.NewMatrix[float64](200, 3)
	require.NoError(t, newOperator(t, near, Matern{}, nil, Float32).Mul(nil, want, v))
	require.NoError(t, newOperator(t, far, Matern{}, nil, Float32).Mul(nil, got, v))
	require.InDeltaSlice(t, want.Data, got.Data, 1e-5)
}

func TestHugeAndTinyNumbers(t *testing.T) {
	x, v := cloud(100, 2, 1), cloud(100, 3, 2)
	for i := range v.Rows {
		v.Row(i)[0] *= 1e-200
		v.Row(i)[1] *= 1e200
	}
	op := newOperator(t, x, RBF{}, nil, Float32)
	k := ref.Gram(ref.Stationary(ref.RBF, []int{0, 1}, 1), rowsOf(x), rowsOf(x), true, []float64{1})
	got := core.NewMatrix[float64](100, 3)
	require.NoError(t, op.Mul(nil, got, v))
	requireProduct(t, k, v, got, 2e-6, "scaled")
	// Length scales that put every point far away from every other, or on top of it.
	for _, length := range []float64{1e-12, 1e30} {
		op := newOperator(t, x, Matern{LengthScale: []float64{length}}, nil, Float32)
		require.NoError(t, op.Mul(nil, got, v))
		for i := range got.Rows {
			want := v.Row(i)[2]
			if length > 1 {
				want = 0
				for j := range v.Rows {
					want += v.Row(j)[2]
				}
			}
			require.InDelta(t, want, got.Row(i)[2], 1e-4)
		}
	}
}

func TestCrossProducts(t *testing.T) {
	everywhere(t, func(t *testing.T, precision string) {
		for _, e := range expressions {
			x, y, v := cloud(600, e.d, 1), cloud(75, e.d, 7), cloud(600, 6, 2)
			op := newOperator(t, x, e.kernel, []float64{3}, precision)
			k := ref.Gram(e.want, rowsOf(y), rowsOf(x), false, natural(e.kernel))
			got := core.NewMatrix[float64](75, 6)
			require.NoError(t, Cross(nil, op, got, y, v))
			requireProduct(t, k, v, got, tolerance(precision), e.name)
			if precision == Float32 {
				continue
			}
			whole := core.NewMatrix[float64](75, 600)
			require.NoError(t, CrossMatrix(nil, op, whole, y))
			for i := range k {
				require.InDeltaSlice(t, k[i], whole.Row(i), 1e-12, e.name)
			}
		}
	})
}

func TestElements(t *testing.T) {
	everywhere(t, func(t *testing.T, precision string) {
		for _, e := range expressions {
			x := cloud(150, e.d, 1)
			op := newOperator(t, x, e.kernel, []float64{3}, precision)
			k := ref.Gram(e.want, rowsOf(x), rowsOf(x), false, natural(e.kernel))
			tol := 20 * tolerance(precision)
			diagonal := make([]float64, 150)
			require.NoError(t, op.Diagonal(nil, diagonal))
			ids := []int{149, 0, 64, 64}
			columns, sub := core.NewMatrix[float64](4, 150), core.NewMatrix[float64](4, 2)
			require.NoError(t, AsKernel[float64](op).Columns(nil, columns, ids))
			require.NoError(t, op.Submatrix(nil, sub, ids, []int{3, 149}))
			for i := range k {
				require.InEpsilon(t, k[i][i], diagonal[i], 1e-14)
			}
			for i, id := range ids {
				require.InDeltaSlice(t, k[id], columns.Row(i), tol, e.name)
				require.InDeltaSlice(t, []float64{k[id][3], k[id][149]}, sub.Row(i), tol, e.name)
			}
			prior := make([]float64, 150)
			require.NoError(t, PriorVariance(op, prior, x))
			require.Equal(t, diagonal, prior)
		}
	})
}

func TestPivotedCholeskyOfAnOperator(t *testing.T) {
	x := cloud(700, 2, 1)
	op := newOperator(t, x, Multiply(Constant{Value: 3}, RBF{LengthScale: []float64{2}}), []float64{1}, Float64)
	f, err := lowrank.RPCholesky(context.Background(), lowrank.Kernel[float64](AsKernel[float64](op)), &lowrank.Options{Tol: 1e-8})
	require.NoError(t, err)
	require.Less(t, len(f.Pivots), 100)
	require.True(t, f.Converged)
	var _ lowrank.Operator[float64] = op
}

func TestNoiseOfEveryPointAndWhiteNoise(t *testing.T) {
	x := cloud(3, 1, 1)
	noise := []float64{1, 2, 3}
	k := Product{Add(Constant{Value: 2}, White{Noise: 0.5}), Linear{Sigma0: 1}}
	op := newOperator(t, x, k, noise, Float64)
	for i, s := range op.Sigma() {
		require.InDelta(t, noise[i]+0.5*(1+x.Row(i)[0]*x.Row(i)[0]), s, 1e-14)
	}
	v := cloud(3, 2, 2)
	with, without := core.NewMatrix[float64](3, 2), core.NewMatrix[float64](3, 2)
	require.NoError(t, op.Mul(nil, with, v))
	require.NoError(t, op.MulKernel(nil, without, v))
	for i := range 3 {
		for c := range 2 {
			require.InDelta(t, op.Sigma()[i]*v.Row(i)[c], with.Row(i)[c]-without.Row(i)[c], 1e-13)
		}
	}
	require.NoError(t, op.Mul(nil, v, v))
	require.Equal(t, with, v)
}

func TestOnlyWhiteNoise(t *testing.T) {
	x, v, got := cloud(5, 1, 1), cloud(5, 2, 2), core.NewMatrix[float64](5, 2)
	op := newOperator(t, x, White{Noise: 2}, nil, Float32)
	require.NoError(t, op.Mul(nil, got, v))
	for i := range got.Data {
		require.Equal(t, 2*v.Data[i], got.Data[i])
	}
	require.NoError(t, Cross(nil, op, got, x, v))
	require.Equal(t, make([]float64, 10), got.Data)
	require.NoError(t, op.Submatrix(nil, got, []int{0, 1, 2, 3, 4}, []int{0, 1}))
	require.Equal(t, make([]float64, 10), got.Data)
}

func TestPointsInFloat32(t *testing.T) {
	x, v := cloud(100, 3, 1), cloud(100, 2, 2)
	single := core.NewMatrix[float32](100, 3)
	for i, e := range x.Data {
		single.Data[i] = float32(e)
		x.Data[i] = float64(single.Data[i])
	}
	op, err := NewOperator(single, Matern{}, nil, nil)
	require.NoError(t, err)
	got, want := core.NewMatrix[float64](100, 2), core.NewMatrix[float64](100, 2)
	require.NoError(t, op.Mul(nil, got, v))
	require.NoError(t, newOperator(t, x, Matern{}, nil, Float32).Mul(nil, want, v))
	require.Equal(t, want, got)
}
