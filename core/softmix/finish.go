package softmix

import (
	"context"
	"math"
)

// ending is a mixture that a start has been followed to.
type ending struct {
	phi, theta, alpha []float64
	value             float64 // penalised mean log-likelihood
	decrement         float64 // what the next step promises to raise it by
	iterations        int
	converged         bool
	starts            int     // that came here
	search            *search // of L-BFGS; nil after Newton's method
}

const (
	// few is the number of parameters up to which Newton's method alone is fastest.
	few = 60
	// affordable is the product of L and K + 1 up to which Newton's method, whose curvatures cost as many evaluations, also polishes
	// where nobody wants them.
	affordable = 120
	// roughly is the decrement, in nats for all draws, to which L-BFGS follows all starts before the best one is polished.
	roughly = 1e-2
	// sameMaximum is the difference of log-likelihoods, in nats for all draws, below which two maxima count as one.
	sameMaximum = 1
)

// finish follows starts to their maxima and returns the best, with the number that came to the same. Where an iteration of
// Newton's method costs much more than an evaluation, L-BFGS decides which that is.
func (f *fit[T]) finish(ctx context.Context, climbers []*climber) (best *ending, hits int, err error) {
	d := f.o.Components * (f.c.x.Cols + 1)
	var k *kernel[T, T]
	if d > few {
		k = newKernel[T](f.c, 1, f.o.Components, f.o.Threads)
	}
	var endings []*ending
	for i, s := range climbers {
		var e *ending
		if d <= few {
			e, err = f.newton(ctx, s, i)
		} else {
			e, err = lbfgs(ctx, f, k, s, i, max(roughly, f.o.Tol))
		}
		if err != nil {
			return nil, 0, err
		}
		e.starts = s.starts
		endings = append(endings, e)
		if best == nil || e.value > best.value {
			best = e
		}
	}
	rough := best
	switch s := (&climber{phi: rough.phi, alpha: rough.alpha, search: rough.search}); {
	case d > few && f.o.Covariance == None && f.o.Tol >= roughly && rough.converged: // which is all that was asked for
	case d > most, d > few && f.o.Covariance == None && f.c.x.Cols*(f.o.Components+1) > affordable:
		best, err = lbfgs(ctx, f, f.inDouble(), s, len(climbers), f.o.Tol)
	case d > few:
		best, err = f.newton(ctx, s, len(climbers))
	}
	if err != nil {
		return nil, 0, err
	}
	if best != rough {
		best.iterations += rough.iterations
	}
	for _, e := range endings {
		if e == rough || f.c.n*(max(best.value, rough.value)-e.value) < sameMaximum {
			hits += e.starts
		}
	}
	return best, hits, nil
}

// tolerance is the decrement per draw that counts as none: what is asked for, but no less than rounding.
func (f *fit[T]) tolerance(value float64) float64 {
	return max(f.o.Tol/f.c.n, 4e-16*max(1, math.Abs(value)))
}

// watch reports the iterations of one start after another, and at last of the polish.
func (f *fit[T]) watch(number, iteration int, value float64) {
	f.report("maximum", number*f.o.MaxIter+iteration, (f.o.Finish+1)*f.o.MaxIter, value)
}
