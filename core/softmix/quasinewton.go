package softmix

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/optimize"
)

// quasiNewton is newton for many parameters: L-BFGS, first in the precision of the data and then, for the last digits, in
// float64.
func (f *fit[T]) quasiNewton(ctx context.Context, s *climber, number int) (*ending, error) {
	rough, steps, err := lbfgs[T](ctx, f, s, number, nil)
	if err != nil {
		return nil, err
	}
	if core.Epsilon[T]() == core.Epsilon[float64]() {
		return rough.ending, nil
	}
	e, _, err := lbfgs[float64](ctx, f, &climber{phi: rough.phi, alpha: rough.alpha}, number, steps)
	if err != nil {
		return nil, err
	}
	e.iterations += rough.iterations
	return e.ending, nil
}

// point is where L-BFGS has ended.
type point struct {
	*ending
	phi []float64
}

// lbfgs maximises the likelihood in phi_k sqrt(alpha_k), with the probabilities at the start, and log alpha_k likewise: draws of
// known class would have about the unit matrix as information.
func lbfgs[W, T core.Float](ctx context.Context, f *fit[T], s *climber, number int, steps []optimize.Step) (*point, []optimize.Step, error) {
	K, L := f.o.Components, f.c.x.Cols
	k := newKernel[W](f.c, 1, K, f.o.Threads)
	root := make([]float64, K)
	start := make([]float64, K*(L+1))
	for i, a := range s.alpha {
		root[i] = math.Sqrt(max(a, 0.01/float64(K)))
		start[K*L+i] = math.Log(a) * root[i]
	}
	for i, v := range s.phi {
		start[i] = v * root[i/L]
	}
	at := &point{ending: &ending{theta: make([]float64, K*L)}, phi: make([]float64, K*L)}
	place := func(z []float64) {
		for i := range at.phi {
			at.phi[i] = z[i] / root[i/L]
		}
		f.confine(at.phi)
		f.m.theta(f.o.Threads, at.phi, at.theta)
		eta := make([]float64, K)
		top := math.Inf(-1)
		for i := range eta {
			eta[i] = z[K*L+i] / root[i]
			top = max(top, eta[i])
		}
		for i := range eta {
			eta[i] = math.Exp(eta[i] - top)
		}
		at.alpha = f.normalized(eta)
	}
	slope := make([]float64, K*L)
	function := func(ctx context.Context, z, g []float64) (float64, error) {
		place(z)
		if err := k.evaluate(ctx, at.theta, at.alpha); err != nil {
			return 0, err
		}
		f.evaluations++
		f.m.gradient(f.o.Threads, k.g, slope)
		for i, v := range slope {
			g[i] = -(v - f.lambda*at.phi[i]) / root[i/L]
		}
		for i, a := range at.alpha {
			g[K*L+i] = -(k.a[i] - a) / root[i]
		}
		return f.penalty(at.phi) - k.l[0], nil
	}
	rounding := core.Epsilon[W]()
	found, err := optimize.Minimize(ctx, function, start, optimize.Options{Iterations: f.o.MaxIter, Memory: 15, Longest: 2, Steps: steps,
		Decrease: max(f.o.Tol/f.c.n, rounding/64),
		Accepted: func(iteration int, _, _ []float64, value float64) (bool, error) {
			f.report("maximum", number*f.o.MaxIter+iteration, f.o.Finish*f.o.MaxIter, -value)
			return false, nil
		}})
	if err != nil {
		return nil, nil, err
	}
	place(found.X)
	at.phi, at.value, at.iterations = slices.Clone(at.phi), -found.Value, found.Iterations
	at.converged = found.Converged() || found.Reason == optimize.NoProgress
	at.decrement = math.NaN()
	return at, found.Steps, nil
}
