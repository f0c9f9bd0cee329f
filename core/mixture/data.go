package mixture

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// data is the training rows as the steps see them: rows of weight zero are left out, and every feature is brought to
// mean 0 and variance 1 while it is read (to a common scale for Spherical), so that the fit does not depend on units.
type data[T core.Float] struct {
	x      core.Matrix[T]
	rows   []uint32  // row of x of each point; nil when all rows take part
	w      []float64 // weight of each point, scaled to mean 1 so that T can hold it; nil when all are 1
	n      int       // points
	total  float64   // sum of w
	unit   float64   // what a weight of 1 here is as given
	mass   float64   // sum of the weights as given
	shift  []T       // D
	scale  []T       // D; a point is (x - shift) * scale
	logJac float64   // log p(x) = log p(point) + sum of log scale; the mean of that sum over points, what they lack left out
	limit  T         // rows with a larger feature are shrunk to this; 0: none is

	patterns *patterns // what the points lack; nil when they lack nothing
}

// panelPoints is the most points of a panel.
const panelPoints = 16

// momentTile is the number of rows whose mean and scatter are formed before they are merged.
const momentTile = 2048

// newData checks x and the weights, and finds the standardisation. common asks for one scale for all features.
func newData[T core.Float](ctx context.Context, x core.Matrix[T], weight []float64, common bool, threads int) (*data[T], error) {
	return newDataMissing(ctx, x, weight, common, MissingError, threads)
}

// newDataMissing is newData with a meaning for NaN.
func newDataMissing[T core.Float](ctx context.Context, x core.Matrix[T], weight []float64, common bool, missing string, threads int) (*data[T], error) {
	if err := x.Check("X"); err != nil {
		return nil, fmt.Errorf("mixture: %w", err)
	}
	switch {
	case x.Rows == 0:
		return nil, fmt.Errorf("mixture: %w: X has 0 rows; at least 1 is needed", core.ErrShape)
	case x.Cols == 0:
		return nil, fmt.Errorf("mixture: %w: X has 0 columns; at least 1 is needed", core.ErrShape)
	case uint64(x.Rows) > math.MaxUint32:
		return nil, fmt.Errorf("mixture: %w: X has %d rows; at most 2^32-1 can be fitted at once", core.ErrShape, x.Rows)
	}
	d := &data[T]{x: x, n: x.Rows, total: float64(x.Rows), mass: float64(x.Rows), unit: 1}
	if err := d.setWeights(weight); err != nil {
		return nil, err
	}
	if missing == MissingNaN {
		if err := d.findMissing(ctx, threads); err != nil {
			return nil, err
		}
		if d.n == 0 {
			return nil, errNothingObserved
		}
	}
	all, err := d.moments(ctx, threads)
	if err != nil {
		return nil, err
	}
	if err := all.check(func() error { return d.fault(missing, "X") }); err != nil {
		return nil, explain(x, err)
	}
	if err := all.checkColumns(); err != nil {
		return nil, err
	}
	d.standardize(all.mean, all.variance(), common)
	if d.patterns != nil {
		d.logJac = d.observedJacobian()
	}
	return d, nil
}

// fault names the first value of the rows that is not finite, unless it is NaN and NaN means missing.
func (d *data[T]) fault(missing, name string) error {
	if missing == MissingNaN {
		return infinity(d.x, name)
	}
	return d.x.CheckFinite(name)
}

// sumWeights returns how many weights are positive, their sum, and whether all are 1; negative ones and those that are not
// finite are errors.
func sumWeights(weight []float64) (positive int, sum float64, equal bool, err error) {
	equal = true
	for i, w := range weight {
		if w-w != 0 {
			return 0, 0, false, fmt.Errorf("mixture: %w: sample_weight of row %d is %v", core.ErrNotFinite, i, w)
		}
		if w < 0 {
			return 0, 0, false, fmt.Errorf("mixture: %w: sample_weight of row %d is negative: %v", core.ErrOption, i, w)
		}
		if w > 0 {
			positive++
		}
		equal = equal && w == 1
		sum += w
	}
	return positive, sum, equal, nil
}

// setWeights validates the sample weights and drops the points whose weight is zero.
func (d *data[T]) setWeights(weight []float64) error {
	if weight == nil {
		return nil
	}
	if len(weight) != d.x.Rows {
		return fmt.Errorf("mixture: %w: sample_weight has %d entries, X has %d rows", core.ErrShape, len(weight), d.x.Rows)
	}
	var equal bool
	var err error
	if d.n, d.mass, equal, err = sumWeights(weight); err != nil {
		return err
	}
	mean := d.mass / float64(d.n)
	switch {
	case d.n == 0 || mean == 0:
		return fmt.Errorf("mixture: %w: every sample_weight is zero", core.ErrOption)
	case math.IsInf(d.mass, 1):
		return fmt.Errorf("mixture: %w: the sum of sample_weight overflows", core.ErrOption)
	case equal:
		return nil
	}
	d.rows, d.w, d.total, d.unit = make([]uint32, 0, d.n), make([]float64, 0, d.n), 0, mean
	for i, w := range weight {
		if w > 0 {
			d.rows, d.w = append(d.rows, uint32(i)), append(d.w, w/mean)
			d.total += w / mean
		}
	}
	return nil
}

