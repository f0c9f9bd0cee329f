package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// basisObjective is the log marginal likelihood of y = V w + noise with w ~ N(0, D), from statistics of centred and scaled y.
// With S = D^1/2, B = I + S V^T V S / sigma^2 and u = B^-1 S V^T y / sigma^2, which no vanishing element of D can hurt,
//
//	log|K + sigma^2 I| = n log sigma^2 + log|B|,   y^T (K + sigma^2 I)^-1 y = (y^T y - y^T V S u) / sigma^2.
type basisObjective struct {
	d       *BasisDesign
	list    []basisParam
	gram    core.Matrix[float64] // Q x Q
	cross   []float64            // Q: V^T y
	n       int
	squares float64 // y^T y
	threads int

	b     []float64 // Q x Q: B, then its factor
	u     []float64
	prior *basisPrior
	noise float64
}

// newBasisObjective centres and scales y.
func newBasisObjective(d *BasisDesign, list []basisParam, s *BasisStatistics, threads int) (*basisObjective, float64, float64) {
	q, n := d.columns, float64(s.Rows)
	mean := s.Sum / n
	squares := max(s.Squares-n*mean*mean, 0)
	scale := math.Sqrt(squares / n)
	if !(scale > 1e-12*math.Abs(s.Offset+mean)) {
		scale = 1
	}
	e := &basisObjective{d: d, list: list, gram: s.Gram, cross: make([]float64, q), n: s.Rows, squares: squares / (scale * scale),
		threads: threads, b: make([]float64, q*q), u: make([]float64, q)}
	for i := range q {
		e.cross[i] = (s.Moments.Row(0)[i] - mean*s.Moments.Row(1)[i]) / scale
	}
	return e, s.Offset + mean, scale
}

// factor prepares B and u at theta, logarithms of the parameters with that of the noise at the end.
func (e *basisObjective) factor(theta []float64) error {
	last := len(theta) - 1
	e.prior, e.noise = e.d.prior(e.list, theta[:last]), math.Exp(theta[last])
	q, s := e.d.columns, e.prior.deviation
	for i := range q {
		row, from := e.b[i*q:(i+1)*q], e.gram.Row(i)
		scale := s[i] / e.noise
		for j := range i + 1 {
			row[j] = scale * s[j] * from[j]
		}
		row[i]++
		e.u[i] = scale * e.cross[i]
	}
	if !choleskyLower(e.threads, e.b, q) {
		return fmt.Errorf("gp: %w: I + S V^T V S / sigma^2 of %d basis functions is not positive definite to rounding; raise the lower "+
			"bound of the noise", core.ErrNumerical, q)
	}
	solveFactor(1, e.b, q, e.u, 1)
	return nil
}

// evaluate returns the log marginal likelihood at theta and its gradient: 2/3 Q^3 operations.
func (e *basisObjective) evaluate(ctx context.Context, theta, grad []float64) (float64, error) {
	if err := e.factor(theta); err != nil {
		return 0, err
	}
	q, n := e.d.columns, float64(e.n)
	explained, square := 0.0, 0.0
	value := -0.5 * n * (math.Log(e.noise) + math.Log(2*math.Pi))
	for i, u := range e.u {
		explained += u * e.prior.deviation[i] * e.cross[i]
		square += u * u
		value -= math.Log(e.b[i*q+i])
	}
	quadratic := (e.squares - explained) / e.noise
	inverse, err := (&Cholesky{n: q, l: e.b, threads: e.threads}).InverseDiagonal(ctx)
	if err != nil {
		return 0, err
	}
	by, trace := make([]float64, q), n-float64(q)
	for i, u := range e.u {
		by[i] = 0.5 * (u*u - 1 + inverse[i])
		trace += inverse[i]
	}
	e.d.chain(e.list, e.prior, by, grad)
	grad[len(grad)-1] = 0.5 * (quadratic - square - trace)
	return value - 0.5*quadratic, nil
}

// weights returns mean (Q) and covariance (Q x Q) of w given the data, in units of scaled y.
func (e *basisObjective) weights(theta []float64) (mean, covariance []float64, err error) {
	if err := e.factor(theta); err != nil {
		return nil, nil, err
	}
	q, s := e.d.columns, e.prior.deviation
	mean, half := make([]float64, q), make([]float64, q*q)
	for i := range q {
		mean[i], half[i*q+i] = s[i]*e.u[i], s[i]
	}
	solveLower(e.threads, e.b, q, half, q) // L^-1 S
	covariance = make([]float64, q*q)
	blas.Gemm(e.threads, true, false, q, q, q, 1, half, q, half, q, 0, covariance, q)
	return mean, covariance, nil
}
