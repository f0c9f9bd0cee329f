package surrogate

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// cloud is points in units of their own, for distances to others.
type cloud struct {
	inverse []float64 // d: 1 / unit
	z       core.Matrix[float64]
	halves  []float64 // |z_i|^2 / 2
}

// newCloud returns the points u (n x d), cut by the given inverse units.
func newCloud(u core.Matrix[float64], inverse []float64) *cloud {
	c := &cloud{inverse: inverse}
	c.z, c.halves = c.place(u)
	return c
}

// place returns points over the units, and half of their squared norms.
func (c *cloud) place(u core.Matrix[float64]) (core.Matrix[float64], []float64) {
	z, halves := core.NewMatrix[float64](u.Rows, u.Cols), make([]float64, u.Rows)
	for i := range u.Rows {
		row, sum := z.Row(i), 0.0
		for q, v := range u.Row(i) {
			row[q] = v * c.inverse[q]
			sum += row[q] * row[q]
		}
		halves[i] = sum / 2
	}
	return z, halves
}

// nearest lowers dst[i] to half of the squared distance from row i of z, whose halves are given, to the nearest point.
func (c *cloud) nearest(dst []float64, z core.Matrix[float64], halves []float64) {
	m, n := z.Rows, c.z.Rows
	if n == 0 || m == 0 {
		return
	}
	product := make([]float64, m*n)
	blas.Gemm(1, false, true, m, n, z.Cols, 1, z.Data, z.Stride, c.z.Data, c.z.Stride, 0, product, n)
	for i := range m {
		least := math.Inf(1)
		row := product[i*n : i*n+n]
		for j, h := range c.halves {
			if v := h - row[j]; v < least {
				least = v
			}
		}
		dst[i] = min(dst[i], max(0, least+halves[i]))
	}
}
