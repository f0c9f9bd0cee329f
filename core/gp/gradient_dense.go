package gp

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// denseGradient is what engines do for weights that are in memory.
type denseGradient interface {
	// gradientDense adds the sum over i, j of w_ij dK_ij / dtheta_p to dst[p], for the symmetric w (n x n) of which only the
	// lower triangle is read.
	gradientDense(ctx context.Context, dst, w []float64, threads int) error
}

// gradientDense walks over the pairs of blocks of the upper triangle as gradient does.
func (e *kernelEngine[T]) gradientDense(ctx context.Context, dst, w []float64, threads int) error {
	p := &e.packed
	tasks, parameters := p.blocks*(p.blocks+1)/2, len(dst)
	threads = e.ready(threads, tasks)
	for _, worker := range e.workers[:threads] {
		worker.use(e.program, p, p, true, 0)
	}
	sums := make([]float64, tasks*parameters)
	err := par.For(ctx, threads, tasks, func(number, t int) {
		worker := e.workers[number]
		worker.grad = sums[t*parameters : (t+1)*parameters]
		i, k := pairOf(t, p.blocks)
		if worker.start(i, i+k) {
			worker.contract(func(m []T, s, t int) { worker.gatherWeights(m, w, s, t) })
		}
	})
	for _, worker := range e.workers[:threads] {
		worker.grad = nil
	}
	for t := range tasks {
		for q, v := range sums[t*parameters : (t+1)*parameters] {
			dst[q] += v
		}
	}
	return err
}

// gatherWeights sets m to the weights of tile (s, t), and of its mirror image unless that is itself.
func (w *worker[T]) gatherWeights(m []T, weights []float64, s, t int) {
	clear(m)
	p := w.cols
	factor := 2.0
	if s == t {
		factor = 1
	}
	for i := range p.count(s) {
		a := int(p.perm[s*tile.Size+i])
		for j := range p.count(t) {
			b := int(p.perm[t*tile.Size+j])
			at := a*p.n + b
			if b > a {
				at = b*p.n + a
			}
			m[i*tile.Size+j] = T(factor * weights[at])
		}
	}
}
