package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// svmChunk is how many points are decided about at a time.
const svmChunk = 4096

// Reset forgets what has been kept for decisions.
func (m *SVM) Reset() { m.op = nil }

// Decide writes the value of function j of the machine at point i of x (l x d) to element (i, j) of dst (l x t). Of two classes
// the second is meant by a positive value; of more, that with the largest. Points are worked on in chunks, so that memory
// is O(n + l t) and no kernel matrix is held; takes l n (d + 2 t + 20) operations.
//
// Errors wrap [core.ErrShape], [core.ErrNotFinite] or [core.ErrOption], or come from ctx.
func Decide[T core.Float](ctx context.Context, m *SVM, dst core.Matrix[float64], x core.Matrix[T]) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := m.ready(); err != nil {
		return err
	}
	if err := dst.Check("dst"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if dst.Rows != x.Rows || dst.Cols != m.Dual.Cols {
		return fmt.Errorf("gp: %w: dst is %d x %d for %d points and %d functions", core.ErrShape, dst.Rows, dst.Cols, x.Rows,
			m.Dual.Cols)
	}
	if x.Rows == 0 && x.Cols == m.X.Cols {
		return ctx.Err()
	}
	if err := checkPoints(x, "X", m.X.Cols); err != nil {
		return err
	}
	for lo := 0; lo < x.Rows; lo += svmChunk {
		rows := min(svmChunk, x.Rows-lo)
		part := core.Matrix[T]{Data: x.Data[lo*x.Stride:], Rows: rows, Cols: x.Cols, Stride: x.Stride}
		to := core.Matrix[float64]{Data: dst.Data[lo*dst.Stride:], Rows: rows, Cols: dst.Cols, Stride: dst.Stride}
		if err := Cross(ctx, m.op, to, part, m.Dual); err != nil {
			return err
		}
		for i := range rows {
			row := to.Row(i)
			for j, b := range m.Intercept {
				row[j] += b
			}
		}
	}
	return nil
}

// ready checks the fields and makes the operator.
func (m *SVM) ready() error {
	if m.op != nil {
		return nil
	}
	if err := checkPoints(m.X, "X of the machine", 0); err != nil {
		return err
	}
	if err := m.Dual.Check("Dual"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if m.Dual.Rows != m.X.Rows || m.Dual.Cols != len(m.Intercept) || m.Dual.Cols < 1 {
		return fmt.Errorf("gp: %w: a machine of %d points and %d intercepts has %d x %d coefficients", core.ErrShape, m.X.Rows,
			len(m.Intercept), m.Dual.Rows, m.Dual.Cols)
	}
	if err := m.Dual.CheckFinite("Dual"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if err := Validate(m.Kernel, m.X.Cols); err != nil {
		return err
	}
	op, err := NewOperator(m.X, m.Kernel, nil, &OperatorOptions{Precision: m.Precision, Threads: m.Threads})
	m.op = op
	return err
}
