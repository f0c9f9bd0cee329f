package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

const (
	lewisIterations = 20
	newtonSteps     = 50
)

// regressors are the rows of the data, with a last element of 1 if there is an intercept.
type regressors struct {
	predictors
	n, width int
	weight   []float64
	threads  int
	ridge    float64
}

// predictors are the rows of regressors in float64.
type predictors interface {
	// gram adds the sum of scale(k, rows[k]) x x^T over the given rows (nil: all) to the lower triangle of gram.
	gram(ctx context.Context, threads int, rows []int, scale func(k, i int) float64, gram []float64) error
	// images writes |A x_i| to norms for all rows and A (width x width).
	images(ctx context.Context, threads int, a, norms []float64) error
	// dotRow returns x_i . v.
	dotRow(i int, v []float64) float64
	// squareRow returns x_i . x_i.
	squareRow(i int) float64
	// addRow adds w x_i to sum.
	addRow(sum []float64, i int, w float64)
}

// root returns the inverse of the lower Cholesky factor of sum_i scale(i) x_i x_i^T over the given rows (all if nil), with
// the ridge on its diagonal.
func (r *regressors) root(ctx context.Context, rows []int, scale func(k, i int) float64) ([]float64, error) {
	d := r.width
	gram := make([]float64, d*d)
	if err := r.gram(ctx, r.threads, rows, scale, gram); err != nil {
		return nil, err
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
func (r *regressors) norms(ctx context.Context, a []float64) ([]float64, error) {
	norms := make([]float64, r.n)
	return norms, r.images(ctx, r.threads, a, norms)
}

// leverages returns the square roots of x_i^T (sum_j w_j x_j x_j^T / divisor_j)^-1 x_i.
func (r *regressors) leverages(ctx context.Context, divisor []float64) ([]float64, error) {
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
func (r *regressors) lewis(ctx context.Context) ([]float64, error) {
	weights := make([]float64, r.n)
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
func (r *regressors) optimal(ctx context.Context, rows []int, weights []float64, y []int32, criterion string) ([]float64, error) {
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
	for i := range scores {
		scores[i] *= math.Abs(float64(y[i]) - sigmoid(r.dotRow(i, beta)))
	}
	return scores, nil
}

// fit returns the penalized maximum likelihood estimate on some rows, by Newton's method with halved steps, and the root of
// the inverse information there.
func (r *regressors) fit(ctx context.Context, rows []int, weights []float64, y []int32) (beta, root []float64, err error) {
	d := r.width
	beta = make([]float64, d)
	p := make([]float64, len(rows))
	squares := 0.0
	for k, i := range rows {
		squares += weights[k] * r.squareRow(i) / 4
	}
	penalty := r.ridge * squares / float64(d)
	value := func(beta []float64) float64 {
		loss := penalty / 2 * blas.Dot(beta, beta)
		for k, i := range rows {
			z := r.dotRow(i, beta)
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
			r.addRow(gradient, i, weights[k]*(p[k]-float64(y[i])))
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
