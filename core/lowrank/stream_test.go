package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// streamed passes x by in blocks of the given number of rows.
func streamed[T core.Float](t *testing.T, x core.Matrix[T], o *StreamOptions, size, threads int) (*StreamState, core.Matrix[float64]) {
	t.Helper()
	s, err := NewStreamState(x.Cols, o)
	require.NoError(t, err)
	y := core.NewMatrix[float64](x.Rows, s.CoRange.Rows)
	for lo := 0; lo < x.Rows; lo += size {
		hi := min(x.Rows, lo+size)
		a, err := NewDense(rowsOf(x, lo, hi), threads)
		require.NoError(t, err)
		require.NoError(t, StreamUpdate(context.Background(), s, int64(lo), a, rowsOf(y, lo, hi), threads))
	}
	return s, y
}

func TestStreamSVD(t *testing.T) { onEveryPath(t, streamSVD[float32], streamSVD[float64]) }

func streamSVD[T core.Float](t *testing.T) {
	const m, n, r = 300, 150, 8
	exponential := make([]float64, n)
	for i := range exponential {
		exponential[i] = math.Exp(-float64(i) / 8)
	}
	for name, sigma := range map[string][]float64{"1/i": power(n, 1), "exponential": exponential} {
		x := spectrum[T](m, n, sigma, 8)
		for seed := range uint64(6) {
			s, y := streamed(t, x, &StreamOptions{Rank: r, Seed: seed}, 100, 2)
			f, err := StreamSVD(context.Background(), s, y, &StreamOptions{Rank: r})
			require.NoError(t, err)
			truth := residual(wideOf(x), &f.Factors)
			require.LessOrEqual(t, truth, 1.3*tail(sigma[r:]), "%s %d", name, seed)
			require.InDelta(t, truth, f.Error, 0.5*truth, "%s %d", name, seed)
			require.InDelta(t, f.Error/math.Sqrt(squares(x)), f.RelativeError, 1e-6)
			require.InDelta(t, 1, f.Scree[0], 0.5)
			requireOrthonormal(t, f.U, 1e-13)
			requireOrthonormal(t, f.V, 1e-13)
		}
	}
}

// wideOf is x in float64.
func wideOf[T core.Float](x core.Matrix[T]) core.Matrix[float64] {
	out := core.NewMatrix[float64](x.Rows, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			out.Row(i)[j] = float64(v)
		}
	}
	return out
}

// requireSameState holds the arrays of two states against each other.
func requireSameState(t *testing.T, want, got *StreamState, tol float64) {
	t.Helper()
	require.Equal(t, want.Rows, got.Rows)
	require.InEpsilon(t, want.SquaredNorm, got.SquaredNorm, 1e-12)
	size := math.Sqrt(want.SquaredNorm)
	require.InDeltaSlice(t, want.CoRange.Data, got.CoRange.Data, tol*size)
	require.InDeltaSlice(t, want.Core.Data, got.Core.Data, tol*size)
	require.InDeltaSlice(t, want.Check.Data, got.Check.Data, tol*size)
}

func TestStreamInAnyBlocks(t *testing.T) {
	onEveryPath(t, streamBlocks[float32], streamBlocks[float64])
}

func streamBlocks[T core.Float](t *testing.T) {
	ctx := context.Background()
	const m, n = 130, 40
	x := spectrum[T](m, n, power(n, 1), 8)
	o := &StreamOptions{Rank: 3, Seed: 4}
	whole, y := streamed(t, x, o, m, 2)
	tol := 4 * epsilon[T]()
	for _, size := range []int{1, 7, 64} {
		s, other := streamed(t, x, o, size, 1)
		requireSameState(t, whole, s, tol)
		require.InDeltaSlice(t, y.Data, other.Data, tol)
	}
	// Two parts, backwards, sparse by rows and by columns.
	zeros := x
	for i := range zeros.Data {
		if i%3 > 0 {
			zeros.Data[i] = 0
		}
	}
	whole, y = streamed(t, zeros, o, m, 2)
	parts := []*StreamState{}
	other := core.NewMatrix[float64](m, y.Cols)
	for part := range 2 {
		s, err := NewStreamState(n, o)
		require.NoError(t, err)
		for _, span := range [][2]int{{100, 130}, {0, 30}, {30, 100}} {
			if (span[0] == 30) != (part == 1) {
				continue
			}
			rows := rowsOf(zeros, span[0], span[1])
			ptr, index, value := compress[T, int32](rows)
			a, err := NewCSR(rows.Rows, n, ptr, index, value, 1)
			require.NoError(t, err)
			if part == 1 {
				ptr, index, value = compress[T, int32](transposed(rows))
				a, err = NewCSC(rows.Rows, n, ptr, index, value, 1)
				require.NoError(t, err)
			}
			require.NoError(t, StreamUpdate(ctx, s, int64(span[0]), a, rowsOf(other, span[0], span[1]), 1))
		}
		parts = append(parts, s)
	}
	require.NoError(t, StreamMerge(parts[0], parts[1]))
	requireSameState(t, whole, parts[0], tol)
	require.InDeltaSlice(t, y.Data, other.Data, tol)
}

func TestStreamThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](1500, 70, power(70, 1), 8)
	var first *StreamState
	var factors *StreamFactors
	for _, threads := range []int{1, 2, 5} {
		s, y := streamed(t, x, &StreamOptions{Rank: 5}, 600, threads)
		f, err := StreamSVD(context.Background(), s, y, &StreamOptions{Rank: 5, Threads: threads})
		require.NoError(t, err)
		if first == nil {
			first, factors = s, f
		}
		require.Equal(t, first, s)
		require.Equal(t, factors.U, f.U)
		require.Equal(t, factors.V, f.V)
		require.Equal(t, factors.Scree, f.Scree)
	}
}

func TestStreamFindsTheRank(t *testing.T) {
	ctx := context.Background()
	sigma := []float64{5, 4, 3, 2, 1}
	x := spectrum[float64](200, 60, append(sigma, scaledBy(power(40, 1), 1e-3)...), 8)
	o := &StreamOptions{Rank: 12, Tol: 0.01}
	s, y := streamed(t, x, o, 50, 1)
	f, err := StreamSVD(ctx, s, y, o)
	require.NoError(t, err)
	require.True(t, f.Converged)
	require.Len(t, f.S, 5)
	require.InDeltaSlice(t, sigma, f.S, 1e-4)
	f, err = StreamSVD(ctx, s, y, &StreamOptions{Rank: 4, Tol: 0.01})
	require.NoError(t, err)
	require.False(t, f.Converged)
	require.Len(t, f.S, 4)
	require.InDelta(t, 1/math.Sqrt(55), f.Scree[4], 0.5/math.Sqrt(55))
}

func TestStreamOfDegenerateMatrices(t *testing.T) {
	ctx := context.Background()
	exact := spectrum[float64](90, 50, power(4, 1), 8)
	for name, x := range map[string]core.Matrix[float64]{"low rank": exact, "few rows": rowsOf(exact, 0, 7), "one row": rowsOf(exact, 3, 4),
		"few columns": copied(columns(exact, 0, 6)), "one column": copied(columns(exact, 0, 1)), "zero": core.NewMatrix[float64](60, 40)} {
		o := &StreamOptions{Rank: min(6, x.Rows, x.Cols), Seed: 2}
		s, y := streamed(t, x, o, 20, 1)
		f, err := StreamSVD(ctx, s, y, o)
		require.NoError(t, err, name)
		require.Less(t, residual(x, &f.Factors), 1e-12, name)
		require.Less(t, f.Error, 1e-12, name)
		requireOrthonormal(t, f.U, 1e-12)
		requireOrthonormal(t, f.V, 1e-12)
	}
}

func TestStreamRefuses(t *testing.T) {
	ctx := context.Background()
	x := spectrum[float64](20, 9, power(9, 1), 8)
	a := NewDenseOrFail(t, x)
	for _, o := range []*StreamOptions{nil, {}, {Rank: -1}, {Rank: 2, Tol: 1}, {Rank: 2, Size: 1}} {
		_, err := NewStreamState(9, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	o := &StreamOptions{Rank: 2}
	_, err := NewStreamState(0, o)
	require.ErrorIs(t, err, core.ErrShape)
	s, y := streamed(t, x, o, 20, 1)
	before := append([]float64(nil), s.Core.Data...)
	spoilt := copied(x)
	spoilt.Row(3)[4] = math.Inf(1)
	products, err := NewFunc(20, 9, a.Mul, a.MulTrans)
	require.NoError(t, err)
	for _, c := range []struct {
		block Operator[float64]
		first int64
		y     core.Matrix[float64]
		want  error
	}{
		{a, 0, core.NewMatrix[float64](20, 8), core.ErrShape},
		{a, 0, core.NewMatrix[float64](19, 9), core.ErrShape},
		{a, -1, y, core.ErrOption},
		{NewDenseOrFail(t, columns(x, 0, 8)), 0, y, core.ErrShape},
		{NewDenseOrFail(t, spoilt), 0, y, core.ErrNotFinite},
		{products, 0, y, core.ErrOption},
	} {
		require.ErrorIs(t, StreamUpdate(ctx, s, c.first, c.block, c.y, 1), c.want)
	}
	require.Equal(t, before, s.Core.Data)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, StreamUpdate(ended, s, 0, a, y, 1), context.Canceled)
	other, _ := streamed(t, x, &StreamOptions{Rank: 2, Seed: 1}, 20, 1)
	require.ErrorIs(t, StreamMerge(s, other), core.ErrOption)
	other, _ = streamed(t, columns(x, 0, 8), o, 20, 1)
	require.ErrorIs(t, StreamMerge(s, other), core.ErrShape)
	require.ErrorIs(t, StreamMerge(s, &StreamState{}), core.ErrShape)
	_, err = StreamSVD(ctx, s, rowsOf(y, 0, 19), o)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = StreamSVD(ctx, s, y, &StreamOptions{Rank: 10})
	require.ErrorIs(t, err, core.ErrOption)
}

func TestStreamOfFewColumnsKeepsEveryDimension(t *testing.T) {
	x := spectrum[float64](20, 3, power(3, 1), 8)
	for seed := range uint64(200) {
		o := &StreamOptions{Rank: 1, Seed: seed}
		s, y := streamed(t, x, o, 20, 1)
		_, err := StreamSVD(context.Background(), s, y, o)
		require.NoError(t, err, "seed %d", seed)
	}
}
