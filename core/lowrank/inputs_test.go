package lowrank

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestNormNamesWhatIsNotFinite(t *testing.T) {
	ctx := context.Background()
	for value, text := range map[float64]string{math.NaN(): "NaN", math.Inf(1): "infinity", math.Inf(-1): "infinity"} {
		x := core.NewMatrix[float64](3000, 40)
		x.Row(2817)[31] = value
		x.Row(2900)[2] = math.NaN()
		dense, err := NewDense(x, 2)
		require.NoError(t, err)
		blocks, err := NewRowBlocks(3000, 40, blocksOf(x, 501), 2)
		require.NoError(t, err)
		for _, op := range []Operator[float64]{dense, blocks} {
			_, err = op.(Normed).SquaredNorm(ctx)
			require.ErrorIs(t, err, core.ErrNotFinite)
			require.ErrorContains(t, err, text+" at row 2817, column 31")
			c, err := Centered(op, make([]float64, 40))
			require.NoError(t, err)
			_, err = c.(Normed).SquaredNorm(ctx)
			require.ErrorContains(t, err, "at row 2817, column 31")
			_, err = ColumnMeans(ctx, op)
			require.ErrorIs(t, err, core.ErrNotFinite)
		}
		op, err := NewDenseTransposed(x, 2)
		require.NoError(t, err)
		_, err = op.(Normed).SquaredNorm(ctx)
		require.ErrorContains(t, err, text+" at row 31, column 2817")
		c, err := Centered(op, make([]float64, 3000))
		require.NoError(t, err)
		_, err = c.(Normed).SquaredNorm(ctx)
		require.ErrorContains(t, err, text+" at row 31, column 2817")
	}
}

func TestNormThatOverflows(t *testing.T) {
	x := core.NewMatrix[float64](4, 3)
	x.Row(3)[1] = 1e200
	for name, op := range kinds(t, x, 1) {
		if op, ok := op.(Normed); ok {
			_, err := op.SquaredNorm(context.Background())
			require.ErrorIs(t, err, core.ErrNumerical, name)
			require.ErrorContains(t, err, "rescale", name)
		}
	}
	halves := core.NewMatrix[float64](2, 1)
	halves.Data = []float64{1.2e154, 1.2e154}
	op, err := NewRowBlocks(2, 1, blocksOf(halves, 1), 1)
	require.NoError(t, err)
	_, err = op.(Normed).SquaredNorm(context.Background())
	require.ErrorIs(t, err, core.ErrNumerical)
}

func TestNormThatVanishes(t *testing.T) {
	ctx := context.Background()
	for _, scale := range []float64{1e-160, 1e-300} { // of these squares some digits are left, or none
		x := spectrum[float64](40, 9, power(9, 1), 3)
		norm := 0.0
		for i, v := range x.Data {
			norm = math.Hypot(norm, v)
			x.Data[i] *= scale
		}
		for name, op := range kinds(t, x, 1) {
			e, err := Norm(ctx, op, Frobenius, nil)
			require.NoError(t, err, name)
			require.InEpsilon(t, norm, e.Value/scale, 1e-12, name)
			f, err := SVD(ctx, op, &Options{Rank: 2})
			require.NoError(t, err, name)
			require.InEpsilon(t, norm, f.Norm/scale, 0.2, name)
			if _, normed := op.(Normed); normed {
				_, err = QB(ctx, op, &Options{Tol: 0.1})
				require.ErrorContains(t, err, "rescale A", name)
			}
		}
	}
}

// Of so few columns a sample would be off by as much as it estimates.
func TestSampledErrorOfFewColumnsIsExact(t *testing.T) {
	ctx := context.Background()
	x := spectrum[float64](30, 4, []float64{4, 3, 2, 1}, 3)
	plain := NewDenseOrFail(t, x)
	op, err := NewFunc(30, 4, plain.Mul, plain.MulTrans)
	require.NoError(t, err)
	for seed := range uint64(20) {
		f, err := SVD(ctx, op, &Options{Rank: 2, Seed: seed})
		require.NoError(t, err)
		require.Equal(t, "sampled", f.ErrorMethod)
		require.InEpsilon(t, math.Sqrt(5), f.Error, 1e-6)
		require.InEpsilon(t, math.Sqrt(30), f.Norm, 1e-6)
	}
}

