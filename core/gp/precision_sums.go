package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// summedRows is how many rows of K beyondFloat32 sums, evenly spread.
const summedRows = 64

// beyondFloat32 reports whether rounding of products in float32 is hopeless. Where the trace says so, the largest of some row sums of K,
// which bound its largest eigenvalue more closely where kernels vanish soon, is asked as well: 64 n elements of K.
func (op *Operator) beyondFloat32(ctx context.Context) (bool, error) {
	rounding := op.rounding()
	if rounding <= hopelessRounding {
		return false, nil
	}
	n := op.Size()
	count := min(n, summedRows)
	ids := make([]int, count)
	for k := range ids {
		ids[k] = k * n / count
	}
	x, err := op.points.chosen(ids)
	if err != nil {
		return false, err
	}
	ones, sums := core.NewMatrix[float64](n, 1), core.NewMatrix[float64](count, 1)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	if err := Cross(ctx, op, sums, x.matrix(), ones); err != nil {
		return false, err
	}
	diagonal := make([]float64, n)
	op.compiled.diagonal(diagonal, op.points)
	trace, largest := 0.0, 0.0
	for _, v := range diagonal {
		trace += v
	}
	for _, v := range sums.Data {
		largest = max(largest, v)
	}
	return rounding*min(1, largest/trace) > hopelessRounding, nil
}
