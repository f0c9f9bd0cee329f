package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

const (
	solveRounds = 2 // the second one on the true residual of the first
	patience    = 4 // iterations without a gradient half as large: what is left is rounding, and more of them add to it
)

// iterative solves by preconditioned conjugate gradients from the solution of the sketched problem. The ridge becomes
// rows sqrt(mu) I of A, which the sketch holds as they are.
func (p *system[T]) iterative(ctx context.Context) ([][]float64, *inverse, error) {
	d, k := sketchFactor*p.n, p.b.Cols
	s, err := signSketch(ctx, p.a, d, p.o)
	if err != nil {
		return nil, nil, err
	}
	rows := d
	if p.mu > 0 {
		rows += p.n
		s = append(s, make([]float64, p.n*p.n)...)
		for i := range p.n {
			s[(d+i)*p.n+i] = math.Sqrt(p.mu)
		}
	}
	rhs, err := signSketchRows(ctx, p.b, d, p.o)
	if err != nil {
		return nil, nil, err
	}
	q := core.Matrix[float64]{Data: s, Rows: rows, Cols: p.n, Stride: p.n}
	r := make([]float64, p.n*p.n)
	rank, err := linalg.Orthonormalize(ctx, p.o.Threads, q, r, p.o.Seed)
	if err != nil {
		return nil, nil, err
	}
	f, err := newInverse[T](r, p.n, rank)
	if err != nil {
		return nil, nil, err
	}
	z := make([]float64, p.n*k)
	if err := linalg.Cross(ctx, p.o.Threads, rowsOf(q, 0, d), core.Matrix[float64]{Data: rhs, Rows: d, Cols: k, Stride: k}, z); err != nil {
		return nil, nil, err
	}
	x, sizes := f.solveAll(z, k), make([]float64, k)
	for j := range sizes {
		for i := range p.n {
			sizes[j] += z[i*k+j] * z[i*k+j]
		}
		sizes[j] = math.Sqrt(sizes[j])
	}
	for range solveRounds {
		ended, err := p.gradients(ctx, f, x, sizes)
		if err != nil {
			return nil, nil, err
		}
		p.converged = p.converged && ended
	}
	return x, f, nil
}

// descent is the state of conjugate gradients for one column of b.
type descent struct {
	gradient  []float64 // A^T r - mu x, kept up to date from step to step
	direction []float64 // in the coordinates y = R x
	gamma     float64   // squared norm of R^-T times the gradient
	left      float64   // |r|^2 + mu |x|^2
	best      float64   // gamma when it last fell by half
	since     int       // iterations since
	done      bool
}

// gradients improves x by a round of conjugate gradients on |A R^-1 y - b|^2 + mu |R^-1 y|^2, for all columns of b in
// step. sizes are norms of y, against which steps are negligible. It reports whether all columns came to an end. A is
// read once per iteration where it is a [Gramian]: the residual is not kept, for which the next round makes up.
func (p *system[T]) gradients(ctx context.Context, f *inverse, x [][]float64, sizes []float64) (ended bool, err error) {
	rest, err := p.residual(ctx, x)
	if err != nil {
		return false, err
	}
	k := len(x)
	state, steps, change := make([]descent, k), make([][]float64, k), make([][]float64, k)
	for j := range change {
		change[j] = make([]float64, p.n) // apart from x, whose rounding would return in every iteration
	}
	defer func() {
		for j := range x {
			blas.Axpy(1, change[j], x[j])
		}
	}()
	z := core.NewMatrix[T](p.n, k)
	if err := p.a.MulTrans(ctx, z, rest); err != nil {
		return false, err
	}
	lengths := columnDots(rest, rest)
	for j := range state {
		g := make([]float64, p.n)
		for i := range g {
			g[i] = float64(z.Row(i)[j]) - p.mu*x[j][i]
		}
		s := f.solveTransposed(g)
		gamma := sumOfSquares(s)
		state[j] = descent{gradient: g, direction: s, gamma: gamma, left: lengths[j] + p.mu*sumOfSquares(x[j]), best: gamma,
			done: !(gamma > 0)}
	}
	for range p.most {
		open := false
		for j := range state {
			steps[j] = f.solve(state[j].direction)
			open = open || !state[j].done
		}
		if !open {
			return true, nil
		}
		if err := p.normal(ctx, z, block[T](steps, p.n)); err != nil {
			return false, err
		}
		for j := range state {
			if c := &state[j]; !c.done {
				p.descend(f, c, z, j, steps[j], change[j], sizes[j])
			}
		}
	}
	for j := range state {
		if !state[j].done {
			return false, nil
		}
	}
	return true, nil
}

// descend takes a step in column j, where z holds A^T A times the step, and turns.
func (p *system[T]) descend(f *inverse, c *descent, z core.Matrix[T], j int, step, change []float64, size float64) {
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
	blas.Axpy(alpha, step, change)
	blas.Axpy(-alpha, image, c.gradient)
	c.left = max(0, c.left-alpha*c.gamma)
	c.turn(f.solveTransposed(c.gradient), core.Epsilon[T](), alpha*math.Sqrt(sumOfSquares(c.direction)), size)
}

// turn takes the new gradient: the next direction is conjugate to those before. The column is done when the step was
// rounding against y, the gradient is rounding against the residual, or it has stopped falling.
func (c *descent) turn(gradient []float64, eps, step, size float64) {
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
	c.done = step <= eps*size || math.Sqrt(gamma) <= eps*math.Sqrt(c.left) || c.since >= patience || !(gamma > 0)
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
