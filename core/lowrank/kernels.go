package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// NewRBFKernel returns the Gaussian kernel matrix exp(-gamma |x_i - x_j|^2) of points x (n x d) as a Kernel whose columns
// are made on at most threads goroutines (all processors if threads <= 0), when they are asked for. The points are copied,
// about their mean and in float64; an exponent has an absolute error of some 1e-16 times gamma |x|^2 there. A column takes
// 2*n*d operations and n exponentials.
//
// Errors wrap [core.ErrShape], [core.ErrNotFinite] with the place in points, or [core.ErrOption] unless gamma is
// positive and finite.
func NewRBFKernel[T core.Float](points core.Matrix[T], gamma float64, threads int) (Kernel[T], error) {
	if !(gamma > 0) || math.IsInf(gamma, 1) {
		return nil, fmt.Errorf("lowrank: %w: gamma must be positive and finite, got %v", core.ErrOption, gamma)
	}
	return newPointKernel(points, math.Sqrt(gamma), threads, func(dst []T, minus []float64) {
		for j, v := range minus {
			dst[j] = T(v)
		}
		vmath.Exp(dst, dst)
	})
}

// NewMaternKernel returns the kernel matrix of points x (n x d) with the Matern kernel of the given smoothness nu, 1.5 or
// 2.5, and length scale: (1 + s) e^-s for s = sqrt(3) |x_i - x_j| / scale, or (1 + s + s^2/3) e^-s for s = sqrt(5)
// |x_i - x_j| / scale. Otherwise it is as [NewRBFKernel].
func NewMaternKernel[T core.Float](points core.Matrix[T], nu, scale float64, threads int) (Kernel[T], error) {
	if nu != 1.5 && nu != 2.5 {
		return nil, fmt.Errorf("lowrank: %w: nu must be 1.5 or 2.5, got %v", core.ErrOption, nu)
	}
	if !(scale > 0) || math.IsInf(scale, 1) {
		return nil, fmt.Errorf("lowrank: %w: the length scale must be positive and finite, got %v", core.ErrOption, scale)
	}
	third := 0.0
	if nu == 2.5 {
		third = 1.0 / 3
	}
	return newPointKernel(points, math.Sqrt(2*nu)/scale, threads, func(dst []T, minus []float64) {
		for j, v := range minus {
			dst[j] = T(-math.Sqrt(-v))
		}
		vmath.Exp(dst, dst)
		for j, v := range minus {
			dst[j] *= T(1 + math.Sqrt(-v) - third*v)
		}
	})
}

// pointKernel is a function of the distance between points.
type pointKernel[T core.Float] struct {
	x       core.Matrix[float64] // n x d: points about their mean, scaled
	minus   []float64            // n: -|x_i|^2
	threads int
	// values writes what the kernel is at squared distances -minus, none negative. minus may be overwritten.
	values func(dst []T, minus []float64)
}

func newPointKernel[T core.Float](points core.Matrix[T], scale float64, threads int, values func(dst []T, minus []float64)) (
	Kernel[T], error) {

	if err := points.Check("points"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	if err := points.CheckFinite("points"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	n, d := points.Rows, points.Cols
	k := &pointKernel[T]{core.NewMatrix[float64](n, d), make([]float64, n), threads, values}
	mean := columnSums(points, make([]float64, d))
	for j := range mean {
		mean[j] /= float64(max(1, n))
	}
	for i := range n {
		row := k.x.Row(i)
		for j, v := range points.Row(i) {
			row[j] = scale * (float64(v) - mean[j])
		}
		for _, v := range row {
			k.minus[i] -= v * v
		}
		if v := k.minus[i]; v-v != 0 {
			return nil, fmt.Errorf("lowrank: %w: the squared norm of point %d overflows; rescale the points", core.ErrNumerical, i)
		}
	}
	return k, nil
}

func (k *pointKernel[T]) Size() int { return k.x.Rows }

func (k *pointKernel[T]) Diagonal(ctx context.Context, dst []float64) error {
	for i := range dst {
		dst[i] = 1
	}
	return ctx.Err()
}

const (
	kernelRows = 64  // columns of the kernel matrix, rows of dst, that are made at a time
	kernelTile = 256 // elements of each that are
)

func (k *pointKernel[T]) Columns(ctx context.Context, dst core.Matrix[T], ids []int) error {
	n, d := k.x.Rows, k.x.Cols
	chosen := core.NewMatrix[float64](len(ids), d)
	for i, id := range ids {
		copy(chosen.Row(i), k.x.Row(id))
	}
	scratch := make([]float64, par.Threads(k.threads)*kernelRows*kernelTile)
	err := par.For(ctx, k.threads, par.Tiles(n, kernelTile), func(worker, t int) {
		lo, hi := par.Span(t, n, kernelTile)
		w, space := hi-lo, scratch[worker*kernelRows*kernelTile:]
		for first := 0; first < len(ids); first += kernelRows {
			rows := min(kernelRows, len(ids)-first)
			// -|x_i - x_j|^2 = 2 x_i^T x_j - |x_j|^2 - |x_i|^2
			blas.Gemm(1, false, true, rows, w, d, 2, rowData(chosen, first), d, rowData(k.x, lo), d, 0, space, w)
			for i := range rows {
				line, own := space[i*w:(i+1)*w], k.minus[ids[first+i]]
				for j, v := range k.minus[lo:hi] {
					line[j] = min(0, line[j]+(v+own))
				}
				k.values(dst.Row(first + i)[lo:hi], line)
			}
		}
	})
	for i, id := range ids {
		dst.Row(i)[id] = 1
	}
	return err
}

// rowData returns the elements of x from row i on.
func rowData(x core.Matrix[float64], i int) []float64 { return x.Data[min(len(x.Data), i*x.Stride):] }
