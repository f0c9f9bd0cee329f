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
	return newPointKernel(points, math.Sqrt(gamma), threads, func(dst []T, line []float64) {
		switch dst := any(dst).(type) {
		case []float64:
			vmath.Exp(dst, line)
		case []float32:
			blas.Narrow(line, dst)
			vmath.Exp(dst, dst)
		}
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
	return newPointKernel(points, math.Sqrt(2*nu)/scale, threads, func(dst []T, line []float64) {
		for j, v := range line {
			line[j] = math.Sqrt(max(0, -v))
			dst[j] = T(-line[j])
		}
		vmath.Exp(dst, dst)
		for j, s := range line {
			dst[j] *= T(1 + s + third*s*s)
		}
	})
}

// pointKernel is a function of the distance between points.
type pointKernel[T core.Float] struct {
	x       core.Matrix[float64] // n x (d+2): points about their mean, scaled, and -|x_i|^2, and 1
	threads int
	// values writes what the kernel is at squared distances -line, which rounding may have made negative. line may be
	// overwritten.
	values func(dst []T, line []float64)
}

func newPointKernel[T core.Float](points core.Matrix[T], scale float64, threads int, values func(dst []T, line []float64)) (
	Kernel[T], error) {

	if err := points.Check("points"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	if err := points.CheckFinite("points"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	n, d := points.Rows, points.Cols
	k := &pointKernel[T]{core.NewMatrix[float64](n, d+2), threads, values}
	mean := columnSums(points, make([]float64, d))
	for j := range mean {
		mean[j] /= float64(max(1, n))
	}
	for i := range n {
		row := k.x.Row(i)
		for j, v := range points.Row(i) {
			row[j] = scale * (float64(v) - mean[j])
		}
		square := blas.Dot(row[:d], row[:d])
		if row[d] = -square; square-square != 0 {
			return nil, fmt.Errorf("lowrank: %w: the squared norm of point %d overflows; rescale the points", core.ErrNumerical, i)
		}
		row[d+1] = 1
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
	err := k.evaluate(ctx, dst, ids, k.x)
	for i, id := range ids {
		dst.Row(i)[id] = 1
	}
	return err
}

func (k *pointKernel[T]) Elements(ctx context.Context, dst core.Matrix[T], ids []int) error {
	x := core.NewMatrix[float64](len(ids), k.x.Cols)
	for i, id := range ids {
		copy(x.Row(i), k.x.Row(id))
	}
	err := k.evaluate(ctx, dst, ids, x)
	for i := range ids {
		dst.Row(i)[i] = 1
	}
	return err
}

// evaluate writes the kernel of the points ids and the points x to dst (len(ids) x n).
func (k *pointKernel[T]) evaluate(ctx context.Context, dst core.Matrix[T], ids []int, x core.Matrix[float64]) error {
	n, wide := x.Rows, x.Cols
	// -|x_i - x_j|^2 = (2 x_i^T x_j - |x_j|^2) - |x_i|^2
	chosen, d := core.NewMatrix[float64](len(ids), wide), wide-2
	for i, id := range ids {
		from, to := k.x.Row(id), chosen.Row(i)
		for j, v := range from[:d] {
			to[j] = 2 * v
		}
		to[d], to[d+1] = 1, from[d]
	}
	scratch := make([]float64, par.Threads(k.threads)*kernelRows*kernelTile)
	return par.For(ctx, k.threads, par.Tiles(n, kernelTile), func(worker, t int) {
		lo, hi := par.Span(t, n, kernelTile)
		w, space := hi-lo, scratch[worker*kernelRows*kernelTile:]
		for first := 0; first < len(ids); first += kernelRows {
			rows := min(kernelRows, len(ids)-first)
			blas.Gemm(1, false, true, rows, w, wide, 1, chosen.Data[first*wide:], wide, x.Data[lo*wide:], wide, 0, space, w)
			for i := range rows {
				k.values(dst.Row(first + i)[lo:hi], space[i*w:(i+1)*w])
			}
		}
	})
}
