package gp

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// VarianceColumns takes variances from what the columns of a preconditioner say about the training points: IterGP with them for
// actions. They are never too small, and within a percent or so where columns explain the kernel.
const VarianceColumns = "columns"

// columnVariance is what variances from columns need of a problem with one latent function.
type columnVariance struct {
	op   *Operator            // without noise
	root core.Matrix[float64] // D (r x n)
	done bool                 // false: the columns leave too much of the trace for root to be made
}

const (
	columnsAtOnce = 64   // of a product
	columnPoints  = 256  // test points whose rows of K are in memory at a time
	columnsLeft   = 0.05 // of the trace, per point beside the 1 of noise: more is not explained by columns
)

// columnVariance returns what variances from columns need, nil where columns do not explain the kernel unless they are taken always.
func (m *Classification) columnVariance(ctx context.Context, p problem, c *classPosterior, always bool) (*columnVariance, error) {
	if c.columns == nil || always && !c.columns.done {
		made, err := m.newColumnVariance(ctx, p, always)
		if err != nil {
			return nil, err
		}
		c.columns = made
	}
	if !c.columns.done {
		return nil, nil
	}
	return c.columns, nil
}

// newColumnVariance makes D with D^T D = V Q^T (Q B Q^T)^-1 Q V^T, where B = I + V^T K V and Q (r x n) is an orthonormal basis of the
// columns of V^T K V that a preconditioner chooses: a part of R = (K + W^-1)^-1 in the order of matrices. It takes a product of K with
// r columns and some 8 n r^2 operations.
//
// Source: the policy of inducing points of Wenger, Pleiss, Pfortner, Hennig and Cunningham, 2022, for the system of a Newton step.
func (m *Classification) newColumnVariance(ctx context.Context, p problem, always bool) (*columnVariance, error) {
	op, err := NewOperator(p.rows(m.X), m.Kernels[p.number], nil, &OperatorOptions{Precision: m.Precision, Threads: m.Threads})
	if err != nil {
		return nil, err
	}
	f := p.columns(m.Latent)
	pi, root := core.NewMatrix[float64](f.Rows, 1), core.NewMatrix[float64](f.Rows, 1)
	p.y.curvature(pi, root, f)
	o := ClassificationOptions{Rank: cmp.Or(m.Rank, min(op.Size(), classRank)), Seed: m.Seed, Threads: m.Threads}
	l := newIterativeLaplace(op, 1, o, nil)
	if err := l.place(ctx, root); err != nil {
		return nil, err
	}
	single := l.pre.Factor()
	v := &columnVariance{op: op, root: core.NewMatrix[float64](single.Rows, single.Cols)}
	blas.Widen(single.Data, v.root.Data)
	left, err := l.system.left(ctx, v.root)
	if err != nil || left > columnsLeft && !always {
		return &columnVariance{}, err
	}
	if err = v.complete(ctx, l.system); errors.Is(err, core.ErrNumerical) && !always {
		return &columnVariance{}, nil
	}
	v.done = err == nil
	return v, err
}

// left returns what f^T f leaves of the trace of V^T K V, per row.
func (s *curved) left(ctx context.Context, f core.Matrix[float64]) (float64, error) {
	diagonal, sum := make([]float64, s.Size()), 0.0
	if err := s.Diagonal(ctx, diagonal); err != nil {
		return 0, err
	}
	for _, v := range diagonal {
		sum += v
	}
	return max(sum-blas.Dot(f.Data, f.Data), 0) / float64(len(diagonal)), nil
}

// complete turns root from columns into D.
func (v *columnVariance) complete(ctx context.Context, s *curved) error {
	q, threads := v.root, v.op.threads
	r, n := q.Rows, q.Cols
	square := make([]float64, r*r)
	blas.Syrk(threads, true, false, r, n, 1, q.Data, n, 1, square, r)
	if err := divided(threads, square, q); err != nil {
		return err
	}
	clear(square) // Q B Q^T, which is at least I
	in, out := make([]float64, n*columnsAtOnce), make([]float64, n*columnsAtOnce)
	for lo := 0; lo < r; lo += columnsAtOnce {
		t := min(r-lo, columnsAtOnce)
		from := core.Matrix[float64]{Data: in[:n*t], Rows: n, Cols: t, Stride: t}
		to := core.Matrix[float64]{Data: out[:n*t], Rows: n, Cols: t, Stride: t}
		s.each(func(i int) {
			for j := range t {
				from.Row(i)[j] = q.Row(lo + j)[i]
			}
		})
		if err := s.Mul(ctx, to, from); err != nil {
			return err
		}
		blas.Gemm(threads, false, false, r, t, n, 1, q.Data, n, to.Data, t, 0, square[lo:], r)
	}
	if err := divided(threads, square, q); err != nil {
		return err
	}
	return par.For(ctx, threads, r, func(_, i int) {
		row := q.Row(i)
		for j := range row {
			row[j] *= s.root.Data[j]
		}
	})
}

// divided overwrites q with L^-1 q for the factor L of a, which it overwrites too.
func divided(threads int, a []float64, q core.Matrix[float64]) error {
	if !choleskyLower(threads, a, q.Rows) {
		return fmt.Errorf("gp: %w: columns of the kernel matrix depend on each other to rounding; use variance %s", core.ErrNumerical,
			VarianceNeighbors)
	}
	solveLower(threads, a, q.Rows, q.Data, q.Cols)
	return nil
}

// fill writes the variances of the latent function at the points x to a column of dst, White terms included.
func (v *columnVariance) fill(ctx context.Context, dst core.Matrix[float64], column int, x points) error {
	prior, white := make([]float64, x.n), make([]float64, x.n)
	v.op.compiled.diagonal(prior, x)
	v.op.compiled.white(white, x)
	k := core.NewMatrix[float64](min(x.n, columnPoints), v.root.Cols)
	taken := make([]float64, k.Rows)
	for lo := 0; lo < x.n; lo += columnPoints {
		k.Rows = min(x.n-lo, columnPoints)
		ids := make([]int32, k.Rows)
		for i := range ids {
			ids[i] = int32(lo + i)
		}
		if err := CrossMatrix(ctx, v.op, k, x.picked(ids).matrix()); err != nil {
			return err
		}
		if err := explained(v.op.threads, taken[:k.Rows], v.root, k); err != nil {
			return err
		}
		for i, took := range taken[:k.Rows] {
			dst.Row(lo + i)[column] = max(prior[lo+i]-took, 0) + white[lo+i]
		}
	}
	return nil
}
