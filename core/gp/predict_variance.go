package gp

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// ExcessVariance is the code of a Diagnostic: variances are certified less closely than asked for; value: the largest bound.
const ExcessVariance = "excess_variance"

// variances fills the variances of the chunk z, which begins at test point first.
func (m *Regression) variances(ctx context.Context, out *Prediction, z core.Matrix[float64], first int, o PredictOptions) error {
	p := m.cache
	prior := make([]float64, z.Rows)
	if err := PriorVariance(p.op, prior, z); err != nil {
		return err
	}
	variance := out.Variance[first : first+z.Rows]
	if m.Solver == MethodIterGP {
		return m.believedVariance(ctx, variance, prior, z)
	}
	if o.Variance == VariancePathwise {
		return m.drawnVariances(ctx, variance, z, o.Draws)
	}
	const wide = 64
	for lo := 0; lo < z.Rows; lo += wide {
		hi := min(z.Rows, lo+wide)
		part := core.Matrix[float64]{Data: z.Data[lo*z.Stride:], Rows: hi - lo, Cols: z.Cols, Stride: z.Stride}
		var err error
		switch {
		case o.Variance == VarianceLanczos:
			err = m.lanczosVariance(ctx, variance[lo:hi], prior[lo:hi], part, o.Lanczos)
		case m.Solver == MethodCholesky:
			err = m.choleskyVariance(ctx, variance[lo:hi], prior[lo:hi], part)
		default:
			if out.Bound == nil {
				out.Bound = make([]float64, len(out.Variance))
			}
			err = m.certifiedVariance(ctx, out, first+lo, prior[lo:hi], part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// neighborVariances fills the variances of all points at once, so that chunks change nothing.
func (m *Regression) neighborVariances(ctx context.Context, dst []float64, x points, count int) error {
	z := points{x.n, x.d, func(i int, row []float64) {
		x.row(i, row)
		m.center(row)
	}}
	prior := make([]float64, x.n)
	m.cache.op.compiled.diagonal(prior, z)
	return m.conditioned(ctx, dst, prior, z, count, false)
}

// transposedCross returns K(X, z) (n x rows of z).
func (m *Regression) transposedCross(ctx context.Context, z core.Matrix[float64]) (core.Matrix[float64], error) {
	n := m.X.Rows
	k := core.NewMatrix[float64](z.Rows, n)
	if err := CrossMatrix(ctx, m.cache.op, k, z); err != nil {
		return k, err
	}
	b := core.NewMatrix[float64](n, z.Rows)
	for j := range z.Rows {
		for i, v := range k.Row(j) {
			b.Row(i)[j] = v
		}
	}
	return b, nil
}

func (m *Regression) choleskyVariance(ctx context.Context, dst, prior []float64, z core.Matrix[float64]) error {
	p, err := m.factor(ctx)
	if err != nil {
		return err
	}
	b, err := m.transposedCross(ctx, z)
	if err != nil {
		return err
	}
	solveLower(m.Threads, p.l, b.Rows, b.Data, b.Cols)
	copy(dst, prior)
	for i := range b.Rows {
		for j, v := range b.Row(i) {
			dst[j] -= v * v
		}
	}
	return nil
}

// believedVariance writes the combined variances to dst.
func (m *Regression) believedVariance(ctx context.Context, dst, prior []float64, z core.Matrix[float64]) error {
	k := core.NewMatrix[float64](z.Rows, m.X.Rows)
	if err := CrossMatrix(ctx, m.cache.op, k, z); err != nil {
		return err
	}
	if err := explained(m.Threads, dst, m.Directions, k); err != nil {
		return err
	}
	for j, v := range dst {
		dst[j] = prior[j] - v
	}
	return nil
}

func (m *Regression) lanczosVariance(ctx context.Context, dst, prior []float64, z core.Matrix[float64], rank int) error {
	p := m.cache
	if p.root == nil || p.root.Rank() != min(rank, m.X.Rows) {
		root, err := NewLanczosRoot(ctx, p.op, m.firstOutput(), &LanczosOptions{Rank: min(rank, m.X.Rows), Threads: m.Threads})
		if err != nil {
			return err
		}
		p.root = root
	}
	k := core.NewMatrix[float64](z.Rows, m.X.Rows)
	if err := CrossMatrix(ctx, p.op, k, z); err != nil {
		return err
	}
	if err := p.root.Explained(dst, k); err != nil {
		return err
	}
	for j, v := range dst {
		dst[j] = prior[j] - v
	}
	return nil
}

// A certified variance is good enough when its bound is this part of itself plus the noise.
const certifiedPart = 1e-3

// certifiedVariance solves for the columns b of K(X, z) until prior - (2 b^T v - v^T (K + Sigma) v), which is not below the
// exact variance, is not above it by more than r^T P^-1 r, which is small enough.
func (m *Regression) certifiedVariance(ctx context.Context, out *Prediction, first int, prior []float64, z core.Matrix[float64]) error {
	p, err := m.factor(ctx)
	if err != nil {
		return err
	}
	below, err := m.bound(ctx)
	if err != nil {
		return err
	}
	b, err := m.transposedCross(ctx, z)
	if err != nil {
		return err
	}
	n, t := b.Rows, b.Cols
	tols := slices.Repeat([]float64{0.01}, t)
	r, pr := core.NewMatrix[float64](n, t), core.NewMatrix[float64](n, t)
	var start *core.Matrix[float64]
	const rounds = 5
	for round := range rounds {
		s, err := m.solve(ctx, b, start, tols)
		if err != nil {
			return err
		}
		if err := p.op.Mul(ctx, r, s.X); err != nil {
			return err
		}
		for i := range n {
			row := r.Row(i)
			for j, v := range b.Row(i) {
				row[j] = v - row[j]
			}
		}
		if err := below.Solve(ctx, pr, r); err != nil {
			return err
		}
		open := false
		for j := range t {
			variance, bound := prior[j], 0.0
			for i := range n {
				variance -= (b.Row(i)[j] + r.Row(i)[j]) * s.X.Row(i)[j]
				bound += r.Row(i)[j] * pr.Row(i)[j]
			}
			out.Variance[first+j], out.Bound[first+j] = variance, bound
			if bound > certifiedPart*(max(variance, 0)+m.Noise) {
				tols[j], open = tols[j]/10, true
			} else {
				tols[j] = min(0.99, max(tols[j], 2*s.Residuals[j]))
			}
		}
		if !open || round == rounds-1 {
			break
		}
		start = &s.X
	}
	m.certify(out, first, t)
	return nil
}

// certify leaves a note where a bound is not small.
func (m *Regression) certify(out *Prediction, first, count int) {
	worst := 0.0
	for j := first; j < first+count; j++ {
		if out.Bound[j] > 10*certifiedPart*(math.Abs(out.Variance[j])+m.Noise) {
			worst = max(worst, out.Bound[j])
		}
	}
	if worst == 0 {
		return
	}
	at := slices.IndexFunc(out.Diagnostics, func(d Diagnostic) bool { return d.Code == ExcessVariance })
	if at < 0 {
		out.Diagnostics = append(out.Diagnostics, Diagnostic{ExcessVariance, -1, 0, "variances may be too large by their bounds",
			"raise the rank of the preconditioner or max_solve_iter, or use float64 precision"})
		at = len(out.Diagnostics) - 1
	}
	out.Diagnostics[at].Value = max(out.Diagnostics[at].Value, worst)
}
