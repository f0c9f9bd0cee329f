package coreset

import (
	"context"

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
	// given returns products with the kernel, conditioned on observed rows with noise of the given variance if there are any, and
	// the rows that have yet to be conditioned on.
	given(ctx context.Context, threads int, observed []int, noise float64) (kernelProducts, []int, error)
	// mean returns the mean of the diagonal.
	mean() float64
	// measure returns what finds distances.
	measure() distances
}

// kernelProducts are products with a kernel matrix in float64.
type kernelProducts interface {
	diagonal(ctx context.Context, threads int, dst []float64) error
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

// given conditions on the observed rows: with L L^T = s^2 I + sum over these of f f^T, for noise s^2, the posterior covariance is
// the kernel of the features s L^-1 f.
func (k featureKernel[T]) given(_ context.Context, threads int, observed []int, noise float64) (kernelProducts, []int, error) {
	f := newFeatures(k.x, threads)
	if len(observed) == 0 {
		return f, nil, nil
	}
	m := k.x.Cols
	if err := squareOf(m); err != nil {
		return nil, nil, err
	}
	gram := make([]float64, m*m)
	for lo := 0; lo < len(observed); lo += f.step {
		some := observed[lo:min(lo+f.step, len(observed))]
		seen := make([]float64, 0, len(some)*m)
		for _, i := range some {
			for _, v := range k.x.Row(i) {
				seen = append(seen, float64(v))
			}
		}
		blas.Syrk(threads, true, true, m, len(some), 1, seen, m, 1, gram, m)
	}
	for j := range m {
		gram[j*m+j] += noise
	}
	if !dense.Cholesky(gram, m) {
		return nil, nil, errorf(core.ErrNumerical, "the features of the observed rows are too close to dependent; increase noise")
	}
	f.condition(gram, noise)
	return f, nil, nil
}

func (k featureKernel[T]) measure() distances {
	return featureDistances[T]{newPointPanels(k.x, nil, 1), k.x}
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
	tiles := par.Tiles(f.p.panels(), seedPanels)
	return par.For(ctx, threads, tiles, func(_, tile int) {
		l := make([]T, f.p.lanes)
		first, last := par.Span(tile, f.p.panels(), seedPanels)
		for k := first; k < last; k++ {
			f.p.distances(l, k, []uint32{id})
			lo, hi := par.Span(k, f.p.n, f.p.lanes)
			for i := lo; i < hi; i++ {
				dst[i] = -2 * float64(l[i-lo])
			}
		}
	})
}
