package gp

import (
	"cmp"
	"context"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
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
	part   int // beyond, first so many of them,
	enough int // and from here on nothing else
}

var standardEffort = effort{few: 25_000, part: 12_000, enough: 300_000}

// larger moves theta to where the gradient of a larger part of the points ends, if there are many points, and returns
// how many iterations over all of them are to follow unless the options say, and whether it did so. What the steps tell about
// curvature is kept.
func (t *training) larger(ctx context.Context) (whole int, partly bool, err error) {
	n := t.x.Rows
	if n <= t.o.effort.few || t.o.Init != Auto || t.o.Optimizer != OptimizerLBFGS {
		return wholeSteps, false, nil
	}
	p := *t
	p.x, p.y, p.o.Known = t.these(t.representative(t.o.effort.part))
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
		"parameters were trained on a part of the points, half of them random ones, half of them neighbours",
		"set max_iter to train over all points for longer, if time allows"})
	if whole = finalSteps; n > t.o.effort.enough {
		whole = t.o.MaxIter
	}
	return whole, true, nil
}

// patches is how many of them there are in a part, of half of its points.
const patches = 8

// representative chooses m points: half of them at random, which tell about the whole, and the nearest neighbours of some
// others, which lie as densely as all points do and tell about noise and roughness. Distances are those of the kernel.
func (t *training) representative(m int) []int {
	n := t.x.Rows
	order := rng.New(t.o.Seed, streamSubset).Perm(n)
	ids := slices.Clone(order[:m/2])
	taken := make([]bool, n)
	for _, id := range ids {
		taken[id] = true
	}
	theta, _ := t.space.split(t.theta, t.fixed)
	k, err := WithTheta(t.kernel, theta)
	if err != nil {
		k = t.kernel
	}
	weight := compileKernel(k, t.x.Cols).metric(t.x.Cols)
	near, away := make([]int, n), make([]float64, n)
	for c := range patches {
		center := t.x.Row(order[m/2+c])
		_ = par.For(nil, t.o.Threads, par.Tiles(n, rowTile), func(_, tile int) { // no context, no error
			lo, hi := par.Span(tile, n, rowTile)
			for i := lo; i < hi; i++ {
				near[i], away[i] = i, 0
				for q, v := range t.x.Row(i) {
					d := weight[q] * (v - center[q])
					away[i] += d * d
				}
			}
		})
		slices.SortFunc(near, func(a, b int) int { return cmp.Or(cmp.Compare(away[a], away[b]), a-b) })
		wanted := (m-m/2)*(c+1)/patches - (m-m/2)*c/patches
		for _, id := range near {
			if wanted == 0 {
				break
			}
			if !taken[id] {
				taken[id], ids, wanted = true, append(ids, id), wanted-1
			}
		}
	}
	return ids
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
