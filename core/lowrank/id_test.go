package lowrank

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// everyForm is x as a matrix by rows, by columns, and as mere products.
func everyForm[T core.Float](t *testing.T, x core.Matrix[T], threads int) map[string]Operator[T] {
	t.Helper()
	rows, err := NewDense(x, threads)
	require.NoError(t, err)
	cols, err := NewDenseTransposed(turned(x), threads)
	require.NoError(t, err)
	products, err := NewFunc(x.Rows, x.Cols, rows.Mul, rows.MulTrans)
	require.NoError(t, err)
	mean, err := Centered(rows, make([]float64, x.Cols))
	require.NoError(t, err)
	return map[string]Operator[T]{"rows": rows, "columns": cols, "products": products, "centred by 0": mean}
}

func TestInterpolative(t *testing.T) { onEveryPath(t, interpolative[float32], interpolative[float64]) }

func interpolative[T core.Float](t *testing.T) {
	const k = 12
	eps := core.Epsilon[T]()
	for _, shape := range [][2]int{{130, 70}, {70, 130}} {
		sigma := power(70, 1)
		x := spectrum[T](shape[0], shape[1], sigma, 5)
		for name, a := range everyForm(t, x, 2) {
			what := fmt.Sprint(name, shape)
			f, err := ColumnID(context.Background(), a, &Options{Rank: k})
			require.NoError(t, err, what)
			require.Len(t, f.Indices, k)
			for j, id := range f.Indices {
				for i := range x.Rows {
					require.Equal(t, x.Row(i)[id], f.C.Row(i)[j], what)
				}
				for i := range k {
					want := T(0)
					if i == j {
						want = 1
					}
					require.Equal(t, want, f.P.Row(i)[id])
				}
			}
			truth := remainder(x, f.C, f.P)
			require.Less(t, truth, 1.9*tail(sigma[k:]), what)
			require.InDelta(t, truth, f.Error, 0.4*truth, what)
			if f.ErrorMethod == "identity" {
				require.InDelta(t, truth, f.Error, 1e3*eps, what)
			}

			g, err := RowID(context.Background(), a, &Options{Rank: k, MaxPasses: 5})
			require.NoError(t, err, what)
			for i, id := range g.Indices {
				require.Equal(t, x.Row(id), g.C.Row(i), what)
			}
			truth = remainder(x, g.P, g.C)
			require.Less(t, truth, 1.9*tail(sigma[k:]), what)
			require.InDelta(t, truth, g.Error, 0.4*truth, what)
		}
	}
}

func TestCUR(t *testing.T) { onEveryPath(t, cur[float32], cur[float64]) }

func cur[T core.Float](t *testing.T) {
	const k = 12
	sigma := power(70, 1)
	x := spectrum[T](130, 70, sigma, 5)
	for name, a := range everyForm(t, x, 2) {
		f, err := CUR(context.Background(), a, &Options{Rank: k})
		require.NoError(t, err, name)
		for i, id := range f.RowIndices {
			require.Equal(t, x.Row(id), f.R.Row(i), name)
		}
		for j, id := range f.ColumnIndices {
			for i := range x.Rows {
				require.Equal(t, x.Row(i)[id], f.C.Row(i)[j], name)
			}
		}
		require.Len(t, f.RowIndices, k)
		truth := remainder(x, times(f.C, f.U), f.R)
		require.Less(t, truth, 3*tail(sigma[k:]), name)
		require.InDelta(t, truth, f.Error, 0.4*truth, name)
	}
}

func times[T core.Float](x, y core.Matrix[T]) core.Matrix[T] {
	out := core.NewMatrix[T](x.Rows, y.Cols)
	for i := range x.Rows {
		for p, v := range x.Row(i) {
			for j, w := range y.Row(p) {
				out.Row(i)[j] += v * w
			}
		}
	}
	return out
}

func TestInterpolativeOfDegenerateMatrices(t *testing.T) {
	ctx := context.Background()
	zero := core.NewMatrix[float64](20, 15)
	low := spectrum[float64](50, 40, power(4, 1), 3)
	tiny, huge := copied(low), copied(low)
	for i := range low.Data {
		tiny.Data[i] *= 1e-250
		huge.Data[i] *= 1e250
	}
	repeated := core.NewMatrix[float64](9, 9)
	for i := range repeated.Data {
		repeated.Data[i] = float64(1 + i/9)
	}
	for name, c := range map[string]struct {
		x    core.Matrix[float64]
		rank int
		size float64
	}{"zero": {zero, 1, 0}, "low": {low, 4, 1}, "tiny": {tiny, 4, 1e-250}, "huge": {huge, 4, 1e250}, "equal columns": {repeated, 1, 10}} {
		for form, a := range everyForm(t, c.x, 2) {
			f, err := ColumnID(ctx, a, &Options{Rank: 8})
			require.NoError(t, err, name+form)
			require.Len(t, f.Indices, c.rank, name+form)
			g, err := CUR(ctx, a, &Options{Rank: 8})
			require.NoError(t, err, name+form)
			require.Len(t, g.RowIndices, c.rank, name+form)
			if scale := c.size; scale > 0 {
				for i := range c.x.Rows {
					for j, want := range c.x.Row(i) {
						got, both := 0.0, 0.0
						for p, v := range f.C.Row(i) {
							got += v * f.P.Row(p)[j]
						}
						for p, v := range g.C.Row(i) {
							for q, u := range g.U.Row(p) {
								both += v * u * g.R.Row(q)[j]
							}
						}
						require.InDelta(t, want/scale, got/scale, 1e-12, name+form)
						require.InDelta(t, want/scale, both/scale, 1e-12, name+form)
					}
				}
				require.Less(t, f.Error/scale, 1e-6, name+form)
				require.Less(t, g.Error/scale, 1e-6, name+form)
			} else {
				require.Zero(t, f.Error)
			}
		}
	}
	for _, o := range []*Options{nil, {}, {Rank: 41}, {Rank: 2, Tol: -1}} {
		_, err := ColumnID(ctx, NewDenseOrFail(t, low), o)
		require.ErrorIs(t, err, core.ErrOption)
		_, err = CUR(ctx, NewDenseOrFail(t, low), o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	low.Data[77] = math.NaN()
	for _, form := range []string{"rows", "columns", "centred by 0"} {
		a := everyForm(t, low, 2)[form]
		_, err := RowID(ctx, a, &Options{Rank: 3})
		require.ErrorIs(t, err, core.ErrNotFinite, form)
		require.ErrorContains(t, err, "row 1, column 37", form)
		_, err = CUR(ctx, a, &Options{Rank: 3})
		require.ErrorContains(t, err, "row 1, column 37", form)
	}
}

func TestInterpolativeThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](700, 90, power(60, 1), 1)
	var id *Interpolative[float32]
	var cross *CURFactors[float32]
	for _, threads := range []int{1, 2, 4} {
		a, err := NewDense(x, threads)
		require.NoError(t, err)
		o := &Options{Rank: 6, Threads: threads, Seed: 4, MaxPasses: 5}
		f, err := ColumnID(context.Background(), a, o)
		require.NoError(t, err)
		g, err := CUR(context.Background(), a, o)
		require.NoError(t, err)
		if id == nil {
			id, cross = f, g
		}
		require.Equal(t, id.P.Data, f.P.Data)
		require.Equal(t, id.Error, f.Error)
		require.Equal(t, cross.U.Data, g.U.Data)
		require.Equal(t, cross.R.Data, g.R.Data)
	}
}
