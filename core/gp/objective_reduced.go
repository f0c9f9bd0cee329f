package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// reduction is what ProbesReduced adds to the estimate of tr((K + Sigma)^-1 dK): with probes z ~ N(0, M), w = M^-1 z and any
// matrix D, tr(M^-1 D) less the mean of w^T D w has the mean zero. D is the derivative of M by each parameter at fixed pivots,
// so that only the part of the trace that M does not know is left to the probes.
//
// Where M = N + diag(s), N = K_S^T K_SS^-1 K_S for pivots S, and s the noise and what N leaves of the diagonal, spread as
// newMatched does it, both terms are one inner product of H = M^-1 - mean w w^T with D. With W = K_SS^-1 K_S and
// q the weights that diag(H) gives to the derivatives of what is left of the diagonal, that is
//
//	2 <W (H - diag q), dK_S> - <W (H - diag q) W^T, dK_SS> + q . d diag(K) + diag(H) . d Sigma.
//
// It takes some 8 n r^2 operations and 2 n r kernel derivatives, and n r numbers of memory, once for each set of probes, which
// stay what they are while parameters move.
//
// Source: J. Wenger, G. Pleiss, P. Hennig, J. P. Cunningham, J. R. Gardner: Preconditioning for scalable Gaussian process
// hyperparameter optimization, ICML, 2022, of which this is the case of a preconditioner of columns.
func (e *iterativeObjective) reduce(ctx context.Context, kernelParameters int, noise float64) ([]float64, error) {
	p, n := e.pre.(*LowRank), e.y.Rows
	r := p.r
	out := make([]float64, len(e.space.names))
	h, err := e.reducedDiagonal(ctx)
	if err != nil {
		return nil, err
	}
	mean, total := 0.0, 0.0
	for _, v := range h {
		mean += v / float64(n)
		total += v
	}
	q := make([]float64, n)
	for i, v := range h {
		q[i] = (1-evenPart)*v + evenPart*mean
	}
	free, row := out[:kernelParameters], make([]float64, e.points.Cols)
	for i, v := range q {
		e.op.points.row(i, row)
		e.op.compiled.tree.addDiagonalGradient(free, row, false, v)
	}
	e.op.compiled.addWhiteGradient(free, e.op.points, func(i int) float64 { return h[i] })
	if e.space.noise {
		out[kernelParameters] = noise * total
	}
	if r == 0 {
		return out, nil
	}
	w, g, err := e.reducedColumns(ctx, q)
	if err != nil {
		return nil, err
	}
	corner := make([]float64, r*r)
	blas.Gemm(e.o.Threads, false, true, r, r, n, -1, g, n, w, n, 0, corner, r)
	return out, p.contractColumns(ctx, free, e.op, g, corner)
}

// reducedDiagonal returns the diagonal of H.
func (e *iterativeObjective) reducedDiagonal(ctx context.Context) ([]float64, error) {
	p, n := e.pre.(*LowRank), e.y.Rows
	h, part := make([]float64, n), make([]float64, p.r*factorTile)
	for lo := 0; lo < n; lo += factorTile {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hi := min(n, lo+factorTile)
		m := hi - lo
		blas.Widen(p.f[lo*p.r:hi*p.r], part[:p.r*m])
		solveLower(p.threads, p.l, p.r, part[:p.r*m], m)
		for i := range m {
			h[lo+i] = 1 / p.s[lo+i]
		}
		for k := range p.r {
			for i, v := range part[k*m : (k+1)*m] {
				v /= p.s[lo+i]
				h[lo+i] -= v * v
			}
		}
	}
	for i := range n {
		h[i] -= blas.Dot(e.w.Row(i), e.w.Row(i)) / float64(e.w.Cols)
	}
	return h, nil
}

// reducedColumns returns W and W (H - diag q), both r x n.
func (e *iterativeObjective) reducedColumns(ctx context.Context, q []float64) (w, g []float64, err error) {
	p, n, probes := e.pre.(*LowRank), e.y.Rows, e.w.Cols
	r := p.r
	f := p.Factor()
	w, g = make([]float64, r*n), make([]float64, r*n)
	blas.Widen(f.Data, w)
	lower := make([]float64, r*r) // F at the pivots is the transpose of the factor of K_SS
	for i, s := range p.pivots {
		for j := range i + 1 {
			lower[i*r+j] = float64(f.Row(j)[s])
		}
	}
	solveLowerTransposed(e.o.Threads, lower, r, w, n)
	const wide = 64
	in, solved := make([]float64, n*wide), make([]float64, n*wide)
	for lo := 0; lo < r; lo += wide {
		m := min(r-lo, wide)
		v := core.Matrix[float64]{Data: in, Rows: n, Cols: m, Stride: m}
		x := core.Matrix[float64]{Data: solved, Rows: n, Cols: m, Stride: m}
		for k := range m {
			for i, value := range w[(lo+k)*n : (lo+k+1)*n] {
				in[i*m+k] = value
			}
		}
		if err := p.Solve(ctx, x, v); err != nil {
			return nil, nil, err
		}
		for k := range m {
			for i := range n {
				g[(lo+k)*n+i] = solved[i*m+k] - w[(lo+k)*n+i]*q[i]
			}
		}
	}
	seen := make([]float64, r*probes) // W w
	blas.Gemm(e.o.Threads, false, false, r, probes, n, 1, w, n, e.w.Data, e.w.Stride, 0, seen, probes)
	blas.Gemm(e.o.Threads, false, true, r, n, probes, -1/float64(probes), seen, probes, e.w.Data, e.w.Stride, 1, g, n)
	return w, g, nil
}

// contractColumns adds 2 <g, dK_S> + <corner, dK_SS> to dst, block of points after block beside the pivots S.
func (p *LowRank) contractColumns(ctx context.Context, dst []float64, op *Operator, g, corner []float64) error {
	n, r := p.n, p.r
	for lo := 0; lo < n; lo += max(r, factorTile) {
		hi := min(n, lo+max(r, factorTile))
		m := r + hi - lo
		x := core.NewMatrix[float64](m, op.points.d)
		for i, s := range p.pivots {
			op.points.row(s, x.Row(i))
		}
		weights := make([]float64, m*m)
		for i := range hi - lo {
			op.points.row(lo+i, x.Row(r+i))
			for k := range r {
				weights[(r+i)*m+k] = g[k*n+lo+i]
			}
		}
		if lo == 0 {
			for i := range r {
				copy(weights[i*m:i*m+r], corner[i*r:(i+1)*r])
			}
		}
		block, err := NewOperator(x, op.Kernel(), nil, &OperatorOptions{Precision: Float64, Threads: p.threads})
		if err != nil {
			return err
		}
		if err := block.engine.(denseGradient).gradientDense(ctx, dst, weights, p.threads); err != nil {
			return err
		}
	}
	return nil
}
