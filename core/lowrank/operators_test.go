package lowrank

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// onEveryPath runs the test for both types on every level of kernels this machine has.
func onEveryPath(t *testing.T, f32, f64 func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(fmt.Sprint(level, "/float32"), func(t *testing.T) { defer cpu.Force(level)(); f32(t) })
		t.Run(fmt.Sprint(level, "/float64"), func(t *testing.T) { defer cpu.Force(level)(); f64(t) })
	}
}

// epsilon is half the distance from 1 to the next larger T.
func epsilon[T core.Float]() float64 {
	if sizeOf[T]() == 4 {
		return 0x1p-24
	}
	return 0x1p-53
}

// normals returns a matrix of normal numbers about 1/4, with NaN between its rows where gap > 0.
func normals[T core.Float](r *rand.Rand, rows, cols, gap int) core.Matrix[T] {
	x := core.NewMatrix[T](rows, cols+gap)
	x.Cols = cols
	for i := range x.Data {
		x.Data[i] = T(math.NaN())
		if i%x.Stride < cols {
			x.Data[i] = T(r.NormFloat64() + 0.25)
		}
	}
	return x
}

// thin sets about nine in ten elements to zero.
func thin[T core.Float](r *rand.Rand, x core.Matrix[T]) core.Matrix[T] {
	for i := range x.Rows {
		for j := range x.Row(i) {
			if r.IntN(10) > 0 {
				x.Row(i)[j] = 0
			}
		}
	}
	return x
}

func transposed[T core.Float](x core.Matrix[T]) core.Matrix[T] {
	y := core.NewMatrix[T](x.Cols, x.Rows)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			y.Row(j)[i] = v
		}
	}
	return y
}

// compress returns the parts of x kept by rows, zeros left out, each row backwards and one element in three split in
// two.
func compress[T core.Float, I Index](x core.Matrix[T]) (ptr, index []I, value []T) {
	ptr = []I{0}
	for i := range x.Rows {
		for j := x.Cols - 1; j >= 0; j-- {
			v := x.Row(i)[j]
			if v == 0 {
				continue
			}
			if j%3 == 0 {
				index, value = append(index, I(j)), append(value, v/2)
				v /= 2
			}
			index, value = append(index, I(j)), append(value, v)
		}
		ptr = append(ptr, I(len(index)))
	}
	return ptr, index, value
}

// blocksOf yields x in blocks of the given number of rows, through memory that it reuses.
func blocksOf[T core.Float](x core.Matrix[T], size int) func(context.Context, func(core.Matrix[T]) error) error {
	return func(_ context.Context, visit func(core.Matrix[T]) error) error {
		buffer := core.NewMatrix[T](size, x.Cols)
		for lo := 0; lo < x.Rows; lo += size {
			buffer.Rows = min(size, x.Rows-lo)
			for i := range buffer.Rows {
				copy(buffer.Row(i), x.Row(lo+i))
			}
			if err := visit(buffer); err != nil {
				return err
			}
		}
		return nil
	}
}

// kinds makes the same matrix as every kind of operator.
func kinds[T core.Float](t *testing.T, x core.Matrix[T], threads int) map[string]Operator[T] {
	all := map[string]Operator[T]{}
	keep := func(name string, op Operator[T], err error) {
		require.NoError(t, err, name)
		all[name] = op
	}
	op, err := NewDense(x, threads)
	keep("dense", op, err)
	flipped := transposed(x)
	op, err = NewDenseTransposed(flipped, threads)
	keep("transposed", op, err)
	ptr, index, value := compress[T, int32](x)
	op, err = NewCSR(x.Rows, x.Cols, ptr, index, value, threads)
	keep("csr", op, err)
	ptr64, index64, value := compress[T, int64](flipped)
	op, err = NewCSC(x.Rows, x.Cols, ptr64, index64, value, threads)
	keep("csc", op, err)
	op, err = NewRowBlocks(x.Rows, x.Cols, blocksOf(x, 37), threads)
	keep("blocks", op, err)
	plain := all["dense"]
	op, err = NewFunc(x.Rows, x.Cols, plain.Mul, plain.MulTrans)
	keep("func", op, err)
	return all
}

// reference is a matrix in float64 with the obvious products.
type reference struct {
	a          [][]float64
	rows, cols int
}

func refer[T core.Float](x core.Matrix[T], mean []float64) reference {
	ref := reference{rows: x.Rows, cols: x.Cols}
	for i := range x.Rows {
		row := make([]float64, x.Cols)
		for j, v := range x.Row(i) {
			row[j] = float64(v)
			if mean != nil {
				row[j] -= mean[j]
			}
		}
		ref.a = append(ref.a, row)
	}
	return ref
}

func (r reference) transposed() reference {
	t := reference{rows: r.cols, cols: r.rows}
	for j := range r.cols {
		row := make([]float64, r.rows)
		for i := range row {
			row[i] = r.a[i][j]
		}
		t.a = append(t.a, row)
	}
	return t
}

