package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	regressorBlock  = 1024 // rows
	lewisIterations = 20
	newtonSteps     = 50
)

// regressors are the rows of x, with a last element of 1 if width exceeds x.Cols, in float64 a block at a time.
type regressors[T core.Float] struct {
	x       core.Matrix[T]
	width   int
	weight  []float64
	threads int
	ridge   float64
}

// load writes row i, times scale, to dst.
func (r *regressors[T]) load(dst []float64, i int, scale float64) {
	for j, v := range r.x.Row(i) {
		dst[j] = scale * float64(v)
	}
	if r.width > r.x.Cols {
		dst[r.x.Cols] = scale
	}
}

// root returns the inverse of the lower Cholesky factor of sum_i scale(i) x_i x_i^T over the given rows (all if nil), with
// the ridge on its diagonal.
func (r *regressors[T]) root(ctx context.Context, rows []int, scale func(k, i int) float64) ([]float64, error) {
	n, d := r.x.Rows, r.width
	if rows != nil {
		n = len(rows)
	}
	gram, block := make([]float64, d*d), make([]float64, min(n, regressorBlock)*d)
	for b := range par.Tiles(n, regressorBlock) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		lo, hi := par.Span(b, n, regressorBlock)
		for k := lo; k < hi; k++ {
			i := k
			if rows != nil {
				i = rows[k]
			}
			r.load(block[(k-lo)*d:(k-lo+1)*d], i, math.Sqrt(scale(k, i)))
		}
		blas.Syrk(r.threads, true, true, d, hi-lo, 1, block, d, 1, gram, d)
	}
	trace := 0.0
	for j := range d {
		trace += gram[j*d+j]
	}
	if !(trace > 0) || math.IsInf(trace, 1) {
		return nil, errorf(core.ErrNumerical, "the sum of squares of the regressors is %v; rescale the data", trace)
	}
	for j := range d {
		gram[j*d+j] += r.ridge * trace / float64(d)
	}
	if !dense.Cholesky(gram, d) {
		return nil, errorf(core.ErrNumerical, "the Gram matrix of the regressors is not positive definite; increase alpha")
	}
	inverse, unit := make([]float64, d*d), make([]float64, d)
	for j := range d {
		clear(unit)
		unit[j] = 1
		dense.SolveLower(gram, d, unit)
		for i, v := range unit {
			inverse[i*d+j] = v
		}
	}
	return inverse, nil
}

// norms returns |A x_i| for all rows and A (width x width).
func (r *regressors[T]) norms(ctx context.Context, a []float64) ([]float64, error) {
	d := r.width
	var packed blas.Packed[float64]
	blas.PackRight(&packed, true, d, d, a, d)
	type scratch struct {
		rows, images []float64
		ws           blas.Workspace[float64]
	}
	own := make([]scratch, par.Threads(r.threads))
	norms := make([]float64, r.x.Rows)
	err := par.For(ctx, len(own), par.Tiles(r.x.Rows, regressorBlock), func(worker, tile int) {
		s := &own[worker]
		if s.rows == nil {
			s.rows, s.images = make([]float64, regressorBlock*d), make([]float64, regressorBlock*d)
		}
		lo, hi := par.Span(tile, r.x.Rows, regressorBlock)
		for i := lo; i < hi; i++ {
			r.load(s.rows[(i-lo)*d:(i-lo+1)*d], i, 1)
		}
		blas.GemmPacked(&s.ws, false, hi-lo, 1, s.rows, d, &packed, 0, s.images, d)
		for i := lo; i < hi; i++ {
			image := s.images[(i-lo)*d : (i-lo+1)*d]
			norms[i] = math.Sqrt(blas.Dot(image, image))
		}
	})
	return norms, err
}

// leverages returns the square roots of x_i^T (sum_j w_j x_j x_j^T / divisor_j)^-1 x_i.
func (r *regressors[T]) leverages(ctx context.Context, divisor []float64) ([]float64, error) {
	root, err := r.root(ctx, nil, func(_, i int) float64 {
		w := massAt(r.weight, i)
		if divisor != nil && w > 0 {
			w /= max(divisor[i], 1e-12)
		}
		return w
	})
	if err != nil {
		return nil, err
	}
	return r.norms(ctx, root)
}

