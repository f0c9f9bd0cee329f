package gp

import (
	"errors"
	"fmt"
	"math"
)

// Interrupted is the error of a [FitRegression] whose context ended after at least one evaluation of the likelihood or of
// its gradient: the fit is lost, what training found is not. It wraps the context's error.
type Interrupted struct {
	Kernel        Kernel  // with the last parameters that were accepted
	Noise         float64 // variance common to all points, in units of y as it is used
	LogLikelihood float64 // at these parameters, NaN where training does not know it
	Iterations    int     // of the optimizer that were accepted, 0 if it did not get there
	Evaluations   int     // of the likelihood of all points or of a batch, or of its gradient
	Phase         string  // that was interrupted, as in core.Progress

	cause error
}

// Error says where the fit was and what to do next.
func (e *Interrupted) Error() string {
	return fmt.Sprintf("%v (gp: interrupted in %s after %d iterations of training; the kernel reached can be the start of another "+
		"fit)", e.cause, e.Phase, e.Iterations)
}

// Unwrap returns the error of the context.
func (e *Interrupted) Unwrap() error { return e.cause }

// interrupted returns what training reached before err, or err itself if that is not ended, the error of the context.
func (t *training) interrupted(err, ended error) error {
	if ended == nil || !errors.Is(err, ended) || t.evaluations == 0 {
		return err
	}
	theta, noise := t.space.split(t.theta, t.fixed)
	k, failed := WithTheta(t.kernel, theta)
	if failed != nil {
		return err
	}
	e := &Interrupted{Kernel: k, Noise: noise, LogLikelihood: math.NaN(), Iterations: t.m.Iterations, Evaluations: t.evaluations,
		Phase: t.phase, cause: err}
	if t.exact && t.m.Iterations > 0 {
		e.LogLikelihood = t.value
	}
	return e
}
