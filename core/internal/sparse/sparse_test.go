package sparse

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// onEveryPath runs the test for all types on every level of kernels this machine has.
func onEveryPath(t *testing.T, tests ...func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		for i, name := range []string{"float32/int32", "float32/int64", "float64/int32", "float64/int64"} {
			t.Run(fmt.Sprint(level, "/", name), func(t *testing.T) { defer cpu.Force(level)(); tests[i](t) })
		}
	}
}

// random returns the parts of a matrix whose rows have the given numbers of entries, in any order, some twice.
func random[T core.Float, I Index](r *rand.Rand, cols int, counts []int) (ptr, index []I, value []T) {
	ptr = []I{0}
	for _, c := range counts {
		for range c {
			index, value = append(index, I(r.IntN(cols))), append(value, T(r.NormFloat64()))
		}
		ptr = append(ptr, I(len(index)))
	}
	return ptr, index, value
}

// gapped returns a matrix of normal numbers exactly as long as it must be, with NaN between its rows.
func gapped[T core.Float](r *rand.Rand, rows, cols, gap int) core.Matrix[T] {
	m := core.Matrix[T]{Rows: rows, Cols: cols, Stride: cols + gap}
	if rows > 0 && cols > 0 {
		m.Data = make([]T, (rows-1)*m.Stride+cols)
	}
	for i := range m.Data {
		m.Data[i] = T(math.NaN())
		if i%m.Stride < cols {
			m.Data[i] = T(r.NormFloat64())
		}
	}
	return m
}

func unitRoundoff[T core.Float]() float64 {
	var z T
	if unsafe.Sizeof(z) == 4 {
		return 0x1p-24
	}
	return 0x1p-53
}

// requireProduct holds dst against the defining sums in float64, and its gaps to being untouched.
func requireProduct[T core.Float, I Index](t *testing.T, ptr, index []I, value []T, dst, x core.Matrix[T]) {
	for i := range dst.Rows {
		entries := float64(ptr[i+1] - ptr[i])
		terms := min(entries, segment) + 3 + entries*0x1p-29
		for j := range dst.Cols {
			var want, magnitude float64
			for k := ptr[i]; k < ptr[i+1]; k++ {
				v := float64(value[k]) * float64(x.Row(int(index[k]))[j])
				want += v
				magnitude += math.Abs(v)
			}
			bound := (terms*unitRoundoff[T]() + entries*0x1p-53) * magnitude
			if got := float64(dst.Row(i)[j]); !(math.Abs(got-want) <= bound) {
				require.Failf(t, "wrong product", "row %d of %v entries, column %d of %d: got %v, want %v",
					i, entries, j, dst.Cols, got, want)
			}
		}
		if i+1 < dst.Rows && dst.Cols > 0 {
			for _, v := range dst.Data[i*dst.Stride+dst.Cols : (i+1)*dst.Stride] {
				require.True(t, math.IsNaN(float64(v)), "wrote after row %d", i)
			}
		}
	}
}

func TestMul(t *testing.T) {
	onEveryPath(t, mul[float32, int32], mul[float32, int64], mul[float64, int32], mul[float64, int64])
}

func mul[T core.Float, I Index](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(cols int, counts []int, widths ...int) {
		ptr, index, value := random[T, I](r, cols, counts)
		a, err := New(len(counts), cols, ptr, index, value, "row", "column", 2)
		require.NoError(t, err)
		for _, l := range widths {
			x, dst := gapped[T](r, cols, l, r.IntN(4)), gapped[T](r, len(counts), l, r.IntN(4))
			require.NoError(t, a.Mul(context.Background(), 1+l%3, dst, x))
			requireProduct(t, ptr, index, value, dst, x)
		}
	}
	var all []int
	for l := range 140 {
		all = append(all, l)
	}
	check(9, []int{0, 1, 2, 0, 3, 30, 0}, append(all, 256, 257, 300)...)
	check(1, []int{5, 0, 1}, 1, 7, 60)
	check(3, []int{0, 0, 0}, 1, 20)
	check(3, nil, 4)
	// Rows around the length of a segment, and rows cut by one and by several tiles.
	check(50, []int{segment - 1, segment, segment + 1, 0, 3*segment + 5}, 1, 20, 70)
	check(50, []int{7, 3 * tileCost, 0, 0, 5, tileCost / 2, tileCost, 1}, 1, 19)
	check(50, []int{tileCost - 1, tileCost - 1, tileCost - 1, tileCost - 2, tileCost, 4 * tileCost}, 3)
	check(50, []int{5 * tileCost}, 3)
	// More rows than fit a tile, almost all of them empty.
	empty := make([]int, 3*tileCost)
	empty[tileCost], empty[2*tileCost-1], empty[3*tileCost-1] = 4, 1, 2
	check(5, empty, 2)
}

