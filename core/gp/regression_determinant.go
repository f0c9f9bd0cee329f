package gp

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// likelihood estimates log p(Y) from the weights and stochastic Lanczos quadrature. For any v and r = y - (K + Sigma) v,
//
//	y^T v + r^T v <= y^T (K + Sigma)^-1 y <= y^T v + r^T v + r^T P^-1 r,
//
// if P is not more than K + Sigma, which low-rank approximations from below see to. Others are divided by half the smallest Ritz value of
// P^-1 (K + Sigma) that quadrature has seen.
func (m *Regression) likelihood(ctx context.Context) error {
	p, err := m.factor(ctx)
	if err != nil {
		return err
	}
	det, least, err := m.determinant(ctx)
	if err != nil {
		return err
	}
	below, scale := Preconditioner(p.pre), 2/least
	if _, low := p.pre.(*LowRank); low {
		if below, err = m.bound(ctx); err != nil {
			return err
		}
		scale = 1
	}
	n, t := m.X.Rows, float64(m.outputs())
	r, pr := make([]float64, len(m.Y)), make([]float64, len(m.Y))
	if err := p.op.Mul(ctx, tall(r, n), tall(m.Weights, n)); err != nil {
		return err
	}
	for i, v := range m.Y {
		r[i] = v - r[i]
	}
	if err := below.Solve(ctx, tall(pr, n), tall(r, n)); err != nil {
		return err
	}
	quadratic := blas.Dot(m.Y, m.Weights) + blas.Dot(r, m.Weights)
	gap := scale * blas.Dot(r, pr)
	base := -0.5 * float64(n) * t * math.Log(2*math.Pi)
	m.LogLikelihood = base - 0.5*(quadratic+gap/2) - 0.5*t*det.Value
	m.Lower, m.Upper = base-0.5*(quadratic+gap)-0.5*t*det.Upper, base-0.5*quadratic-0.5*t*det.Lower
	m.QuadratureBias = 0.5 * t * det.BiasBound
	m.Diagnostics = append(m.Diagnostics, det.Diagnostics...)
	return nil
}

// Probes for the determinant of a regression are drawn in rounds until the standard error of the likelihood per point is
// small enough. Beyond manyPoints each step takes a minute or so, and probes tell more, since their error falls with the
// number of points: one round of fewer and shorter ones has to do, within the interval that it states.
const (
	roundProbes     = 16
	mostRounds      = 4
	likelihoodError = 1e-3

	manyPoints = 100_000
	fewProbes  = 7
	fewSteps   = 25
)

// determinant estimates log|K + Sigma|, and returns the smallest Ritz value behind that.
func (m *Regression) determinant(ctx context.Context) (det *LogDetEstimate, least float64, err error) {
	p, n := m.cache, m.X.Rows
	probes := slices.Clone(p.probes)
	rounds, width, steps := mostRounds, roundProbes, 0
	if n > manyPoints {
		rounds, width, steps = 1, fewProbes, fewSteps
	}
	for round := range rounds {
		if round > 0 || len(probes) == 0 {
			out, err := probe(ctx, p.products(), &LogDetOptions{Probes: width, Steps: steps, Seed: m.Seed + uint64(round)<<32, Preconditioner: p.pre,
				Threads: m.Threads, Progress: m.during("likelihood")})
			if err != nil {
				return nil, 0, err
			}
			probes = append(probes, out.Lanczos...)
		}
		if det, err = LogDetFrom(probes, n, p.pre, leastOf(p.op.Sigma())); err != nil {
			return nil, 0, err
		}
		if round == rounds-1 || !(0.5*det.StandardError > likelihoodError*float64(n)) {
			break
		}
	}
	least = 1
	for _, t := range probes {
		if nodes, _, err := t.Quadrature(); err == nil && len(nodes) > 0 && nodes[0] > 0 {
			least = min(least, nodes[0])
		}
	}
	return det, least, nil
}
