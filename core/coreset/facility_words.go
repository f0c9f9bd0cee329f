package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// SparseRows returns the rows of a sparse X (n x m) as points, between which [FacilityOptions].Metric measures: entries index[p],
// value[p] for p from ptr[i] to ptr[i+1], columns in ascending order. X is never made dense: besides it there are O(n + m) numbers,
// a copy of its entries for the metrics cosine and rbf, and for each thread the entries of 64 rows as columns.
//
// A pair of rows takes as many operations as one of them has entries in columns that any of 64 neighbouring rows has entries in.
func SparseRows[T core.Float, I int32 | int64](n, m int, ptr, index []I, value []T) Ground {
	return &sparseGround[T, I]{rows: &sparseRows[T, I]{name: "X", n: n, m: m, ptr: ptr, index: index, value: value}}
}

// sparseGround are sparse rows as points.
type sparseGround[T core.Float, I int32 | int64] struct {
	rows    *sparseRows[T, I]
	points  *compactRows[T]
	checked bool // the rows have been checked already
}

func (g *sparseGround[T, I]) Len() int { return g.rows.n }

func (g *sparseGround[T, I]) exact() string { return Decremental }

func (g *sparseGround[T, I]) check(_ context.Context, o *FacilityOptions) error {
	if !g.checked {
		if err := g.rows.check(); err != nil {
			return err
		}
	}
	if g.rows.m >= math.MaxInt32 {
		return errorf(core.ErrShape, "%s has %d columns; there may be %d at most", g.rows.name, g.rows.m, math.MaxInt32-1)
	}
	points, err := g.rows.compact(o)
	g.points = points
	return err
}

func (g *sparseGround[T, I]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	return newGreedy(ctx, newTiles(ctx, newSparsePoints(g.points, ids), o), ids, o)
}

func (g *sparseGround[T, I]) bound(ctx context.Context, ids []int, o *FacilityOptions, q request, p *part, phase func(string, int, int)) error {
	return boundLoss(ctx, newSparsePoints(g.points, ids), ids, o, q, p, phase)
}

func (g *sparseGround[T, I]) landmarks() float64 { return landmarkFeatures * float64(elementSize[T]()) }

func (g *sparseGround[T, I]) searches() bool { return g.points.metric != Dot }

func (g *sparseGround[T, I]) near(ctx context.Context, ids []int, o *FacilityOptions, phase func(string, int, int)) selection {
	return throughLandmarks(ctx, newSparsePoints(g.points, ids), o, ids, phase)
}

func (g *sparseGround[T, I]) effort(n int) (bytes, perPair float64) {
	size := float64(elementSize[T]())
	each := float64(len(g.rows.value)) / float64(g.rows.n)
	bytes = float64(n)*(5*size+56) + 16*float64(g.rows.m)
	if g.points != nil && g.points.copied {
		bytes += float64(len(g.rows.value)) * (size + 4)
	}
	return bytes, size / 4 * (3e-9 + 1e-10*each)
}

// compactRows are sparse rows, scaled as a metric asks for.
type compactRows[T core.Float] struct {
	metric string
	n, m   int
	ptr    []int
	index  []int32
	value  []T
	square []float64 // norms
	most   float64   // the largest of these
	copied bool      // the entries are not the caller's
}

// row returns the columns and the values of a row.
func (c *compactRows[T]) row(i int) ([]int32, []T) {
	return c.index[c.ptr[i]:c.ptr[i+1]], c.value[c.ptr[i]:c.ptr[i+1]]
}

// compact scales rows so that the metric follows from squared distances: by the square root of half of it for cosines, where
// rows of zeros get a column to themselves, and by that of 2 gamma for the metric rbf.
func (g *sparseRows[T, I]) compact(o *FacilityOptions) (*compactRows[T], error) {
	c := &compactRows[T]{metric: o.Metric, n: g.n, m: g.m + 1, ptr: make([]int, g.n+1), square: make([]float64, g.n)}
	total := 0.0
	for i := range g.n {
		_, values := g.row(i)
		for _, v := range values {
			c.square[i] += float64(v) * float64(v)
		}
		total += c.square[i]
		c.most = max(c.most, c.square[i])
	}
	if math.IsInf(c.most*4, 1) || core.Epsilon[T]() > 1e-10 && c.most*4 > math.MaxFloat32 {
		return nil, errorf(core.ErrNotFinite, "the squared distances of rows overflow; divide %s by its largest element first", g.name)
	}
	index, shared := any(g.index).([]int32)
	if shared && o.Metric != Cosine && o.Metric != RBF {
		for i, p := range g.ptr {
			c.ptr[i] = int(p)
		}
		c.index, c.value = index, g.value
		return c, nil
	}
	c.copied = true
	scale := math.Sqrt(2 * g.gamma(o, total))
	c.index, c.value = make([]int32, 0, int(g.ptr[g.n])), make([]T, 0, int(g.ptr[g.n]))
	for i := range g.n {
		columns, values := g.row(i)
		factor := 1.0
		switch {
		case o.Metric == RBF:
			factor = scale
		case o.Metric == Cosine && c.square[i] == 0:
			columns, values = []I{I(g.m)}, []T{1}
			factor = math.Sqrt(0.5)
		case o.Metric == Cosine:
			factor = math.Sqrt(0.5 / c.square[i])
		}
		c.square[i] = 0
		for e, j := range columns {
			v := T(float64(values[e]) * factor)
			c.index, c.value = append(c.index, int32(j)), append(c.value, v)
			c.square[i] += float64(v) * float64(v)
		}
		c.ptr[i+1] = len(c.value)
	}
	return c, nil
}

// gamma returns that of the metric rbf, given the sum of the squared norms of all rows.
func (g *sparseRows[T, I]) gamma(o *FacilityOptions, total float64) float64 {
	if o.Gamma != 0 {
		return o.Gamma
	}
	mean := make([]float64, g.m)
	for i := range g.n {
		g.addTo(mean, i, 1/float64(g.n))
	}
	for _, v := range mean {
		total -= float64(g.n) * v * v
	}
	if total > 0 {
		return float64(g.n) / total
	}
	return 1
}