func TestMulWithoutColumns(t *testing.T) {
	a, err := New[float64, int32](3, 0, make([]int32, 4), nil, nil, "row", "column", 2)
	require.NoError(t, err)
	dst := core.NewMatrix[float64](3, 2)
	dst.Data[0] = 7
	require.NoError(t, a.Mul(context.Background(), 1, dst, core.NewMatrix[float64](0, 2)))
	require.Equal(t, make([]float64, 6), dst.Data)
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	counts := []int{4 * tileCost, 1}
	for range 3000 {
		counts = append(counts, r.IntN(40))
	}
	ptr, index, value := random[float32, int32](r, 700, counts)
	a, err := New(len(counts), 700, ptr, index, value, "row", "column", 2)
	require.NoError(t, err)
	x := gapped[float32](r, 700, 21, 0)
	want := core.NewMatrix[float32](len(counts), 21)
	require.NoError(t, a.Mul(context.Background(), 1, want, x))
	transposed, err := a.Transpose(context.Background(), 1)
	require.NoError(t, err)
	for _, threads := range []int{2, 3, 8} {
		got := core.NewMatrix[float32](len(counts), 21)
		require.NoError(t, a.Mul(context.Background(), threads, got, x))
		require.Equal(t, want, got)
		again, err := a.Transpose(context.Background(), threads)
		require.NoError(t, err)
		require.Equal(t, transposed, again)
	}
}

func TestTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	counts := []int{0, 0}
	for range 200 {
		counts = append(counts, r.IntN(300))
	}
	counts = append(counts, 0)
	const cols = 90
	ptr, index, value := random[float64, int64](r, cols-2, counts) // the last two columns stay empty
	a, err := New(len(counts), cols, ptr, index, value, "row", "column", 2)
	require.NoError(t, err)
	at, err := a.Transpose(context.Background(), 2)
	require.NoError(t, err)
	require.Equal(t, a.Entries(), at.Entries())
	for j := range cols {
		for k := at.ptr[j] + 1; k < at.ptr[j+1]; k++ {
			require.LessOrEqual(t, at.index[k-1], at.index[k])
		}
	}
	x, y := gapped[float64](r, cols, 3, 0), gapped[float64](r, len(counts), 3, 0)
	ax, aty := core.NewMatrix[float64](len(counts), 3), core.NewMatrix[float64](cols, 3)
	require.NoError(t, a.Mul(context.Background(), 1, ax, x))
	require.NoError(t, at.Mul(context.Background(), 1, aty, y))
	var left, right float64
	for i, v := range ax.Data {
		left += v * y.Data[i]
	}
	for i, v := range aty.Data {
		right += v * x.Data[i]
	}
	require.InEpsilon(t, left, right, 1e-11)

	back, err := at.Transpose(context.Background(), 1)
	require.NoError(t, err)
	again, err := back.Transpose(context.Background(), 1)
	require.NoError(t, err)
	require.Equal(t, at.index, again.index)
	require.Equal(t, at.value, again.value)
}

func TestMoments(t *testing.T) {
	// 3 + 4 at (0, 1), 2 at (0, 0), 5 - 5 at (2, 1).
	a, err := New(3, 2, []int32{0, 3, 3, 5}, []int32{1, 0, 1, 1, 1}, []float32{3, 2, 4, 5, -5}, "row", "column", 2)
	require.NoError(t, err)
	at, err := a.Transpose(context.Background(), 1)
	require.NoError(t, err)
	for _, threads := range []int{1, 3} {
		norm, err := at.SquaredNorm(context.Background(), threads)
		require.NoError(t, err)
		require.Equal(t, 53.0, norm)
	}
	require.Equal(t, []float64{2, 7}, at.RowSums())
	require.Equal(t, []float64{9, 0, 0}, a.RowSums())
}

func TestAscending(t *testing.T) {
	for _, c := range []struct {
		index []int32
		want  bool
	}{{[]int32{0, 2, 1, 0}, true}, {[]int32{2, 0, 1, 0}, false}, {[]int32{1, 1, 0, 2}, false}, {[]int32{0, 1, 2, 2}, true}} {
		a, err := New(3, 3, []int32{0, 2, 3, 4}, c.index, []float64{1, 2, 3, 4}, "row", "column", 2)
		require.NoError(t, err)
		got, err := a.Ascending(context.Background(), 2)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v", c.index)
		if got {
			norm, err := a.SquaredNorm(context.Background(), 2)
			require.NoError(t, err)
			require.Equal(t, 30.0, norm)
		}
	}
}

