package mixture

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// SelectComponentsWarm is [SelectComponents] with candidates that are fitted in increasing number, each but the first from
// the one before: the components whose split gains most, by the trials of splits and merges, are split until there are
// enough, and EM goes on from there, with splits and merges unless Options.SplitMerge is "off". The likelihood then hardly ever
// falls along the path. A candidate inherits the optimum of the one before, good or bad; where no split gains, it starts
// anew. Options.NInit is of the first. m_step must be "em".
func SelectComponentsWarm[T core.Float](ctx context.Context, x core.Matrix[T], candidates []int, criterion string, heldOut core.Matrix[T], opts *Options) (best *Model, path []Candidate, err error) {
	s, err := newSelector(x, candidates, criterion, heldOut, opts)
	if err != nil {
		return nil, nil, err
	}
	if v := s.o.withDefaults(); v.MStep != UpdateAll {
		return nil, nil, fmt.Errorf("mixture: %w: candidates are split from each other with m_step %q only, got %q",
			core.ErrOption, UpdateAll, v.MStep)
	}
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(candidates[a], candidates[b]) })
	path = make([]Candidate, len(candidates))
	var before *Model
	for _, i := range order {
		o, began := s.o, time.Now()
		if before != nil {
			if o.Start, err = grown(ctx, x, before, candidates[i], &s.o); err != nil {
				return nil, nil, s.failed(i, err)
			}
		}
		if o.Start != nil {
			o.NInit = 1
			if v := o.withDefaults(); v.SplitMerge == "auto" {
				o.SplitMerge = "on"
			}
		}
		if before, err = s.try(ctx, i, &o, began); err != nil {
			return nil, nil, err
		}
		path[i] = s.path[len(s.path)-1]
	}
	return s.best, path, nil
}

// grown returns starting values of so many components, made from m by splits, or nil if there is nothing to split.
func grown[T core.Float](ctx context.Context, x core.Matrix[T], m *Model, components int, opts *Options) (*Start, error) {
	o := opts.withDefaults()
	o.Explore, o.RegCovar = max(0, o.Explore), max(1e-14, o.RegCovar)
	for {
		o.Components = m.Components
		o.Start = m.Start()
		if m.Components == components {
			return o.Start, nil
		}
		f, err := newFit(ctx, x, &o)
		if err != nil {
			return nil, err
		}
		c, err := f.newClimb(ctx, 0)
		if err != nil {
			return nil, err
		}
		p, err := c.divide(ctx, components-m.Components)
		if err != nil || p == nil {
			return nil, err
		}
		m = &Model{}
		f.d.export(m, p, o.CovarianceType)
	}
}

// divide returns the parameters with the components whose split gains most, at most so many, in halves; nil if none gains.
func (c *climb[T]) divide(ctx context.Context, most int) (*params, error) {
	if err := c.m.sort(ctx, c.e.everyPair(nil), true); err != nil {
		return nil, err
	}
	all := make([]int, c.p.C)
	for i := range all {
		all[i] = i
	}
	r := newRounds(c.p.C)
	if err := c.screen(ctx, r, all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(r.gain[b], r.gain[a]) })
	n := 0
	for n < min(most, len(all)) && r.gain[all[n]] > 0 {
		n++
	}
	if n == 0 {
		return nil, nil
	}
	t, err := c.trySplits(ctx, all[:n], childSteps)
	if err != nil {
		return nil, err
	}
	p := c.p.some(c.p.C + n)
	for i := range c.p.C {
		p.copyComponent(i, c.p, i)
	}
	for a, from := range all[:n] {
		pi := c.p.pi[from]
		p.copyComponent(from, t.children, 2*a)
		p.copyComponent(c.p.C+a, t.children, 2*a+1)
		p.pi[from] *= pi
		p.pi[c.p.C+a] *= pi
	}
	return p, nil
}
