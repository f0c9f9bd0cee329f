package softmix

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/optimize"
)

const (
	// narrow is the number of features up to which Newton's method, with a covariance at every step, finds the pooled fit fastest.
	narrow = 32
	// wide is the number of features from which covariances under a class, and moments, cost too much.
	wide = 512
)

// pooled is the best fit with one class, with the ridge about zero.
type pooled struct {
	theta []float64 // L
	w     []float64 // p, its probabilities; nil for wide problems
	mean  []float64 // L, of x under w
}

// pool finds theta_bar, and the metric at it: the covariance of x under w where that rests on enough cells, and else that over
// all cells.
func pool[T core.Float](ctx context.Context, c *cells[T], lambda float64, threads int) (*pooled, *metric, error) {
	L := c.x.Cols
	s := make([]float64, L*L)
	if err := scatter(ctx, c, nil, c.mean, threads, s); err != nil {
		return nil, nil, err
	}
	uniform, err := newMetric(s, make([]float64, L), c.scale)
	if err != nil {
		return nil, nil, err
	}
	if L > wide {
		// theta_bar is only what starts lie about: the precision of the data will do.
		theta, err := quasiNewton[T](ctx, c, uniform, lambda, 1e-6, threads)
		uniform.center = theta
		return &pooled{theta: theta}, uniform, err
	}
	b := &pooled{theta: make([]float64, L), w: make([]float64, c.x.Rows), mean: make([]float64, L)}
	s = make([]float64, L*L)
	if L > narrow {
		b.theta, err = quasiNewton[T](ctx, c, uniform, lambda, 1e-9, threads)
	}
	if _, single := any(c.x.Data).([]float32); err == nil && L > narrow && single {
		err = describe(ctx, b, c, threads, s)
	} else if err == nil {
		err = newton(ctx, b, c, uniform, lambda, threads, s)
	}
	if err != nil {
		return nil, nil, err
	}
	uniform.center = b.theta
	if effective(b.w) < 10*float64(L) {
		return b, uniform, nil
	}
	if own, err := newMetric(s, b.theta, c.scale); err == nil {
		return b, own, nil
	}
	return b, uniform, nil
}

// describe finds w, mean and the covariance s of x under w at b.theta, in the precision of the data.
func describe[T core.Float](ctx context.Context, b *pooled, c *cells[T], threads int, s []float64) error {
	k := newKernel[T](c, 1, 1, threads)
	if err := k.evaluate(ctx, b.theta, []float64{1}); err != nil {
		return err
	}
	settle(b, k, c.target())
	return scatter(ctx, c, b.w, b.mean, threads, s)
}

// settle sets w and mean from an evaluation at b.theta; target is the mean of x over the draws.
func settle[W, T core.Float](b *pooled, k *kernel[W, T], target []float64) {
	for j, e := range k.e {
		b.w[j] = float64(e) * k.unit[0]
	}
	for i, g := range k.g {
		b.mean[i] = target[i] - g
	}
}

// newton maximises the likelihood of one class, less lambda/2 |F_0' theta|^2 with the metric of all cells, from b.theta, and
// leaves the covariance of x under w in s.
func newton[T core.Float](ctx context.Context, b *pooled, c *cells[T], uniform *metric, lambda float64, threads int, s []float64) error {
	alpha, L := []float64{1}, len(b.theta)
	k := newKernel[float64](c, 1, 1, threads)
	target, trial, step := c.target(), make([]float64, L), make([]float64, L)
	if err := k.evaluate(ctx, b.theta, alpha); err != nil {
		return err
	}
	for iteration := 0; ; iteration++ {
		l, g := k.l[0]-lambda/2*uniform.square(b.theta), append([]float64(nil), k.g...)
		settle(b, k, target)
		if err := scatter(ctx, c, b.w, b.mean, threads, s); err != nil {
			return err
		}
		uniform.pull(lambda, b.theta, g)
		copy(step, g)
		system := append([]float64(nil), s...)
		uniform.addTo(system, L, 0, lambda)
		if !solveDefinite(system, L, [][]float64{step}) {
			uniform.ascent(threads, g, step)
		}
		decrement := dot(g, step) / 2
		if !(decrement > 1e-14*max(1, math.Abs(l))) || iteration == 50 {
			return nil
		}
		if length := math.Sqrt(uniform.square(step)); length > 3 {
			for i := range step {
				step[i] *= 3 / length
			}
		}
		moved := false
		for t := 1.0; t > 1e-6 && !moved; t /= 2 {
			for i := range trial {
				trial[i] = b.theta[i] + t*step[i]
			}
			if err := k.evaluate(ctx, trial, alpha); err != nil {
				return err
			}
			moved = k.l[0]-lambda/2*uniform.square(trial) >= l+1e-4*t*dot(g, step)
		}
		if !moved || uniform.square(trial) > farthest*farthest {
			return nil
		}
		copy(b.theta, trial)
		if decrement < quadratic {
			settle(b, k, target)
			return nil
		}
	}
}

// quadratic is the decrement of a step of Newton's method after which that of the next is rounding: about its square.
const quadratic = 1e-8

// quasiNewton is newton for many features, in the metric of all cells, until an iteration promises less than decrease per draw.
func quasiNewton[W, T core.Float](ctx context.Context, c *cells[T], m *metric, lambda, decrease float64, threads int) ([]float64, error) {
	L := c.x.Cols
	k := newKernel[W](c, 1, 1, threads)
	theta := make([]float64, L)
	f := func(ctx context.Context, phi, g []float64) (float64, error) {
		m.theta(threads, phi, theta)
		if err := k.evaluate(ctx, theta, []float64{1}); err != nil {
			return 0, err
		}
		m.gradient(threads, k.g, g)
		for i := range g {
			g[i] = lambda*phi[i] - g[i]
		}
		return lambda/2*dot(phi, phi) - k.l[0], nil
	}
	found, err := optimize.Minimize(ctx, f, make([]float64, L), optimize.Options{Iterations: 50, Decrease: decrease, Longest: 3})
	if err != nil {
		return nil, err
	}
	m.theta(threads, found.X, theta)
	return theta, nil
}

// effective is the number of equally probable cells that are as concentrated as the probabilities w.
func effective(w []float64) float64 {
	return 1 / dot(w, w)
}