func TestSingle(t *testing.T) {
	for _, c := range []struct {
		scale float64
		safe  bool
	}{{1, true}, {1e-20, false}, {1e20, false}, {1e300, false}, {0, false}} {
		value := []float64{1.1 * c.scale, -0.3 * c.scale, 1e-5 * c.scale}
		a, err := New(2, 3, []int32{0, 2, 3}, []int32{0, 2, 1}, value, "row", "column", 2)
		require.NoError(t, err)
		single, safe, err := a.Single(context.Background(), 2)
		require.NoError(t, err)
		require.Equal(t, c.safe, safe, "%v", c.scale)
		if safe {
			x, y := core.NewMatrix[float32](3, 1), core.NewMatrix[float32](2, 1)
			copy(x.Data, []float32{1, 2, 3})
			require.NoError(t, single.Mul(context.Background(), 1, y, x))
			require.InEpsilonSlice(t, []float32{0.2, 2e-5}, y.Data, 1e-6)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	for _, c := range []struct {
		rows, cols int
		ptr, index []int32
		value      []float64
		want       error
		text       string
	}{
		{-1, 2, nil, nil, nil, core.ErrShape, "-1 rows and 2 columns"},
		{2, 2, []int32{0, 1}, nil, nil, core.ErrShape, "indptr has 2 entries; a matrix of 2 rows needs 2+1"},
		{1, 2, []int32{1, 1}, nil, nil, core.ErrShape, "indptr starts at 1"},
		{2, 2, []int32{0, 2, 1}, []int32{0, 1}, []float64{1, 2}, core.ErrShape, "indptr falls from 2 to 1 at row 1"},
		{1, 2, []int32{0, 2}, []int32{0}, []float64{1, 2}, core.ErrShape, "2 entries, but there are 1 indices and 2 values"},
		{2, 2, []int32{0, 1, 2}, []int32{0, 2}, []float64{1, 2}, core.ErrShape, "entry 1, in row 1, has column index 2"},
		{1, 2, []int32{0, 1}, []int32{-1}, []float64{1}, core.ErrShape, "has column index -1"},
		{1, 2, []int32{0, 1}, []int32{1}, []float64{nan}, core.ErrNotFinite, "row 0, column 1 (entry 0) is NaN"},
		{1, 2, []int32{0, 1}, []int32{1}, []float64{inf}, core.ErrNotFinite, "is infinity"},
	} {
		_, err := New(c.rows, c.cols, c.ptr, c.index, c.value, "row", "column", 2)
		require.ErrorIs(t, err, c.want)
		require.ErrorContains(t, err, c.text)
	}
	_, err := New(2, 2, []int32{0, 1, 2}, []int32{0, 2}, []float64{1, 2}, "column", "row", 2)
	require.ErrorContains(t, err, "in column 1, has row index 2")
}

func TestNewRefusesColumnsBeyondTheIndices(t *testing.T) {
	if strconv.IntSize < 64 {
		t.Skip("an int cannot count more columns than an index of 32 bits")
	}
	beyond := math.MaxInt32
	beyond++
	_, err := New(1, beyond, []int32{0, 0}, nil, []float64(nil), "row", "column", 2)
	require.ErrorIs(t, err, core.ErrShape)
	require.ErrorContains(t, err, "use 64-bit")
}

func TestMulEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a, err := New(1, 1, []int32{0, 1}, []int32{0}, []float64{2}, "row", "column", 2)
	require.NoError(t, err)
	require.ErrorIs(t, a.Mul(ctx, 1, core.NewMatrix[float64](1, 1), core.NewMatrix[float64](1, 1)), context.Canceled)
	_, err = a.Transpose(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
}

func TestMulPanicsOnWrongShapes(t *testing.T) {
	a, err := New(2, 3, []int32{0, 1, 1}, []int32{2}, []float64{2}, "row", "column", 2)
	require.NoError(t, err)
	x := core.NewMatrix[float64](3, 4)
	require.Panics(t, func() { _ = a.Mul(nil, 1, core.NewMatrix[float64](3, 4), x) })
	require.Panics(t, func() { _ = a.Mul(nil, 1, core.NewMatrix[float64](2, 3), x) })
	x.Data = x.Data[:11]
	require.Panics(t, func() { _ = a.Mul(nil, 1, core.NewMatrix[float64](2, 4), x) })
}
