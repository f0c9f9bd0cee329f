package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Weights of the samples that [AdaCore] and [CRAIG] select.
const (
	Counts       = "counts"        // the samples that each stands for
	LeastSquares = "least_squares" // those not below 0 whose sum of gradients is nearest to the sum of all, with a penalty on what they differ from the counts
)

// leastSquares replaces counts by the w >= 0 that minimize |sum_j w_j g_j - sum|^2 + a q |w - counts|^2, with the mean squared norm q
// of the selected gradients: k^2 products of gradients, and a few Cholesky factors of k x k.
func leastSquares(ctx context.Context, g Gradients, indices []int, counts, sum []float64, o *GradientOptions) error {
	k := len(indices)
	limit := o.MemoryLimit
	if limit == 0 {
		limit = 4 << 30
	}
	if bytes := 16 * float64(k) * float64(k); bytes > limit {
		return errorf(core.ErrOption, "weights of least squares for %d samples need %.3g bytes, memory_limit is %.3g; use weights %q", k, bytes, limit, Counts)
	}
	gram := make([]float64, k*k)
	const tile = 16
	err := par.For(ctx, o.Threads, par.Tiles(k, tile), func(_, t int) {
		lo, hi := par.Span(t, k, tile)
		for a := lo; a < hi; a++ {
			for b := range a + 1 {
				gram[a*k+b] = g.dot(indices[a], indices[b])
			}
		}
	})
	if err != nil {
		return err
	}
	square := 0.0
	for a := range k {
		square += gram[a*k+a] / float64(k)
	}
	if square == 0 {
		return nil
	}
	ridge, right := o.ridge()*square, make([]float64, k)
	if err := g.correlate(ctx, o.Threads, indices, sum, right); err != nil {
		return err
	}
	for a := range k {
		for b := range a {
			gram[b*k+a] = gram[a*k+b]
		}
		gram[a*k+a] += ridge
		right[a] += ridge * counts[a]
	}
	w, err := nonNegative(ctx, gram, right)
	if err != nil {
		return err
	}
	copy(counts, w)
	return nil
}

// nonNegative returns the w >= 0 that minimizes w.(a w)/2 - b.w for a positive definite a (k x k): where w is positive the gradient
// a w - b is 0, and elsewhere it is not negative. Block principal pivoting (Kim and Park, 2011): all that violate a sign change sides
// together, and one at a time once that has not helped three times, which ends.
func nonNegative(ctx context.Context, a, b []float64) ([]float64, error) {
	k := len(b)
	w, slope, factor := make([]float64, k), make([]float64, k), make([]float64, k*k)
	free := make([]bool, k)
	for j := range free {
		free[j] = true
	}
	scale := 0.0
	for _, v := range b {
		scale = max(scale, v, -v)
	}
	best, tries := k+1, 3
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var inside []int
		for j, f := range free {
			if f {
				inside = append(inside, j)
			}
		}
		m := len(inside)
		x := make([]float64, m)
		for p, i := range inside {
			x[p] = b[i]
			for q, j := range inside[:p+1] {
				factor[p*m+q] = a[i*k+j]
			}
		}
		if !dense.Cholesky(factor[:m*m], m) {
			return nil, errorf(core.ErrNumerical, "the equations for the weights are singular; raise the ridge")
		}
		dense.SolveLower(factor[:m*m], m, x)
		dense.SolveLowerTransposed(factor[:m*m], m, x)
		clear(w)
		for p, i := range inside {
			w[i] = x[p]
		}
		var wrong []int
		for i := range k {
			slope[i] = blas.Dot(a[i*k:(i+1)*k], w) - b[i]
			if free[i] && w[i] < 0 || !free[i] && slope[i] < -1e-12*scale {
				wrong = append(wrong, i)
			}
		}
		if len(wrong) == 0 {
			return w, nil
		}
		switch {
		case len(wrong) < best:
			best, tries = len(wrong), 3
		case tries > 0:
			tries--
		default:
			wrong = wrong[len(wrong)-1:]
		}
		for _, i := range wrong {
			free[i] = !free[i]
		}
	}
}
