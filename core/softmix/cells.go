package softmix

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// cells is the support and the data as the steps see them.
type cells[T core.Float] struct {
	x core.Matrix[T]
	q []float64 // p, share of the draws
	// offset is added to utilities: the logarithm of how often each cell counts, for normalizers; nil: once.
	offset []float64
	n      float64   // sum of the counts
	seen   int       // cells that have been drawn
	mean   []float64 // L, of x over the cells
	scale  []float64 // L, standard deviations of x over the cells
	// origin is what tiles are moved by, either zero or the mean: far from zero, utilities would lose digits.
	origin []float64
	moved  bool
}

// tileRows is the number of rows that one product works on.
const tileRows = 512

// farOff is the ratio of mean to spread from which a column is moved to zero before it is worked on.
const farOff = 8

func newCells[T core.Float](ctx context.Context, x core.Matrix[T], counts []float64, threads int) (*cells[T], error) {
	if err := x.Check("X"); err != nil {
		return nil, fmt.Errorf("softmix: %w", err)
	}
	if x.Rows < 2 || x.Cols < 1 {
		return nil, fmt.Errorf("softmix: %w: X must have at least 2 rows and 1 column, got %d x %d", core.ErrShape, x.Rows, x.Cols)
	}
	c := &cells[T]{x: x, origin: make([]float64, x.Cols)}
	if err := c.count(counts); err != nil {
		return nil, err
	}
	if err := c.describe(ctx, threads); err != nil {
		return nil, err
	}
	return c, nil
}

// count checks the counts and divides them by their sum.
func (c *cells[T]) count(counts []float64) error {
	if len(counts) != c.x.Rows {
		return fmt.Errorf("softmix: %w: %d counts for the %d rows of X", core.ErrShape, len(counts), c.x.Rows)
	}
	for j, v := range counts {
		switch {
		case v-v != 0:
			return fmt.Errorf("softmix: %w: the count of row %d is %v", core.ErrNotFinite, j, v)
		case v < 0:
			return fmt.Errorf("softmix: %w: the count of row %d is negative: %v", core.ErrOption, j, v)
		case v > 0:
			c.seen++
		}
		c.n += v
	}
	switch {
	case c.seen == 0:
		return fmt.Errorf("softmix: %w: every count is zero: there is nothing to fit", core.ErrOption)
	case math.IsInf(c.n, 1):
		return fmt.Errorf("softmix: %w: the sum of the counts overflows", core.ErrOption)
	}
	c.q = make([]float64, len(counts))
	for j, v := range counts {
		c.q[j] = v / c.n
	}
	return nil
}

// describe finds means and spreads of the columns, and refuses columns that say nothing.
func (c *cells[T]) describe(ctx context.Context, threads int) error {
	L, p := c.x.Cols, c.x.Rows
	stripes := par.Tiles(p, 16*tileRows)
	sums, squares := make([]float64, stripes*L), make([]float64, stripes*L)
	first := c.x.Row(0)
	err := par.For(ctx, threads, stripes, func(_, t int) {
		lo, hi := par.Span(t, p, 16*tileRows)
		s, s2 := sums[t*L:(t+1)*L], squares[t*L:(t+1)*L]
		for j := lo; j < hi; j++ {
			for i, v := range c.x.Row(j) {
				d := float64(v) - float64(first[i])
				s[i] += d
				s2[i] += d * d
			}
		}
	})
	if err != nil {
		return err
	}
	c.mean, c.scale = make([]float64, L), make([]float64, L)
	for i := range L {
		s, s2 := 0.0, 0.0
		for t := range stripes {
			s += sums[t*L+i]
			s2 += squares[t*L+i]
		}
		c.mean[i] = float64(first[i]) + s/float64(p)
		variance := s2/float64(p) - s/float64(p)*s/float64(p)
		if s2-s2 != 0 || math.IsInf(c.mean[i], 0) {
			if err := c.x.CheckFinite("X"); err != nil {
				return fmt.Errorf("softmix: %w", err)
			}
			return fmt.Errorf("softmix: %w: the variance of column %d overflows; rescale X", core.ErrNumerical, i)
		}
		if !(math.Sqrt(max(variance, 0)) > 4*core.Epsilon[T]()*math.Abs(c.mean[i])) {
			return fmt.Errorf("softmix: %w: column %d of X is constant, which no probability depends on; leave it out", core.ErrOption, i)
		}
		c.scale[i] = math.Sqrt(variance)
		c.moved = c.moved || math.Abs(c.mean[i]) > farOff*c.scale[i]
	}
	if c.moved {
		copy(c.origin, c.mean)
	}
	return nil
}

// target returns the mean of x over the draws.
func (c *cells[T]) target() []float64 {
	t := append([]float64(nil), c.mean...)
	for j, q := range c.q {
		if q > 0 {
			for i, v := range c.x.Row(j) {
				t[i] += q * (float64(v) - c.mean[i])
			}
		}
	}
	return t
}

// inPlace reports whether tiles, of the same precision or another, can be read where they lie.
func (c *cells[T]) inPlace(same bool) bool { return same && !c.moved }

// tileOf returns rows [lo, hi) of x less the origin in another precision: where they lie, if that is possible, or in scratch.
func tileOf[W, T core.Float](c *cells[T], scratch []W, lo, hi int) (rows []W, stride int) {
	if data, same := any(c.x.Data).([]W); c.inPlace(same) {
		return data[lo*c.x.Stride:], c.x.Stride
	}
	L := c.x.Cols
	if narrow, ok := any(c.x.Data).([]float32); ok && !c.moved {
		wide := any(scratch).([]float64)
		for j := lo; j < hi; j++ {
			blas.Widen(narrow[j*c.x.Stride:][:L], wide[(j-lo)*L:])
		}
		return scratch, L
	}
	for j := lo; j < hi; j++ {
		dst := scratch[(j-lo)*L : (j-lo+1)*L]
		for i, v := range c.x.Row(j) {
			dst[i] = W(float64(v) - c.origin[i])
		}
	}
	return scratch, L
}

// dot returns the inner product of two vectors of float64.
func dot(x, y []float64) float64 { return blas.Dot(x, y) }
