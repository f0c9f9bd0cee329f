package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// SparseGradientRows are n gradients with respect to m parameters, or the rows of a sparse X of which they are multiples, kept by
// rows: entries index[p], value[p] for p from ptr[i] to ptr[i+1], columns in ascending order. Selection by facility location
// compares all pairs of a class, of which it makes the matrix of distances: use classes of some thousands.
func SparseGradientRows[T core.Float, I int32 | int64](n, m int, ptr, index []I, value []T) Gradients {
	return &sparseRows[T, I]{n, m, ptr, index, value}
}

type sparseRows[T core.Float, I int32 | int64] struct {
	n, m       int
	ptr, index []I
	value      []T
}

func (g *sparseRows[T, I]) Dims() (n, m int) { return g.n, g.m }

// row returns the columns and the values of a row.
func (g *sparseRows[T, I]) row(i int) ([]I, []T) {
	return g.index[g.ptr[i]:g.ptr[i+1]], g.value[g.ptr[i]:g.ptr[i+1]]
}

func (g *sparseRows[T, I]) check() error {
	if g.n < 1 || g.m < 1 || len(g.ptr) != g.n+1 || g.ptr[0] != 0 {
		return errorf(core.ErrShape, "indptr of %d x %d gradients has %d positions, which must be one more than rows, and begin with 0",
			g.n, g.m, len(g.ptr))
	}
	for i := range g.n {
		if g.ptr[i+1] < g.ptr[i] || int(g.ptr[i+1]) > min(len(g.index), len(g.value)) {
			return errorf(core.ErrShape, "indptr goes from %d to %d at row %d; there are %d entries", g.ptr[i], g.ptr[i+1], i, len(g.value))
		}
		last := I(-1)
		columns, values := g.row(i)
		for e, j := range columns {
			switch {
			case j <= last || int(j) >= g.m:
				return errorf(core.ErrShape, "row %d has column %d after %d; columns must be ascending and in [0, %d)", i, j, last, g.m)
			case values[e]-values[e] != 0:
				return errorf(core.ErrNotFinite, "the gradients at row %d, column %d are %v", i, j, values[e])
			}
			last = j
		}
	}
	return nil
}

func (g *sparseRows[T, I]) addTo(sum []float64, i int, w float64) {
	columns, values := g.row(i)
	for e, j := range columns {
		sum[j] += w * float64(values[e])
	}
}

func (g *sparseRows[T, I]) dot(i, j int) float64 {
	first, a := g.row(i)
	second, b := g.row(j)
	sum, at := 0.0, 0
	for e, column := range first {
		for at < len(second) && second[at] < column {
			at++
		}
		if at < len(second) && second[at] == column {
			sum += float64(a[e]) * float64(b[at])
		}
	}
	return sum
}

func (g *sparseRows[T, I]) correlate(ctx context.Context, threads int, rows []int, r, dst []float64) error {
	return par.For(ctx, threads, par.Tiles(len(dst), gradientTile), func(_, tile int) {
		lo, hi := par.Span(tile, len(dst), gradientTile)
		for k := lo; k < hi; k++ {
			columns, values := g.row(rowOf(rows, k))
			sum := 0.0
			for e, j := range columns {
				sum += float64(values[e]) * r[j]
			}
			dst[k] = sum
		}
	})
}

func (g *sparseRows[T, I]) total(_ context.Context, _ int, weight []float64) ([]float64, error) {
	sum := make([]float64, g.m)
	for i := range g.n {
		if w := massAt(weight, i); w != 0 {
			g.addTo(sum, i, w)
		}
	}
	return sum, nil
}

func (g *sparseRows[T, I]) squares(_ context.Context, _ int, weight []float64) ([]float64, error) {
	sum := make([]float64, g.m)
	for i := range g.n {
		w := massAt(weight, i)
		columns, values := g.row(i)
		for e, j := range columns {
			sum[j] += w * float64(values[e]) * float64(values[e])
		}
	}
	return sum, nil
}

func (g *sparseRows[T, I]) ground(denominator []float64) Ground {
	if denominator == nil {
		return &sparseGround[T, I]{g}
	}
	scaled := make([]T, len(g.value))
	for p, j := range g.index[:len(g.value)] {
		scaled[p] = T(float64(g.value[p]) / denominator[j])
	}
	return &sparseGround[T, I]{&sparseRows[T, I]{g.n, g.m, g.ptr, g.index, scaled}}
}

// sparseGround are sparse rows as points, with the euclidean metric.
type sparseGround[T core.Float, I int32 | int64] struct{ rows *sparseRows[T, I] }

func (g *sparseGround[T, I]) Len() int { return g.rows.n }

func (g *sparseGround[T, I]) exact() string { return Lazy }

func (g *sparseGround[T, I]) check(context.Context, *FacilityOptions) error { return nil }

func (g *sparseGround[T, I]) effort(n int) (bytes, perPair float64) {
	size := float64(elementSize[T]())
	each := float64(len(g.rows.value)) / float64(g.rows.n)
	return float64(n)*float64(n)*size + float64(n)*(each*(size+4)+4*size+40) + 4*float64(g.rows.m), size/4*3e-10 + 2e-10*each
}

func (g *sparseGround[T, I]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	d, err := g.distances(ctx, ids, o.Threads)
	if err != nil {
		return nil, err
	}
	s := &stored[T]{ctx: ctx, threads: par.Threads(o.Threads), m: d, sign: -1, unit: o.ClientWeights == nil}
	for _, v := range d.Data {
		s.top = max(s.top, float64(v))
	}
	return newGreedy(ctx, s, ids, o)
}

// distances returns those between some rows (nil: all). Products of a row with those before it are added up column by column.
func (g *sparseGround[T, I]) distances(ctx context.Context, ids []int, threads int) (core.Matrix[T], error) {
	n := g.rows.n
	if ids != nil {
		n = len(ids)
	}
	from := make([]int32, g.rows.m+1)
	for k := range n {
		columns, _ := g.rows.row(rowOf(ids, k))
		for _, j := range columns {
			from[j+1]++
		}
	}
	for j := range g.rows.m {
		from[j+1] += from[j]
	}
	member, value := make([]int32, from[g.rows.m]), make([]T, from[g.rows.m])
	squares := make([]float64, n)
	for k := range n {
		columns, values := g.rows.row(rowOf(ids, k))
		for e, j := range columns {
			member[from[j]], value[from[j]] = int32(k), values[e]
			from[j]++
			squares[k] += float64(values[e]) * float64(values[e])
		}
	}
	copy(from[1:], from) // the beginnings again
	from[0] = 0
	d := core.NewMatrix[T](n, n)
	products := make([][]float64, par.Threads(threads))
	err := par.For(ctx, threads, n, func(w, k int) {
		if products[w] == nil {
			products[w] = make([]float64, n)
		}
		sums := products[w][:k]
		clear(sums)
		columns, values := g.rows.row(rowOf(ids, k))
		for e, j := range columns {
			v := float64(values[e])
			for p := from[j]; p < from[j+1] && int(member[p]) < k; p++ {
				sums[member[p]] += v * float64(value[p])
			}
		}
		for i, product := range sums {
			e := T(math.Sqrt(max(0, squares[k]+squares[i]-2*product)))
			d.Row(k)[i], d.Row(i)[k] = e, e
		}
	})
	return d, err
}
