package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// Kinds of the uncertainty that [PredictOptions] ask for.
const (
	// Mathematical uncertainty is that of the exact posterior: what the data leave open.
	Mathematical = "mathematical"
	// Combined uncertainty is what data and computation leave open together, after the actions of IterGP.
	Combined = "combined"
	// Computational uncertainty is the difference: what more actions would take away.
	Computational = "computational"
)

// predictParts predicts with another uncertainty than the solver's own.
//
// Combined variances are never below mathematical ones, also where those come from neighbors and are by a percent too large.
// The means that go with what actions have found out are their own.
func predictParts[T core.Float](ctx context.Context, m *Regression, x core.Matrix[T], o PredictOptions) (*Prediction, error) {
	want := o.Uncertainty
	exact := *m
	if m.Solver == MethodIterGP {
		exact.Solver, exact.Directions = MethodCG, core.Matrix[float64]{}
	}
	o.Uncertainty = ""
	mathematical, err := Predict(ctx, &exact, x, &o)
	m.cache = exact.cache
	if err != nil {
		return nil, err
	}
	if m.Solver == MethodCholesky {
		if want == Computational {
			clear(mathematical.Variance)
		}
		return mathematical, nil
	}
	inference, err := m.believing(ctx)
	if err != nil {
		return nil, err
	}
	combined, err := Predict(ctx, inference, x, &o)
	if err != nil {
		return nil, err
	}
	combined.Diagnostics = append(combined.Diagnostics, mathematical.Diagnostics...)
	own := m.Solver == MethodIterGP
	for i, v := range combined.Variance {
		least := mathematical.Variance[i]
		if own { // combined variances are known already: the others give way
			least = min(least, v)
		}
		switch want {
		case Mathematical:
			combined.Variance[i] = least
		case Computational:
			combined.Variance[i] = max(v-least, 0)
		default:
			combined.Variance[i] = max(v, least)
		}
	}
	return combined, nil
}

// CovarianceOf is [PredictCovariance] of an uncertainty of [PredictOptions]. The combined one of a solver that is neither itergp
// nor cholesky takes its actions at first use. The
// computational one is refused with core.ErrOption: it is the difference of the others.
func CovarianceOf[T core.Float](ctx context.Context, m *Regression, dst core.Matrix[float64], x core.Matrix[T], uncertainty string) error {
	if ctx == nil {
		ctx = context.Background()
	}
	like := *m
	switch {
	case uncertainty == Computational:
		return fmt.Errorf("gp: %w: a covariance matrix is combined or mathematical, got %q; take the difference of the two",
			core.ErrOption, uncertainty)
	case uncertainty == Combined && m.Solver != MethodCholesky:
		other, err := m.believing(ctx)
		if err != nil {
			return err
		}
		like = *other
	case uncertainty == Mathematical && m.Solver == MethodIterGP:
		like.Solver = MethodCG
	}
	err := PredictCovariance(ctx, &like, dst, x)
	m.cache = like.cache
	return err
}
