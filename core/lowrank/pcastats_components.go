package lowrank

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// PCAComponents are the principal components of the rows that a [PCAState] has seen.
type PCAComponents struct {
	Components core.Matrix[float64] // k x n, orthonormal rows; the entry of largest magnitude in each is positive
	Variances  []float64            // k, decreasing: along each component; divisor Weight (1 - 1/Rows), rows - 1 without weights
	Mean       []float64            // n

	NoiseVariance float64 // mean of the variances along the other min(n, rows) - k directions; 0 where there are none
	TotalVariance float64 // sum of the variances of all features
	// Bound of the error of each of Variances, and of the covariances that they stand for in any direction: 0, but for
	// rounding, unless a sketch is kept.
	Bound float64
}

// Components returns the o.Rank leading principal components, or all min(n, rows) there are if that is 0. Where covariances
// are kept they are exact to rounding: O(n^2 k) operations, or O(n^3) for a quarter of all or more. From a sketch, O(n l^2)
// operations, the variances are the middle of the interval of half-width Bound in which the true ones lie. s is not
// changed.
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNumerical], or are the context's.
func (s *PCAState) Components(ctx context.Context, o *PCAOptions) (*PCAComponents, error) {
	if o == nil {
		o = &PCAOptions{}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	n := len(s.Mean)
	if s.Rows < 2 {
		return nil, fmt.Errorf("lowrank: %w: principal components of %d rows; at least 2 are needed", core.ErrShape, s.Rows)
	}
	all := int(min(int64(n), s.Rows))
	k := o.Rank
	if k == 0 {
		k = all
	}
	if k > all || s.Sketch.Rows > 0 && k >= s.Sketch.Rows {
		return nil, fmt.Errorf("lowrank: %w: n_components = %d is too many for %d rows of %d features and a sketch of %d rows",
			core.ErrOption, k, s.Rows, n, s.Sketch.Rows)
	}
	f := &PCAComponents{Mean: append([]float64(nil), s.Mean...)}
	var v core.Matrix[float64]
	var err error
	if s.Gram.Rows > 0 {
		v, f.Variances = core.NewMatrix[float64](n, k), make([]float64, k)
		err = linalg.EigenSymLeading(ctx, o.Threads, copied(s.Gram).Data, n, k, f.Variances, v.Data)
	} else {
		v, f.Variances, err = s.rightVectors(ctx, o, k)
	}
	if err != nil {
		return nil, err
	}
	orient(core.Matrix[float64]{}, v)
	f.Components = turned(v)
	divisor := s.Weight * (1 - 1/float64(s.Rows))
	rest := s.SquaredNorm
	for i := range f.Variances {
		f.Variances[i] = max(0, f.Variances[i]+s.Lost/2)
		rest -= f.Variances[i]
		f.Variances[i] /= divisor
	}
	if all > k {
		f.NoiseVariance = max(0, rest) / divisor / float64(all-k)
	}
	f.TotalVariance, f.Bound = s.SquaredNorm/divisor, s.Lost/2/divisor
	return f, nil
}

// rightVectors returns the k leading right singular vectors of the sketch as columns, and the squares of their singular
// values.
func (s *PCAState) rightVectors(ctx context.Context, o *PCAOptions, k int) (v core.Matrix[float64], squared []float64, err error) {
	n, l := s.Sketch.Cols, s.Sketch.Rows
	v, squared = core.NewMatrix[float64](n, k), make([]float64, k)
	b := turned(s.Sketch)
	r := b.Data
	if n > l {
		r = make([]float64, l*l)
		if _, err := linalg.Orthonormalize(ctx, o.Threads, b, r, 0); err != nil {
			return v, nil, err
		}
	}
	left, values, _, err := linalg.SVD(ctx, r, min(n, l), l)
	if err != nil {
		return v, nil, err
	}
	for j := range k {
		squared[j] = values[j] * values[j]
	}
	side := min(n, l)
	if n > l {
		return v, squared, linalg.MulRight(ctx, o.Threads, v, b, leadingColumns(left, side, k), side, k)
	}
	copyInto(v, columns(core.Matrix[float64]{Data: left, Rows: side, Cols: side, Stride: side}, 0, k))
	return v, squared, nil
}