// lewis iterates to the fixed point of the Lewis weights of the 1-norm.
func (r *regressors[T]) lewis(ctx context.Context) ([]float64, error) {
	weights := make([]float64, r.x.Rows)
	for i := range weights {
		weights[i] = 1
	}
	for range lewisIterations {
		next, err := r.leverages(ctx, weights)
		if err != nil {
			return nil, err
		}
		change := 0.0
		for i, v := range next {
			if massAt(r.weight, i) > 0 && v > 0 {
				change = max(change, math.Abs(math.Log(v/weights[i])))
			}
		}
		weights = next
		if change < 0.01 {
			break
		}
	}
	return weights, nil
}

// optimal returns the scores of method osmac, after a fit to the pilot.
func (r *regressors[T]) optimal(ctx context.Context, rows []int, weights []float64, y []int32, criterion string) ([]float64, error) {
	beta, root, err := r.fit(ctx, rows, weights, y)
	if err != nil {
		return nil, err
	}
	d := r.width
	a := root // M^-1 = root^T root
	if criterion != CriterionLoss {
		a = make([]float64, d*d)
	}
	switch criterion {
	case CriterionA:
		blas.Gemm(1, true, false, d, d, d, 1, root, d, root, d, 0, a, d)
	case CriterionL:
		for j := range d {
			a[j*d+j] = 1
		}
	}
	scores, err := r.norms(ctx, a)
	if err != nil {
		return nil, err
	}
	row := make([]float64, d)
	for i := range scores {
		r.load(row, i, 1)
		scores[i] *= math.Abs(float64(y[i]) - sigmoid(blas.Dot(row, beta)))
	}
	return scores, nil
}

// fit returns the penalized maximum likelihood estimate on some rows, by Newton's method with halved steps, and the root of
// the inverse information there.
func (r *regressors[T]) fit(ctx context.Context, rows []int, weights []float64, y []int32) (beta, root []float64, err error) {
	d := r.width
	beta, row := make([]float64, d), make([]float64, d)
	p := make([]float64, len(rows))
	squares := 0.0
	for k, i := range rows {
		r.load(row, i, 1)
		squares += weights[k] * blas.Dot(row, row) / 4
	}
	penalty := r.ridge * squares / float64(d)
	value := func(beta []float64) float64 {
		loss := penalty / 2 * blas.Dot(beta, beta)
		for k, i := range rows {
			r.load(row, i, 1)
			z := blas.Dot(row, beta)
			p[k] = sigmoid(z)
			loss += weights[k] * (max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - float64(y[i])*z)
		}
		return loss
	}
	loss := value(beta)
	for range newtonSteps {
		root, err = r.root(ctx, rows, func(k, _ int) float64 { return weights[k] * max(p[k]*(1-p[k]), 1e-10) })
		if err != nil {
			return nil, nil, err
		}
		gradient := make([]float64, d)
		blas.Axpy(penalty, beta, gradient)
		for k, i := range rows {
			r.load(row, i, 1)
			blas.Axpy(weights[k]*(p[k]-float64(y[i])), row, gradient)
		}
		half, step := make([]float64, d), make([]float64, d)
		blas.Gemv(false, d, d, 1, root, d, gradient, 0, half)
		blas.Gemv(true, d, d, -1, root, d, half, 0, step)
		decrement := blas.Dot(half, half)
		size, next := 1.0, make([]float64, d)
		for ; size > 1e-4; size /= 2 {
			copy(next, beta)
			blas.Axpy(size, step, next)
			if v := value(next); v <= loss-1e-4*size*decrement {
				loss = v
				break
			}
		}
		if size <= 1e-4 || decrement <= 1e-8*(1+loss) {
			value(beta)
			break
		}
		beta = next
	}
	return beta, root, nil
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