// row returns point i as it stands in x.
func (d *data[T]) row(i uint32) []T {
	if d.rows != nil {
		i = d.rows[i]
	}
	return d.x.Row(int(i))
}

// weight returns the weight of point i.
func (d *data[T]) weight(i uint32) float64 {
	if d.w != nil {
		return d.w[i]
	}
	return 1
}

// places writes where the rows of some points begin to from.
func (d *data[T]) places(from *[panelPoints]*T, points []uint32) []*T {
	for k, i := range points {
		if d.rows != nil {
			i = d.rows[i]
		}
		from[k] = &d.x.Data[int(i)*d.x.Stride]
	}
	return from[:len(points)]
}

// gather writes the standardised points idx as rows of dst (len(idx) x dp), with zero, the mean, for what they lack.
func (d *data[T]) gather(dst []T, dp int, idx []uint32) {
	var from [panelPoints]*T
	for lo := 0; lo < len(idx); lo += panelPoints {
		some := idx[lo:min(lo+panelPoints, len(idx))]
		panel.Gather(dst[lo*dp:], dp, d.places(&from, some), d.shift, d.scale)
	}
	if d.patterns != nil || d.limit > 0 {
		for k, i := range idx {
			d.mend(dst[k*dp:(k+1)*dp], i)
		}
	}
}

// point writes the standardised point i to dst, with zero, the mean, for what it lacks.
func (d *data[T]) point(dst []T, i uint32) {
	panel.Standardize(dst, d.row(i), d.shift, d.scale)
	d.mend(dst, i)
}

// mend puts zero in the places of what the standardised point i lacks, and brings it within the limit.
func (d *data[T]) mend(dst []T, i uint32) {
	if d.patterns != nil {
		for _, j := range d.patterns.lacks[d.patterns.of[i]] {
			dst[j] = 0
		}
	}
	if d.limit > 0 {
		clip(dst[:d.x.Cols], d.limit)
	}
}

// clip shrinks a row whose largest feature is above limit to that size, keeping its direction, so that far rows stay apart.
func clip[T core.Float](row []T, limit T) {
	most := T(0)
	for _, v := range row {
		most = max(most, v, -v)
	}
	if most <= limit {
		return
	}
	finite := limit * limit * limit * limit // 1e36 in float32
	for j, v := range row {
		row[j] = max(-finite, min(finite, v)) / min(most, finite) * limit
	}
}

// prefetch announces that the points idx, no more than a panel, will be gathered next. They lie scattered in x, and the computation in between
// hides the latency of memory.
func (d *data[T]) prefetch(idx []uint32) {
	var from [panelPoints]*T
	panel.Prefetch(d.places(&from, idx), d.x.Cols)
}

// moments returns the weighted mean and scatter of each feature over the values that are there, merged tile by tile in row
// order.
func (d *data[T]) moments(ctx context.Context, threads int) (*spread, error) {
	if d.patterns != nil {
		return d.observedMoments(ctx, threads)
	}
	D := d.x.Cols
	tiles := par.Tiles(d.n, momentTile)
	means, scatters, weights := make([]float64, tiles*D), make([]float64, tiles*D), make([]float64, tiles)
	err := par.For(ctx, threads, tiles, func(_, t int) {
		m, s := means[t*D:(t+1)*D], scatters[t*D:(t+1)*D]
		lo, hi := par.Span(t, d.n, momentTile)
		// Means are summed as distances from one row, which leaves no rounding in constant columns.
		origin := d.row(uint32(lo))
		var sum float64
		for i := lo; i < hi; i++ {
			w := d.weight(uint32(i))
			sum += w
			for j, v := range d.row(uint32(i)) {
				m[j] += w * (float64(v) - float64(origin[j]))
			}
		}
		for j := range m {
			m[j] = float64(origin[j]) + m[j]/sum
		}
		for i := lo; i < hi; i++ {
			w := d.weight(uint32(i))
			for j, v := range d.row(uint32(i)) {
				e := float64(v) - m[j]
				s[j] += w * e * e
			}
		}
		weights[t] = sum
	})
	if err != nil {
		return nil, err
	}
	all := &spread{mean: means[:D], scatter: scatters[:D], weight: slices.Repeat(weights[:1], D)}
	for t := 1; t < tiles; t++ {
		all.merge(&spread{mean: means[t*D : (t+1)*D], scatter: scatters[t*D : (t+1)*D], weight: slices.Repeat(weights[t:t+1], D)})
	}
	return all, nil
}

// standardize sets shift and scale. A feature whose spread is within rounding of its mean counts as constant and gets
// the common scale: the root of the mean variance of the others, or 1 when there is no other.
func (d *data[T]) standardize(mean, variance []float64, common bool) {
	eps := core.Epsilon[T]()
	d.shift, d.scale = make([]T, len(mean)), make([]T, len(mean))
	var sum, varying float64
	for j, v := range variance {
		if math.Sqrt(v) <= eps*math.Abs(mean[j]) {
			variance[j] = 0
		}
		if variance[j] > 0 {
			sum += variance[j]
			varying++
		}
	}
	each := 1.0
	if varying > 0 {
		each = math.Sqrt(sum / varying)
	}
	for j, v := range variance {
		std := each
		if v > 0 && !common {
			std = math.Sqrt(v)
		}
		d.shift[j], d.scale[j] = T(mean[j]), T(1/std)
		d.logJac += math.Log(float64(d.scale[j]))
	}
}
