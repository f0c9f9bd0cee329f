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

// drawBlock is how many draws are solved for side by side: enough to hide the evaluation of K behind the product.
const drawBlock = 64

// drawnPart is how far the residual of a draw's system may be from zero in the root of its mean square, as a part of the
// deviation of the noise. A residual is as if the observations had been moved by it: what it adds to variances, and since
// draws deviate from the mean independently of the data it can only add, is its square's part of them or a few times that.
const drawnPart = 0.05

// DrawFunctions returns draws from the posterior of the model: the weights of its mean minus one solve with as many right-hand
// sides, f(X) + noise. Draw j depends on seed and j alone, but for rounding. They are kept with the model. Residuals, relative to
// f(X) + noise, are at most the larger of predict_tol and what adds about a percent to variances. Memory is O(n (draws + 64)).
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNumerical], or come from ctx.
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
	if err := m.checkWeights(); err != nil {
		return nil, err
	}
	key := drawKey{count, seed, m.Solver}
	if d := p.draws[key]; d != nil {
		return d, nil
	}
	n, t := m.X.Rows, m.outputs()
	if err := checkColumns("draws", n, 6*float64(count)*float64(t), "take fewer draws at once"); err != nil {
		return nil, err
	}
	d := &FunctionDraws{Seed: seed, Features: defaultFeatures}
	b, noise := core.NewMatrix[float64](n, count*t), core.NewMatrix[float64](n, count*t)
	if err := newFunctions(count*t, d.Features, seed).evaluate(ctx, b, p.op.compiled, p.op.points, m.Threads); err != nil {
		return nil, err
	}
	if err := DrawProbes(ctx, noise, nil, seed, m.Threads); err != nil {
		return nil, err
	}
	for i, v := range p.op.Sigma() {
		row := b.Row(i)
		for j, e := range noise.Row(i) {
			row[j] += math.Sqrt(v) * e
		}
	}
	for lo := 0; lo < b.Cols; lo += drawBlock {
		part := core.Matrix[float64]{Data: b.Data[lo:], Rows: n, Cols: min(drawBlock, b.Cols-lo), Stride: b.Stride}
		s, err := m.solve(ctx, part, nil, m.drawTols(part))
		if err != nil {
			return nil, err
		}
		for i := range n {
			row := part.Row(i)
			for j, v := range s.X.Row(i) {
				row[j] = m.Weights[i*t+(lo+j)%t] - v
			}
		}
		d.Residuals = append(d.Residuals, s.Residuals...)
		for _, note := range s.Diagnostics {
			if note.Column >= 0 {
				note.Column += lo
			}
			d.Diagnostics = append(d.Diagnostics, note)
		}
	}
	d.Weights = b
	p.draws[key] = d
	return d, nil
}

// drawTols returns the relative residual that is good enough for each column of b.
func (m *Regression) drawTols(b core.Matrix[float64]) []float64 {
	enough := 0.0
	for _, v := range m.cache.op.Sigma() {
		enough += v
	}
	tols, zero := lengths(b)
	for j, norm := range tols {
		if tols[j] = positiveOr(m.PredictTol, 1e-3); !zero[j] {
			tols[j] = max(tols[j], min(drawnPart*math.Sqrt(enough)/norm, 0.5))
		}
	}
	return tols
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
