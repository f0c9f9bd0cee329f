package mixture

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// inference is a model made ready for the panel kernels, in features standardised by the model's own mean and variance.
type inference[T core.Float] struct {
	k      *packed[T]
	shift  []T
	scale  []T
	logJac float64
	all    []uint32
}

// inferTile is the number of rows of one tile.
const inferTile = 512

// iscratch is the scratch space of one worker and what infer leaves there for each panel.
type iscratch[T core.Float] struct {
	rows, x []T // the standardised panel, row-major and transposed
	l       []T // C x lanes: l_nc
	v       []T // groups*Width x lanes
	e, m    []T // lanes
	unit    []T // D
	margin  []T // lanes: below this a component does not count
	top     *leaders[T]
	logSum  []float64 // lanes: log sum over components of exp l_nc
	excess  []float64 // lanes: what that is above the best l_nc

	part  *partial[T] // nil when no row of the call lacks features
	lists [16][]uint32
	full  []T              // lanes x dp: sums of completed rows
	holes bool             // some row of this panel lacks features
	given *conditionals[T] // of ConditionalMoments

	row    [16]int  // row of x in each lane
	ids    []uint32 // components whose densities are in l
	set    *stamps  // of a search: what it looks at, ...
	opened *stamps  // ... and whose neighbours it has looked at
}

// newInference prepares m, and with missing also its marginals for rows that lack features.
func newInference[T core.Float](ctx context.Context, m *Model, threads int, missing bool) (*inference[T], error) {
	p := newParams(m.Components, m.Features, m.Factors)
	v := &inference[T]{k: newPacked[T](p.C, p.D, p.H), shift: make([]T, p.D), scale: make([]T, p.D), all: make([]uint32, p.C)}
	for d := range p.D {
		mean, second := 0.0, 0.0
		for c, w := range m.Weights {
			mean += w * m.Means[c*p.D+d]
		}
		for c, w := range m.Weights {
			i := c*p.D + d
			e := m.Means[i] - mean
			if math.Abs(e) <= 0x1p-50*math.Abs(mean) {
				e = 0 // rounding of the mean, whose square could overflow
			}
			s := e*e + m.NoiseVariance[i]
			for _, l := range m.Loadings[i*p.H : (i+1)*p.H] {
				s += l * l
			}
			second += w * s
		}
		v.shift[d], v.scale[d] = T(mean), T(1/math.Sqrt(second))
		v.logJac += math.Log(float64(v.scale[d]))
	}
	copy(p.pi, m.Weights)
	p.dof = m.DOF
	for i := range p.mu {
		shift, scale := float64(v.shift[i%p.D]), float64(v.scale[i%p.D])
		p.mu[i] = (m.Means[i] - shift) * scale
		p.noise[i] = m.NoiseVariance[i] * scale * scale
		for h := range p.H {
			p.lambda[i*p.H+h] = m.Loadings[i*p.H+h] * scale
		}
	}
	for c := range v.all {
		v.all[c] = uint32(c)
	}
	if missing {
		v.k.marginal = newMarginals(v.k)
	}
	return v, v.k.prepare(ctx, p, threads)
}

func (v *inference[T]) newScratch(keep, components int) *iscratch[T] {
	lanes, dp := panel.Lanes[T](), panel.Pad[T](v.k.D)
	w := &iscratch[T]{rows: make([]T, lanes*dp), x: make([]T, dp*lanes), l: make([]T, components*lanes),
		v: make([]T, panel.Groups(v.k.H)*panel.Width*lanes), e: make([]T, lanes), m: make([]T, lanes),
		unit:   make([]T, v.k.D),
		margin: make([]T, lanes), top: newLeaders[T](keep), logSum: make([]float64, lanes), excess: make([]float64, lanes)}
	if v.k.marginal != nil {
		w.part = newPartial[T](v.k.H)
		w.full = make([]T, lanes*dp)
		for lane := range lanes {
			w.lists[lane] = make([]uint32, 0, v.k.D)
		}
	}
	return w
}

