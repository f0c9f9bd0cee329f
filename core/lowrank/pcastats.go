package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// PCAOptions of [NewPCAState] and [PCAState.Components]. Fields with a json name travel across the C ABI as JSON text.
type PCAOptions struct {
	Rank int `json:"n_components" default:"0" doc:"number k of components; 0: all, which takes the covariances"`
	Size int `json:"sketch_size" default:"0" doc:"rows l of the sketch kept in place of the covariances, more than k; 0: covariances up to 4000 features, otherwise 2k + 20 rows"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *PCAOptions) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.Rank < 0:
		return fmt.Errorf("lowrank: %w: n_components must not be negative, got %d", core.ErrOption, o.Rank)
	case o.Size < 0 || o.Size > 0 && o.Size <= o.Rank:
		return fmt.Errorf("lowrank: %w: sketch_size must exceed n_components = %d, or be 0; got %d", core.ErrOption, o.Rank, o.Size)
	}
	return nil
}

const (
	pcaFeatures = 4000 // most features whose covariances are kept
	pcaMargin   = 20   // rows of a sketch beyond twice the components
)

// PCAState is what is kept of the rows seen so far for their principal components: arrays of the caller, of a size that
// does not depend on the number of rows. States of different rows merge into that of all, see [PCAState.Merge].
//
// Either Gram is kept, which makes the components exact up to rounding, or Sketch, l rows B (frequent directions) with
// 0 <= A^T A - B^T B <= Lost for the centred rows A in every direction, and Lost at most tau_{k+1}^2 / (l + 1 - k) for every
// k <= l. The other has no elements.
type PCAState struct {
	Rows   int64     // of positive weight
	Weight float64   // sum of the weights
	Mean   []float64 // n: weighted mean
	// Gram is the sum of w (x - mean) (x - mean)^T, n x n, of which only the upper triangle is used.
	Gram core.Matrix[float64]
	// Sketch is B, l x n.
	Sketch core.Matrix[float64]
	Lost   float64
	// SquaredNorm is the sum of w |x - mean|^2.
	SquaredNorm float64
}

// Sizes returns the rows of the sketch in a [PCAState] of n features, or 0 where the covariances are kept. Errors wrap
// [core.ErrShape] or [core.ErrOption].
func (o *PCAOptions) Sizes(n int) (size int, err error) {
	if o == nil {
		o = &PCAOptions{}
	}
	if err := o.Validate(); err != nil {
		return 0, err
	}
	size = o.Size
	if size == 0 && n > pcaFeatures {
		size = 2*o.Rank + pcaMargin
	}
	switch {
	case n < 1:
		return 0, fmt.Errorf("lowrank: %w: rows with %d features; there must be at least one", core.ErrShape, n)
	case o.Rank > n:
		return 0, fmt.Errorf("lowrank: %w: n_components = %d exceeds the %d features", core.ErrOption, o.Rank, n)
	case size > 0 && o.Rank == 0:
		return 0, fmt.Errorf("lowrank: %w: n_components must be set for %d features, of which not all covariances are kept",
			core.ErrOption, n)
	}
	return size, nil
}

// NewPCAState returns the state of no rows of n features. Errors are those of [PCAOptions.Sizes].
func NewPCAState(n int, o *PCAOptions) (*PCAState, error) {
	size, err := o.Sizes(n)
	if err != nil {
		return nil, err
	}
	s := &PCAState{Mean: make([]float64, n)}
	if size > 0 {
		s.Sketch = core.NewMatrix[float64](size, n)
	} else {
		s.Gram = core.NewMatrix[float64](n, n)
	}
	return s, nil
}

// check reports arrays that do not fit together.
func (s *PCAState) check() error {
	n := len(s.Mean)
	for name, x := range map[string]core.Matrix[float64]{"Gram": s.Gram, "Sketch": s.Sketch} {
		if err := x.Check(name); err != nil {
			return fmt.Errorf("lowrank: %w", err)
		}
	}
	gram, sketch := s.Gram.Rows == n && s.Gram.Cols == n, s.Sketch.Rows > 0 && s.Sketch.Cols == n
	if n < 1 || gram == sketch || s.Gram.Rows*s.Sketch.Rows > 0 {
		return fmt.Errorf("lowrank: %w: a mean of %d features with a Gram matrix of %d x %d and a sketch of %d x %d do not fit together: the matrix is n x n or the sketch l x n, and the other empty",
			core.ErrShape, n, s.Gram.Rows, s.Gram.Cols, s.Sketch.Rows, s.Sketch.Cols)
	}
	return nil
}

// pcaChunk is how many rows are centred and added at a time.
const pcaChunk = 1024

// PCAUpdate adds the rows of x (b x n) to s, each with its weight, or 1 where weights is nil; rows of weight 0 are left
// out. Takes b*n^2 operations, or some 8*b*l*n with a sketch. On an error s is as before.
//
// Errors wrap [core.ErrShape], [core.ErrNotFinite], with the place in x, [core.ErrOption] or [core.ErrNumerical], or are the
// context's.
func PCAUpdate[T core.Float](ctx context.Context, s *PCAState, x core.Matrix[T], weights []float64, threads int) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := x.Check("x"); err != nil {
		return fmt.Errorf("lowrank: %w", err)
	}
	n := len(s.Mean)
	if x.Cols != n {
		return fmt.Errorf("lowrank: %w: x has %d columns, the rows before had %d", core.ErrShape, x.Cols, n)
	}
	if weights != nil && len(weights) != x.Rows {
		return fmt.Errorf("lowrank: %w: %d weights for %d rows", core.ErrShape, len(weights), x.Rows)
	}
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("lowrank: %w: weight %d is %v; weights must be finite and not negative", core.ErrOption, i, w)
		}
	}
	if err := x.CheckFinite("x"); err != nil {
		return fmt.Errorf("lowrank: %w", err)
	}
	b := &batch[T]{x: x, weights: weights, threads: threads, mean: make([]float64, n)}
	if err := b.average(ctx); err != nil || b.rows == 0 {
		return err
	}
	return s.absorb(ctx, b.weight, b.rows, b.mean, x.Rows <= pcaChunk, threads,
		func(visit func(core.Matrix[float64]) error) error { return b.chunks(ctx, visit) })
}

// absorb adds rows with a weight and a mean of their own, which chunks yields centred about that mean and times the root
// of their weight, followed by one row for the difference of the means. few tells that it does so in memory of their own.
func (s *PCAState) absorb(ctx context.Context, weight float64, rows int64, mean []float64, few bool, threads int,
	chunks func(visit func(core.Matrix[float64]) error) error) error {

	total := s.Weight + weight
	apart := core.NewMatrix[float64](1, len(mean))
	root := math.Sqrt(s.Weight / total * weight)
	for j, v := range mean {
		apart.Data[j] = root * (v - s.Mean[j])
	}
	sum := newPCASum(s, few, threads)
	err := chunks(func(x core.Matrix[float64]) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return sum.add(ctx, x)
	})
	if err == nil && s.Weight > 0 {
		err = sum.add(ctx, apart)
	}
	if err == nil && sum.squares-sum.squares != 0 {
		err = fmt.Errorf("lowrank: %w: the sum of squares overflows; rescale the data", core.ErrNumerical)
	}
	if err != nil {
		return err
	}
	sum.store(s)
	for j, v := range mean {
		s.Mean[j] += weight / total * (v - s.Mean[j])
	}
	s.Weight, s.Rows = total, s.Rows+rows
	return nil
}

// Merge adds the rows that other has seen to those of s. Both must keep the same thing, covariances or sketches of
// equally many rows.
func (s *PCAState) Merge(ctx context.Context, other *PCAState, threads int) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := other.check(); err != nil {
		return err
	}
	if len(s.Mean) != len(other.Mean) || s.Gram.Rows != other.Gram.Rows || s.Sketch.Rows != other.Sketch.Rows {
		return fmt.Errorf("lowrank: %w: states of %d and %d features, with sketches of %d and %d rows (0 for covariances), do not merge",
			core.ErrShape, len(s.Mean), len(other.Mean), s.Sketch.Rows, other.Sketch.Rows)
	}
	if other.Rows == 0 {
		return nil
	}
	if s.Gram.Rows > 0 {
		err := s.absorb(ctx, other.Weight, other.Rows, other.Mean, true, threads, func(func(core.Matrix[float64]) error) error { return nil })
		if err != nil {
			return err
		}
		for i := range s.Gram.Rows {
			blas.Axpy(1, other.Gram.Row(i)[i:], s.Gram.Row(i)[i:])
		}
		s.SquaredNorm += other.SquaredNorm
		return nil
	}
	err := s.absorb(ctx, other.Weight, other.Rows, other.Mean, true, threads,
		func(visit func(core.Matrix[float64]) error) error { return visit(other.Sketch) })
	if err != nil {
		return err
	}
	s.Lost += other.Lost
	s.SquaredNorm += other.SquaredNorm - squares(other.Sketch)
	return nil
}

// batch is a block of rows to be added.
type batch[T core.Float] struct {
	x       core.Matrix[T]
	weights []float64
	threads int
	weight  float64
	rows    int64
	mean    []float64
}

func (b *batch[T]) weightOf(i int) float64 {
	if b.weights == nil {
		return 1
	}
	return b.weights[i]
}

// average finds the number, weight and mean of the rows.
func (b *batch[T]) average(ctx context.Context) error {
	for i := range b.x.Rows {
		if w := b.weightOf(i); w > 0 {
			b.rows++
			b.weight += w
		}
	}
	const tile = 64
	return par.For(ctx, b.threads, par.Tiles(b.x.Cols, tile), func(_, t int) {
		lo, hi := par.Span(t, b.x.Cols, tile)
		sums := b.mean[lo:hi]
		for i := range b.x.Rows {
			w := b.weightOf(i)
			for j, v := range b.x.Row(i)[lo:hi] {
				sums[j] += w * float64(v)
			}
		}
		for j := range sums {
			sums[j] /= b.weight
		}
	})
}

// chunks yields the rows about their mean, times the roots of their weights.
func (b *batch[T]) chunks(ctx context.Context, visit func(core.Matrix[float64]) error) error {
	chunk := core.NewMatrix[float64](min(pcaChunk, b.x.Rows), b.x.Cols)
	for lo := 0; lo < b.x.Rows; lo += pcaChunk {
		part := rowsOf(chunk, 0, min(pcaChunk, b.x.Rows-lo))
		const tile = 32
		err := par.For(ctx, b.threads, par.Tiles(part.Rows, tile), func(_, t int) {
			from, to := par.Span(t, part.Rows, tile)
			for i := from; i < to; i++ {
				root, row := math.Sqrt(b.weightOf(lo+i)), part.Row(i)
				for j, v := range b.x.Row(lo + i) {
					row[j] = root * (float64(v) - b.mean[j])
				}
			}
		})
		if err != nil {
			return err
		}
		if err := visit(part); err != nil {
			return err
		}
	}
	return nil
}
