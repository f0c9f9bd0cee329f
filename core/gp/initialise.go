package gp

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/optimize"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// initialise improves theta on parts of the data, and sets steps to what that tells about curvature. Of several starts the
// one with the largest likelihood of a subset wins.
func (t *training) initialise(ctx context.Context) error {
	init := t.o.Init
	if init == Auto {
		init = InitSubset
	}
	if init == InitNone {
		return nil
	}
	if err := t.minibatches(ctx); err != nil || init == InitMinibatch {
		return err
	}
	part, err := t.part()
	if err != nil {
		return err
	}
	best, err := t.subset(ctx, part)
	for number := range t.o.Restarts {
		if err != nil {
			return err
		}
		theta, steps := slices.Clone(t.theta), t.steps
		t.theta = t.restart(number)
		value := math.Inf(-1)
		if err = t.minibatches(ctx); err == nil {
			value, err = t.subset(ctx, part)
		}
		if err != nil || !(value > best) {
			t.theta, t.steps = theta, steps
			continue
		}
		best = value
	}
	return err
}

// part returns the exact objective of a random subset of the points: a quarter of them, but at least 1000 if that is not
// more than half, and at most 3000.
func (t *training) part() (*exactObjective, error) {
	n := t.x.Rows
	m := min(max(n/4, 1000), 3000, max(n/2, 1))
	x, y, known := t.these(rng.New(t.o.Seed, streamSubset).Perm(n)[:m])
	op, err := NewOperator(x, t.kernel, nil, &OperatorOptions{Precision: Float64, Threads: t.o.Threads})
	return newExactObjective(op, t.space, y, known, t.fixed, t.o.Threads), err
}

// these returns the points of some ids with what is known of them.
func (t *training) these(ids []int) (x, y core.Matrix[float64], known []float64) {
	x, y = core.NewMatrix[float64](len(ids), t.x.Cols), core.NewMatrix[float64](len(ids), t.y.Cols)
	for i, id := range ids {
		copy(x.Row(i), t.x.Row(id))
		copy(y.Row(i), t.y.Row(id))
		if t.o.Known != nil {
			known = append(known, t.o.Known[id])
		}
	}
	return x, y, known
}

// subset moves theta to the largest likelihood of a part of the data, with priors, and returns that.
func (t *training) subset(ctx context.Context, part *exactObjective) (value float64, err error) {
	const iterations = 30
	t.phase = "subset"
	size := float64(len(part.y.Data))
	f := func(ctx context.Context, theta, grad []float64) (float64, error) {
		value, err := part.evaluate(ctx, theta, grad)
		if err != nil {
			return 0, err
		}
		t.evaluations++
		return t.space.perPoint(theta, value, grad, size, float64(len(t.y.Data))), nil
	}
	r, err := optimize.Minimize(ctx, f, t.theta, optimize.Options{Lower: t.space.lower, Upper: t.space.upper, Iterations: iterations,
		Gradient: 1e-6, Decrease: 1e-4, Longest: 2, Memory: stepsKept,
		Accepted: func(iteration int, theta, _ []float64, value float64) (bool, error) {
			copy(t.theta, theta)
			t.report("subset", iteration, iterations, -value*size)
			return false, nil
		}})
	if errors.Is(err, core.ErrNumerical) {
		return math.Inf(-1), nil // the start is out of the question: batches know no better
	}
	t.steps = r.Steps
	return -r.Value * size, err
}

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

// restart returns the parameters of another start.
func (t *training) restart(number int) []float64 {
	return t.space.random(rng.New(t.o.Seed, streamRestarts, uint64(number)))
}
