package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// LastLayer are the gradients r_i [a_i; 1]^T of a linear last layer with residuals r (n x C; of a softmax the probabilities
// less the indicator of the class) and inputs a (n x h), never formed: products are those of two short vectors,
//
//	g_i . g_j = (r_i . r_j) (a_i . a_j + 1).
//
// Parameter c (h+1) + j is that of output c and input j, and j = h is the bias: m = C (h+1).
func LastLayer[T core.Float](residuals, activations core.Matrix[T]) Gradients {
	return lastLayer[T]{residuals, activations}
}

type lastLayer[T core.Float] struct{ r, a core.Matrix[T] }

func (g lastLayer[T]) Dims() (n, m int) { return g.r.Rows, g.r.Cols * (g.a.Cols + 1) }

func (g lastLayer[T]) check() error {
	if err := checkRows("the residuals", g.r); err != nil {
		return err
	}
	if err := checkRows("the activations", g.a); err != nil {
		return err
	}
	if g.r.Rows != g.a.Rows {
		return errorf(core.ErrShape, "%d rows of residuals and %d of activations", g.r.Rows, g.a.Rows)
	}
	return nil
}

func (g lastLayer[T]) addTo(sum []float64, i int, w float64) {
	width := g.a.Cols + 1
	for c, r := range g.r.Row(i) {
		if f := w * float64(r); f != 0 {
			part := sum[c*width : (c+1)*width]
			for j, v := range g.a.Row(i) {
				part[j] += f * float64(v)
			}
			part[width-1] += f
		}
	}
}

func (g lastLayer[T]) dot(i, j int) float64 {
	return gradientRows[T]{g.r}.dot(i, j) * (gradientRows[T]{g.a}.dot(i, j) + 1)
}

func (g lastLayer[T]) correlate(ctx context.Context, threads int, rows []int, r, dst []float64) error {
	outputs, width := g.r.Cols, g.a.Cols+1
	right := make([]T, outputs*width)
	for j, v := range r {
		right[j] = T(v)
	}
	var packed blas.Packed[T]
	blas.PackRight(&packed, true, g.a.Cols, outputs, right, width)
	type scratch struct {
		rows, images []T
		ws           blas.Workspace[T]
	}
	own := make([]scratch, par.Threads(threads))
	return par.For(ctx, len(own), par.Tiles(len(dst), gradientTile), func(worker, tile int) {
		s := &own[worker]
		lo, hi := par.Span(tile, len(dst), gradientTile)
		if s.images == nil {
			s.images = make([]T, gradientTile*outputs)
		}
		at, stride := g.a.Data[lo*g.a.Stride:], g.a.Stride
		if rows != nil {
			if s.rows == nil {
				s.rows = make([]T, gradientTile*g.a.Cols)
			}
			for k := lo; k < hi; k++ {
				copy(s.rows[(k-lo)*g.a.Cols:], g.a.Row(rows[k]))
			}
			at, stride = s.rows, g.a.Cols
		}
		blas.GemmPacked(&s.ws, false, hi-lo, 1, at, stride, &packed, 0, s.images, outputs)
		for k := lo; k < hi; k++ {
			i := k
			if rows != nil {
				i = rows[k]
			}
			sum := 0.0
			for c, v := range g.r.Row(i) {
				sum += float64(v) * (float64(s.images[(k-lo)*outputs+c]) + r[c*width+width-1])
			}
			dst[k] = sum
		}
	})
}

func (g lastLayer[T]) total(ctx context.Context, threads int, weight []float64) ([]float64, error) {
	return g.outer(ctx, threads, weight, func(r float64) float64 { return r }, false)
}

func (g lastLayer[T]) squares(ctx context.Context, threads int, weight []float64) ([]float64, error) {
	return g.outer(ctx, threads, weight, func(r float64) float64 { return r * r }, true)
}

// outer returns the sum of weight_i left(r_ic) [a_i; 1]_j, or of its product with the square, over i: some rows at a time by a
// product of matrices in T, and in float64 beyond. Weights are counted in units of the largest, so that T holds them.
func (g lastLayer[T]) outer(ctx context.Context, threads int, weight []float64, left func(r float64) float64, square bool) ([]float64, error) {
	n, outputs, width := g.r.Rows, g.r.Cols, g.a.Cols+1
	exponent := magnitude(weight)
	sum := make([]float64, outputs*width)
	factor, product := make([]T, gradientTile*outputs), make([]T, outputs*g.a.Cols)
	squared := core.NewMatrix[T](gradientTile, g.a.Cols)
	for b := range par.Tiles(n, gradientTile) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		lo, hi := par.Span(b, n, gradientTile)
		at, stride := g.a.Data[lo*g.a.Stride:], g.a.Stride
		for i := lo; i < hi; i++ {
			w := math.Ldexp(massAt(weight, i), -exponent)
			for c, r := range g.r.Row(i) {
				v := w * left(float64(r))
				factor[(i-lo)*outputs+c] = T(v)
				sum[c*width+width-1] += v
			}
			if square {
				row := squared.Row(i - lo)
				for j, v := range g.a.Row(i) {
					row[j] = v * v
				}
			}
		}
		if square {
			at, stride = squared.Data, squared.Stride
		}
		blas.Gemm(threads, true, false, outputs, g.a.Cols, hi-lo, 1, factor, outputs, at, stride, 0, product, g.a.Cols)
		for c := range outputs {
			for j, v := range product[c*g.a.Cols : (c+1)*g.a.Cols] {
				sum[c*width+j] += float64(v)
			}
		}
	}
	for j, v := range sum {
		sum[j] = math.Ldexp(v, exponent)
	}
	return sum, nil
}

// ground scales residuals and activations by the rank-one matrix nearest to 1/denominator in logarithms.
func (g lastLayer[T]) ground(denominator []float64) Ground {
	if denominator == nil {
		return ProductRows(g.r, g.a)
	}
	u, v := g.factors(denominator)
	return ProductRows(scaledColumns(g.r, u), scaledColumns(g.a, v))
}

// factors returns u (C) and v (h) such that u_c v_j is close to 1/denominator, with v = 1 for the bias.
func (g lastLayer[T]) factors(denominator []float64) (u, v []float64) {
	outputs, width := g.r.Cols, g.a.Cols+1
	u, v = make([]float64, outputs), make([]float64, width)
	for k, d := range denominator {
		l := math.Log(d)
		u[k/width] -= l / float64(width)
		v[k%width] -= l / float64(outputs)
	}
	bias, mean := v[width-1], 0.0
	for _, l := range u {
		mean += l / float64(outputs)
	}
	for c := range u {
		u[c] = math.Exp(u[c] + bias - mean)
	}
	for j := range v {
		v[j] = math.Exp(v[j] - bias)
	}
	return u, v[:width-1]
}

func scaledColumns[T core.Float](x core.Matrix[T], scale []float64) core.Matrix[T] {
	y := core.NewMatrix[T](x.Rows, x.Cols)
	for i := range x.Rows {
		row := y.Row(i)
		for j, v := range x.Row(i) {
			row[j] = T(float64(v) * scale[j])
		}
	}
	return y
}
