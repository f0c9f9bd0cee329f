package mixture

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// manyPoints is the number of points from which memory counts more than the milliseconds of a garbage collection.
const manyPoints = 1 << 18

// climb is one start on its way to a maximum of the bound.
type climb[T core.Float] struct {
	f       *fit[T]
	p       *params
	s       *search
	e       *estep[T]
	m       *mstep[T]
	model   *Model
	sweep   int   // E-steps so far, which name the random components that each tries
	unfiled int64 // evaluations since the last entry of the history
}

func (f *fit[T]) newClimb(ctx context.Context, start uint64) (*climb[T], error) {
	o := f.o
	seed := o.Seed ^ start*0x9e3779b97f4a7c15
	s := newSearch(f.d.n, o.Components, o)
	s.patterns = f.d.patterns
	p, err := f.initialise(ctx, s, seed)
	if err != nil {
		return nil, err
	}
	if f.d.n > manyPoints {
		debug.FreeOSMemory() // the seeding's share of memory comes before that of the iterations, not on top
	}
	c := &climb[T]{f: f, p: p, s: s, e: newEstep(f.d, s, f.k, seed, o.Threads), m: newMstep(f.d, f.k, o), model: &Model{}}
	c.e.m = c.m
	bound, err := c.evaluate(ctx)
	if err != nil {
		return nil, err
	}
	c.file(bound)
	return c, nil
}

// evaluate is an E-step under the present parameters; it returns the bound in nats per point.
func (c *climb[T]) evaluate(ctx context.Context) (bound float64, err error) {
	if err := c.f.k.prepare(ctx, c.p, c.f.o.Threads); err != nil {
		return 0, err
	}
	bound, evaluated, err := c.e.run(ctx, c.p, c.sweep)
	if err != nil {
		return 0, err
	}
	if math.IsNaN(bound) || math.IsInf(bound, 0) {
		return 0, fmt.Errorf("mixture: %w: the likelihood became %v in iteration %d; raise reg_covar or use float64",
			core.ErrNumerical, bound, len(c.model.History))
	}
	c.sweep++
	c.count(evaluated)
	return bound + c.m.prior.log(c.p, c.m.tied)/c.f.d.total, nil
}

// count adds evaluations to what the fit has spent.
func (c *climb[T]) count(evaluated int64) {
	c.f.spent += evaluated
	c.unfiled += evaluated
}

// file makes the bound of the last E-step an entry of the history.
func (c *climb[T]) file(bound float64) {
	m := c.model
	m.Iterations, m.LowerBound = len(m.History), bound
	m.History = append(m.History, Iteration{bound, time.Since(c.f.began).Seconds(), c.unfiled})
	c.unfiled = 0
	c.f.report("em", m.Iterations, c.f.o.MaxIter, bound)
}

// ascend iterates until an iteration gains less than tol (never if tol is negative) or no more than this part of what the
// start has gained so far (never if part is negative), for at most so many iterations, and until the history is full.
func (c *climb[T]) ascend(ctx context.Context, tol, part float64, most int) error {
	m := c.model
	most = min(c.f.o.MaxIter, m.Iterations+most)
	for m.Converged = false; !m.Converged && m.Iterations < most; {
		if err := c.m.run(ctx, c.p, c.e.pairs); err != nil {
			return err
		}
		before := m.LowerBound
		bound, err := c.evaluate(ctx)
		if err != nil {
			return err
		}
		c.file(bound)
		gain := bound - before
		m.Converged = tol >= 0 && gain < tol || part >= 0 && gain <= part*(bound-m.History[0].Objective)
	}
	return nil
}

// rounds returns how many rounds of splits and merges the options allow for d features. Heavy tails are there to leave
// outliers alone, which could draw the half of a component.
func (o *Options) rounds(d int) int {
	_, heavy, _ := o.family(d)
	given := o.Start != nil && (o.Start.Means != nil || o.Start.Labels != nil)
	if o.SplitMerge == "off" || o.MStep != UpdateAll || o.SplitMerge == "auto" && (given || heavy) || o.Components < 3 {
		return 0
	}
	return mostRounds
}

// finish iterates to convergence, with rounds of splits and merges on the way, and completes the model.
func (c *climb[T]) finish(ctx context.Context) error {
	o, m := c.f.o, c.model
	if !c.s.exact && c.f.d.patterns == nil {
		c.e.renumber = newRenumbering(c.f.d, c.s)
	}
	r := newRounds(c.p.C)
	for round := range o.rounds(c.p.D) {
		if err := c.ascend(ctx, coarse*o.Tol, ripe, o.MaxIter); err != nil {
			return err
		}
		if !m.Converged || m.Iterations == o.MaxIter {
			break
		}
		c.f.report("split-merge", round, mostRounds, m.LowerBound)
		if moved, err := c.relocate(ctx, r); err != nil {
			return err
		} else if !moved {
			break
		}
	}
	if err := c.ascend(ctx, o.Tol, -1, o.MaxIter); err != nil {
		return err
	}
	if !c.s.exact {
		var err error
		if m.CoverageGap, err = c.e.coverage(ctx); err != nil {
			return err
		}
	}
	c.f.export(m, c.p, c.s)
	m.inference = Inference{Missing: o.Missing}
	return nil
}

// refile takes up an earlier state again, whose bound the search may have raised by a trace.
func (c *climb[T]) refile(ctx context.Context) error {
	bound, err := c.evaluate(ctx)
	m := c.model
	m.LowerBound, m.History[m.Iterations].Objective = bound, bound
	return err
}
