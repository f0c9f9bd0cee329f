package lowrank

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// Names of the random streams of a job.
const (
	streamTest = iota + 101
	streamError
	streamPivots
	streamSketch
	streamRedraw
)

// job is one decomposition: the matrix, the options, and the account of what it cost.
type job[T core.Float] struct {
	a       Operator[T]
	m, n    int
	o       *Options
	began   time.Time
	passes  int
	most    int // passes expected at most, for progress
	columns int
	unit    float64 // power of two that products are divided by, so that their squares stay finite; 0: not known yet
}

func newJob[T core.Float](a Operator[T], o *Options) (*job[T], error) {
	if o == nil {
		o = &Options{}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	m, n := a.Dims()
	switch {
	case m < 1 || n < 1:
		return nil, fmt.Errorf("lowrank: %w: the matrix is %d x %d; it needs at least one row and one column", core.ErrShape, m, n)
	case o.Rank > min(m, n):
		return nil, fmt.Errorf("lowrank: %w: n_components = %d exceeds min(m, n) = %d", core.ErrOption, o.Rank, min(m, n))
	}
	own := *o
	own.Threads = occupied(o.Threads, m, n)
	return &job[T]{a: a, m: m, n: n, o: &own, began: time.Now()}, nil
}

func (c *job[T]) mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.a.Mul(ctx, dst, x); err != nil {
		return err
	}
	if err := c.rescale(ctx, dst); err != nil {
		return err
	}
	return c.count(x.Cols)
}

func (c *job[T]) mulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.a.MulTrans(ctx, dst, x); err != nil {
		return err
	}
	if err := c.rescale(ctx, dst); err != nil {
		return err
	}
	return c.count(x.Cols)
}

// mulTransMul is mul and mulTrans in one, for a matrix that is known to need no unit.
func (c *job[T]) mulTransMul(ctx context.Context, a Gramian[T], dst, x core.Matrix[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.MulTransMul(ctx, dst, x); err != nil {
		return err
	}
	if err := c.count(x.Cols); err != nil {
		return err
	}
	return c.count(x.Cols)
}

// rescale divides a product by the unit, which the first product decides: 1 unless A is so large or so small that
// squares would overflow or vanish. The first product, with a dense random block, also shows whether A is finite.
func (c *job[T]) rescale(ctx context.Context, x core.Matrix[T]) error {
	if c.unit == 0 && moderate(x) {
		c.unit = 1
	} else if c.unit == 0 {
		most := 0.0
		for i := range x.Rows {
			for _, v := range x.Row(i) {
				most = max(most, math.Abs(float64(v)))
			}
		}
		if most-most != 0 {
			return c.notFinite(ctx)
		}
		c.unit = 1
		limit := 200
		if _, single := any(T(0)).(float32); single {
			limit = 40
		}
		if _, e := math.Frexp(most); most > 0 && (e > limit || e < -limit) {
			c.unit = math.Ldexp(1, max(e, -1020))
		}
	}
	if c.unit == 1 {
		return nil
	}
	for i := range x.Rows {
		row := x.Row(i)
		for j, v := range row {
			row[j] = T(float64(v) / c.unit)
		}
	}
	return nil
}

// moderate tells that the largest element of x lies between 2^-40 and 2^35, where a sum of squares in T, which is fast, can
// tell so of fewer than 2^50 elements.
func moderate[T core.Float](x core.Matrix[T]) bool {
	var sum T
	for i := range x.Rows {
		sum += blas.Dot(x.Row(i), x.Row(i))
	}
	return sum > 0x1p-30 && sum < 0x1p70
}

// notFinite says where A holds NaN or an infinity, as far as A can be searched.
func (c *job[T]) notFinite(ctx context.Context) error {
	if a, ok := c.a.(Normed); ok {
		if _, err := a.SquaredNorm(ctx); errors.Is(err, core.ErrNotFinite) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("lowrank: %w: products with the matrix overflow or are NaN; rescale it, and check it for NaN", core.ErrNumerical)
}

func (c *job[T]) count(columns int) error {
	c.passes++
	c.columns += columns
	if c.o.Progress != nil {
		c.o.Progress(core.Progress{Phase: "passes", Iteration: c.passes, MaxIterations: max(c.most, c.passes), Objective: math.NaN(),
			Evaluations: int64(c.columns), Seconds: time.Since(c.began).Seconds()})
	}
	return nil
}
