package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// SparseGradientRows are n gradients with respect to m parameters, or the rows of a sparse X of which they are multiples, kept by
// rows: entries index[p], value[p] for p from ptr[i] to ptr[i+1], columns in ascending order. Selection by facility location
// compares all pairs of a class, as [SparseRows].
func SparseGradientRows[T core.Float, I int32 | int64](n, m int, ptr, index []I, value []T) Gradients {
	return &sparseRows[T, I]{"the gradients", n, m, ptr, index, value}
}

type sparseRows[T core.Float, I int32 | int64] struct {
	name       string
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
		return errorf(core.ErrShape, "indptr of %s (%d x %d) has %d positions, which must be one more than rows, and begin with 0",
			g.name, g.n, g.m, len(g.ptr))
	}
	for i := range g.n {
		if g.ptr[i+1] < g.ptr[i] || int(g.ptr[i+1]) > min(len(g.index), len(g.value)) {
			return errorf(core.ErrShape, "indptr of %s goes from %d to %d at row %d; there are %d entries", g.name, g.ptr[i], g.ptr[i+1], i, len(g.value))
		}
		last := I(-1)
		columns, values := g.row(i)
		for e, j := range columns {
			switch {
			case j <= last || int(j) >= g.m:
				return errorf(core.ErrShape, "row %d of %s has column %d after %d; columns must be ascending and in [0, %d)", i, g.name, j, last, g.m)
			case values[e]-values[e] != 0:
				return errorf(core.ErrNotFinite, "row %d, column %d of %s is %v", i, j, g.name, values[e])
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
		return &sparseGround[T, I]{rows: g, checked: true}
	}
	scaled := make([]T, len(g.value))
	for p, j := range g.index[:len(g.value)] {
		scaled[p] = T(float64(g.value[p]) / denominator[j])
	}
	return &sparseGround[T, I]{rows: &sparseRows[T, I]{g.name, g.n, g.m, g.ptr, g.index, scaled}, checked: true}
}
