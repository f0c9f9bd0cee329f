package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

func (g *matrixGround[T]) check(ctx context.Context, o *FacilityOptions) error {
	if g.m.Rows != g.m.Cols {
		return errorf(core.ErrShape, "%s is %d x %d; it must be square, with a row and a column for each row of the data",
			g.name(), g.m.Rows, g.m.Cols)
	}
	if err := g.m.Check(g.name()); err != nil {
		return errorf(core.ErrShape, "%v", err)
	}
	first, err := g.glance(ctx, o)
	if err != nil {
		return err
	}
	g.largest, g.totals = float64(first.most), first.totals
	switch {
	case !first.finite:
		return checkMatrix(g.m, g.name())
	case !g.similar && first.least < 0:
		return g.negative()
	}
	scale := max(math.Abs(float64(first.least)), math.Abs(float64(first.most)))
	for _, j := range g.unequal(first, scale) {
		for i := range g.m.Rows {
			if a, b := g.m.Row(i)[j], g.m.Row(j)[i]; math.Abs(float64(a)-float64(b)) > math.Sqrt(core.Epsilon[T]())*scale {
				return errorf(core.ErrShape, "%s is not symmetric: element (%d, %d) is %v and (%d, %d) is %v; pass (S + S.T) / 2, or a "+
					"graph whose rows are the clients", g.name(), i, j, a, j, i, b)
			}
		}
	}
	return nil
}

// glance is what one look at a matrix tells: the range of its elements, and its positive part multiplied by a random vector from
// either side.
type glance[T core.Float] struct {
	least, most T
	finite      bool
	left, right []float64
	totals      []float64
}

// glance looks at every element once, in strips of columns, two rows at a time.
func (g *matrixGround[T]) glance(ctx context.Context, o *FacilityOptions) (glance[T], error) {
	n, ld := g.m.Rows, g.m.Stride
	strips := par.Tiles(n, cover.Run)
	random := rng.At(0, 0x53594d4d)
	vector := make([]T, n)
	for i := range vector {
		vector[i] = T(float64(random.Uint64()>>11)*0x1p-52 - 1)
	}
	weights := clientWeights[T](o, nil, n)
	parts := make([]glance[T], strips)
	left := make([]float64, n)
	workers := make([]struct {
		two  cover.Two[T]
		sums [cover.Run]T
	}, par.Threads(o.Threads))
	err := par.For(ctx, len(workers), strips, func(w, t int) {
		me := &workers[w]
		lo, hi := par.Span(t, n, cover.Run)
		right, totals, sums := make([]float64, n), make([]float64, n), me.sums[:hi-lo]
		me.two.Reset()
		for from := 0; from < n; from += tile.Size {
			to := min(from+tile.Size, n)
			clear(sums)
			for i := from; i+1 < to; i += 2 {
				a, b := me.two.Survey(sums, g.m.Data[i*ld+lo:], ld, 2*ld, vector[lo:hi], weights[lo:hi], [2]T(vector[i:i+2]))
				totals[i], totals[i+1], right[i], right[i+1] = a[0], a[1], b[0], b[1]
			}
			if i := to - 1; (to-from)%2 == 1 {
				a, b := me.two.Survey(sums, g.m.Data[i*ld+lo:], 0, 0, vector[lo:hi], weights[lo:hi], [2]T{vector[i]})
				totals[i], right[i] = a[0], b[0]
			}
			addTo(left[lo:hi], sums)
		}
		p := glance[T]{right: right, totals: totals}
		p.least, p.most, p.finite = me.two.Extent()
		parts[t] = p
	})
	if err != nil {
		return glance[T]{}, err
	}
	all := parts[0]
	all.left = left
	for _, p := range parts[1:] {
		all.least, all.most, all.finite = min(all.least, p.least), max(all.most, p.most), all.finite && p.finite
		for i, v := range p.right {
			all.right[i] += v
		}
		for i, v := range p.totals {
			all.totals[i] += v
		}
	}
	return all, nil
}

// unequal returns the rows whose product with the random vector differs from that of their columns by more than rounding. Products
// see the positive part only; what is negative gains nothing wherever it stands.
func (g *matrixGround[T]) unequal(seen glance[T], scale float64) []int {
	var rows []int
	tolerance := 16 * math.Sqrt(float64(g.m.Rows)) * core.Epsilon[T]() * scale
	for i := range seen.left {
		if math.Abs(seen.left[i]-seen.right[i]) > tolerance {
			rows = append(rows, i)
		}
	}
	return rows
}

func (g *matrixGround[T]) negative() error {
	for i := range g.m.Rows {
		for j, v := range g.m.Row(i) {
			if v < 0 {
				return errorf(core.ErrOption, "the distance at row %d, column %d is %v; distances must not be negative", i, j, v)
			}
		}
	}
	return nil
}
