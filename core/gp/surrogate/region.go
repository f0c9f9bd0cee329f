package surrogate

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// region says where a process, which describes the points above a floor, is not to be asked.
//
// Where the nearest evaluation, in units of the spread of those kept, has a finite value below the floor, the density is
// too small to matter, and where exactly that begins matters as little: there it is at most the floor, less half of the
// squared distance to the nearest point above the floor, which leads particles out of there.
//
// The edge of the support may cut through the bulk of the density, and is a matter for a support vector machine.
type region struct {
	floor     float64
	inverse   []float64 // d: 1 / spread of the points kept
	kept, low *cloud    // points above and below the floor
	empty     *cloud    // points where the density vanishes
	support   *support  // nil if there are none
	threads   int
}

// newRegion returns the region of n points of the cube with values y, of which kept says which are above the floor. It
// begins with what the region before, if there was one, knew of the support.
func newRegion(ctx context.Context, u core.Matrix[float64], y []float64, kept []bool, floor float64, before *region,
	threads int) (*region, error) {

	r := &region{floor: floor, inverse: make([]float64, u.Cols), threads: threads}
	above := some(u, func(i int) bool { return kept[i] })
	moments(make([]float64, u.Cols), r.inverse, above)
	for q, v := range r.inverse {
		r.inverse[q] = 1 / max(v, 1e-9)
	}
	vanishes := func(i int) bool { return math.IsInf(y[i], -1) }
	r.kept = newCloud(above, r.inverse)
	r.low = newCloud(some(u, func(i int) bool { return !kept[i] && !vanishes(i) }), r.inverse)
	r.empty = newCloud(some(u, vanishes), r.inverse)
	if r.empty.z.Rows == 0 {
		return r, nil
	}
	signs := make([]float64, len(y))
	for i := range signs {
		signs[i] = 1
		if vanishes(i) {
			signs[i] = -1
		}
	}
	var start []float64
	if before != nil && before.support != nil {
		start = before.support.multipliers
	}
	var err error
	r.support, err = newSupport(ctx, u, signs, r.inverse, start, threads)
	return r, err
}

// some returns the rows of u for which keep holds.
func some(u core.Matrix[float64], keep func(i int) bool) core.Matrix[float64] {
	out := core.Matrix[float64]{Cols: u.Cols, Stride: u.Cols}
	for i := range u.Rows {
		if keep(i) {
			out.Data = append(out.Data, u.Row(i)...)
			out.Rows++
		}
	}
	return out
}

// moments writes mean and standard deviation of each coordinate.
func moments(mean, deviation []float64, u core.Matrix[float64]) {
	for q := range mean {
		mean[q] = 0
		square := 0.0
		for i := range u.Rows {
			delta := u.Row(i)[q] - mean[q]
			mean[q] += delta / float64(i+1)
			square += delta * (u.Row(i)[q] - mean[q])
		}
		deviation[q] = math.Sqrt(square / float64(max(u.Rows, 1)))
	}
}

// contains sets inside[i] to whether row i of u is in the cube and in the support.
func (r *region) contains(ctx context.Context, inside []bool, u core.Matrix[float64]) error {
	for i := range inside {
		inside[i] = inCube(u.Row(i))
	}
	if r.support == nil {
		return nil
	}
	label := make([]float64, u.Rows)
	if err := r.support.evaluate(ctx, label, u, r.threads); err != nil {
		return err
	}
	for i, v := range label {
		inside[i] = inside[i] && v > 0
	}
	return nil
}

func inCube(u []float64) bool {
	for _, v := range u {
		if !(v >= 0 && v <= 1) {
			return false
		}
	}
	return true
}

// bound lowers the logarithms of the density at the points u where the nearest evaluation is below the floor.
func (r *region) bound(ctx context.Context, value []float64, u core.Matrix[float64]) error {
	if r.low.z.Rows == 0 {
		return nil
	}
	return r.each(ctx, u, func(at int, z core.Matrix[float64], halves []float64) {
		kept, low := infinities(z.Rows), infinities(z.Rows)
		r.kept.nearest(kept, z, halves)
		r.low.nearest(low, z, halves)
		for i := range z.Rows {
			if low[i] < kept[i] {
				value[at+i] = min(value[at+i], r.floor-kept[i])
			}
		}
	})
}

// doubt writes the chance that the density vanishes at the points u to dst: one half at the edge of the support, and less
// towards the margin, which counts for less where the next evaluation is far.
func (r *region) doubt(ctx context.Context, dst []float64, u core.Matrix[float64]) error {
	clear(dst)
	if r.support == nil {
		return nil
	}
	if err := r.support.evaluate(ctx, dst, u, r.threads); err != nil {
		return err
	}
	return r.each(ctx, u, func(at int, z core.Matrix[float64], halves []float64) {
		gap := infinities(z.Rows)
		r.kept.nearest(gap, z, halves)
		r.empty.nearest(gap, z, halves)
		for i, v := range gap {
			margin := 1 + 2*math.Sqrt(v/float64(z.Cols))
			dst[at+i] = min(max((1-dst[at+i]/margin)/2, 0), 1)
		}
	})
}

// each calls fn for blocks of the points u in units of the spread, the first of which is number at.
func (r *region) each(ctx context.Context, u core.Matrix[float64], fn func(at int, z core.Matrix[float64], halves []float64)) error {
	return par.For(ctx, r.threads, par.Tiles(u.Rows, block), func(_, tile int) {
		lo, hi := par.Span(tile, u.Rows, block)
		z, halves := r.kept.place(core.Matrix[float64]{Data: u.Data[lo*u.Stride:], Rows: hi - lo, Cols: u.Cols, Stride: u.Stride})
		fn(lo, z, halves)
	})
}

func infinities(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Inf(1)
	}
	return out
}
