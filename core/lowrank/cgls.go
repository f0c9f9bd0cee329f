package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

const (
	solveRounds = 2       // the second one on the true residual of the first
	patience    = 4       // iterations without a gradient half as large: what is left is rounding, and more of them add to it
	enough      = 1.0 / 8 // relative backward error to stop at, in units of rounding
)

// iterative solves by preconditioned conjugate gradients from the solution of the sketched problem. The ridge becomes
// rows sqrt(mu) I of A, which the sketch holds as they are.
func (p *system[T]) iterative(ctx context.Context) ([][]float64, *inverse, error) {
	d, k := sketchFactor*p.n, p.b.Cols
	s, err := signSketch(ctx, p.a, d, p.o)
	if err != nil {
		return nil, nil, err
	}
	rhs, err := signSketchRows(ctx, p.b, d, p.o)
	if err != nil {
		return nil, nil, err
	}
	left, right := core.Matrix[float64]{Data: s, Rows: d, Cols: p.n, Stride: p.n}, core.Matrix[float64]{Data: rhs, Rows: d, Cols: k, Stride: k}
	r, z, err := linalg.Triangular(ctx, p.o.Threads, d, p.n, k, math.Sqrt(p.mu), func(x []float64, ld, lo, hi int) {
		turnRows(x, ld, left, lo, hi)
		turnRows(x[p.n*ld:], ld, right, lo, hi)
	})
	if err != nil {
		return nil, nil, err
	}
	f, err := newInverse[T](ctx, r, p.n)
	if err != nil {
		return nil, nil, err
	}
	x := f.solveAll(z, k)
	size := enough * core.Epsilon[T]() * math.Sqrt(sumOfSquares(r)) // of A, nearly
	for round := range solveRounds {
		blur := core.Epsilon[T]() * f.condition
		if round == solveRounds-1 {
			blur = 0
		}
		ended, again, err := p.gradients(ctx, f, x, size, blur)
		if err != nil {
			return nil, nil, err
		}
		p.converged = p.converged && ended
		if !again {
			break
		}
	}
	return x, f, nil
}

// descent is the state of conjugate gradients for one column of b.
type descent struct {
	gradient  []float64 // A^T r - mu x, kept up to date from step to step
	direction []float64 // in the coordinates y = R x
	change    []float64 // of x, apart from it, lest its rounding return in every iteration
	gamma     float64   // squared norm of R^-T times the gradient
	left      float64   // |r|^2 + mu |x|^2
	goal      float64   // gamma with which the backward error is rounding
	stop      float64   // gamma to end the round at: the goal, or where rounding would hide it
	best      float64   // gamma when it last fell by half
	since     int       // iterations since
	met, done bool      // the goal is met; nothing is left to do in this round
}

// gradients improves x by a round of conjugate gradients on |A R^-1 y - b|^2 + mu |R^-1 y|^2, for all columns of b in
// step, until the backward error is below small, which is relative to |x| or |r|, or the gradient has fallen by the factor
// blur, where rounding in the steps keeps it from the true one. It reports whether all columns came to an end, and whether
// another round from the true residual would do any good. A is read once per iteration where it is a [Gramian]: the
// residual is not kept.
func (p *system[T]) gradients(ctx context.Context, f *inverse, x [][]float64, small, blur float64) (ended, again bool, err error) {
	k := len(x)
	z, lengths, err := p.slope(ctx, x)
	if err != nil {
		return false, false, err
	}
	state, steps := make([]descent, k), make([][]float64, k)
	defer func() {
		for j := range x {
			blas.Axpy(1, state[j].change, x[j])
		}
	}()
	for j := range state {
		g := make([]float64, p.n)
		for i := range g {
			g[i] = float64(z.Row(i)[j]) - p.mu*x[j][i]
		}
		square, s := sumOfSquares(x[j]), f.solveTransposed(g)
		c := descent{gradient: g, direction: s, change: make([]float64, p.n), gamma: sumOfSquares(s), left: lengths[j] + p.mu*square,
			goal: small * small * square}
		c.best, c.stop = c.gamma, max(c.goal, blur*blur*c.gamma)
		c.met = !(c.gamma > c.goal)
		c.done = c.met
		again = again || !c.met && c.stop > c.goal
		state[j] = c
	}
	for range p.most {
		open := false
		for j := range state {
			steps[j] = f.solve(state[j].direction)
			open = open || !state[j].done
		}
		if !open {
			break
		}
		if err := p.normal(ctx, z, block[T](steps, p.n)); err != nil {
			return false, false, err
		}
		for j := range state {
			if c := &state[j]; !c.done {
				p.descend(f, c, z, j, steps[j], small)
			}
		}
	}
	ended = true
	for j := range state {
		ended, again = ended && state[j].done, again || !state[j].met
	}
	return ended, again, nil
}

// descend takes a step in column j, where z holds A^T A times the step, and turns.
func (p *system[T]) descend(f *inverse, c *descent, z core.Matrix[T], j int, step []float64, small float64) {
	image := make([]float64, p.n) // (A^T A + mu I) times the step
	for i, v := range step {
		image[i] = float64(z.Row(i)[j]) + p.mu*v
	}
	curvature := blas.Dot(step, image)
	if !(curvature > 0) {
		c.done = true
		return
	}
	alpha := c.gamma / curvature
	blas.Axpy(alpha, step, c.change)
	blas.Axpy(-alpha, image, c.gradient)
	c.left = max(0, c.left-alpha*c.gamma)
	c.turn(f.solveTransposed(c.gradient))
	c.met = c.gamma <= c.goal || sumOfSquares(c.gradient) <= small*small*c.left
	c.done = c.met || c.gamma <= c.stop || c.since >= patience || !(c.gamma > 0)
}

// turn takes the new gradient: the next direction is conjugate to those before.
func (c *descent) turn(gradient []float64) {
	gamma := sumOfSquares(gradient)
	beta := gamma / c.gamma
	for i, v := range gradient {
		c.direction[i] = v + beta*c.direction[i]
	}
	c.gamma = gamma
	c.since++
	if gamma < c.best/2 {
		c.best, c.since = gamma, 0
	}
}

// slope returns A^T (b - A x) and the squared norm of each column of b - A x.
func (p *system[T]) slope(ctx context.Context, x [][]float64) (core.Matrix[T], []float64, error) {
	z := core.NewMatrix[T](p.n, len(x))
	if d, ok := p.a.(*dense[T]); ok {
		rest := core.NewMatrix[T](p.m, len(x))
		err := d.mulTransResidual(ctx, z, rest, block[T](x, p.n), p.b)
		return z, columnDots(rest, rest), err
	}
	rest, err := p.residual(ctx, x)
	if err != nil {
		return z, nil, err
	}
	return z, columnDots(rest, rest), p.a.MulTrans(ctx, z, rest)
}

// normal writes A^T A x to dst, counted as an iteration.
func (p *system[T]) normal(ctx context.Context, dst, x core.Matrix[T]) error {
	if a, ok := p.a.(Gramian[T]); ok {
		if err := a.MulTransMul(ctx, dst, x); err != nil {
			return err
		}
	} else {
		image := core.NewMatrix[T](p.m, x.Cols)
		if err := p.a.Mul(ctx, image, x); err != nil {
			return err
		}
		if err := p.a.MulTrans(ctx, dst, image); err != nil {
			return err
		}
	}
	p.done++
	p.job.most = solveRounds * p.most
	return p.count(x.Cols)
}

func sumOfSquares(x []float64) float64 { return blas.Dot(x, x) }
