package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// PredictCovariance writes the posterior covariance of f at the points x (m x d) to dst (m x m), in units of the data, or of
// their Y where a model has several outputs: memory of O(n m). With conjugate gradients its error is of the size of the model's tolerance.
func PredictCovariance[T core.Float](ctx context.Context, m *Regression, dst core.Matrix[float64], x core.Matrix[T]) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := checkPoints(x, "test points", m.X.Cols); err != nil {
		return err
	}
	if err := checkShape(dst, "dst", x.Rows, x.Rows); err != nil {
		return err
	}
	if err := checkColumns("solves", m.X.Rows, 5*float64(x.Rows), "ask for fewer test points at once"); err != nil {
		return err
	}
	if _, err := m.factor(ctx); err != nil {
		return err
	}
	z := m.used(core.NewMatrix[float64](x.Rows, x.Cols), x, 0, x.Rows)
	own, err := NewOperator(z, m.Kernel, nil, &OperatorOptions{Precision: Float64, Threads: m.Threads})
	if err != nil {
		return err
	}
	if err := CrossMatrix(ctx, own, dst, z); err != nil {
		return err
	}
	b, err := m.transposedCross(ctx, z)
	if err != nil {
		return err
	}
	s, err := m.solve(ctx, b, nil, nil)
	if err != nil {
		return err
	}
	k, scale := b.Cols, 1.0
	if m.outputs() == 1 {
		_, scale = m.units(0)
	}
	blas.Gemm(m.Threads, true, false, k, k, b.Rows, -1, b.Data, b.Stride, s.X.Data, s.X.Stride, 1, dst.Data, dst.Stride)
	for i := range k {
		for j := range i + 1 {
			v := scale * scale * (dst.Row(i)[j] + dst.Row(j)[i]) / 2
			dst.Row(i)[j], dst.Row(j)[i] = v, v
		}
	}
	return nil
}