// times carries what each addition loses, since long sums of equal terms round in one direction.
func (r reference) times(x [][]float64, l int) (product [][]float64) {
	for i := range r.rows {
		row, lost := make([]float64, l), make([]float64, l)
		for k, v := range r.a[i] {
			for j := range row {
				term := v*x[k][j] + lost[j]
				sum := row[j] + term
				row[j], lost[j] = sum, term-(sum-row[j])
			}
		}
		product = append(product, row)
	}
	return product
}

// requireNear holds got against want with an error of at most tol times the largest element.
func requireNear[T core.Float](t *testing.T, want [][]float64, got core.Matrix[T], tol float64, what string) {
	t.Helper()
	scale := 1.0
	for _, row := range want {
		for _, v := range row {
			scale = max(scale, math.Abs(v))
		}
	}
	for i, row := range want {
		for j, v := range row {
			if d := math.Abs(float64(got.Row(i)[j]) - v); !(d <= tol*scale) {
				require.Failf(t, what, "element (%d, %d) is %v, want %v", i, j, got.Row(i)[j], v)
			}
		}
		if gap := got.Data[min(len(got.Data), i*got.Stride+got.Cols):min(len(got.Data), (i+1)*got.Stride)]; len(gap) > 0 {
			require.True(t, math.IsNaN(float64(gap[0])), "%s: wrote after row %d", what, i)
		}
	}
}

func requireOperator[T core.Float](t *testing.T, name string, ref reference, op Operator[T], l int) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(uint64(l), 5))
	m, n := op.Dims()
	require.Equal(t, [2]int{ref.rows, ref.cols}, [2]int{m, n})
	tol := 60 * epsilon[T]()
	x, y := normals[T](r, n, l, 3), normals[T](r, m, l, 1)
	ax, aty, gram := normals[T](r, m, l, 2), normals[T](r, n, l, 0), normals[T](r, n, l, 2)
	wantAx := ref.times(refer(x, nil).a, l)
	for range 2 { // the second time with everything made that is made once
		require.NoError(t, op.MulTrans(ctx, aty, y))
		requireNear(t, ref.transposed().times(refer(y, nil).a, l), aty, tol, name+" MulTrans")
		require.NoError(t, op.Mul(ctx, ax, x))
		requireNear(t, wantAx, ax, tol, name+" Mul")
	}
	if g, ok := op.(Gramian[T]); ok {
		require.NoError(t, g.MulTransMul(ctx, gram, x))
		requireNear(t, ref.transposed().times(wantAx, l), gram, tol, name+" MulTransMul")
	}
	if op, ok := op.(Normed); ok {
		var want float64
		for _, row := range ref.a {
			for _, v := range row {
				want += v * v
			}
		}
		got, err := op.SquaredNorm(ctx)
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-12*want, name)
	}
}

func TestOperators(t *testing.T) { onEveryPath(t, operators[float32], operators[float64]) }

func operators[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	ctx := context.Background()
	for _, s := range [][3]int{{1, 1, 1}, {7, 3, 5}, {40, 90, 20}, {300, 11, 61}, {2500, 9, 4}, {9000, 4, 3}} {
		x := thin(r, normals[T](r, s[0], s[1], 2))
		for name, op := range kinds(t, x, 2) {
			requireOperator(t, name, refer(x, nil), op, s[2])
			mean, err := ColumnMeans(ctx, op)
			require.NoError(t, err)
			for j, v := range mean {
				var want float64
				for i := range x.Rows {
					want += float64(x.Row(i)[j]) / float64(x.Rows)
				}
				tol := 1e-13
				if name == "func" {
					tol = 20 * epsilon[T]()
				}
				require.InDelta(t, want, v, tol, name)
				mean[j] += 0.125 * float64(j%3) // any row may be subtracted, not only the means
			}
			c, err := Centered(op, mean)
			require.NoError(t, err)
			requireOperator(t, "centered "+name, refer(x, mean), c, s[2])
			shifted, err := ColumnMeans(ctx, c)
			require.NoError(t, err)
			for j, v := range shifted {
				require.InDelta(t, -0.125*float64(j%3), v, 1e-13)
			}
			_, gram := op.(Gramian[T])
			_, centeredGram := c.(Gramian[T])
			require.Equal(t, name == "dense" || name == "blocks", gram, name)
			require.Equal(t, gram, centeredGram, name)
			_, normed := c.(Normed)
			require.Equal(t, name != "func", normed, name)
		}
	}
}

