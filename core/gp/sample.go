package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// FunctionDraws are draws from the posterior, functions that can be evaluated anywhere: a draw f from the prior, made of
// random features, plus K(x, X) times the weights (K + Sigma)^-1 (y - f(X) - noise), by the rule of Matheron.
//
// Source: J. T. Wilson, V. Borovitskiy, A. Terenin, P. Mostowsky, M. P. Deisenroth: Efficiently sampling functions from
// Gaussian process posteriors, ICML, 2020.
type FunctionDraws struct {
	Seed     uint64
	Features int
	Weights  core.Matrix[float64] // n x (draws t): the t outputs of a draw side by side

	Residuals   []float64 // relative, of the systems behind the weights
	Diagnostics []Diagnostic
}

type drawKey struct {
	count  int
	seed   uint64
	solver string
}

// DrawFunctions returns draws from the posterior of the model: one solve with as many right-hand sides. Draw j depends on
// seed and j alone, but for rounding. They are kept with the model. Errors wrap [core.ErrOption] or [core.ErrNumerical], or
// come from ctx.
func DrawFunctions(ctx context.Context, m *Regression, count int, seed uint64) (*FunctionDraws, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if count < 1 {
		return nil, fmt.Errorf("gp: %w: the number of draws must be at least 1, got %d", core.ErrOption, count)
	}
	p, err := m.posterior()
	if err != nil {
		return nil, err
	}
	key := drawKey{count, seed, m.Solver}
	if d := p.draws[key]; d != nil {
		return d, nil
	}
	n, t := m.X.Rows, m.outputs()
	d := &FunctionDraws{Seed: seed, Features: defaultFeatures}
	b, noise := core.NewMatrix[float64](n, count*t), core.NewMatrix[float64](n, count*t)
	if err := newFunctions(count*t, d.Features, seed).evaluate(ctx, b, p.op.compiled, p.op.points, m.Threads); err != nil {
		return nil, err
	}
	if err := DrawProbes(ctx, noise, nil, seed, m.Threads); err != nil {
		return nil, err
	}
	sigma := p.op.Sigma()
	for i := range n {
		row := b.Row(i)
		for j, e := range noise.Row(i) {
			row[j] = m.Y[i*t+j%t] - row[j] - math.Sqrt(sigma[i])*e
		}
	}
	s, err := m.solve(ctx, b, nil, nil)
	if err != nil {
		return nil, err
	}
	d.Weights, d.Residuals, d.Diagnostics = s.X, s.Residuals, s.Diagnostics
	p.draws[key] = d
	return d, nil
}

// EvaluateDraws writes the value of output k of draw j at point i of x (m x d) to element (i, j t + k) of dst (m x draws t), in
// units of the data, in parts of which memory is O(n + part (d + draws)). Takes m (n + features) (d + draws) operations.
func EvaluateDraws[T core.Float](ctx context.Context, m *Regression, d *FunctionDraws, dst core.Matrix[float64], x core.Matrix[T]) error {
	if ctx == nil {
		ctx = context.Background()
	}
	p, err := m.posterior()
	if err != nil {
		return err
	}
	if err := checkPoints(x, "test points", m.X.Cols); err != nil {
		return err
	}
	if d.Weights.Rows != m.X.Rows {
		return fmt.Errorf("gp: %w: the draws are for %d points, the model has %d", core.ErrShape, d.Weights.Rows, m.X.Rows)
	}
	count := d.Weights.Cols
	if err := checkShape(dst, "dst", x.Rows, count); err != nil {
		return err
	}
	const chunk = 1024
	scratch := core.NewMatrix[float64](min(chunk, x.Rows), x.Cols)
	prior := core.NewMatrix[float64](min(chunk, x.Rows), count)
	t := m.outputs()
	for lo := 0; lo < x.Rows; lo += chunk {
		hi := min(x.Rows, lo+chunk)
		z := m.used(scratch, x, lo, hi)
		prior.Rows = hi - lo
		if err := newFunctions(count, d.Features, d.Seed).evaluate(ctx, prior, p.op.compiled, pointsOf(z), m.Threads); err != nil {
			return err
		}
		part := core.Matrix[float64]{Data: dst.Data[lo*dst.Stride:], Rows: hi - lo, Cols: count, Stride: dst.Stride}
		if err := Cross(ctx, p.op, part, z, d.Weights); err != nil {
			return err
		}
		for i := range hi - lo {
			row := part.Row(i)
			for j, f := range prior.Row(i) {
				mean, scale := m.units(j % t)
				row[j] = mean + scale*(row[j]+f)
			}
		}
	}
	return nil
}

// drawnVariances writes the variances of draws at the rows of z, in units of Y, to dst. Their mean is known and costs no degree of
// freedom.
func (m *Regression) drawnVariances(ctx context.Context, dst []float64, z core.Matrix[float64], count int) error {
	d, err := DrawFunctions(ctx, m, count, m.Seed)
	if err != nil {
		return err
	}
	t := m.outputs()
	values := core.NewMatrix[float64](z.Rows, count*t)
	plain := *m // z is in the units of X
	plain.XMean, plain.XScale, plain.YMean, plain.YScale = nil, nil, nil, nil
	if err := EvaluateDraws(ctx, &plain, d, values, z); err != nil {
		return err
	}
	mean := core.NewMatrix[float64](z.Rows, t)
	if err := Cross(ctx, m.cache.op, mean, z, tall(m.Weights, m.X.Rows)); err != nil {
		return err
	}
	for i := range dst {
		sum := 0.0
		for j, v := range values.Row(i) {
			sum += (v - mean.Row(i)[j%t]) * (v - mean.Row(i)[j%t])
		}
		dst[i] = sum / float64(count*t)
	}
	return nil
}
