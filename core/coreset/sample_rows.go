package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
)

// SparsePoints are the rows of a sparse matrix, from which samples and centres are chosen: see [NewSparsePoints].
type SparsePoints interface {
	sampleRows
	// between returns distances between rows, or between their directions.
	between(metric string) (sparseMeasure, error)
	// predictors returns the rows as regressors of a given width, which exceeds that of the rows by one where there is an intercept.
	predictors(width int) (predictors, error)
}

// NewSparsePoints returns the rows of a sparse X (n x m): entries index[p], value[p] for p from ptr[i] to ptr[i+1], columns in
// ascending order. They are views, checked where they are used, and never made dense.
func NewSparsePoints[T core.Float, I int32 | int64](n, m int, ptr, index []I, value []T) SparsePoints {
	return &sparseRows[T, I]{"X", n, m, ptr, index, value}
}

// sampleRows are rows that samples are drawn from.
type sampleRows interface {
	// Dims returns the numbers of rows and of columns.
	Dims() (n, m int)
	check() error
	// addTo adds w times row i to sum.
	addTo(sum []float64, i int, w float64)
	// offset returns the squared distance of row i from c, whose squared norm is square.
	offset(i int, c []float64, square float64) float64
	// measure returns what finds squared distances between rows.
	measure() distances
}

// densePoints are the rows of a matrix.
type densePoints[T core.Float] struct{ gradientRows[T] }

func denseOf[T core.Float](x core.Matrix[T]) densePoints[T] {
	return densePoints[T]{gradientRows[T]{x}}
}

func (p densePoints[T]) check() error { return checkRows("X", p.Matrix) }

func (p densePoints[T]) offset(i int, c []float64, _ float64) float64 {
	sum := 0.0
	for j, v := range p.Row(i) {
		e := float64(v) - c[j]
		sum += e * e
	}
	return sum
}

func (p densePoints[T]) measure() distances { return featureKernel[T]{p.Matrix}.measure() }

func (g *sparseRows[T, I]) offset(i int, c []float64, square float64) float64 {
	columns, values := g.row(i)
	own, sum := 0.0, square
	for e, j := range columns {
		v := float64(values[e])
		own += v * v
		sum += v * (v - 2*c[j])
	}
	if sum < 1e-13*(own+square) { // what rounding leaves of nothing
		return 0
	}
	return sum
}

func (g *sparseRows[T, I]) measure() distances { return newSparseDistances(g, false) }

func (g *sparseRows[T, I]) between(metric string) (sparseMeasure, error) {
	d := newSparseDistances(g, metric == Cosine)
	for i, v := range d.own {
		if math.IsInf(4*v, 1) {
			return nil, errorf(core.ErrNotFinite, "the squared norm of row %d overflows; divide X by its largest element first", i)
		}
	}
	return d, nil
}
