package lowrank

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestPointKernels(t *testing.T) { onEveryPath(t, pointKernels[float32], pointKernels[float64]) }

func pointKernels[T core.Float](t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(8, 2))
	for _, shape := range [][2]int{{1, 1}, {30, 3}, {300, 8}, {5, 0}} {
		n, d := shape[0], shape[1]
		x := normals[T](r, n, d, 2)
		for i := range n {
			for j := range d {
				x.Row(i)[j] += 1000 // far from the origin, but not from each other
			}
		}
		if n > 2 {
			copy(x.Row(2), x.Row(0))
		}
		rbf, err := NewRBFKernel(x, 0.3, 2)
		require.NoError(t, err)
		rough, err := NewMaternKernel(x, 1.5, 1.7, 2)
		require.NoError(t, err)
		smooth, err := NewMaternKernel(x, 2.5, 1.7, 2)
		require.NoError(t, err)
		for name, c := range map[string]struct {
			k    Kernel[T]
			want func(r float64) float64
		}{
			"rbf": {rbf, func(r float64) float64 { return math.Exp(-0.3 * r * r) }},
			"matern 3/2": {rough, func(r float64) float64 {
				s := math.Sqrt(3) * r / 1.7
				return (1 + s) * math.Exp(-s)
			}},
			"matern 5/2": {smooth, func(r float64) float64 {
				s := math.Sqrt(5) * r / 1.7
				return (1 + s + s*s/3) * math.Exp(-s)
			}},
		} {
			require.Equal(t, n, c.k.Size())
			diagonal := make([]float64, n)
			require.NoError(t, c.k.Diagonal(ctx, diagonal))
			require.Equal(t, repeat(1, n), diagonal)
			ids := []int{0, n - 1, n / 2}
			for range 70 {
				ids = append(ids, r.IntN(n))
			}
			got := core.NewMatrix[T](len(ids), n)
			require.NoError(t, c.k.Columns(ctx, got, ids))
			for a, id := range ids {
				for j := range n {
					sum := 0.0
					for q, v := range x.Row(id) {
						e := float64(v) - float64(x.Row(j)[q])
						sum += e * e
					}
					require.InDelta(t, c.want(math.Sqrt(sum)), float64(got.Row(a)[j]), 4*core.Epsilon[T]()+1e-13, "%s %d %d", name, id, j)
				}
				require.EqualValues(t, 1, got.Row(a)[id])
			}
		}
	}
}

// RPCholesky takes the kernels as it takes the matrix of their elements.
func TestRPCholeskyOfPoints(t *testing.T) {
	ctx := context.Background()
	x := normals[float64](rand.New(rand.NewPCG(8, 2)), 900, 4, 0)
	copy(x.Row(7), x.Row(11))
	for i := range 300 {
		x.Row(i)[0] += 500
	}
	k, err := NewRBFKernel(x, 0.1, 2)
	require.NoError(t, err)
	whole, all := core.NewMatrix[float64](900, 900), make([]int, 900)
	for i := range all {
		all[i] = i
	}
	require.NoError(t, k.Columns(ctx, whole, all))
	f, err := RPCholesky(ctx, k, &Options{Rank: 120, Seed: 1})
	require.NoError(t, err)
	trace, most := leftOver(whole, f)
	require.InDelta(t, trace, f.Error, 1e-9)
	require.Less(t, f.RelativeError, 0.05)
	require.Less(t, most, f.Error)
	// Kernels that only give whole columns are asked for more of them, with the same outcome to the bit.
	same, err := RPCholesky(ctx, onlyColumns{k}, &Options{Rank: 120, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, f.Pivots, same.Pivots)
	require.Equal(t, f.F.Data, same.F.Data)
	require.Equal(t, 120, f.Columns)
	require.Greater(t, same.Columns, 120)
}

type onlyColumns struct{ Kernel[float64] }

func TestPointKernelsRefuse(t *testing.T) {
	x := core.NewMatrix[float64](4, 2)
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err := NewRBFKernel(x, v, 1)
		require.ErrorIs(t, err, core.ErrOption)
		_, err = NewMaternKernel(x, 1.5, v, 1)
		require.ErrorIs(t, err, core.ErrOption)
		_, err = NewMaternKernel(x, v, 1, 1)
		require.ErrorIs(t, err, core.ErrOption)
	}
	x.Row(2)[1] = math.NaN()
	_, err := NewRBFKernel(x, 1, 1)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 2, column 1")
	x.Row(2)[1] = 1e200
	_, err = NewRBFKernel(x, 1, 1)
	require.ErrorIs(t, err, core.ErrNumerical)
	_, err = NewRBFKernel(core.Matrix[float64]{Rows: 1, Cols: 2, Stride: 2}, 1, 1)
	require.ErrorIs(t, err, core.ErrShape)
}
