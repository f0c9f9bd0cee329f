package coreset

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// SelectFacilities selects rows of a ground set as [FacilityOptions] say, and returns them with the weights of the clients
// that each serves.
//
// The exact engines evaluate every pair of rows of a group once for the first gains, and 1 to 4 times as many pairs in all
// for the rest, in O(n d) memory and up to 64 MB for lists of what can still change. Errors wrap
// core.ErrOption, core.ErrShape, core.ErrNotFinite, or are the context's.
func SelectFacilities(ctx context.Context, ground Ground, opts *FacilityOptions) (*Facilities, error) {
	r, err := newSelecting(ctx, ground, opts)
	if err != nil {
		return nil, err
	}
	return r.run()
}

// newSelecting checks what it is given.
func newSelecting(ctx context.Context, ground Ground, opts *FacilityOptions) (*selecting, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	n := ground.Len()
	if n == 0 {
		return nil, errorf(core.ErrShape, "there are no rows to select from")
	}
	if err := o.check(n); err != nil {
		return nil, err
	}
	weights := o.ClientWeights
	unit := o.inUnits()
	if err := ground.check(ctx, &o); err != nil {
		return nil, err
	}
	if given, began := o.Progress, time.Now(); given != nil {
		o.Progress = func(p core.Progress) {
			p.Seconds = time.Since(began).Seconds()
			given(p)
		}
	}
	return &selecting{ctx: ctx, ground: ground, o: &o, n: n, weights: weights, unit: unit}, nil
}

// selecting is a call of [SelectFacilities].
type selecting struct {
	ctx    context.Context
	ground Ground
	o      *FacilityOptions // weights and losses in units
	n      int
	found  *Facilities

	weights []float64 // of clients as given; nil: 1
	unit    float64
	// seconds that the group whose engine is reported was predicted to take
	seconds float64
}

// group is some of the rows, and what is asked of them.
type group struct {
	ids        []int // nil: all
	size       int
	budget     int
	coverLoss  float64
	initial    []int32
	candidates []int32
}

func (r *selecting) run() (*Facilities, error) {
	if r.o.CostLimit > 0 && r.o.Costs == nil {
		return nil, errorf(core.ErrOption, "cost_limit needs the costs of the rows")
	}
	groups, err := r.groups()
	if err != nil {
		return nil, err
	}
	r.found = &Facilities{Assignment: make([]int, r.n), Recall: math.NaN()}
	for i := range r.found.Assignment {
		r.found.Assignment[i] = -1
	}
	for number, g := range groups {
		if g.size == 0 || r.o.asksNothing(g) {
			r.found.Uncovered += g.size
			continue
		}
		p, err := r.selectFrom(g, uint64(number))
		if err != nil {
			return nil, err
		}
		r.join(g, p)
	}
	return r.found, nil
}

// selectFrom selects from one group with the engine that is asked for.
func (r *selecting) selectFrom(g group, number uint64) (*part, error) {
	plan, err := planGroup(r.ground, g.size, g.budget, r.o)
	if err != nil {
		return nil, err
	}
	if err := memory.Check("coreset", fmt.Sprintf("engine %s for a group of %d rows", plan.Engine, g.size), plan.Bytes,
		"use engine partitioned or streaming, or set memory_limit"); err != nil {
		return nil, err
	}
	if r.found.Engine == "" || plan.Seconds > r.seconds {
		r.found.Engine, r.seconds = plan.Engine, plan.Seconds
	}
	q := r.request(g, number, plan.Engine)
	if r.o.Costs != nil {
		return r.withCosts(g, q)
	}
	switch plan.Engine {
	case Partitioned:
		return r.bounded(g, q, r.partitioned)
	case Streaming:
		return r.bounded(g, q, r.streaming)
	case Neighbors:
		if rows, ok := r.ground.(interface {
			near(context.Context, []int, *FacilityOptions, func(string, int, int)) selection
		}); ok {
			return r.bounded(g, q, func(g group, q request) (*part, error) {
				return rows.near(r.ctx, g.ids, r.o, r.phase).run(q)
			})
		}
	}
	s, err := r.ground.begin(r.ctx, g.ids, r.o)
	if err != nil {
		return nil, err
	}
	return s.run(q)
}

