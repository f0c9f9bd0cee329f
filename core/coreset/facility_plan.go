package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// FacilityPlan is what [SelectFacilities] would do.
type FacilityPlan struct {
	Engine  string  // for the group that takes longest
	Bytes   float64 // of memory besides the input, at most; exact engines take up to 64 MB more where the limit allows
	Seconds float64 // on one thread of a processor of 2023, within a factor of about three
}

// exactSeconds is the longest time on one thread for which auto is exact.
const exactSeconds = 60

// PlanFacilities checks the options and the data as [SelectFacilities] does, and says which engine it would use and what that
// would take. The error is the one that it would return.
func PlanFacilities(ctx context.Context, ground Ground, opts *FacilityOptions) (*FacilityPlan, error) {
	r, err := newSelecting(ctx, ground, opts)
	if err != nil {
		return nil, err
	}
	groups, err := r.groups()
	if err != nil {
		return nil, err
	}
	all, longest := &FacilityPlan{}, math.Inf(-1)
	for _, g := range groups {
		if g.size == 0 || r.o.asksNothing(g) {
			continue
		}
		p, err := planGroup(ground, g.size, g.budget, r.o)
		if err != nil {
			return nil, err
		}
		if p.Seconds > longest {
			all.Engine, longest = p.Engine, p.Seconds
		}
		all.Seconds += p.Seconds
		all.Bytes = max(all.Bytes, p.Bytes)
	}
	return all, nil
}

// planGroup chooses the engine for a group of n rows, k of which are selected (0: as many as it takes).
func planGroup(ground Ground, n, k int, o *FacilityOptions) (FacilityPlan, error) {
	known := map[string]FacilityPlan{}
	for _, engine := range []string{Lazy, Decremental, Stochastic, Threshold, Neighbors, Partitioned, Streaming} {
		known[engine] = predict(ground, engine, n, k, o)
	}
	searching, points := ground.(interface{ searches() bool })
	points = points && searching.searches()
	_, graph := ground.(interface{ graph() })
	engine := o.Engine
	if o.CostLimit > 0 && !exactOnly(engine) && !graph {
		return FacilityPlan{}, errorf(core.ErrOption, "engine %q does not know costs; use auto, lazy or decremental", engine)
	}
	switch {
	case engine == Auto && o.CostLimit > 0 && !graph:
		engine = ground.exact()
	case engine == Neighbors && !points && !graph:
		return FacilityPlan{}, errorf(core.ErrOption, "engine neighbors needs rows and distances between them, or a graph; use decremental or partitioned")
	case (engine == Partitioned || engine == Streaming) && k == 0:
		return FacilityPlan{}, errorf(core.ErrOption, "engine %s needs n_samples; cover_loss is for the other engines", engine)
	case engine != Auto && graph:
		engine = Neighbors
	case engine != Auto:
	case graph:
		engine = Neighbors
	case known[Decremental].Seconds <= exactSeconds && known[Decremental].Bytes <= o.MemoryLimit:
		engine = ground.exact()
	case points && known[Neighbors].Bytes <= o.MemoryLimit:
		engine = Neighbors
	case k > 0 && known[Partitioned].Bytes <= o.MemoryLimit:
		engine = Partitioned
	case k > 0:
		engine = Streaming
	default:
		engine = Decremental
	}
	plan := known[engine]
	if o.CostLimit > 0 {
		plan.Seconds *= 2
	}
	if plan.Bytes <= o.MemoryLimit {
		return plan, nil
	}
	for _, other := range []string{Decremental, Partitioned, Streaming} {
		if p := known[other]; p.Bytes <= o.MemoryLimit && !graph && (k > 0 || other == Decremental) {
			return FacilityPlan{}, errorf(core.ErrOption, "engine %s needs %.3g bytes for a group of %d rows, memory_limit is %.3g; engine %q would fit",
				engine, plan.Bytes, n, o.MemoryLimit, other)
		}
	}
	return FacilityPlan{}, errorf(core.ErrOption, "engine %s needs %.3g bytes for a group of %d rows, memory_limit is %.3g, and no other engine needs less: raise it",
		engine, plan.Bytes, n, o.MemoryLimit)
}

// asksNothing says whether no row is to be selected from a group.
func (o *FacilityOptions) asksNothing(g group) bool {
	return g.budget == 0 && g.coverLoss == 0 && o.CostLimit == 0
}

// predict says what an engine takes.
func predict(ground Ground, engine string, n, k int, o *FacilityOptions) FacilityPlan {
	bytes, perPair := ground.effort(n)
	rows, picks := float64(n), float64(max(k, 1))
	p := FacilityPlan{Engine: engine, Bytes: bytes}
	switch engine {
	case Neighbors:
		lists := listLength(n, o)
		p.Bytes = bytes*1.2 + rows*float64(lists)*20
		if landmarks, ok := ground.(interface{ landmarks() float64 }); ok { // longer lists, and features
			p.Bytes += rows * (float64(lists)*16 + landmarks.landmarks())
		}
		p.Seconds = perPair*rows*(min(rows, 2e4)+2*picks) + rows*float64(lists)*1e-7
		if _, graph := ground.(interface{ graph() }); graph {
			p.Bytes, p.Seconds = bytes, perPair*rows*rows
		}
	case Partitioned:
		parts := partitions(n, o)
		union := min(rows, 4*picks)
		p.Seconds = perPair * rows * (6*rows/float64(parts) + 4*union)
	case Streaming:
		chunk, _ := ground.effort(min(n, chunkRows(k)))
		p.Bytes = chunk + rows*16
		p.Seconds = perPair * rows * (6*float64(chunkRows(k)) + picks)
	case Stochastic:
		p.Seconds = perPair * rows * rows * (1 + math.Log(1/o.Epsilon))
	case Lazy:
		p.Seconds = perPair * rows * rows * 8
	default:
		p.Seconds = perPair * rows * rows * 6
	}
	return p
}
