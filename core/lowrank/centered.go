package lowrank

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// centrable is an operator that can take its norm as if a row had been subtracted from each of its rows, without the
// loss of digits in a difference of two large norms.
type centrable interface {
	centeredNorm(ctx context.Context, mean []float64) (float64, error)
}

// centrableGramian is an operator that multiplies with (A - 1 mean^T)^T (A - 1 mean^T) while it reads A once.
type centrableGramian[T core.Float] interface {
	centrable
	mulTransMulCentered(ctx context.Context, dst, x core.Matrix[T], mean []float64) error
}

// columnSummer is an operator that knows the sums of its columns in float64.
type columnSummer interface {
	columnSums(ctx context.Context) ([]float64, error)
}

// ColumnMeans returns the mean of each column of op, n numbers. The operators of this package take one pass over A in
// float64; of others one product with a column of ones is asked. An operator without rows has no means: that is an
// error wrapping [core.ErrShape].
func ColumnMeans[T core.Float](ctx context.Context, op Operator[T]) ([]float64, error) {
	rows, cols := op.Dims()
	if rows == 0 {
		return nil, fmt.Errorf("lowrank: %w: A has 0 rows; at least 1 is needed for means", core.ErrShape)
	}
	var sums []float64
	if s, ok := op.(columnSummer); ok {
		var err error
		if sums, err = s.columnSums(ctx); err != nil {
			return nil, err
		}
	} else {
		ones, product := core.NewMatrix[T](rows, 1), core.NewMatrix[T](cols, 1)
		for i := range ones.Data {
			ones.Data[i] = 1
		}
		if err := op.MulTrans(ctx, product, ones); err != nil {
			return nil, err
		}
		sums = columnSums(core.Matrix[T]{Data: product.Data, Rows: 1, Cols: cols, Stride: cols}, make([]float64, cols))
	}
	for j := range sums {
		if sums[j] /= float64(rows); sums[j]-sums[j] != 0 {
			return nil, fmt.Errorf("lowrank: %w: the mean of column %d is %v; remove NaN and infinities, or rescale A",
				core.ErrNotFinite, j, sums[j])
		}
	}
	return sums, nil
}

// Centered returns A - 1 mean^T: mean (n) is subtracted from each row of op, without a copy of A. With the mean of
// [ColumnMeans] the columns of the result sum to zero. mean is copied. The result is [Normed] where op is an operator
// of this package other than [NewFunc]'s, and a [Gramian] where op is one.
//
// Products are corrected after the fact, in the precision of T: where the means are c times as large as the spread
// of the columns, they lose about log10(c) digits.
func Centered[T core.Float](op Operator[T], mean []float64) (Operator[T], error) {
	if _, cols := op.Dims(); len(mean) != cols {
		return nil, fmt.Errorf("lowrank: %w: mean has %d entries, A has %d columns", core.ErrShape, len(mean), cols)
	}
	for j, v := range mean {
		if v-v != 0 {
			return nil, fmt.Errorf("lowrank: %w: mean of column %d is %v", core.ErrNotFinite, j, v)
		}
	}
	c := centered[T]{op, append(make([]float64, 0, len(mean)), mean...)}
	switch known := op.(type) {
	case centrableGramian[T]:
		return centeredGramian[T]{centeredNormed[T]{c, known}, known}, nil
	case centrable:
		return centeredNormed[T]{c, known}, nil
	}
	return c, nil
}

// centered is A - 1 mean^T.
type centered[T core.Float] struct {
	of   Operator[T]
	mean []float64
}

func (c centered[T]) Dims() (rows, cols int) { return c.of.Dims() }

func (c centered[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := c.of.Mul(ctx, dst, x); err != nil {
		return err
	}
	subtractRow(dst, meanTimes(c.mean, x))
	return nil
}

func (c centered[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := c.of.MulTrans(ctx, dst, x); err != nil {
		return err
	}
	sums := columnSums(x, make([]float64, x.Cols))
	for i, m := range c.mean {
		for j, v := range dst.Row(i) {
			dst.Row(i)[j] = T(float64(v) - m*sums[j])
		}
	}
	return nil
}

func (c centered[T]) columnSums(ctx context.Context) ([]float64, error) {
	rows, _ := c.Dims()
	means, err := ColumnMeans(ctx, c.of)
	for j := range means {
		means[j] = (means[j] - c.mean[j]) * float64(rows)
	}
	return means, err
}

type centeredNormed[T core.Float] struct {
	centered[T]
	norm centrable
}

func (c centeredNormed[T]) SquaredNorm(ctx context.Context) (float64, error) {
	return c.norm.centeredNorm(ctx, c.mean)
}

type centeredGramian[T core.Float] struct {
	centeredNormed[T]
	gram centrableGramian[T]
}

func (c centeredGramian[T]) MulTransMul(ctx context.Context, dst, x core.Matrix[T]) error {
	return c.gram.mulTransMulCentered(ctx, dst, x, c.mean)
}

// meanTimes returns mean^T x, or nil where there is no mean.
func meanTimes[T core.Float](mean []float64, x core.Matrix[T]) []float64 {
	if mean == nil {
		return nil
	}
	product := make([]float64, x.Cols)
	for i, m := range mean {
		for j, v := range x.Row(i) {
			product[j] += m * float64(v)
		}
	}
	return product
}

// subtractRow subtracts row from each row of x.
func subtractRow[T core.Float](x core.Matrix[T], row []float64) {
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			x.Row(i)[j] = T(float64(v) - row[j])
		}
	}
}

// subtractOuter subtracts a b^T from sum (len(a) x len(b)).
func subtractOuter(sum, a, b []float64) {
	for i, u := range a {
		row := sum[i*len(b) : (i+1)*len(b)]
		for j, v := range b {
			row[j] -= u * v
		}
	}
}
