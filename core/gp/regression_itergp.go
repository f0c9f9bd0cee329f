package gp

import (
	"context"
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// MethodIterGP is a solver of [RegressionOptions]: the system of the weights is not solved to a tolerance, but as far as a
// number of actions of [IterGP] get, and what they leave open counts as uncertainty.
const MethodIterGP = "itergp"

// PolicyMixed of [RegressionOptions] is [PolicyCG] until the residual is at the tolerance of predictions, and [PolicyInducing]
// for what is left of the actions. Residuals alone look where the observations are: once they are explained, nothing more is
// learnt, and variances elsewhere stay as large as before.
const PolicyMixed = "mixed"

// method is how systems are solved in training, and in predictions unless the solver is itergp.
func method(solver string) string {
	if solver == "" || solver == Auto || solver == MethodIterGP {
		return MethodCG
	}
	return solver
}

// stages returns the policies of the model, and the number of all actions.
func (m *Regression) stages() ([]Stage, int) {
	most := m.Actions
	if most == 0 {
		most = min(max(m.X.Rows/8, 100), 500)
	}
	most = min(most, m.X.Rows)
	if m.Policy == "" || m.Policy == PolicyMixed {
		return []Stage{{PolicyCG, most, positiveOr(m.PredictTol, 1e-3)}, {PolicyInducing, most, 0}}, most
	}
	return []Stage{{m.Policy, most, 0}}, most
}

// act makes the observations into a Belief.
func (m *Regression) act(ctx context.Context) (*Belief, error) {
	if m.outputs() > 1 {
		return nil, fmt.Errorf("gp: %w: computational uncertainty is that of one output, and the model has %d; fit a model for each",
			core.ErrOption, m.outputs())
	}
	p, err := m.factor(ctx)
	if err != nil {
		return nil, err
	}
	o := &IterGPOptions{Preconditioner: p.pre, Threads: m.Threads, Progress: m.during("actions")}
	o.Stages, o.Most = m.stages()
	if slices.ContainsFunc(o.Stages, func(s Stage) bool { return s.Policy == PolicyInducing }) {
		if o.Inducing, err = m.inducing(ctx, o.Most); err != nil {
			return nil, err
		}
	}
	return IterGP(ctx, p.op, m.Y, o)
}

// inducing returns the columns of K (n x count) of random pivots, fewer where they are all that matter.
func (m *Regression) inducing(ctx context.Context, count int) (core.Matrix[float64], error) {
	pre, ok := m.cache.pre.(*LowRank)
	if !ok || len(pre.Pivots()) < count {
		var err error
		if pre, err = NewPreconditioner(ctx, m.cache.op, &PreconditionerOptions{Rank: count, Seed: m.Seed, Threads: m.Threads}); err != nil {
			return core.Matrix[float64]{}, err
		}
	}
	pivots := pre.Pivots()
	pivots = pivots[:min(count, len(pivots))]
	z, err := m.cache.op.points.chosen(pivots)
	if err != nil {
		return core.Matrix[float64]{}, err
	}
	return m.transposedCross(ctx, z.matrix())
}

// adopt makes the belief the model's.
func (m *Regression) adopt(b *Belief) {
	m.Directions, m.Weights, m.Residual = b.D, slices.Clone(b.Weights), b.Residual
	m.Diagnostics = append(m.Diagnostics, b.Diagnostics...)
}

// believed returns C b, with C = D^T D what actions have found out about (K + Sigma)^-1. In the place of a solution it makes
// covariances and draws those of the combined uncertainty, since C (K + Sigma) C = C.
func (m *Regression) believed(ctx context.Context, b core.Matrix[float64]) (*Solution, error) {
	k, n := m.Directions.Rows, b.Rows
	if m.Directions.Cols != n {
		return nil, fmt.Errorf("gp: %w: Directions has %d columns for %d points", core.ErrShape, m.Directions.Cols, n)
	}
	out := &Solution{X: core.NewMatrix[float64](n, b.Cols), Residuals: make([]float64, b.Cols), Method: MethodIterGP}
	if k > 0 && b.Cols > 0 {
		db := make([]float64, k*b.Cols)
		d := m.Directions
		blas.Gemm(m.Threads, false, false, k, b.Cols, n, 1, d.Data, d.Stride, b.Data, b.Stride, 0, db, b.Cols)
		blas.Gemm(m.Threads, true, false, n, b.Cols, k, 1, d.Data, d.Stride, db, b.Cols, 0, out.X.Data, b.Cols)
	}
	return out, contextError(ctx)
}

// believing returns the model with the solver itergp: itself, or a copy whose belief is made at first use and kept.
func (m *Regression) believing(ctx context.Context) (*Regression, error) {
	if m.Solver == MethodIterGP {
		return m, nil
	}
	p, err := m.factor(ctx)
	if err != nil {
		return nil, err
	}
	if p.belief == nil {
		if p.belief, err = m.act(ctx); err != nil {
			return nil, err
		}
	}
	like := *m
	like.Solver, like.Diagnostics = MethodIterGP, nil
	like.adopt(p.belief)
	return &like, nil
}
