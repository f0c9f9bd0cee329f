package choice

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

const (
	mostHalvings = 40
	armijo       = 1e-4
	slowDecrease = 0.05 // of the decrement by one Newton step; where the likelihood grows for ever it is a third or so
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
	fresh              bool // the pass holds everything about theta
	linear             bool // the last step has not made the decrement much smaller, as it does near any finite maximum
}

func newClimber(a *parameters, l *layout, ridge float64, threads int) *climber {
	v := newPass(l, a.k, threads)
	size := a.size()
	return &climber{a: a, v: v, c: newCurvature(a, v), ridge: ridge, theta: make([]float64, size), trial: make([]float64, size),
		step: make([]float64, size), matrix: make([]float64, size*size), objective: math.Inf(-1)}
}

// evaluate returns the objective at x.
func (s *climber) evaluate(ctx context.Context, x []float64, level int) (float64, error) {
	s.v.at(s.a, x)
	if err := s.v.run(ctx, level); err != nil {
		return 0, err
	}
	return s.v.loglik - s.ridge/2*blas.Dot(x[:s.a.g], x[:s.a.g]), nil
}

// solve sets step to the solution of (a + tau b) step = g for the least tau of 0, 0.1, 1, ... for which it is positive
// definite, and reports tau. b is nil for multiples of the diagonal of a.
func (s *climber) solve(a, b []float64, sign float64) (tau float64, ok bool) {
	n := len(s.step)
	for try := range 14 {
		if try > 0 {
			tau = 0.1 * math.Pow(10, float64(try-1))
			if b == nil {
				tau *= 1e-10
			}
		}
		for i := range s.matrix {
			s.matrix[i] = sign * a[i]
			if tau > 0 && b != nil {
				s.matrix[i] += tau * b[i]
			}
		}
		for i := 0; i < n && b == nil; i++ {
			s.matrix[i*n+i] *= 1 + tau
			s.matrix[i*n+i] += tau * 1e-10
		}
		if dense.Cholesky(s.matrix, n) {
			copy(s.step, s.c.gradient)
			dense.SolveLower(s.matrix, n, s.step)
			dense.SolveLowerTransposed(s.matrix, n, s.step)
			return tau, true
		}
	}
	return tau, false
}

// level is what the Hessian needs of a pass: one class does without the scores of persons.
func (s *climber) level() int {
	if s.a.k == 1 {
		return derivatives
	}
	return persons
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
		tau, ok := s.solve(s.c.hessian, s.c.complete, -1)
		if !ok {
			return false, s.last(ctx, false)
		}
		gain := blas.Dot(s.step, s.c.gradient)
		s.decrement = gain / 2
		definite := tau == 0
		if (definite && s.decrement <= tol) || s.iterations >= most {
			return definite && s.decrement <= tol, s.last(ctx, definite)
		}
		s.iterations++
		moved, err := s.search(ctx, gain)
		if err != nil {
			return false, err
		}
		if !moved {
			return definite && s.decrement <= tol+1e-11*math.Abs(s.objective), s.last(ctx, false)
		}
		report()
	}
}

// last takes one more step from a point that is good enough already, unless that goes down by more than rounding, and computes
// everything there.
func (s *climber) last(ctx context.Context, definite bool) error {
	copy(s.trial, s.theta)
	for i := range s.trial {
		if definite {
			s.trial[i] += s.step[i]
		}
	}
	value, err := s.evaluate(ctx, s.trial, persons)
	if err != nil {
		return err
	}
	if value >= s.objective-1e-12*math.Abs(s.objective) {
		copy(s.theta, s.trial)
		s.objective = value
	} else if s.objective, err = s.evaluate(ctx, s.theta, persons); err != nil {
		return err
	}
	s.c.first(s.theta, s.ridge)
	s.c.second()
	if tau, ok := s.solve(s.c.hessian, s.c.complete, -1); definite && ok && tau == 0 {
		s.linear = blas.Dot(s.step, s.c.gradient)/2 > slowDecrease*s.decrement && s.decrement > 1e-16
	}
	return nil
}

// search halves the step until the objective rises by a share of what its slope promises.
func (s *climber) search(ctx context.Context, slope float64) (moved bool, err error) {
	length, level := 1.0, s.level()
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
