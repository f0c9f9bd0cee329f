package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const kernelTile = 1024 // rows

// Kernel is a positive semidefinite similarity between n rows: [FeatureKernel] or [MatrixKernel].
type Kernel interface {
	// Size returns n.
	Size() int
	check() error
	// given returns the kernel in float64, conditioned on observed rows with noise of the given variance if there are any, and
	// the rows that have yet to be conditioned on.
	given(ctx context.Context, threads int, observed []int, noise float64) (kernelProducts, []int, error)
	// mean returns the mean of the diagonal.
	mean() float64
	// measure returns what finds distances.
	measure() distances
}

// kernelProducts are products with a kernel matrix in float64.
type kernelProducts interface {
	diagonal(dst []float64)
	column(ctx context.Context, threads, i int, dst []float64) error
	times(ctx context.Context, threads int, u, dst []float64) error
	// squares returns the squared norm of each column.
	squares(ctx context.Context, threads int) ([]float64, error)
}

// distances are squared distances between rows.
type distances interface {
	norms(dst []float64)
	from(ctx context.Context, threads, i int, dst []float64) error
}

// FeatureKernel is the kernel x_i . x_j of the rows of x (n x m).
func FeatureKernel[T core.Float](x core.Matrix[T]) Kernel { return featureKernel[T]{x} }

type featureKernel[T core.Float] struct{ x core.Matrix[T] }

func (k featureKernel[T]) Size() int { return k.x.Rows }

func (k featureKernel[T]) check() error { return checkRows("the features", k.x) }

func (k featureKernel[T]) mean() float64 {
	sum := 0.0
	for i := range k.x.Rows {
		for _, v := range k.x.Row(i) {
			sum += float64(v) * float64(v)
		}
	}
	return sum / float64(k.x.Rows)
}

// given replaces features f by s L^-1 f, where L L^T = s^2 I + sum over observed rows of f f^T for noise s^2: the kernel of
// these is the posterior covariance.
func (k featureKernel[T]) given(ctx context.Context, threads int, observed []int, noise float64) (kernelProducts, []int, error) {
	n, m := k.x.Rows, k.x.Cols
	f := core.NewMatrix[float64](n, m)
	for i := range n {
		row := f.Row(i)
		for j, v := range k.x.Row(i) {
			row[j] = float64(v)
		}
	}
	if len(observed) == 0 {
		return wide{f}, nil, nil
	}
	seen, gram := make([]float64, 0, len(observed)*m), make([]float64, m*m)
	for _, i := range observed {
		seen = append(seen, f.Row(i)...)
	}
	blas.Syrk(threads, true, true, m, len(observed), 1, seen, m, 0, gram, m)
	for j := range m {
		gram[j*m+j] += noise
	}
	if !dense.Cholesky(gram, m) {
		return nil, nil, errorf(core.ErrNumerical, "the features of the observed rows are too close to dependent; increase noise")
	}
	upper := make([]float64, m*m)
	for i := range m {
		for j := i; j < m; j++ {
			upper[i*m+j] = gram[j*m+i] / math.Sqrt(noise)
		}
	}
	return wide{f}, nil, dense.SolveRight(ctx, threads, f, upper)
}

func (k featureKernel[T]) measure() distances {
	return featureDistances[T]{newPointPanels(k.x, nil), k.x}
}

type featureDistances[T core.Float] struct {
	p *pointPanels[T]
	x core.Matrix[T]
}

func (f featureDistances[T]) norms(dst []float64) {
	for i := range dst {
		dst[i] = 0
		for _, v := range f.x.Row(i) {
			dst[i] += float64(v) * float64(v)
		}
	}
}

func (f featureDistances[T]) from(ctx context.Context, threads, i int, dst []float64) error {
	f.p.params, f.p.zero = f.p.params[:0], f.p.zero[:0]
	id := f.p.addTarget(f.x.Row(i))
	tiles := par.Tiles(f.p.panels(), seedTile)
	return par.For(ctx, threads, tiles, func(_, tile int) {
		l := make([]T, f.p.lanes)
		first, last := par.Span(tile, f.p.panels(), seedTile)
		for k := first; k < last; k++ {
			f.p.distances(l, k, []uint32{id})
			lo, hi := par.Span(k, f.p.n, f.p.lanes)
			for i := lo; i < hi; i++ {
				dst[i] = -2 * float64(l[i-lo])
			}
		}
	})
}

// wide is the kernel of features in float64.
type wide struct{ f core.Matrix[float64] }

func (w wide) diagonal(dst []float64) {
	for i := range dst {
		dst[i] = blas.Dot(w.f.Row(i), w.f.Row(i))
	}
}

func (w wide) column(ctx context.Context, threads, i int, dst []float64) error {
	return w.against(ctx, threads, w.f.Row(i), dst)
}

// against writes f u to dst.
func (w wide) against(ctx context.Context, threads int, u, dst []float64) error {
	return par.For(ctx, threads, par.Tiles(w.f.Rows, kernelTile), func(_, tile int) {
		lo, hi := par.Span(tile, w.f.Rows, kernelTile)
		blas.Gemv(false, hi-lo, w.f.Cols, 1, w.f.Data[lo*w.f.Stride:], w.f.Stride, u, 0, dst[lo:hi])
	})
}

func (w wide) times(ctx context.Context, threads int, u, dst []float64) error {
	m := w.f.Cols
	parts := make([]float64, par.Tiles(w.f.Rows, kernelTile)*m)
	err := par.For(ctx, threads, len(parts)/m, func(_, tile int) {
		lo, hi := par.Span(tile, w.f.Rows, kernelTile)
		blas.Gemv(true, m, hi-lo, 1, w.f.Data[lo*w.f.Stride:], w.f.Stride, u[lo:hi], 0, parts[tile*m:(tile+1)*m])
	})
	if err != nil {
		return err
	}
	for k := m; k < len(parts); k += m {
		blas.Axpy(1, parts[k:k+m], parts[:m])
	}
	return w.against(ctx, threads, parts[:m], dst)
}

func (w wide) squares(ctx context.Context, threads int) ([]float64, error) {
	n, m := w.f.Rows, w.f.Cols
	gram, squares := make([]float64, m*m), make([]float64, n)
	if err := dense.Gram(ctx, threads, w.f, gram); err != nil {
		return nil, err
	}
	var packed blas.Packed[float64]
	blas.PackRight(&packed, false, m, m, gram, m)
	return squares, par.For(ctx, threads, par.Tiles(n, kernelTile), func(_, tile int) {
		var ws blas.Workspace[float64]
		lo, hi := par.Span(tile, n, kernelTile)
		image := make([]float64, (hi-lo)*m)
		blas.GemmPacked(&ws, false, hi-lo, 1, w.f.Data[lo*w.f.Stride:], w.f.Stride, &packed, 0, image, m)
		for i := lo; i < hi; i++ {
			squares[i] = blas.Dot(w.f.Row(i), image[(i-lo)*m:(i-lo+1)*m])
		}
	})
}
