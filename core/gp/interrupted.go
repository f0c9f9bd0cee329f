package gp

import (
	"errors"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Interrupted is the error of a [FitRegression] or [FitClassification] whose context ended after at least one evaluation of
// the likelihood or of its gradient: the fit is lost, what training found is not. It wraps the context's error.
type Interrupted struct {
	Kernel        Kernel  // with the last parameters that were accepted
	Noise         float64 // variance common to all points, in units of y as it is used; 0 of a classifier
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

// interrupted returns what training reached before err as a model without weights, or err alone if that is not ended, the error
// of the context.
func (f *classFit) interrupted(err, ended error) (*Classification, error) {
	if ended == nil || !errors.Is(err, ended) || f.theta == nil {
		return nil, err
	}
	k, failed := WithTheta(f.kernel, f.theta)
	if failed != nil {
		return nil, err
	}
	m := f.m
	m.Kernels, m.Converged = append(m.Kernels, k), false
	m.Weights, m.Latent = core.Matrix[float64]{}, core.Matrix[float64]{}
	m.Diagnostics = append(m.Diagnostics, Diagnostic{TrainingStopped, f.now.number, float64(m.Iterations),
		"training was interrupted in the phase " + f.phase, "fit again, starting from this kernel"})
	e := &Interrupted{Kernel: k, LogLikelihood: math.NaN(), Iterations: m.Iterations, Evaluations: m.Evaluations, Phase: f.phase, cause: err}
	if len(f.o.Priors) == 0 && !math.IsInf(f.value, -1) {
		e.LogLikelihood = f.value
	}
	return m, e
}
