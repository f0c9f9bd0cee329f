package choice

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

// largeCoefficient is what a coefficient that grows for ever has passed by the time the likelihood stands still, in units in
// which its column varies by 1 within choice sets.
const largeCoefficient = 5

// inverse inverts the observed information at theta, in the units of the layout. Of a singular one it returns NaN.
func (s *climber) inverse() (inverse []float64, singular bool) {
	size := s.a.size()
	inverse = make([]float64, size*size)
	factor := make([]float64, size*size)
	for i, h := range s.c.hessian {
		factor[i] = -h
	}
	singular = !dense.Cholesky(factor, size)
	for i := range size {
		row := inverse[i*size : (i+1)*size]
		if singular {
			for j := range row {
				row[j] = math.NaN()
			}
			continue
		}
		row[i] = 1
		dense.SolveLower(factor, size, row)
		dense.SolveLowerTransposed(factor, size, row)
	}
	return inverse, singular
}

// robust is the sandwich: the sum over persons of the squares of their scores, with the inverse on both sides. It needs a
// pass with scores of persons.
func (s *climber) robust(inverse []float64) []float64 {
	size := s.a.size()
	middle, left, out := make([]float64, size*size), make([]float64, size*size), make([]float64, size*size)
	s.c.reduce(middle, s.v.squares)
	blas.Gemm(1, false, false, size, size, size, 1, inverse, size, middle, size, 0, left, size)
	blas.Gemm(1, false, false, size, size, size, 1, left, size, inverse, size, 0, out, size)
	return out
}

// unbounded returns the largest coefficient if it seems to grow for ever, or -1. Then some direction of the coefficients
// raises the likelihood for ever: less and less, but every Newton step goes on by about as much as the one before.
func (s *climber) unbounded(singular bool) int {
	worst := 0
	for i := range s.a.g {
		if math.Abs(s.theta[i]) > math.Abs(s.theta[worst]) {
			worst = i
		}
	}
	if s.ridge == 0 && math.Abs(s.theta[worst]) >= largeCoefficient && (singular || s.linear) {
		return worst
	}
	return -1
}

// separated reports a multinomial logit without a finite maximum.
func (s *climber) separated(names []string) error {
	_, singular := s.inverse()
	at := s.unbounded(singular)
	if at < 0 {
		return nil
	}
	return fmt.Errorf("choice: %w: the likelihood has no finite maximum: choices are separated along %s, whose coefficient grows for ever; "+
		"set ridge, such as 1, or drop the column", core.ErrNumerical, column(names, s.a.column[at]))
}