func TestOperatorsOfNothing(t *testing.T) {
	for _, s := range [][3]int{{0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {0, 0, 1}} {
		for name, op := range kinds(t, core.NewMatrix[float64](s[0], s[1]), 2) {
			dst, back := core.NewMatrix[float64](s[0], s[2]), core.NewMatrix[float64](s[1], s[2])
			for i := range dst.Data {
				dst.Data[i] = 5
			}
			for i := range back.Data {
				back.Data[i] = 5
			}
			y := core.NewMatrix[float64](s[0], s[2])
			require.NoError(t, op.Mul(context.Background(), dst, back), name)
			require.Equal(t, core.NewMatrix[float64](s[0], s[2]), dst, name)
			require.NoError(t, op.MulTrans(context.Background(), back, y), name)
			require.Equal(t, core.NewMatrix[float64](s[1], s[2]), back, name)
		}
	}
	op, err := NewDense(core.NewMatrix[float64](0, 3), 1)
	require.NoError(t, err)
	_, err = ColumnMeans(context.Background(), op)
	require.ErrorIs(t, err, core.ErrShape)
}

// Wide enough that sums over columns leave T, tall enough that those over rows do.
func TestLongSumsKeepTheirDigits(t *testing.T) {
	const long, l = 60_000, 2
	x := core.NewMatrix[float32](2, long)
	ones := core.NewMatrix[float32](long, l)
	for i := range x.Data {
		x.Data[i] = 0.1
	}
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	want := float64(float32(0.1)) * long
	check := func(name string, multiply func(ctx context.Context, dst, x core.Matrix[float32]) error) {
		dst := core.NewMatrix[float32](2, l)
		require.NoError(t, multiply(context.Background(), dst, ones))
		for _, v := range dst.Data {
			require.InEpsilon(t, want, float64(v), 3e-6, name)
		}
	}
	for name, op := range kinds(t, x, 1) {
		check(name, op.Mul)
	}
	for name, op := range kinds(t, transposed(x), 1) {
		check(name+" transposed", op.MulTrans)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	t.Run("float32", sameBits[float32])
	t.Run("float64", sameBits[float64])
}

func sameBits[T core.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	ctx := context.Background()
	for _, s := range [][2]int{{9000, 30}, {700, 200}} {
		x := thin(r, normals[T](r, s[0], s[1], 0))
		right, left := normals[T](r, s[1], 7, 0), normals[T](r, s[0], 7, 0)
		mean := make([]float64, s[1])
		for j := range mean {
			mean[j] = r.Float64()
		}
		results := func(threads int) map[string]any {
			all := map[string]any{}
			for name, plain := range kinds(t, x, threads) {
				c, err := Centered(plain, mean)
				require.NoError(t, err)
				for kind, op := range map[string]Operator[T]{name: plain, "centered " + name: c} {
					ax, aty := core.NewMatrix[T](s[0], 7), core.NewMatrix[T](s[1], 7)
					require.NoError(t, op.Mul(ctx, ax, right))
					require.NoError(t, op.MulTrans(ctx, aty, left))
					all[kind+" Mul"], all[kind+" MulTrans"] = ax, aty
					if op, ok := op.(Gramian[T]); ok {
						gram := core.NewMatrix[T](s[1], 7)
						require.NoError(t, op.MulTransMul(ctx, gram, right))
						all[kind+" MulTransMul"] = gram
					}
					if op, ok := op.(Normed); ok {
						all[kind+" norm"], err = op.SquaredNorm(ctx)
						require.NoError(t, err)
					}
					all[kind+" means"], err = ColumnMeans(ctx, op)
					require.NoError(t, err)
				}
			}
			return all
		}
		want := results(1)
		for _, threads := range []int{2, 5} {
			require.Equal(t, want, results(threads))
		}
	}
}

func TestProductsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x := core.NewMatrix[float64](5, 4)
	for name, op := range kinds(t, x, 1) {
		left, right := core.NewMatrix[float64](5, 2), core.NewMatrix[float64](4, 2)
		require.ErrorIs(t, op.Mul(ctx, left, right), context.Canceled, name)
		require.ErrorIs(t, op.MulTrans(ctx, right, left), context.Canceled, name)
		_, err := ColumnMeans(ctx, op)
		require.ErrorIs(t, err, context.Canceled, name)
		if op, ok := op.(Normed); ok {
			_, err := op.SquaredNorm(ctx)
			require.ErrorIs(t, err, context.Canceled, name)
		}
		if op, ok := op.(Gramian[float64]); ok {
			require.ErrorIs(t, op.MulTransMul(ctx, right, core.NewMatrix[float64](4, 2)), context.Canceled, name)
		}
	}
}

func TestProductsRefuseWrongShapes(t *testing.T) {
	ctx := context.Background()
	of := core.NewMatrix[float64]
	for name, op := range kinds(t, of(5, 4), 1) {
		require.ErrorContains(t, op.Mul(ctx, of(5, 2), of(5, 2)), "x needs 4 rows, dst 5", name)
		require.ErrorIs(t, op.Mul(ctx, of(4, 2), of(4, 2)), core.ErrShape, name)
		require.ErrorIs(t, op.Mul(ctx, of(5, 3), of(4, 2)), core.ErrShape, name)
		require.ErrorIs(t, op.MulTrans(ctx, of(4, 2), of(4, 2)), core.ErrShape, name)
		short := of(4, 2)
		short.Data = short.Data[:7]
		require.ErrorContains(t, op.Mul(ctx, of(5, 2), short), "x of shape 4 x 2", name)
		if op, ok := op.(Gramian[float64]); ok {
			require.ErrorIs(t, op.MulTransMul(ctx, of(5, 2), of(4, 2)), core.ErrShape, name)
		}
	}
}