func TestProductsOfBigAndSmallSingles(t *testing.T) {
	ctx := context.Background()
	for _, scale := range []float64{1e-30, 1e15, 1e30} { // beyond float32 when squared
		single, double := core.NewMatrix[float32](300, 12), core.NewMatrix[float64](300, 12)
		x := spectrum[float64](300, 12, power(12, 1), 3)
		for i, v := range x.Data {
			single.Data[i], double.Data[i] = float32(v*scale), v*scale
		}
		check := func(name string, s []float64) {
			require.InEpsilonSlice(t, power(3, 1), scaledBy(s, 1/scale), 1e-4, name)
		}
		o := &Options{Rank: 3, Method: Krylov}
		for name, op := range kinds(t, single, 1) {
			f, err := SVD(ctx, op, o)
			require.NoError(t, err, name)
			check(name, f.S)
		}
		for name, op := range kinds(t, double, 1) { // narrow blocks multiply in float32
			f, err := SVD(ctx, op, o)
			require.NoError(t, err, name)
			check(name, f.S)
		}
	}
}

// In a column of 10^6 plus little, the difference of two norms would have lost all digits of the spread.
func TestCenteredNormOfFarAwayColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	x := core.NewMatrix[float64](500, 4)
	for i := range x.Data {
		x.Data[i] = 1e9 + math.Round(1000*r.NormFloat64())/1024
	}
	mean := []float64{1e9, 1e9, 1e9, 1e9}
	var want float64
	for _, v := range x.Data {
		want += (v - 1e9) * (v - 1e9)
	}
	for name, op := range kinds(t, x, 1) {
		c, err := Centered(op, mean)
		require.NoError(t, err)
		if c, ok := c.(Normed); ok {
			got, err := c.SquaredNorm(context.Background())
			require.NoError(t, err)
			require.InEpsilon(t, want, got, 1e-12, name)
		}
	}
}

func TestConstructorsRefuse(t *testing.T) {
	_, err := NewDense(core.Matrix[float64]{Rows: 2, Cols: 2, Stride: 2, Data: make([]float64, 3)}, 1)
	require.ErrorIs(t, err, core.ErrShape)
	require.ErrorContains(t, err, "lowrank: invalid shape: A of shape 2 x 2")
	_, err = NewDenseTransposed(core.Matrix[float64]{Rows: 2, Cols: 2, Stride: 1, Data: make([]float64, 4)}, 1)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewCSR(1, 2, []int32{0, 1}, []int32{5}, []float64{1}, 1)
	require.ErrorContains(t, err, "in row 0, has column index 5")
	_, err = NewCSC(2, 1, []int32{0, 1}, []int32{5}, []float64{1}, 1)
	require.ErrorContains(t, err, "in column 0, has row index 5")
	_, err = NewFunc[float64](-1, 2, nil, nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewFunc[float64](1, 2, nil, nil)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = NewRowBlocks[float64](1, -2, nil, 1)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewRowBlocks[float64](1, 2, nil, 1)
	require.ErrorIs(t, err, core.ErrOption)
	op, err := NewDense(core.NewMatrix[float64](2, 2), 1)
	require.NoError(t, err)
	_, err = Centered(op, make([]float64, 3))
	require.ErrorContains(t, err, "mean has 3 entries, A has 2 columns")
	_, err = Centered(op, []float64{0, math.NaN()})
	require.ErrorIs(t, err, core.ErrNotFinite)
}

func TestRowBlocksRefuseOtherSequences(t *testing.T) {
	type visit = func(core.Matrix[float64]) error
	block := core.NewMatrix[float64]
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		name string
		each func(ctx context.Context, visit visit) error
		want error
		text string
	}{
		{"early end", func(_ context.Context, v visit) error {
			return v(block(3, 2))
		}, core.ErrShape, "end after 3 rows, 5 were"},
		{"none", func(context.Context, visit) error { return nil }, core.ErrShape, "end after 0 rows"},
		{"too many", func(_ context.Context, v visit) error {
			return errors.Join(v(block(3, 2)), v(block(3, 2)))
		}, core.ErrShape, "row block 1 brings the number of rows to 6, only 5 were"},
		{"width", func(_ context.Context, v visit) error {
			return errors.Join(v(block(3, 2)), v(block(2, 3)))
		}, core.ErrShape, "row block 1, from row 3, has 3 columns, A has 2"},
		{"impossible block", func(_ context.Context, v visit) error {
			return v(core.Matrix[float64]{Rows: 5, Cols: 2, Stride: 2})
		}, core.ErrShape, "row block 0, from row 0: invalid shape"},
		{"errors of visit ignored", func(_ context.Context, v visit) error {
			_ = v(block(6, 2))
			_ = v(block(5, 2))
			return nil
		}, core.ErrShape, "row block 0 brings the number of rows to 6"},
		{"reader fails", func(_ context.Context, v visit) error {
			return errors.Join(v(block(3, 2)), broken)
		}, broken, "reading the row block 1, from row 3: disk on fire"},
	} {
		op, err := NewRowBlocks(5, 2, c.each, 1)
		require.NoError(t, err)
		ctx := context.Background()
		errs := []error{op.Mul(ctx, block(5, 1), block(2, 1)), op.MulTrans(ctx, block(2, 1), block(5, 1)),
			op.(Gramian[float64]).MulTransMul(ctx, block(2, 1), block(2, 1))}
		_, err = op.(Normed).SquaredNorm(ctx)
		errs = append(errs, err)
		_, err = ColumnMeans(ctx, op)
		for _, err := range append(errs, err) {
			require.ErrorIs(t, err, c.want, c.name)
			require.ErrorContains(t, err, c.text, c.name)
		}
	}
}

func TestRowBlocksOfAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	x := normals[float64](r, 2100, 3, 1)
	sizes := []int{0, 1, 1024, 0, 1000, 30, 45, 0}
	op, err := NewRowBlocks(2100, 3, func(_ context.Context, visit func(core.Matrix[float64]) error) error {
		at := 0
		for _, n := range sizes {
			if err := visit(rowsOf(x, at, at+n)); err != nil {
				return err
			}
			at += n
		}
		return nil
	}, 2)
	require.NoError(t, err)
	requireOperator(t, "blocks", refer(x, nil), op, 4)
}

func TestFuncReportsWhatGoesWrong(t *testing.T) {
	ctx := context.Background()
	left, right := core.NewMatrix[float64](3, 1), core.NewMatrix[float64](2, 1)
	type product = func(ctx context.Context, dst, x core.Matrix[float64]) error
	broken := errors.New("out of paper")
	for _, c := range []struct {
		mul  product
		want error
		text string
	}{
		{func(context.Context, core.Matrix[float64], core.Matrix[float64]) error { return broken }, broken, "out of paper"},
		{func(context.Context, core.Matrix[float64], core.Matrix[float64]) error { return nil }, core.ErrNotFinite, "row 0"},
		{func(_ context.Context, dst, _ core.Matrix[float64]) error {
			copy(dst.Data, []float64{1, math.Inf(1), 2})
			return nil
		}, core.ErrNotFinite, "infinity at row 1, column 0"},
	} {
		op, err := NewFunc(3, 2, c.mul, nil)
		require.NoError(t, err)
		err = op.Mul(ctx, left, right)
		require.ErrorIs(t, err, c.want)
		require.ErrorContains(t, err, c.text)
		err = op.MulTrans(ctx, right, left)
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, "set a function for these too")
	}
	var fails product = func(context.Context, core.Matrix[float64], core.Matrix[float64]) error { panic("my own") }
	op, err := NewFunc(3, 2, fails, nil)
	require.NoError(t, err)
	require.PanicsWithValue(t, "my own", func() { _ = op.Mul(ctx, left, right) })
}

func TestOperatorsDoNotWriteToTheirInput(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	x := normals[float32](r, 50, 6, 0)
	before := append([]float32(nil), x.Data...)
	for name, op := range kinds(t, x, 2) {
		c, err := Centered(op, []float64{1, 2, 3, 4, 5, 6})
		require.NoError(t, err)
		left, right := normals[float32](r, 50, 2, 0), normals[float32](r, 6, 2, 0)
		kept := append([]float32(nil), right.Data...)
		require.NoError(t, c.Mul(context.Background(), left, right), name)
		require.Equal(t, kept, right.Data, name)
		kept = append(kept[:0], left.Data...)
		require.NoError(t, c.MulTrans(context.Background(), right, left), name)
		require.Equal(t, kept, left.Data, name)
	}
	require.Equal(t, before, x.Data)
}
