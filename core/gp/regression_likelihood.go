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
	if grad != nil {
		op, s, err := m.likelihoodOf(k, m.Precision)
		if err != nil {
			return 0, err
		}
		o := (&RegressionOptions{Solver: method(m.Solver), Precision: m.Precision, Format: m.Format, Preconditioner: m.Preconditioner, Rank: m.Rank, MaxSolve: m.MaxSolve, Seed: m.Seed,
			Known: m.Known, Threads: m.Threads}).withDefaults()
		if _, err := newIterativeObjective(op, m.X, s, m.Y, m.Noise, o).evaluate(ctx, theta, grad); err != nil {
			return 0, err
		}
	}
	moved := *m
	moved.Kernel, moved.Weights, moved.Diagnostics, moved.cache = k, nil, nil, nil
	if moved.Solver == MethodIterGP {
		moved.Solver, moved.Directions = MethodCG, core.Matrix[float64]{}
	}
	if err := moved.condition(ctx, nil); err != nil {
		return 0, err
	}
	if moved.Solver != MethodCholesky {
		err = moved.likelihood(ctx)
	}
	return moved.LogLikelihood, err
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
