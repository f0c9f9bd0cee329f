package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// objective is the log marginal likelihood of y as a function of the parameters.
type objective interface {
	// evaluate returns log p(y | theta), NaN if it is not known, and writes its gradient to grad. Errors that wrap
	// core.ErrNumerical say that theta is out of the question.
	evaluate(ctx context.Context, theta, grad []float64) (float64, error)
	// weights returns (K + Sigma)^-1 y of the last evaluation, row after row. They are overwritten by the next.
	weights() []float64
}

// exactObjective knows values and gradients from a Cholesky factorization: n^3 operations and one n x n matrix.
//
// With W = alpha alpha^T - t (K + Sigma)^-1 for t outputs, the derivative by theta_p is half the sum of W_ij d(K +
// Sigma)_ij / dtheta_p. W takes the place of the factor, and the derivatives of K are made tile by tile.
type exactObjective struct {
	op      *Operator // in float64
	space   *space
	y       core.Matrix[float64] // n x t, without gaps between rows
	known   []float64            // variances of the noise of each point, nil for none
	fixed   float64              // noise, unless it is trained
	threads int

	l, alpha []float64
}

func newExactObjective(op *Operator, s *space, y core.Matrix[float64], known []float64, fixed float64, threads int) *exactObjective {
	n := y.Rows
	return &exactObjective{op: op, space: s, y: y, known: known, fixed: fixed, threads: threads,
		l: make([]float64, n*n), alpha: make([]float64, n*y.Cols)}
}

func (e *exactObjective) weights() []float64 { return e.alpha }

func (e *exactObjective) evaluate(ctx context.Context, theta, grad []float64) (float64, error) {
	kernel, noise := e.space.split(theta, e.fixed)
	if err := place(e.op, kernel, noise, e.known); err != nil {
		return 0, err
	}
	n, outputs := e.y.Rows, e.y.Cols
	if err := fillMatrix(ctx, e.l, e.op); err != nil {
		return 0, err
	}
	if err := factorize(ctx, e.threads, e.l, n); err != nil {
		return 0, err
	}
	copy(e.alpha, e.y.Data)
	solveFactor(e.threads, e.l, n, e.alpha, outputs)
	value := -0.5 * blas.Dot(e.y.Data, e.alpha)
	for i := range n {
		value -= float64(outputs) * (math.Log(e.l[i*n+i]) + 0.5*math.Log(2*math.Pi))
	}
	if err := invertFactor(ctx, e.threads, e.l, n); err != nil {
		return 0, err
	}
	e.weigh()
	clear(grad)
	free := grad[:len(kernel)]
	if err := e.op.engine.(denseGradient).gradientDense(ctx, free, e.l, e.threads); err != nil {
		return 0, err
	}
	e.op.compiled.addWhiteGradient(free, e.op.points, func(i int) float64 { return e.l[i*n+i] })
	if e.space.noise {
		for i := range n {
			grad[len(kernel)] += noise * e.l[i*n+i]
		}
	}
	for p := range grad {
		grad[p] /= 2
	}
	return value, contextError(ctx)
}

// weigh turns the inverse, of which the lower triangle is right, into W.
func (e *exactObjective) weigh() {
	n, outputs := e.y.Rows, e.y.Cols
	const rows = 64
	_ = par.For(nil, e.threads, par.Tiles(n, rows), func(_, t int) {
		lo, hi := par.Span(t, n, rows)
		for i := lo; i < hi; i++ {
			row := e.l[i*n : i*n+i+1]
			if outputs == 1 {
				for j, a := range e.alpha[:i+1] {
					row[j] = e.alpha[i]*a - row[j]
				}
				continue
			}
			own := e.alpha[i*outputs : (i+1)*outputs]
			for j := range row {
				row[j] = blas.Dot(own, e.alpha[j*outputs:(j+1)*outputs]) - float64(outputs)*row[j]
			}
		}
	})
}

// place sets the parameters of an operator. The noise is one variance for all points plus what is known of each.
func place(op *Operator, theta []float64, noise float64, known []float64) error {
	if err := op.SetTheta(theta); err != nil {
		return err
	}
	return op.SetNoise(together(noise, known))
}

// together returns noise, plus known for each point if there is any.
func together(noise float64, known []float64) []float64 {
	if known == nil {
		return []float64{noise}
	}
	sum := make([]float64, len(known))
	for i, v := range known {
		sum[i] = noise + v
	}
	return sum
}

// fillMatrix sets l (n x n) to K + Sigma.
func fillMatrix(ctx context.Context, l []float64, op *Operator) error {
	n := op.Size()
	const block = 256
	ids := make([]int, 0, block)
	k := AsKernel[float64](op)
	for lo := 0; lo < n; lo += block {
		ids = ids[:0]
		for i := lo; i < min(n, lo+block); i++ {
			ids = append(ids, i)
		}
		rows := core.Matrix[float64]{Data: l[lo*n:], Rows: len(ids), Cols: n, Stride: n}
		if err := k.Columns(ctx, rows, ids); err != nil {
			return err
		}
	}
	for i, v := range op.Sigma() {
		l[i*n+i] += v
	}
	return contextError(ctx)
}

// factorize overwrites the positive definite l with its Cholesky factor.
func factorize(ctx context.Context, threads int, l []float64, n int) error {
	definite, err := choleskyStepwise(threads, l, n, func(int) error { return contextError(ctx) })
	if err == nil && !definite {
		err = singular(n)
	}
	return err
}

func singular(n int) error {
	return fmt.Errorf("gp: %w: K + Sigma of %d points is not positive definite to rounding; raise the noise, remove "+
		"duplicate points, or check the kernel", core.ErrNumerical, n)
}
