package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// next sets action, and where that is cheap image to its product with K + Sigma, which known tells. more is false where
// the policy has nothing left to do.
func (g *inference) next(ctx context.Context, policy string) (known, more bool, err error) {
	switch policy {
	case PolicyCholesky:
		return g.unit(ctx)
	case PolicyInducing:
		if g.used == g.o.Inducing.Cols {
			return false, false, nil
		}
		for i := range g.action {
			g.action[i] = g.o.Inducing.Row(i)[g.used]
		}
		g.used++
		return false, true, nil
	}
	if !(g.residual() > leastResidual) {
		return false, false, nil
	}
	if g.o.Preconditioner == nil {
		copy(g.action, g.r)
		return false, true, nil
	}
	one := func(x []float64) core.Matrix[float64] {
		return core.Matrix[float64]{Data: x, Rows: g.n, Cols: 1, Stride: 1}
	}
	return false, true, g.o.Preconditioner.Solve(ctx, one(g.action), one(g.r))
}

// unit is the action of PolicyCholesky: the point whose observation has the largest variance given those before.
func (g *inference) unit(ctx context.Context) (known, more bool, err error) {
	k, sigma := columnsOf(g.s), g.s.Sigma()
	if g.left == nil {
		g.left = make([]float64, g.n)
		if err := k.Diagonal(ctx, g.left); err != nil {
			return false, false, err
		}
		for i, v := range sigma {
			g.left[i] += v
		}
		for j := range g.k {
			for i, v := range g.kd.Row(j) {
				g.left[i] -= v * v
			}
		}
	}
	best := 0
	for i, v := range g.left {
		if v > g.left[best] {
			best = i
		}
	}
	if !(g.left[best] > 0) {
		return false, false, nil
	}
	clear(g.action)
	g.action[best] = 1
	column := core.Matrix[float64]{Data: g.image, Rows: 1, Cols: g.n, Stride: g.n}
	if err := k.Columns(ctx, column, []int{best}); err != nil {
		return false, false, err
	}
	g.image[best] += sigma[best]
	return true, true, nil
}
