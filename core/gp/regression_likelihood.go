package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// LogMarginal returns log p(Y) for other values of the kernel's free parameters, given as logarithms; the noise stays what
// it is. nil stands for the model's own values. The gradient by theta goes to grad, unless that is nil.
//
// With solver cholesky both are exact: n^3/3 operations for the value, n^3 with the gradient. With others the value is an
// estimate by stochastic Lanczos quadrature, and the gradient one from n_probes = 15 probes: each costs as much as
// conditioning the model anew. Errors wrap [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func (m *Regression) LogMarginal(ctx context.Context, theta, grad []float64) (float64, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	k, err := m.Kernel, error(nil)
	if theta == nil {
		theta = Theta(k)
	} else if k, err = WithTheta(k, theta); err != nil {
		return 0, err
	}
	if grad != nil && len(grad) != len(theta) {
		return 0, fmt.Errorf("gp: %w: the gradient has %d elements, theta %d", core.ErrShape, len(grad), len(theta))
	}
	if _, err := m.posterior(); err != nil {
		return 0, err
	}
	if m.Solver == MethodCholesky && grad != nil {
		op, s, err := m.likelihoodOf(k, Float64)
		if err != nil {
			return 0, err
		}
		return newExactObjective(op, s, m.targets(), m.Known, m.Noise, m.Threads).evaluate(ctx, theta, grad)
	}
	moved := *m
	moved.Kernel, moved.Weights, moved.Diagnostics, moved.cache = k, nil, nil, nil
	if moved.Solver == MethodIterGP {
		moved.Solver, moved.Directions = MethodCG, core.Matrix[float64]{}
	}
	var start []float64
	if grad != nil {
		if start, err = moved.slope(ctx, theta, grad); err != nil {
			return 0, err
		}
	}
	if err := moved.condition(ctx, start); err != nil {
		return 0, err
	}
	if moved.Solver != MethodCholesky {
		err = moved.likelihood(ctx)
	}
	return moved.LogLikelihood, err
}

// slope writes the gradient of log p(Y) and returns the weights that it rests on. What it has made for that is kept for the value:
// the preconditioner and, with cg, the Lanczos processes of its probes, which go on for longer than a gradient needs.
func (m *Regression) slope(ctx context.Context, theta, grad []float64) (weights []float64, err error) {
	op, s, err := m.likelihoodOf(m.Kernel, m.Precision)
	if err != nil {
		return nil, err
	}
	p, err := m.posterior()
	if err != nil {
		return nil, err
	}
	o := (&RegressionOptions{Solver: m.Solver, Precision: m.Precision, Format: m.Format, Preconditioner: m.Preconditioner, Rank: m.Rank,
		MaxSolve: m.MaxSolve, Seed: m.Seed, Known: m.Known, Threads: m.Threads}).withDefaults()
	e := newIterativeObjective(op, m.X, s, m.Y, m.Noise, o)
	for j := range o.Probes {
		e.tols[m.outputs()+j] = min(o.Tol, quadratureTol)
	}
	if _, err := e.evaluate(ctx, theta, grad); err != nil {
		return nil, err
	}
	p.pre, p.probes, m.Preconditioner, m.PreconditionerRank = e.pre, e.lanczos, e.verdict, e.pre.Rank()
	return e.alpha, nil
}

// likelihoodOf returns what an objective of the kernel's parameters alone needs.
func (m *Regression) likelihoodOf(k Kernel, precision string) (*Operator, *space, error) {
	s, err := newSpace(k, Bounds{Fixed: true}, m.X.Cols, nil)
	if err != nil {
		return nil, nil, err
	}
	op, err := NewOperator(m.X, k, together(m.Noise, m.Known), &OperatorOptions{Precision: precision, Threads: m.Threads})
	return op, s, err
}
