package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// posterior is what predictions of a Regression need besides its fields.
type posterior struct {
	op    *Operator
	l     []float64 // factor of K + Sigma (n x n), if the solver is cholesky
	pre   *LowRank  // otherwise
	root  *LanczosRoot
	draws map[drawKey]*FunctionDraws
}

// Reset forgets what has been kept for predictions.
func (m *Regression) Reset() { m.cache = nil }

// posterior returns the cache with an operator in place, after checking the fields.
func (m *Regression) posterior() (*posterior, error) {
	if m.cache != nil {
		return m.cache, nil
	}
	n := m.X.Rows
	if err := checkPoints(m.X, "X of the model", 0); err != nil {
		return nil, err
	}
	if err := checkTargets(m.Y, n); err != nil {
		return nil, err
	}
	if err := Validate(m.Kernel, m.X.Cols); err != nil {
		return nil, err
	}
	if err := checkKnown(m.Known, n); err != nil {
		return nil, err
	}
	for _, f := range [][]float64{m.XMean, m.XScale} {
		if f != nil && (len(m.XMean) != m.X.Cols || len(m.XScale) != m.X.Cols) {
			return nil, fmt.Errorf("gp: %w: XMean and XScale have %d and %d elements for %d features", core.ErrShape,
				len(m.XMean), len(m.XScale), m.X.Cols)
		}
	}
	op, err := NewOperator(m.X, m.Kernel, together(m.Noise, m.Known), &OperatorOptions{Precision: m.Precision, Threads: m.Threads})
	if err != nil {
		return nil, err
	}
	m.cache = &posterior{op: op, draws: map[drawKey]*FunctionDraws{}}
	return m.cache, nil
}

// factor returns the posterior with the factor or the preconditioner in place.
func (m *Regression) factor(ctx context.Context) (*posterior, error) {
	p, err := m.posterior()
	if err != nil {
		return nil, err
	}
	n := m.X.Rows
	switch {
	case m.Solver == MethodCholesky && p.l == nil:
		l := make([]float64, n*n)
		if err := fillMatrix(ctx, l, p.op); err != nil {
			return nil, err
		}
		if err := factorize(ctx, m.Threads, l, n); err != nil {
			return nil, err
		}
		p.l = l
	case m.Solver != MethodCholesky && p.pre == nil:
		if p.pre, err = NewPreconditioner(ctx, p.op, &PreconditionerOptions{Rank: m.Rank, Seed: m.Seed, Threads: m.Threads,
			Progress: m.during("pivots")}); err != nil {
			return nil, err
		}
		m.PreconditionerRank = p.pre.Rank()
	}
	return p, nil
}

// solve returns (K + Sigma)^-1 b for b of n x t and what there is to say about it. start may be nil.
func (m *Regression) solve(ctx context.Context, b core.Matrix[float64], start *core.Matrix[float64], tols []float64) (*Solution, error) {
	p, err := m.factor(ctx)
	if err != nil {
		return nil, err
	}
	if p.l != nil {
		out := &Solution{X: core.NewMatrix[float64](b.Rows, b.Cols), Residuals: make([]float64, b.Cols)}
		for i := range b.Rows {
			copy(out.X.Row(i), b.Row(i))
		}
		solveFactor(m.Threads, p.l, b.Rows, out.X.Data, b.Cols)
		return out, contextError(ctx)
	}
	most := m.MaxSolve
	if most == 0 {
		most = defaultMaxIterations
	}
	return Solve(ctx, p.op, b, &SolveOptions{Method: MethodCG, Tol: positiveOr(m.PredictTol, 1e-3), Tols: tols, MaxIterations: most,
		Start: start, Preconditioner: p.pre, Threads: m.Threads, Progress: m.during("solving")})
}

// condition computes the weights from the parameters, and with Cholesky the likelihood. start is a guess of the weights.
func (m *Regression) condition(ctx context.Context, start []float64) error {
	n := len(m.Y)
	y := core.Matrix[float64]{Data: m.Y, Rows: n, Cols: 1, Stride: 1}
	var guess *core.Matrix[float64]
	if len(start) == n {
		guess = &core.Matrix[float64]{Data: start, Rows: n, Cols: 1, Stride: 1}
	}
	out, err := m.solve(ctx, y, guess, nil)
	if err != nil {
		return err
	}
	m.Weights, m.Residual = slices.Clone(out.X.Data), out.Residuals[0]
	for _, d := range out.Diagnostics {
		if d.Code != GuessDropped {
			m.Diagnostics = append(m.Diagnostics, d)
		}
	}
	if l := m.cache.l; l != nil {
		m.LogLikelihood = -0.5*blas.Dot(m.Y, m.Weights) - 0.5*float64(n)*math.Log(2*math.Pi)
		for i := range n {
			m.LogLikelihood -= math.Log(l[i*n+i])
		}
		m.Lower, m.Upper = m.LogLikelihood, m.LogLikelihood
	}
	return nil
}

// likelihoodProbes keep the standard error of the likelihood at some 1e-3 per point where the noise is small.
const likelihoodProbes = 32

// likelihood estimates log p(Y) from the weights and stochastic Lanczos quadrature. For any v and r = y - (K + Sigma) v,
//
//	y^T v + r^T v <= y^T (K + Sigma)^-1 y <= y^T v + r^T v + r^T P^-1 r,
//
// if P is not more than K + Sigma, which low-rank approximations from below see to.
func (m *Regression) likelihood(ctx context.Context) error {
	p, err := m.factor(ctx)
	if err != nil {
		return err
	}
	n := len(m.Y)
	column := func(v []float64) core.Matrix[float64] {
		return core.Matrix[float64]{Data: v, Rows: n, Cols: 1, Stride: 1}
	}
	r, pr := make([]float64, n), make([]float64, n)
	if err := p.op.Mul(ctx, column(r), column(m.Weights)); err != nil {
		return err
	}
	for i, v := range m.Y {
		r[i] = v - r[i]
	}
	if err := p.pre.Solve(ctx, column(pr), column(r)); err != nil {
		return err
	}
	quadratic := blas.Dot(m.Y, m.Weights) + blas.Dot(r, m.Weights)
	gap := blas.Dot(r, pr)
	det, err := LogDet(ctx, p.op, &LogDetOptions{Probes: likelihoodProbes, Seed: m.Seed, Preconditioner: p.pre, Threads: m.Threads,
		Progress: m.during("likelihood")})
	if err != nil {
		return err
	}
	base := -0.5 * float64(n) * math.Log(2*math.Pi)
	m.LogLikelihood = base - 0.5*(quadratic+gap/2) - 0.5*det.Value
	m.Lower, m.Upper = base-0.5*(quadratic+gap)-0.5*det.Upper, base-0.5*quadratic-0.5*det.Lower
	m.Diagnostics = append(m.Diagnostics, det.Diagnostics...)
	return nil
}
