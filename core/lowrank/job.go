package lowrank

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
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
	return &job[T]{a: a, m: m, n: n, o: o, began: time.Now()}, nil
}

func (c *job[T]) mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.a.Mul(ctx, dst, x); err != nil {
		return err
	}
	c.rescale(dst)
	return c.count(x.Cols)
}

func (c *job[T]) mulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.a.MulTrans(ctx, dst, x); err != nil {
		return err
	}
	c.rescale(dst)
	return c.count(x.Cols)
}

// rescale divides a product by the unit, which the first product decides: 1 unless A is so large or so small that
// squares would overflow or vanish.
func (c *job[T]) rescale(x core.Matrix[T]) {
	if c.unit == 0 {
		most := 0.0
		for i := range x.Rows {
			for _, v := range x.Row(i) {
				most = max(most, math.Abs(float64(v)))
			}
		}
		c.unit = 1
		if _, e := math.Frexp(most); most > 0 && (e > 200 || e < -200) {
			c.unit = math.Ldexp(1, max(e, -1020))
		}
	}
	if c.unit == 1 {
		return
	}
	for i := range x.Rows {
		row := x.Row(i)
		for j, v := range row {
			row[j] = T(float64(v) / c.unit)
		}
	}
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
