package lowrank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// requireQR requires a permutation, orthonormal columns, a trapezoidal factor, and a residual of at most tol.
func requireQR[T core.Float](t *testing.T, x core.Matrix[T], f *QRFactors[T], tol float64) {
	t.Helper()
	sorted := slices.Clone(f.Perm)
	slices.Sort(sorted)
	for i, p := range sorted {
		require.Equal(t, i, p)
	}
	requireOrthonormal(t, f.Q, 50*core.Epsilon[T]())
	moved := core.NewMatrix[T](x.Rows, x.Cols)
	for i := range x.Rows {
		for j, p := range f.Perm {
			moved.Row(i)[j] = x.Row(i)[p]
		}
	}
	for i := range f.R.Rows {
		require.Positive(t, f.R.Row(i)[i])
		for j := range i {
			require.Zero(t, f.R.Row(i)[j])
		}
	}
	require.LessOrEqual(t, remainder(moved, f.Q, f.R), tol)
}

func TestQRCP(t *testing.T) { onEveryPath(t, qrcp[float32], qrcp[float64]) }

func qrcp[T core.Float](t *testing.T) {
	eps := core.Epsilon[T]()
	for _, shape := range [][2]int{{1, 1}, {9, 1}, {40, 40}, {300, 70}, {700, 33}} {
		n := shape[1]
		for name, sigma := range map[string][]float64{"1/i": power(n, 1), "steep": power(n, 3), "equal": repeat(1, n)} {
			x := spectrum[T](shape[0], n, sigma, 3)
			f, err := QRCP(context.Background(), x, nil)
			require.NoError(t, err)
			requireQR(t, x, f, 40*eps*math.Sqrt(float64(n)))
			if f.R.Rows < n {
				require.Equal(t, "steep", name)
				continue
			}
			for i := range n { // the diagonal follows the singular values
				require.InDelta(t, 0, math.Log(float64(f.R.Row(i)[i])/sigma[i]), 3, fmt.Sprint(shape, name, i))
			}
		}
	}
}

// Condition 10^13: Cholesky-QR of x itself would break down.
func TestQRCPOfIllConditionedColumns(t *testing.T) {
	sigma := make([]float64, 60)
	for i := range sigma {
		sigma[i] = math.Pow(10, -13*float64(i)/59)
	}
	x := spectrum[float64](400, 60, sigma, 3)
	f, err := QRCP(context.Background(), x, nil)
	require.NoError(t, err)
	require.Equal(t, 60, f.R.Rows)
	requireQR(t, x, f, 1e-14)
}

func TestQRCPFindsTheRank(t *testing.T) {
	x := spectrum[float64](200, 50, power(7, 1), 3)
	f, err := QRCP(context.Background(), x, nil)
	require.NoError(t, err)
	require.Equal(t, 7, f.R.Rows)
	requireQR(t, x, f, 1e-13)

	y := spectrum[float64](200, 50, power(50, 2), 3)
	for _, o := range []*Options{{Rank: 10}, {Tol: 1e-2}} {
		g, err := QRCP(context.Background(), y, o)
		require.NoError(t, err)
		if o.Rank > 0 {
			require.Equal(t, 10, g.R.Rows)
		}
		requireQR(t, y, g, 4*tail(power(50, 2)[g.R.Rows:]))
		require.InDelta(t, 12, g.R.Rows, 4)
	}

	zero, err := QRCP(context.Background(), core.NewMatrix[float64](9, 4), nil)
	require.NoError(t, err)
	require.Zero(t, zero.R.Rows)
	require.Len(t, zero.Perm, 4)

	for _, scale := range []float64{1e250, 1e-250} {
		z := copied(x)
		for i := range z.Data {
			z.Data[i] *= scale
		}
		g, err := QRCP(context.Background(), z, nil)
		require.NoError(t, err)
		require.Equal(t, f.Perm, g.Perm)
		require.InEpsilon(t, f.R.Row(3)[3], g.R.Row(3)[3]/scale, 1e-12)
	}
}

func TestQRCPThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](900, 150, power(60, 1), 1)
	var first *QRFactors[float32]
	for _, threads := range []int{1, 2, 4} {
		f, err := QRCP(context.Background(), x, &Options{Threads: threads, Seed: 4})
		require.NoError(t, err)
		if first == nil {
			first = f
		}
		require.Equal(t, first.Perm, f.Perm)
		require.Equal(t, first.Q.Data, f.Q.Data)
		require.Equal(t, first.R.Data, f.R.Data)
	}
}

func TestQRCPRefuses(t *testing.T) {
	ctx := context.Background()
	for _, x := range []core.Matrix[float64]{core.NewMatrix[float64](3, 4), core.NewMatrix[float64](3, 0), {Rows: 3, Cols: 2, Stride: 2}} {
		_, err := QRCP(ctx, x, nil)
		require.ErrorIs(t, err, core.ErrShape)
	}
	x := spectrum[float64](9, 5, power(5, 1), 1)
	for _, o := range []*Options{{Rank: 6}, {Rank: -1}, {Tol: 1}} {
		_, err := QRCP(ctx, x, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := QRCP(ended, x, nil)
	require.ErrorIs(t, err, context.Canceled)
	x.Row(7)[2] = math.Inf(-1)
	_, err = QRCP(ctx, x, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "infinity at row 7, column 2")
}
