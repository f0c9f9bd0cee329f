package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// exactEvidence knows Laplace's approximation of log p(y | theta) and its gradient, from Cholesky factors.
//
//	log p = log p(y | f) - a . f / 2 - log|I + K W| / 2
//
// at the mode f = K a. The gradient is the sum of w_ij dK_ij over i, j with the symmetric
//
//	w = sum over k of (a_k a_k^T - R_kk + u_k a_k^T + a_k u_k^T) / 2,   u = s - R K s,
//
// where s is the derivative of -log|I + K W| / 2 by f. Of the covariance S of the posterior it takes the blocks of single
// points, and diag(pi)^-1 (W S W) diag(pi)^-1 is enough since the derivatives of W are zero on vectors of ones: with h_ik =
// 1 - pi_ik - (R_kk)_ii / pi_ik,
//
//	s_ik = -(h_ik - pi_ik sum over j of h_ij) / 2,   or -(1 - (B^-1)_ii) (1 - 2 pi_i) / 2 of one latent function,
//
// which loses no digits where pi is small.
//
// Source: Rasmussen and Williams, 5.5.1, where there is one latent function; ours where there are more.
type exactEvidence struct {
	op   *Operator // in float64, without noise
	mode *mode
	k    *denseLaplace
	w    []float64            // n x n; of gradients only
	h    core.Matrix[float64] // n x c
	tol  float64              // of Newton steps
	most int
}

func newExactEvidence(op *Operator, y classes, tol float64, most, threads int) *exactEvidence {
	n := len(y.labels)
	return &exactEvidence{op: op, mode: newMode(y), k: newDenseLaplace(n, y.c, threads), h: core.NewMatrix[float64](n, y.c),
		tol: tol, most: most}
}

// evaluate returns log p(y | theta) and, unless grad is nil, writes its gradient there. The search for the mode starts from
// the last one.
func (e *exactEvidence) evaluate(ctx context.Context, theta, grad []float64) (float64, error) {
	if err := e.op.SetTheta(theta); err != nil {
		return 0, err
	}
	if err := fillMatrix(ctx, e.k.k, e.op); err != nil {
		return 0, err
	}
	if err := e.mode.find(ctx, e.k, e.tol, e.most); err != nil {
		return 0, err
	}
	value := e.mode.value - e.k.halfLogDet()
	if grad == nil {
		return value, nil
	}
	if err := e.weigh(ctx); err != nil {
		return 0, err
	}
	clear(grad)
	if err := e.op.engine.(denseGradient).gradientDense(ctx, grad, e.w, e.k.threads); err != nil {
		return 0, err
	}
	n := e.k.n
	e.op.compiled.addWhiteGradient(grad, e.op.points, func(i int) float64 { return e.w[i*n+i] })
	return value, contextError(ctx)
}

// weigh sets the lower triangle of w: with one latent function n^3 operations, with c of them some (2 c + 1) n^3.
func (e *exactEvidence) weigh(ctx context.Context) error {
	if e.w == nil {
		e.w = make([]float64, e.k.n*e.k.n)
	}
	clear(e.w)
	var err error
	if e.k.c == 1 {
		err = e.k.weighBinary(ctx, e.w, e.h)
	} else {
		err = e.k.weighSoftmax(ctx, e.w, e.h)
	}
	if err != nil {
		return err
	}
	m := e.mode
	slopes, u := m.da, m.df // free between searches
	for i := range e.k.n {
		to, h, pi, total := slopes.Row(i), e.h.Row(i), m.pi.Row(i), 0.0
		for _, v := range h {
			total += v
		}
		for k, v := range h {
			if to[k] = -0.5 * (v - pi[k]*total); e.k.c == 1 {
				to[k] = -0.5 * v * (1 - 2*pi[k])
			}
		}
	}
	if err := e.k.multiply(ctx, m.other, slopes); err != nil {
		return err
	}
	if err := e.k.solve(ctx, u, m.other); err != nil {
		return err
	}
	for i, v := range slopes.Data {
		u.Data[i] = v - u.Data[i]
	}
	n := e.k.n
	for k := range e.k.c {
		a, v := e.k.column, e.k.sum
		for i := range n {
			a[i], v[i] = m.a.Row(i)[k], u.Row(i)[k]
		}
		e.k.eachRow(func(i int) {
			row := e.w[i*n : i*n+i+1]
			blas.Axpy((a[i]+v[i])/2, a[:i+1], row)
			blas.Axpy(a[i]/2, v[:i+1], row)
		})
	}
	return contextError(ctx)
}

// weighBinary sets the lower triangle of w to -R / 2, and h to 1 - (B^-1)_ii.
func (d *denseLaplace) weighBinary(ctx context.Context, w []float64, h core.Matrix[float64]) error {
	copy(w, d.l[0])
	if err := invertFactor(ctx, d.threads, w, d.n); err != nil {
		return err
	}
	for i := range d.n {
		h.Data[i] = 1 - w[i*d.n+i]
	}
	d.scaled(w, 0, w)
	for i := range d.n {
		for j := range w[i*d.n : i*d.n+i+1] {
			w[i*d.n+j] /= -2
		}
	}
	return nil
}

// weighSoftmax sets the lower triangle of w, which is 0, to half of minus the sum of R_kk, and h.
func (d *denseLaplace) weighSoftmax(ctx context.Context, w []float64, h core.Matrix[float64]) error {
	n := d.n
	for k := range d.c {
		if err := d.invert(ctx, k); err != nil {
			return err
		}
		roots := d.roots(k)
		for i, r := range roots {
			h.Row(i)[k] = 1 - r*r - d.e[i*n+i]
		}
		d.addScaled(w, -0.5, k, d.e)
		// t = M^-1 D^1/2 B^-1, so that E (sum E)^-1 E = D^1/2 t^T t D^1/2.
		d.mirror(d.e)
		d.eachRow(func(i int) {
			for j := range d.e[i*n : (i+1)*n] {
				d.e[i*n+j] *= roots[i]
			}
		})
		solveLower(d.threads, d.m, n, d.e, n)
		clear(d.sum)
		for i := range n {
			for j, v := range d.e[i*n : (i+1)*n] {
				d.sum[j] += v * v
			}
		}
		for i, v := range d.sum {
			h.Row(i)[k] += v
		}
		d.eachRow(func(i int) {
			for j := range d.e[i*n : (i+1)*n] {
				d.e[i*n+j] *= roots[j]
			}
		})
		if err := contextError(ctx); err != nil {
			return err
		}
		blas.Syrk(d.threads, true, true, n, n, 0.5, d.e, n, 1, w, n)
	}
	return nil
}

// mirror copies the lower triangle of a to the upper one.
func (d *denseLaplace) mirror(a []float64) {
	for i := range d.n {
		for j := range i {
			a[j*d.n+i] = a[i*d.n+j]
		}
	}
}

// halfLogDetOf returns the sum of the logarithms of the diagonal of l (n x n), 0 if there is none.
func halfLogDetOf(l []float64, n int) float64 {
	if l == nil {
		return 0
	}
	sum := 0.0
	for i := range n {
		sum += math.Log(l[i*n+i])
	}
	return sum
}