// infer evaluates every component, or those that a search finds, on every row of x, sixteen or eight rows at a time, and
// calls use for each panel with its n rows, and the densities, the keep best components and the log sums in w.
func infer[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads, keep int,
	use func(v *inference[T], w *iscratch[T], n int)) error {

	if err := m.checkRows(x.Check("X"), x.Cols); err != nil {
		return err
	}
	if err := checkValues(x, m.inference.Missing); err != nil {
		return err
	}
	if x.Rows == 0 {
		return nil
	}
	missing := m.inference.Missing == MissingNaN && x.CheckFinite("X") != nil
	v, err := newInference[T](ctx, m, threads, missing)
	if err != nil {
		return err
	}
	search, err := searching(ctx, m, x, missing, threads)
	if err != nil {
		return err
	}
	if search {
		b, err := newBeam(ctx, m, v, x, threads)
		if err != nil {
			return err
		}
		return b.infer(ctx, v, x, threads, keep, use)
	}
	var order []uint32
	if missing && uint64(x.Rows) <= math.MaxUint32 {
		if order, err = byPattern(ctx, x, threads); err != nil {
			return err
		}
	}
	workers := make([]*iscratch[T], par.Threads(threads))
	lanes := panel.Lanes[T]()
	return par.For(ctx, threads, par.Tiles(x.Rows, inferTile), func(worker, t int) {
		if workers[worker] == nil {
			workers[worker] = v.newScratch(keep, v.k.C)
			workers[worker].ids = v.all
		}
		w := workers[worker]
		tileLo, tileHi := par.Span(t, x.Rows, inferTile)
		for lo := tileLo; lo < tileHi; lo += lanes {
			n := min(lanes, tileHi-lo)
			for lane := range n {
				w.row[lane] = lo + lane
				if order != nil {
					w.row[lane] = int(order[lo+lane])
				}
			}
			v.evaluate(w, x, n)
			use(v, w, n)
		}
	})
}

// bound moves features further than 1e15 (float32) or 1e140 (float64) standard deviations from the mean to that distance, where squares are still
// finite: the density of such a row is then too high, but finite, and its posteriors add up to 1.
func bound[T core.Float](row []T) {
	most := 1e15
	if panel.Lanes[T]() == 8 {
		most = 1e140
	}
	limit := T(most)
	for d, v := range row {
		if v > limit {
			row[d] = limit
		} else if v < -limit {
			row[d] = -limit
		}
	}
}

// gather writes the standardised rows of x that w.row names to w.rows.
func (v *inference[T]) gather(w *iscratch[T], x core.Matrix[T], n int) {
	dp := panel.Pad[T](v.k.D)
	for lane, i := range w.row[:n] {
		v.standardize(w.rows[lane*dp:lane*dp+v.k.D], x.Row(i))
	}
}

// standardize writes a row of x in standardised units to dst.
func (v *inference[T]) standardize(dst, row []T) {
	panel.Standardize(dst, row, v.shift, v.scale)
	bound(dst)
}

// evaluate fills w for the n rows of x that w.row names.
func (v *inference[T]) evaluate(w *iscratch[T], x core.Matrix[T], n int) {
	v.gather(w, x, n)
	if w.holes = w.part != nil && w.findMissing(v.k.D, n); w.holes {
		v.k.marginal.evaluate(w.l, w.rows, w.x, w.part, v.all)
	} else {
		panel.Transpose(w.x, w.rows, panel.Pad[T](v.k.D))
		v.k.evaluate(w.l, w.x, v.all)
	}
	w.top.reset()
	w.top.add(w.l, v.k.C, 0)
	w.sum(v.k.C)
}

// findMissing notes what the n rows lack, and reports whether they lack anything.
func (w *iscratch[T]) findMissing(features, n int) (any bool) {
	dp := panel.Pad[T](features)
	for lane := range w.part.lacks {
		list := w.lists[lane][:0]
		if lane < n {
			for d, v := range w.rows[lane*dp : lane*dp+features] {
				if v != v {
					list = append(list, uint32(d))
				}
			}
		}
		w.part.lacks[lane] = list
		any = any || len(list) > 0
	}
	return any
}

