package gp

import (
	"context"
	"slices"
)

// Iterations of training.
const (
	wholeSteps = 40 // over all points
	partSteps  = 15 // over a part
	finalSteps = 2  // over all points after that
)

// effort says how much training does with all points.
type effort struct {
	few    int // up to here all points are taken
	part   int // beyond, first so many random ones,
	enough int // and from here on nothing else
}

var standardEffort = effort{few: 25_000, part: 12_000, enough: 60_000}

// larger moves theta to where the gradient of a larger random part of the points ends, if there are many points, and returns
// how many iterations over all of them are to follow unless the options say, and whether it did so. What the steps tell about
// curvature is kept.
func (t *training) larger(ctx context.Context) (whole int, partly bool, err error) {
	n := t.x.Rows
	if n <= t.o.effort.few || t.o.Init != Auto || t.o.Optimizer != OptimizerLBFGS {
		return wholeSteps, false, nil
	}
	p := *t
	p.x, p.y, p.o.Known = t.random(t.o.effort.part)
	p.o.MaxIter = 0
	if p.op, err = NewOperator(p.x, t.kernel, together(t.fixed, p.o.Known),
		&OperatorOptions{Precision: t.m.Precision, Threads: t.o.Threads}); err != nil {
		return 0, true, err
	}
	err = p.follow(ctx, partSteps)
	t.steps, t.evaluations, t.phase = p.steps, p.evaluations, p.phase
	if err != nil {
		return 0, true, err
	}
	t.m.Diagnostics = append(t.m.Diagnostics, Diagnostic{TrainedOnPart, -1, float64(p.x.Rows),
		"parameters were trained on a random part of the points", "set max_iter to train over all points for longer, if time allows"})
	if whole = finalSteps; n > t.o.effort.enough {
		whole = t.o.MaxIter
	}
	return whole, true, nil
}

// finally climbs over all points from where a part of them has led. That few iterations do not end there is as it should be.
func (t *training) finally(ctx context.Context, steps int) error {
	if steps == 0 {
		return nil
	}
	converged := t.m.Converged
	err := t.follow(ctx, steps)
	if err == nil && t.o.MaxIter == 0 && converged && !t.m.Converged {
		t.m.Converged = true
		t.m.Diagnostics = slices.DeleteFunc(t.m.Diagnostics, func(d Diagnostic) bool { return d.Code == TrainingStopped })
	}
	return err
}
