package gp

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Cholesky is K + Sigma = L L^T in memory, in float64: what every other solver is measured by.
type Cholesky struct {
	n       int
	l       []float64 // n x n, lower
	threads int
}

// NewCholesky factors K + Sigma: 8*n^2 bytes and n^3/3 operations. Of the options MaxMemory, 4096 MB by default,
// Threads and Progress are used.
//
// Errors wrap core.ErrOption if the matrix would take more memory than that, core.ErrNumerical if it is not positive
// definite to rounding, or come from s or ctx. Nothing is added to the diagonal.
func NewCholesky(ctx context.Context, s System, o *SolveOptions) (*Cholesky, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	n, megabytes, threads := s.Size(), defaultMemory, 0
	if o != nil {
		threads = o.Threads
		if o.MaxMemory > 0 {
			megabytes = o.MaxMemory
		}
	}
	if need := 8 * float64(n) * float64(n) / 1e6; need > float64(megabytes) {
		return nil, fmt.Errorf("gp: %w: Cholesky of %d points needs %.0f MB, max_memory is %d MB; use method %q, which needs "+
			"memory for some columns only, or raise max_memory", core.ErrOption, n, need, megabytes, MethodCG)
	}
	if err := checkSigma(s.Sigma(), n); err != nil {
		return nil, err
	}
	if err := checkSquares("Cholesky", n, 1, "use method cg, which needs memory for some columns only"); err != nil {
		return nil, err
	}
	c := &Cholesky{n: n, l: make([]float64, n*n), threads: threads}
	if err := c.fill(ctx, s); err != nil {
		return nil, err
	}
	began := time.Now()
	definite, err := choleskyStepwise(threads, c.l, n, func(rows int) error {
		if o != nil && o.Progress != nil {
			o.Progress(core.Progress{Phase: MethodCholesky, Iteration: rows, MaxIterations: n, Objective: math.NaN(),
				Evaluations: int64(n) * int64(n), Seconds: time.Since(began).Seconds()})
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	if !definite {
		return nil, fmt.Errorf("gp: %w: K + Sigma of %d points is not positive definite to rounding; raise the noise, "+
			"remove duplicate points, or check the kernel", core.ErrNumerical, n)
	}
	return c, nil
}

// fill sets l to K + Sigma.
func (c *Cholesky) fill(ctx context.Context, s System) error {
	const block = 64
	n := c.n
	k := columnsOf(s)
	ids := make([]int, block)
	var unit, image core.Matrix[float64]
	if k == nil {
		unit, image = core.NewMatrix[float64](n, block), core.NewMatrix[float64](n, block)
	}
	for lo := 0; lo < n; lo += block {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(n, lo+block)
		if k == nil {
			clear(unit.Data)
			for i := lo; i < hi; i++ {
				unit.Row(i)[i-lo] = 1
			}
			if err := s.Mul(ctx, image, unit); err != nil {
				return err
			}
			for i := range n {
				copy(c.l[i*n+lo:i*n+hi], image.Row(i))
			}
			continue
		}
		for i := range hi - lo {
			ids[i] = lo + i
		}
		rows := core.Matrix[float64]{Data: c.l[lo*n:], Rows: hi - lo, Cols: n, Stride: n}
		if err := k.Columns(ctx, rows, ids[:hi-lo]); err != nil {
			return err
		}
		for i := lo; i < hi; i++ {
			c.l[i*n+i] += s.Sigma()[i]
		}
	}
	return nil
}

// Solve overwrites x (n x t, without gaps between rows) with (K + Sigma)^-1 x in 2*n^2*t operations.
func (c *Cholesky) Solve(x core.Matrix[float64]) error {
	if err := x.Check("x"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if x.Rows != c.n || (x.Stride != x.Cols && x.Rows > 1) {
		return fmt.Errorf("gp: %w: x is %d x %d with stride %d; it must have %d rows without gaps",
			core.ErrShape, x.Rows, x.Cols, x.Stride, c.n)
	}
	solveFactor(c.threads, c.l, c.n, x.Data, x.Cols)
	return nil
}

// LogDet returns log|K + Sigma|.
func (c *Cholesky) LogDet() float64 {
	sum := 0.0
	for i := range c.n {
		sum += 2 * math.Log(c.l[i*c.n+i])
	}
	return sum
}

// InverseDiagonal returns the diagonal of (K + Sigma)^-1 in n^3/3 operations.
func (c *Cholesky) InverseDiagonal(ctx context.Context) ([]float64, error) {
	// Column j of L^-1 is zero above row j; the squares of its norm are what is wanted.
	out := make([]float64, c.n)
	tiles := par.Tiles(c.n, triangularBlock)
	scratch := make([][]float64, min(par.Threads(c.threads), max(tiles, 1)))
	err := par.For(ctx, c.threads, tiles, func(worker, tile int) {
		if scratch[worker] == nil {
			scratch[worker] = make([]float64, c.n*triangularBlock)
		}
		lo, hi := par.Span(tile, c.n, triangularBlock)
		m := c.n - lo
		w := scratch[worker][:m*(hi-lo)]
		clear(w)
		for i := range hi - lo {
			w[i*(hi-lo)+i] = 1
		}
		solveLowerFrom(1, c.l, c.n, lo, w, hi-lo)
		for i := range m {
			for j, v := range w[i*(hi-lo) : (i+1)*(hi-lo)] {
				out[lo+j] += v * v
			}
		}
	})
	return out, err
}

// LeaveOneOut returns mean and variance of each observation given all others: mu_i = y_i - a_i / c_i and 1 / c_i with a =
// (K + Sigma)^-1 y and c the diagonal of the inverse. The variance is that of the noisy observation.
func LeaveOneOut(y, a, c []float64) (mean, variance []float64) {
	mean, variance = make([]float64, len(y)), make([]float64, len(y))
	for i := range y {
		mean[i], variance[i] = y[i]-a[i]/c[i], 1/c[i]
	}
	return mean, variance
}

// cholesky is the method of Solve.
func (p *solve) cholesky(ctx context.Context) error {
	c, err := NewCholesky(ctx, p.s, &p.o)
	if err != nil {
		return err
	}
	for i := range p.n {
		row := p.x.Row(i)
		for j, v := range p.b.Row(i) {
			row[j] = v / p.norm[j]
		}
	}
	if err := c.Solve(p.x); err != nil {
		return err
	}
	p.factor = c
	for j := range p.done {
		p.done[j] = 1
	}
	return p.residual(ctx)
}
