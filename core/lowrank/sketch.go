package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// sketchSigns is to how many rows of a sketch each row of a matrix goes, unless an option says otherwise.
const sketchSigns = 8

// signSketch returns S A (d x n) in float64 for a random S with signs, as in [SparseSign], that is a function of d, the
// seed and the rows of A alone.
func signSketch[T core.Float](ctx context.Context, a Operator[T], d int, o *Options) ([]float64, error) {
	_, n := a.Dims()
	s := &sketching[T]{s: newSignTest(d, 0, o.Seed, streamSketch), n: n, threads: o.Threads, sum: make([]float64, d*n)}
	return s.sum, s.over(ctx, a)
}

// signSketchRows is signSketch for rows that are finite.
func signSketchRows[T core.Float](ctx context.Context, x core.Matrix[T], d int, o *Options) ([]float64, error) {
	a, err := newDense(x, o.Threads)
	if err != nil {
		return nil, err
	}
	return signSketch(ctx, a, d, o)
}
