package choice

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

const (
	mostHalvings   = 40
	armijo         = 1e-4
	leastCurvature = 1e-3 // of directions of steps where the Hessian is indefinite, relative to the complete data
	slowDecrease   = 0.05 // of the decrement by one Newton step; where the likelihood grows for ever it is a third or so
	nothingLeft    = 1e-8 // of the decrement asked for: where as little is left, the last step does not change the Hessian
)

// climber moves theta uphill.
type climber struct {
	a     *parameters
	v     *pass
	c     *curvature
	ridge float64

	theta, trial, step []float64
	matrix             []float64 // size x size, factored
	objective          float64   // at theta: log-likelihood less the penalty
	decrement          float64   // half of g' (-H)^-1 g at the last Newton step
	iterations         int
	fresh              bool // the pass holds everything about theta that the Hessian needs
	passed             int  // the level of the pass
	linear             bool // the last step has not made the decrement much smaller, as it does near any finite maximum
}

func newClimber(a *parameters, l *layout, ridge float64) *climber {
	v := newPass(l, a.k)
	size := a.size()
	return &climber{a: a, v: v, c: newCurvature(a, v), ridge: ridge, theta: make([]float64, size), trial: make([]float64, size),
		step: make([]float64, size), matrix: make([]float64, size*size), objective: math.Inf(-1)}
}

// evaluate returns the objective at x.
func (s *climber) evaluate(ctx context.Context, x []float64, level int) (float64, error) {
	s.v.at(s.a, x)
	s.passed = level
	if err := s.v.run(ctx, level); err != nil {
		return 0, err
	}
	return s.v.loglik[0] - s.ridge/2*blas.Dot(x[:s.a.g], x[:s.a.g]), nil
}

// definiteStep sets step to the solution of a step = g, for a positive definite a, and reports whether it is.
func (s *climber) definiteStep(a []float64, sign float64) bool {
	for i := range s.matrix {
		s.matrix[i] = sign * a[i]
	}
	if !dense.Cholesky(s.matrix, len(s.step)) {
		return false
	}
	copy(s.step, s.c.gradient)
	dense.SolveLower(s.matrix, len(s.step), s.step)
	dense.SolveLowerTransposed(s.matrix, len(s.step), s.step)
	return true
}

// completeStep sets step to that of Newton's method on the complete data, whose information is positive definite but where a
// class is empty or separated: then as little as needed is added to its diagonal.
func (s *climber) completeStep() bool {
	n := len(s.step)
	for added := 0.0; added < 1; added = max(1e-12, 10*added) {
		for i := range n {
			s.c.complete[i*n+i] += added * (s.c.complete[i*n+i] + 1e-6)
		}
		if s.definiteStep(s.c.complete, 1) {
			return true
		}
	}
	return false
}

// indefiniteStep sets step to one for a Hessian that is not negative definite. In units of the complete data's information C,
// the Hessian has eigenvalues of at least -1, the nearer to 0 the more is unknown of the classes; every direction is taken with
// the size of its eigenvalue, so that the step leads uphill and away from saddles.
func (s *climber) indefiniteStep() bool {
	n := len(s.step)
	if !s.completeStep() {
		return false
	}
	half := s.step // L^-1 g
	copy(half, s.c.gradient)
	dense.SolveLower(s.matrix, n, half)
	relative := slices.Clone(s.c.hessian)
	for range 2 { // L^-1 H, then the same for the transpose
		column := make([]float64, n)
		for j := range n {
			for i := range n {
				column[i] = relative[i*n+j]
			}
			dense.SolveLower(s.matrix, n, column)
			for i := range n {
				relative[i*n+j] = column[i]
			}
		}
		transpose(relative, n)
	}
	values := make([]float64, n)
	if dense.EigenSym(nil, relative, n, values) != nil {
		return false
	}
	along := make([]float64, n)
	for i := range n {
		blas.Axpy(half[i], relative[i*n:(i+1)*n], along)
	}
	for j := range n {
		along[j] /= max(math.Abs(values[j]), leastCurvature)
	}
	for i := range n {
		half[i] = blas.Dot(relative[i*n:(i+1)*n], along)
	}
	dense.SolveLowerTransposed(s.matrix, n, half)
	return true
}

