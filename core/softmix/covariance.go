package softmix

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// errors finds the covariance of the estimates of m, whose likelihood k has been evaluated, if it is wanted and affordable.
func (f *fit[T]) errors(ctx context.Context, k *kernel[float64, T], m *Mixture, phi []float64) error {
	K, L := m.Components, m.Features
	d := K * (L + 1)
	if f.o.Covariance == None || d > most {
		return nil
	}
	v, err := curve(ctx, k, m.Alpha)
	if err != nil {
		return err
	}
	information := v.observed
	if f.o.Covariance == Expected {
		if information, err = expected(ctx, k, m.Alpha); err != nil {
			return err
		}
	}
	f.settle(information, v.a, m.Alpha, 0)
	inverse := make([]float64, d*d)
	if m.Condition, m.Singular = invertDefinite(information, d, inverse); m.Singular {
		return nil
	}
	if f.o.Covariance == Robust {
		half := make([]float64, d*d)
		blas.Gemm(f.o.Threads, false, false, d, d, d, 1, inverse, d, v.outer, d, 0, half, d)
		blas.Gemm(f.o.Threads, false, false, d, d, d, 1, half, d, inverse, d, 0, information, d)
		inverse = information
	}
	m.Covariance = delta(f.o.Threads, inverse, m.Alpha, K*L, f.c.n)
	m.StandardErrors = deviations(m.Covariance, d)
	return nil
}

// deviations returns the roots of the diagonal of a covariance (d x d), or nil if there is none.
func deviations(covariance []float64, d int) []float64 {
	if len(covariance) != d*d {
		return nil
	}
	out := make([]float64, d)
	for i := range d {
		out[i] = math.Sqrt(max(0, covariance[i*d+i]))
	}
	return out
}

// CovarianceOf returns the covariance of theta (class by class) and alpha, K (L + 1) square, of a mixture that has been fitted to
// counts over the rows of x: Observed, Expected or Robust. With ridge, the ridge of the fit enters the information.
//
// The error wraps core.ErrNumerical if the information is singular, or is one that [FitMixture] returns.
func CovarianceOf[T core.Float](ctx context.Context, x core.Matrix[T], counts []float64, m *Mixture, kind string, ridge float64, threads int) ([]float64, error) {
	o := Options{Components: m.Components, Covariance: kind, Ridge: ridge, Threads: threads}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := m.expects(x.Cols); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	f, err := newFit(ctx, x, counts, &o)
	if err != nil {
		return nil, err
	}
	k := newKernel[float64](f.c, 1, m.Components, threads)
	if err := k.evaluate(ctx, m.Theta, m.Alpha); err != nil {
		return nil, err
	}
	copied := *m
	copied.Covariance, copied.Singular = nil, false
	if err := f.errors(ctx, k, &copied, nil); err != nil {
		return nil, err
	}
	if copied.Covariance == nil {
		return nil, copied.noErrors()
	}
	return copied.Covariance, nil
}

// invertDefinite writes the inverse of the positive definite a (n x n), which is destroyed, to dst. condition is a lower estimate
// of the condition of a scaled to a diagonal of ones.
func invertDefinite(a []float64, n int, dst []float64) (condition float64, singular bool) {
	scale := make([]float64, n)
	for i := range n {
		if !(a[i*n+i] > 0) {
			return math.Inf(1), true
		}
		scale[i] = 1 / math.Sqrt(a[i*n+i])
	}
	for i := range n {
		for j := range n {
			a[i*n+j] *= scale[i] * scale[j]
		}
	}
	if cholesky(a, n, 1e-12) >= 0 {
		return math.Inf(1), true
	}
	least, largest := math.Inf(1), 0.0
	for i := range n {
		least, largest = min(least, a[i*n+i]), max(largest, a[i*n+i])
	}
	condition = largest / least * (largest / least)
	inverse := make([]float64, n*n)
	invertLower(a, n, inverse)
	blas.Syrk(1, true, true, n, n, 1, inverse, n, 0, dst, n)
	mirror(dst, n)
	for i := range n {
		for j := range n {
			dst[i*n+j] *= scale[i] * scale[j]
		}
	}
	return condition, false
}

// delta returns the covariance of theta (the first coefficients variables) and alpha for that of theta and log alpha times the
// number of draws.
func delta(threads int, v, alpha []float64, coefficients int, draws float64) []float64 {
	d := coefficients + len(alpha)
	j := make([]float64, d*d)
	for i := range coefficients {
		j[i*d+i] = 1
	}
	for k, a := range alpha {
		for n, b := range alpha {
			j[(coefficients+k)*d+coefficients+n] = a * (indicator(k == n) - b)
		}
	}
	half, out := make([]float64, d*d), make([]float64, d*d)
	blas.Gemm(threads, false, false, d, d, d, 1, j, d, v, d, 0, half, d)
	blas.Gemm(threads, false, true, d, d, d, 1/draws, half, d, j, d, 0, out, d)
	for i := range d {
		for n := range i {
			mean := (out[i*d+n] + out[n*d+i]) / 2
			out[i*d+n], out[n*d+i] = mean, mean
		}
	}
	return out
}
