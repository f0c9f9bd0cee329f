package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Streams of random numbers of training.
const (
	streamFunctions = iota + 301
	streamBatches
	streamRestarts
	streamSubset
)

// probes sets the right-hand sides after y. Frozen ones stay what they are.
func (e *iterativeObjective) probes(ctx context.Context) error {
	if e.o.ProbeLaw == ProbesPathwise {
		return e.pathwise(ctx)
	}
	if e.started {
		return nil
	}
	law := Preconditioner(e.pre)
	if low, ok := e.pre.(*LowRank); ok && e.o.ProbeLaw == ProbesPreconditioned {
		noise, floor, err := positiveNoise(ctx, e.op, core.Matrix[float32]{})
		if err != nil {
			return err
		}
		if law, err = low.with(ctx, noise, floor); err != nil {
			return err
		}
	}
	z := core.NewMatrix[float64](e.y.Rows, e.o.Probes)
	if err := law.Sample(ctx, z, e.o.Seed); err != nil {
		return err
	}
	if err := law.Solve(ctx, e.w, z); err != nil {
		return err
	}
	for i := range z.Rows {
		copy(e.b.Row(i)[e.y.Cols:], z.Row(i))
		clear(e.x.Row(i)[e.y.Cols:]) // quadrature needs the whole way
	}
	return nil
}

// pathwise sets the right-hand sides to draws from the prior of y, f_i(X) + noise, of the present parameters: the base
// random numbers are frozen.
func (e *iterativeObjective) pathwise(ctx context.Context) error {
	if e.draws == nil {
		e.draws = newFunctions(e.o.Probes, defaultFeatures, e.o.Seed)
		e.noise = core.NewMatrix[float64](e.y.Rows, e.o.Probes)
		if err := DrawProbes(ctx, e.noise, nil, e.o.Seed, e.o.Threads); err != nil {
			return err
		}
	}
	f := core.NewMatrix[float64](e.y.Rows, e.o.Probes)
	if err := e.draws.evaluate(ctx, f, e.op.compiled, e.op.points, e.o.Threads); err != nil {
		return err
	}
	for i, v := range e.op.Sigma() {
		row, root := e.b.Row(i)[e.y.Cols:], math.Sqrt(v)
		for j, x := range f.Row(i) {
			row[j] = x + root*e.noise.Row(i)[j]
		}
	}
	return nil
}

// factors sets left so that left x^T is the matrix of weights of the gradient.
func (e *iterativeObjective) factors() {
	w := e.w
	if e.o.ProbeLaw == ProbesPathwise {
		w = core.Matrix[float64]{Data: e.x.Data[e.y.Cols:], Rows: e.x.Rows, Cols: e.o.Probes, Stride: e.x.Stride}
	}
	share := -0.5 * float64(e.y.Cols) / float64(e.o.Probes)
	_ = par.For(nil, e.o.Threads, par.Tiles(e.left.Rows, rowTile), func(_, t int) {
		lo, hi := par.Span(t, e.left.Rows, rowTile)
		for i := lo; i < hi; i++ {
			row := e.left.Row(i)
			for j, v := range e.x.Row(i)[:e.y.Cols] {
				row[j] = 0.5 * v
			}
			for j, v := range w.Row(i) {
				row[e.y.Cols+j] = share * v
			}
		}
	})
}