// project leaves v = W^T (x - mu) of component c in w.v. Where rows lack features, it is the expectation of v given the
// others, and the rows and w.x are completed with the conditional means under c.
func (v *inference[T]) project(w *iscratch[T], c int) {
	if w.holes {
		v.k.marginal.fill(w.rows, &w.part.lacks, c)
		panel.Transpose(w.x, w.rows, panel.Pad[T](v.k.D))
	}
	if v.k.H > 0 {
		panel.Project(w.v, w.x, v.k.D, v.k.H, v.k.component(c))
	}
	if w.holes {
		v.k.marginal.complete(w.rows, w.v, w.part, c, nil, nil)
		panel.Transpose(w.x, w.rows, panel.Pad[T](v.k.D))
	}
}

// stretch returns, for component c after project, what multiplies the conditional covariances of the rows given what they
// hold, those of a Gaussian: (nu + delta) / (nu + D') for D' observed features, the inverse of their weights; 1 for
// Gaussian components. The distance of a row completed with its conditional mean is delta.
func (v *inference[T]) stretch(w *iscratch[T], c int) (by [16]float64) {
	if v.k.tails == nil {
		for lane := range by {
			by[lane] = 1
		}
		return by
	}
	id := [1]uint32{uint32(c)}
	panel.Evaluate(w.m, w.x, v.k.D, v.k.H, v.k.vec, v.k.c0, id[:])
	nu := v.k.tails.nu[c]
	for lane, value := range w.m {
		by[lane] = (nu + max(0, -2*float64(value))) / (nu + float64(v.observed(w, lane)))
	}
	return by
}

// observed returns how many features the row of a lane has.
func (v *inference[T]) observed(w *iscratch[T], lane int) int {
	if w.holes {
		return v.k.D - len(w.part.lacks[lane])
	}
	return v.k.D
}

// jacobian returns what brings the log-density of a row from standardised units to those of the data.
func (v *inference[T]) jacobian(w *iscratch[T], lane int) float64 {
	if w.holes {
		return v.logJac - logScale(v.scale, w.part.lacks[lane])
	}
	return v.logJac
}

// sum fills logSum and excess. Components below the rounding of T add nothing and are skipped.
func (w *iscratch[T]) sum(components int) {
	lanes := panel.Lanes[T]()
	logEps := T(math.Log(core.Epsilon[T]() / 4))
	best := w.top.value[:lanes]
	for lane, b := range best {
		w.margin[lane] = justBelow(b, logEps)
		w.logSum[lane] = 0
	}
	for c, mask := panel.NextAbove(w.l, 0, components, w.margin); mask != 0; c, mask = panel.NextAbove(w.l, c+1, components, w.margin) {
		for lane, l := range w.l[c*lanes : (c+1)*lanes] {
			w.e[lane] = l - best[lane]
		}
		vmath.Exp(w.e, w.e)
		for ; mask != 0; mask &= mask - 1 {
			lane := bits.TrailingZeros32(mask)
			w.logSum[lane] += float64(w.e[lane])
		}
	}
	for lane, b := range best {
		w.excess[lane] = math.Log(w.logSum[lane])
		w.logSum[lane] = float64(b) + w.excess[lane]
	}
}

// subtractLogSum turns l into log posteriors. Differences from the best component come first: where a row is far from all of
// them, the log sum is a number so large that adding to it what other components contribute would change nothing.
func (w *iscratch[T]) subtractLogSum(l []T) {
	lanes := panel.Lanes[T]()
	for lane, v := range w.excess {
		w.m[lane] = T(v)
	}
	best := w.top.value[:lanes]
	for row := range slices.Chunk(l, lanes) {
		for lane := range row {
			row[lane] = row[lane] - best[lane] - w.m[lane]
		}
	}
}

// posterior returns that of component w.ids[at] for the row of a lane.
func (w *iscratch[T]) posterior(at, lane int) float64 {
	lanes := panel.Lanes[T]()
	return math.Exp(float64(w.l[at*lanes+lane]) - float64(w.top.value[lane]) - w.excess[lane])
}

// checkRows completes a shape check of x for this model.
func (m *Model) checkRows(err error, cols int) error {
	if err == nil && cols != m.Features {
		err = fmt.Errorf("%w: X has %d features, the model has %d", core.ErrShape, cols, m.Features)
	}
	if err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	return nil
}
