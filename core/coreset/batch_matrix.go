package coreset

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// MatrixKernel is a kernel given as a symmetric positive semidefinite matrix (n x n).
func MatrixKernel[T core.Float](k core.Matrix[T]) Kernel { return matrixKernel[T]{k} }

type matrixKernel[T core.Float] struct{ k core.Matrix[T] }

func (k matrixKernel[T]) Size() int { return k.k.Rows }

func (k matrixKernel[T]) check() error {
	if err := checkRows("the kernel matrix", k.k); err != nil {
		return err
	}
	if k.k.Rows != k.k.Cols {
		return errorf(core.ErrShape, "the kernel matrix is %d x %d; it must be square", k.k.Rows, k.k.Cols)
	}
	slack := 1e3 * core.Epsilon[T]()
	for i := range k.k.Rows {
		row := k.k.Row(i)
		if row[i] < 0 {
			return fmt.Errorf("coreset: %w: diagonal element %d of the kernel matrix is %v, so that it is not positive semidefinite",
				core.ErrNumerical, i, row[i])
		}
		for j, v := range row[:i] {
			other := float64(k.k.Row(j)[i])
			if d := math.Abs(float64(v) - other); d > slack*(math.Abs(other)+math.Sqrt(float64(row[i])*float64(k.k.Row(j)[j]))) {
				return fmt.Errorf("coreset: %w: the kernel matrix is not symmetric: element (%d, %d) is %v, (%d, %d) is %v",
					core.ErrShape, i, j, v, j, i, k.k.Row(j)[i])
			}
		}
	}
	return nil
}

func (k matrixKernel[T]) mean() float64 {
	sum := 0.0
	for i := range k.k.Rows {
		sum += float64(k.k.Row(i)[i])
	}
	return sum / float64(k.k.Rows)
}

func (k matrixKernel[T]) given(_ context.Context, _ int, observed []int, _ float64) (kernelProducts, []int, error) {
	return k, observed, nil
}

func (k matrixKernel[T]) measure() distances { return k }

func (k matrixKernel[T]) diagonal(_ context.Context, _ int, dst []float64) error {
	k.norms(dst)
	return nil
}

func (k matrixKernel[T]) norms(dst []float64) {
	for i := range dst {
		dst[i] = float64(k.k.Row(i)[i])
	}
}

func (k matrixKernel[T]) column(_ context.Context, _, i int, dst []float64) error {
	for j, v := range k.k.Row(i) {
		dst[j] = float64(v)
	}
	return nil
}

func (k matrixKernel[T]) from(_ context.Context, _, i int, dst []float64) error {
	own := k.k.Row(i)
	for j, v := range own {
		dst[j] = max(0, float64(own[i])+float64(k.k.Row(j)[j])-2*float64(v))
	}
	dst[i] = 0
	return nil
}

func (k matrixKernel[T]) times(ctx context.Context, threads int, u, dst []float64) error {
	return par.For(ctx, threads, par.Tiles(len(dst), kernelTile), func(_, tile int) {
		lo, hi := par.Span(tile, len(dst), kernelTile)
		for i := lo; i < hi; i++ {
			sum := 0.0
			for j, v := range k.k.Row(i) {
				sum += float64(v) * u[j]
			}
			dst[i] = sum
		}
	})
}

func (k matrixKernel[T]) squares(ctx context.Context, threads int) ([]float64, error) {
	squares := make([]float64, k.k.Rows)
	return squares, par.For(ctx, threads, par.Tiles(len(squares), kernelTile), func(_, tile int) {
		lo, hi := par.Span(tile, len(squares), kernelTile)
		for i := lo; i < hi; i++ {
			for _, v := range k.k.Row(i) {
				squares[i] += float64(v) * float64(v)
			}
		}
	})
}
