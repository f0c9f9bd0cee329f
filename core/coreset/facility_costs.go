package coreset

import (
	"cmp"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// checkCosts reports whether the costs do not fit n rows.
func (o *FacilityOptions) checkCosts(n int) error {
	switch {
	case o.Costs == nil:
		return nil
	case len(o.Costs) != n:
		return errorf(core.ErrShape, "%d costs for %d rows", len(o.Costs), n)
	case o.CostLimit == 0:
		return errorf(core.ErrOption, "rows have costs, but there is no cost_limit")
	case o.Groups != nil:
		return errorf(core.ErrOption, "costs and groups cannot be combined: select from each group by itself")
	}
	for i, c := range o.Costs {
		if !(c > 0) || math.IsInf(c, 1) {
			return errorf(core.ErrOption, "the cost of row %d is %v; costs must be finite and positive", i, c)
		}
	}
	if cheapest := o.cheapest(n); len(o.Initial) == 0 && o.Costs[cheapest] > o.CostLimit {
		return errorf(core.ErrOption, "the cheapest row that may be selected, row %d, costs %v, more than cost_limit = %v", cheapest,
			o.Costs[cheapest], o.CostLimit)
	}
	spent := 0.0
	for _, j := range o.Initial {
		spent += o.Costs[j]
	}
	if spent > o.CostLimit {
		return errorf(core.ErrOption, "the initial rows cost %v, more than cost_limit = %v", spent, o.CostLimit)
	}
	return nil
}

// cheapest returns the row of the least cost among those that may be selected.
func (o *FacilityOptions) cheapest(n int) int {
	if len(o.Candidates) > 0 {
		return slices.MinFunc(o.Candidates, func(a, b int) int { return cmp.Compare(o.Costs[a], o.Costs[b]) })
	}
	return slices.Index(o.Costs, slices.Min(o.Costs[:n]))
}

// exactOnly says whether an engine can select rows with costs.
func exactOnly(engine string) bool {
	return engine == Auto || engine == Lazy || engine == Decremental
}

// funds are what rows cost, and what is left to spend.
type funds struct {
	cost    []float64
	limit   float64
	left    float64
	perCost bool // gains are compared per cost
}

// forbids says whether there is not enough left for a row. The sum of what was spent is rounded.
func (f *funds) forbids(j int32) bool {
	return f != nil && f.cost[j] > f.left+1e-12*f.limit
}

func (f *funds) spend(j int32) {
	if f != nil {
		f.left -= f.cost[j]
	}
}

// worth is what candidates with a gain are compared by.
func (f *funds) worth(j int32, gain float64) float64 {
	if f == nil || !f.perCost {
		return gain
	}
	return gain / f.cost[j]
}

// affordable returns a number that no sum of gains of rows within the limit exceeds: the best with parts of rows,
// which it sorts.
func (f *funds) affordable(rows []int32, gains []float64) float64 {
	slices.SortFunc(rows, func(a, b int32) int {
		switch x, y := gains[a]*f.cost[b], gains[b]*f.cost[a]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return int(a - b)
	})
	sum, left := 0.0, f.limit
	for _, j := range rows {
		if f.cost[j] >= left {
			return sum + max(0, gains[j])*left/f.cost[j]
		}
		sum += max(0, gains[j])
		left -= f.cost[j]
	}
	return sum
}

// withCosts selects by gain and by gain per cost, and returns the better selection.
func (r *selecting) withCosts(g group, q request) (*part, error) {
	var best *part
	bound, pairs := 0.0, int64(0)
	for _, perCost := range []bool{true, false} {
		s, err := r.ground.begin(r.ctx, g.ids, r.o)
		if err != nil {
			return nil, err
		}
		q.funds = &funds{cost: r.o.Costs, limit: r.o.CostLimit, left: r.o.CostLimit, perCost: perCost}
		p, err := s.run(q)
		if err != nil {
			return nil, err
		}
		bound, pairs = max(bound, p.bound), pairs+p.pairs
		if best == nil || p.loss < best.loss {
			best = p
		}
	}
	best.bound, best.pairs = min(best.loss, bound), pairs
	return best, nil
}
