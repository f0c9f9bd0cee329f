package gp

import (
	"context"
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Evidence returns Laplace's approximation of log p(y | theta), the mean over problems, and unless grad is nil writes its
// gradient there. theta holds the logarithms of the free parameters of the kernels, of each problem one after the other or,
// if there are only so many, the same for all. It is exact for any solver: n^2 numbers in memory, and n^3 operations some
// ten times. Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNumerical], or come from ctx.
func (m *Classification) Evidence(ctx context.Context, theta, grad []float64) (float64, error) {
	list, err := m.parts()
	if err != nil {
		return 0, err
	}
	free := len(Theta(m.Kernels[0]))
	each := len(theta) == free*len(list)
	if !each && len(theta) != free {
		return 0, fmt.Errorf("gp: %w: theta has %d elements; kernels have %d free parameters each, those of all %d problems "+
			"together are %d", core.ErrShape, len(theta), free, len(list), free*len(list))
	}
	if grad != nil && len(grad) != len(theta) {
		return 0, fmt.Errorf("gp: %w: the gradient has %d elements, theta has %d", core.ErrShape, len(grad), len(theta))
	}
	if need := exactMegabytes(m.X.Rows, list[0].y.c); need > maxExactMemory {
		return 0, fmt.Errorf("gp: %w: the exact likelihood of %d points needs %.0f MB, of which %d are allowed", core.ErrOption,
			m.X.Rows, need, maxExactMemory)
	}
	clear(grad)
	sum := 0.0
	for _, p := range list {
		mine, own := theta, grad
		if each {
			from := p.number * free
			mine = theta[from : from+free]
			if grad != nil {
				own = grad[from : from+free]
			}
		}
		value, err := m.evidence(ctx, p, mine, own)
		if err != nil {
			return 0, err
		}
		sum += value
	}
	for i := range grad {
		grad[i] /= float64(len(list))
	}
	return sum / float64(len(list)), nil
}

// evidence returns that of one problem and adds its gradient to grad, unless that is nil.
func (m *Classification) evidence(ctx context.Context, p problem, theta, grad []float64) (float64, error) {
	kernel := m.Kernels[p.number]
	op, err := NewOperator(p.rows(m.X), kernel, nil, &OperatorOptions{Precision: Float64, Threads: m.Threads})
	if err != nil {
		return 0, err
	}
	var own []float64
	if grad != nil {
		own = slices.Clone(grad)
		clear(own)
	}
	options := &ClassificationOptions{}
	e := newExactEvidence(op, p.y, options.newtonTol(true), options.withDefaults().MaxNewton, m.Threads)
	value, err := e.evaluate(ctx, theta, own)
	for i, v := range own {
		grad[i] += v
	}
	return value, err
}