func transpose(a []float64, n int) {
	for i := range n {
		for j := range i {
			a[i*n+j], a[j*n+i] = a[j*n+i], a[i*n+j]
		}
	}
}

// level is what the Hessian needs of a pass.
func (s *climber) level() int {
	if s.a.k == 1 {
		return derivatives
	}
	return curvatures
}

// finalLevel is what is asked of the pass at the maximum: with one class also the scores of persons, since no other start can be
// better.
func (s *climber) finalLevel() int {
	if s.a.k == 1 {
		return persons
	}
	return curvatures
}

// newton climbs to a maximum. It ends early where no step along the direction goes up any more; report is called after
// every iteration.
func (s *climber) newton(ctx context.Context, tol float64, most int, report func()) (converged bool, err error) {
	for {
		if !s.fresh {
			if s.objective, err = s.evaluate(ctx, s.theta, s.level()); err != nil {
				return false, err
			}
		}
		s.c.first(s.theta, s.ridge)
		s.c.second()
		definite := s.definiteStep(s.c.hessian, -1)
		if !definite && !s.indefiniteStep() {
			return false, s.last(ctx, false)
		}
		gain, before := blas.Dot(s.step, s.c.gradient), s.decrement
		s.decrement = gain / 2
		if definite && s.fresh && s.passed == s.finalLevel() && s.decrement <= nothingLeft*tol && s.decrement < slowDecrease*before {
			s.linear = false
			return true, s.finalStep(ctx)
		}
		if (definite && s.decrement <= tol) || s.iterations >= most {
			return definite && s.decrement <= tol, s.last(ctx, definite)
		}
		s.iterations++
		level := s.level()
		if definite && s.decrement*s.decrement <= tol { // Newton's method being about to converge
			level = s.finalLevel()
		}
		moved, err := s.search(ctx, gain, level)
		if err != nil {
			return false, err
		}
		if !moved {
			return definite && s.decrement <= tol+1e-11*math.Abs(s.objective), s.last(ctx, false)
		}
		report()
	}
}

// finalStep takes a step that changes neither the Hessian nor the scores.
func (s *climber) finalStep(ctx context.Context) (err error) {
	blas.Axpy(1, s.step, s.theta)
	if s.a.k == 1 {
		s.objective, err = s.evaluate(ctx, s.theta, likelihood)
		s.v.recall(persons)
	}
	return err
}

// last takes one more step from a point that is good enough already, unless that goes down by more than rounding, and computes
// the Hessian there.
func (s *climber) last(ctx context.Context, definite bool) error {
	copy(s.trial, s.theta)
	for i := range s.trial {
		if definite {
			s.trial[i] += s.step[i]
		}
	}
	level := s.finalLevel()
	value, err := s.evaluate(ctx, s.trial, level)
	if err != nil {
		return err
	}
	if value >= s.objective-1e-12*math.Abs(s.objective) {
		copy(s.theta, s.trial)
		s.objective = value
	} else if s.objective, err = s.evaluate(ctx, s.theta, level); err != nil {
		return err
	}
	s.c.first(s.theta, s.ridge)
	s.c.second()
	if definite && s.definiteStep(s.c.hessian, -1) {
		s.linear = blas.Dot(s.step, s.c.gradient)/2 > slowDecrease*s.decrement && s.decrement > 1e-16
	}
	return nil
}

// search halves the step until the objective rises by a share of what its slope promises. The first pass is of the given level.
func (s *climber) search(ctx context.Context, slope float64, level int) (moved bool, err error) {
	length := 1.0
	s.fresh = false
	for range mostHalvings {
		for i := range s.trial {
			s.trial[i] = s.theta[i] + length*s.step[i]
		}
		value, err := s.evaluate(ctx, s.trial, level)
		if err != nil {
			return false, err
		}
		if value >= s.objective+armijo*length*slope {
			copy(s.theta, s.trial)
			s.objective, s.fresh = value, level != likelihood
			return true, nil
		}
		length, level = length/2, likelihood
	}
	return false, nil
}
