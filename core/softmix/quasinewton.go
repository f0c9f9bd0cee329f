package softmix

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/optimize"
)

// search is what L-BFGS has learnt about curvature.
type search struct {
	root  []float64 // K, units of the variables
	steps []optimize.Step
}

// lbfgs follows a start to the maximum by L-BFGS in the arithmetic of W, until an iteration promises less than tol for all draws.
//
// Its variables are phi_k sqrt(alpha_k), with the probabilities at the start, and log alpha_k likewise: draws of known class would
// have about the unit matrix as information.
func lbfgs[W, T core.Float](ctx context.Context, f *fit[T], k *kernel[W, T], s *climber, number int, tol float64) (*ending, error) {
	K, L := f.o.Components, f.c.x.Cols
	before := s.search
	if before == nil {
		before = &search{root: make([]float64, K)}
		for i, a := range s.alpha {
			before.root[i] = math.Sqrt(max(a, 0.01/float64(K)))
		}
	}
	root, start := before.root, make([]float64, K*(L+1))
	for i, a := range s.alpha {
		start[K*L+i] = math.Log(a) * root[i]
	}
	for i, v := range s.phi {
		start[i] = v * root[i/L]
	}
	e := &ending{phi: make([]float64, K*L), theta: make([]float64, K*L), decrement: math.NaN()}
	place := func(z []float64) {
		for i := range e.phi {
			e.phi[i] = z[i] / root[i/L]
		}
		f.confine(e.phi)
		f.m.theta(f.o.Threads, e.phi, e.theta)
		e.alpha = make([]float64, K)
		for i := range e.alpha {
			e.alpha[i] = z[K*L+i] / root[i]
		}
		e.alpha = f.probabilities(e.alpha)
	}
	slope := make([]float64, K*L)
	function := func(ctx context.Context, z, g []float64) (float64, error) {
		place(z)
		if err := k.evaluate(ctx, e.theta, e.alpha); err != nil {
			return 0, err
		}
		f.evaluations++
		f.m.gradient(f.o.Threads, k.g, slope)
		for i, v := range slope {
			g[i] = -(v - f.lambda*e.phi[i]) / root[i/L]
		}
		for i, a := range e.alpha {
			g[K*L+i] = -(k.a[i] - a) / root[i]
		}
		return f.penalty(e.phi) - k.l[0], nil
	}
	found, err := optimize.Minimize(ctx, function, start, optimize.Options{Iterations: f.o.MaxIter, Memory: 15, Longest: 2, Steps: before.steps,
		Decrease: max(tol/f.c.n, core.Epsilon[W]()/64),
		Accepted: func(iteration int, _, _ []float64, value float64) (bool, error) {
			f.watch(number, iteration, -value)
			return false, nil
		}})
	if err != nil {
		return nil, err
	}
	place(found.X)
	e.value, e.iterations = -found.Value, found.Iterations
	e.search = &search{root, found.Steps}
	e.converged = found.Converged() || found.Reason == optimize.NoProgress
	return e, nil
}
