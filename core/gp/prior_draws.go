package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// Evaluate writes k(x_i, y_j) without White terms to dst (m x l) for the points x (m x d) and y (l x d). Errors wrap
// [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], or come from ctx.
func Evaluate[T core.Float](ctx context.Context, k Kernel, dst core.Matrix[float64], x, y core.Matrix[T], threads int) error {
	op, err := NewOperator(y, k, nil, &OperatorOptions{Precision: Float64, Threads: threads})
	if err != nil {
		return err
	}
	return CrossMatrix(ctx, op, dst, x)
}

// DrawPrior writes draws from the prior of a function at the points x (m x d) to the columns of dst, each a sum of 2000 random
// features, without White terms: memory of O(m) besides. Draws are functions: the same seed gives the same ones at any points.
// Errors are those of [Evaluate].
func DrawPrior[T core.Float](ctx context.Context, k Kernel, dst core.Matrix[float64], x core.Matrix[T], seed uint64, threads int) error {
	if err := checkPoints(x, "x", 0); err != nil {
		return err
	}
	if err := Validate(k, x.Cols); err != nil {
		return err
	}
	if dst.Cols < 1 {
		return fmt.Errorf("gp: %w: the number of draws must be at least 1, got %d", core.ErrOption, dst.Cols)
	}
	if err := checkShape(dst, "dst", x.Rows, dst.Cols); err != nil {
		return err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	return newFunctions(dst.Cols, defaultFeatures, seed).evaluate(ctx, dst, compileKernel(k, x.Cols), pointsOf(x), threads)
}
