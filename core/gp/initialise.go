package gp

import (
	"context"
	"errors"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/optimize"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// minibatches improves theta by steps along the gradients of exact likelihoods of random batches, whose mean is that of a
// model in which batches know nothing of each other. The rate falls over the last half of the steps, of which the mean of
// the last quarter is the result. A batch that is singular is passed over.
//
// Source: H. Chen, L. Zheng, R. Al Kontar, G. Raskutti: Stochastic gradient descent in correlated settings: a study on
// Gaussian processes, NeurIPS, 2020.
func (t *training) minibatches(ctx context.Context) error {
	n, m := t.x.Rows, min(t.o.BatchSize, t.x.Rows)
	adam := optimize.Adam{Rate: t.o.LearningRate, Lower: t.space.lower, Upper: t.space.upper}
	steps := t.o.BatchSteps
	grad, mean := make([]float64, len(t.theta)), make([]float64, len(t.theta))
	x := core.NewMatrix[float64](m, t.x.Cols)
	y, known := core.NewMatrix[float64](m, t.y.Cols), []float64(nil)
	if t.o.Known != nil {
		known = make([]float64, m)
	}
	batch := newExactObjective(nil, t.space, y, known, t.fixed, t.o.Threads)
	kept := 0
	t.phase = "minibatch"
	for step := range steps {
		draw := rng.New(t.o.Seed, streamBatches, uint64(step))
		for i, id := range draw.Perm(n)[:m] {
			copy(x.Row(i), t.x.Row(id))
			copy(y.Row(i), t.y.Row(id))
			if known != nil {
				known[i] = t.o.Known[id]
			}
		}
		var err error
		if batch.op, err = NewOperator(x, t.kernel, nil, &OperatorOptions{Precision: Float64, Threads: t.o.Threads}); err != nil {
			return err
		}
		value, err := batch.evaluate(ctx, t.theta, grad)
		if errors.Is(err, core.ErrNumerical) {
			continue
		}
		if err != nil {
			return err
		}
		t.evaluations++
		scale := float64(n) / float64(m)
		for p := range grad {
			grad[p] *= -scale
		}
		value = t.descend(scale*value, grad)
		adam.Rate = t.o.LearningRate * min(1, 0.05+2*(1-float64(step+1)/float64(steps)))
		adam.Step(t.theta, grad)
		if step >= steps-max(1, steps/4) {
			kept++
			for p, v := range t.theta {
				mean[p] += (v - mean[p]) / float64(kept)
			}
		}
		t.report("minibatch", step+1, steps, value)
	}
	if kept > 0 {
		copy(t.theta, mean)
	}
	return nil
}

// descend adds the priors to a likelihood and to minus its gradient.
func (t *training) descend(value float64, minus []float64) float64 {
	for p := range minus {
		minus[p] = -minus[p]
	}
	value = t.space.addPriors(t.theta, value, minus)
	for p := range minus {
		minus[p] = -minus[p]
	}
	return value
}

// restart returns parameters drawn log-uniformly within their bounds.
func (t *training) restart(number int) []float64 {
	draw := rng.New(t.o.Seed, streamRestarts, uint64(number))
	theta := make([]float64, len(t.theta))
	for p := range theta {
		lo, hi := t.space.lower[p], t.space.upper[p]
		theta[p] = lo + (hi-lo)*draw.Float64()
		if math.IsNaN(theta[p]) {
			theta[p] = lo
		}
	}
	return theta
}