// bounded selects with an engine that has no bounds, and bounds the loss afterwards where distances can be measured.
func (r *selecting) bounded(g group, q request, engine func(group, request) (*part, error)) (*part, error) {
	p, err := engine(g, q)
	if err != nil {
		return nil, err
	}
	if ground, ok := r.ground.(interface {
		bound(context.Context, []int, *FacilityOptions, request, *part, func(string, int, int)) error
	}); ok {
		err = ground.bound(r.ctx, g.ids, r.o, q, p, r.phase)
	}
	return p, err
}

// phase reports what is done before rows are selected.
func (r *selecting) phase(name string, done, of int) {
	if r.o.Progress != nil {
		r.o.Progress(core.Progress{Phase: name, Iteration: done, MaxIterations: of, Objective: math.NaN()})
	}
}

func (r *selecting) request(g group, number uint64, engine string) request {
	done := len(r.found.Indices)
	return request{budget: g.budget, coverLoss: g.coverLoss, engine: engine, epsilon: r.o.Epsilon, seed: r.o.Seed, stream: number,
		initial: g.initial, candidates: g.candidates, selected: func(count int, loss float64) {
			if r.o.Progress == nil {
				return
			}
			most := r.o.Budget
			if most == 0 {
				most = r.n
			}
			r.o.Progress(core.Progress{Phase: "select", Iteration: done + count, MaxIterations: most,
				Objective: r.found.Loss + r.unit*loss})
		}}
}

// join adds what was selected from a group to the result.
func (r *selecting) join(g group, p *part) {
	f := r.found
	first := len(f.Indices)
	weights := make([]float64, len(p.selected))
	for i, at := range p.owner {
		if at < 0 {
			continue
		}
		row := rowOf(g.ids, i)
		f.Assignment[row] = first + int(at)
		if r.weights != nil {
			weights[at] += r.weights[row]
		} else {
			weights[at]++
		}
	}
	for _, j := range p.selected {
		f.Indices = append(f.Indices, rowOf(g.ids, int(j)))
	}
	f.Weights = append(f.Weights, weights...)
	for _, gain := range p.gains {
		f.Gains = append(f.Gains, r.unit*gain)
	}
	f.Loss += r.unit * p.loss
	f.LossBound += r.unit * p.bound
	f.BoundRisk = min(1, f.BoundRisk+p.risk)
	f.Ceiling = max(f.Ceiling, p.ceiling)
	f.Uncovered += p.uncovered
	f.Bytes = max(f.Bytes, p.bytes)
	f.Evaluations += int(p.pairs)
	f.Rounds += p.rounds
	if !math.IsNaN(p.recall) {
		f.Recall = p.recall
	}
}

// groups cuts the rows into groups and shares the budget out among them.
func (r *selecting) groups() ([]group, error) {
	o := r.o
	if o.Groups == nil {
		g := group{size: r.n, budget: o.Budget, coverLoss: o.CoverLoss, initial: narrow(o.Initial)}
		if o.Candidates != nil {
			g.candidates = narrow(o.Candidates)
			slices.Sort(g.candidates)
			g.candidates = slices.Compact(g.candidates)
			if o.Budget > len(g.candidates) {
				return nil, errorf(core.ErrOption, "n_samples = %d, but there are only %d candidates", o.Budget, len(g.candidates))
			}
		}
		return []group{g}, nil
	}
	if o.Candidates != nil {
		return nil, errorf(core.ErrOption, "candidates and groups cannot be combined: select from each group by itself")
	}
	groups := make([]group, int(slices.Max(o.Groups))+1)
	place := make([]int32, r.n)
	sizes, least, weight, total := make([]int, len(groups)), make([]int, len(groups)), make([]float64, len(groups)), 0.0
	for i, number := range o.Groups {
		g := &groups[number]
		place[i] = int32(len(g.ids))
		g.ids = append(g.ids, i)
		c := 1.0
		if o.ClientWeights != nil {
			c = o.ClientWeights[i]
		}
		weight[number] += c
		total += c
		sizes[number]++
	}
	for _, j := range o.Initial {
		g := &groups[o.Groups[j]]
		g.initial = append(g.initial, place[j])
		least[o.Groups[j]]++
	}
	budgets := shareOut(sizes, o.Budget, least)
	for number := range groups {
		g := &groups[number]
		g.size, g.budget = sizes[number], budgets[number]
		g.coverLoss = o.CoverLoss * weight[number] / total
		if o.Budget == 0 {
			g.budget = 0
		}
	}
	return groups, nil
}

func narrow(rows []int) []int32 {
	if rows == nil {
		return nil
	}
	short := make([]int32, len(rows))
	for i, j := range rows {
		short[i] = int32(j)
	}
	return short
}
