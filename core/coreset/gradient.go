package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Gradients are the gradients g_i of the losses of n samples with respect to m parameters: [GradientRows] or [LastLayer]. They
// are views, checked where they are used.
type Gradients interface {
	// Dims returns n and m.
	Dims() (n, m int)
	check() error
	// addTo adds w g_i to sum (m).
	addTo(sum []float64, i int, w float64)
	// dot returns g_i . g_j.
	dot(i, j int) float64
	// correlate writes g_i . r to dst for each i of rows, all rows if nil.
	correlate(ctx context.Context, threads int, rows []int, r, dst []float64) error
	// total returns the sum of weight_i g_i.
	total(ctx context.Context, threads int, weight []float64) ([]float64, error)
	// squares returns the sum of weight_i g_i^2, element by element.
	squares(ctx context.Context, threads int, weight []float64) ([]float64, error)
	// ground returns what facility location works on, with parameter k scaled by 1/denominator[k] unless that is nil.
	ground(denominator []float64) Ground
}

const gradientTile = 512 // rows

// GradientRows are gradients given as rows: of all parameters, of some, random projections of them, or any other proxy.
func GradientRows[T core.Float](g core.Matrix[T]) Gradients { return gradientRows[T]{g} }

type gradientRows[T core.Float] struct{ core.Matrix[T] }

func (g gradientRows[T]) Dims() (n, m int) { return g.Rows, g.Cols }

func (g gradientRows[T]) check() error { return checkRows("the gradients", g.Matrix) }

func (g gradientRows[T]) addTo(sum []float64, i int, w float64) {
	for j, v := range g.Row(i) {
		sum[j] += w * float64(v)
	}
}

func (g gradientRows[T]) dot(i, j int) float64 {
	sum, other := 0.0, g.Row(j)
	for k, v := range g.Row(i) {
		sum += float64(v) * float64(other[k])
	}
	return sum
}

func (g gradientRows[T]) correlate(ctx context.Context, threads int, rows []int, r, dst []float64) error {
	own := make([]T, len(r))
	for j, v := range r {
		own[j] = T(v)
	}
	return par.For(ctx, threads, par.Tiles(len(dst), gradientTile), func(_, tile int) {
		lo, hi := par.Span(tile, len(dst), gradientTile)
		for k := lo; k < hi; k++ {
			i := k
			if rows != nil {
				i = rows[k]
			}
			dst[k] = float64(blas.Dot(g.Row(i), own))
		}
	})
}

func (g gradientRows[T]) total(ctx context.Context, threads int, weight []float64) ([]float64, error) {
	return summed(ctx, threads, g, weight)
}

func (g gradientRows[T]) squares(ctx context.Context, threads int, weight []float64) ([]float64, error) {
	return summed(ctx, threads, squaredRows[T]{g}, weight)
}

// squaredRows are the squares of gradients.
type squaredRows[T core.Float] struct{ gradientRows[T] }

func (g squaredRows[T]) addTo(sum []float64, i int, w float64) {
	for j, v := range g.Row(i) {
		sum[j] += w * float64(v) * float64(v)
	}
}

func (g gradientRows[T]) ground(denominator []float64) Ground {
	if denominator == nil {
		return Rows(g.Matrix)
	}
	scaled := core.NewMatrix[T](g.Rows, g.Cols)
	for i := range g.Rows {
		row := scaled.Row(i)
		for j, v := range g.Row(i) {
			row[j] = T(float64(v) / denominator[j])
		}
	}
	return Rows(scaled)
}

// summed adds up weighted gradients tile by tile.
func summed(ctx context.Context, threads int, g Gradients, weight []float64) ([]float64, error) {
	n, m := g.Dims()
	tile := max(gradientTile, n/64) // few sums of m parameters
	parts := make([]float64, par.Tiles(n, tile)*m)
	err := par.For(ctx, threads, par.Tiles(n, tile), func(_, t int) {
		lo, hi := par.Span(t, n, tile)
		for i := lo; i < hi; i++ {
			if w := massAt(weight, i); w != 0 {
				g.addTo(parts[t*m:(t+1)*m], i, w)
			}
		}
	})
	sum := parts[:m]
	for k := m; k < len(parts); k += m {
		blas.Axpy(1, parts[k:k+m], sum)
	}
	return sum, err
}

// checkVector checks a vector of one entry per parameter.
func checkVector(name string, v []float64, m int, positive bool) error {
	if len(v) != m {
		return errorf(core.ErrShape, "%s has %d entries, the gradients have %d columns", name, len(v), m)
	}
	for j, e := range v {
		switch {
		case e-e != 0:
			return errorf(core.ErrNotFinite, "entry %d of %s is %v", j, name, e)
		case positive && e <= 0:
			return errorf(core.ErrOption, "entry %d of %s is %v; it must be positive", j, name, e)
		}
	}
	return nil
}
