package gp

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// points is a set of points of either element type.
type points struct {
	n, d int
	row  func(i int, dst []float64) // writes point i to dst (d)
}

func pointsOf[T core.Float](x core.Matrix[T]) points {
	return points{x.Rows, x.Cols, func(i int, dst []float64) {
		for q, v := range x.Row(i) {
			dst[q] = float64(v)
		}
	}}
}

// matrix copies the points, without gaps between rows.
func (p points) matrix() core.Matrix[float64] {
	out := core.NewMatrix[float64](p.n, p.d)
	for i := range p.n {
		p.row(i, out.Row(i))
	}
	return out
}

// chosen returns the points with the given indices.
func (p points) chosen(ids []int) (points, error) {
	for i, id := range ids {
		if id < 0 || id >= p.n {
			return points{}, fmt.Errorf("gp: %w: index %d is %d; indices of %d points go from 0 to %d",
				core.ErrOption, i, id, p.n, p.n-1)
		}
	}
	return points{len(ids), p.d, func(i int, dst []float64) { p.row(ids[i], dst) }}, nil
}

// picked returns the points with the given indices, which are known to be within bounds.
func (p points) picked(ids []int32) points {
	return points{len(ids), p.d, func(i int, dst []float64) { p.row(int(ids[i]), dst) }}
}
