package coreset

import (
	"slices"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

// partRows is the number of rows in a part of engine partitioned.
const partRows = 10000

// partitions is the number of parts of a group of n rows.
func partitions(n int, o *FacilityOptions) int {
	if o.Partitions > 0 {
		return min(o.Partitions, n)
	}
	return max(2, (n+partRows-1)/partRows)
}

// partitioned selects within random parts, and then among what was selected there, which is scored on all rows (GreeDi:
// Mirzasoleiman et al., NIPS 2013; random parts: Barbosa et al., ICML 2015). A part selects k rows, or its share of 4 k.
func (r *selecting) partitioned(g group, q request) (*part, error) {
	parts := partitions(g.size, r.o)
	pool := g.candidates
	if pool == nil {
		pool = make([]int32, g.size)
		for i := range pool {
			pool[i] = int32(i)
		}
	}
	owner := make([]int, g.size)
	random := rng.New(q.seed, 0x50415254, q.stream)
	for i := range owner {
		owner[i] = random.IntN(parts)
	}
	allowed := make([]bool, g.size)
	for _, j := range pool {
		allowed[j] = true
	}
	union := slices.Clone(q.initial)
	var pairs int64
	budget := q.budget
	if parts > 4 {
		budget = (4*q.budget + parts - 1) / parts
	}
	for number := range parts {
		var ids []int
		var candidates []int32
		for i, at := range owner {
			if at != number {
				continue
			}
			if allowed[i] {
				candidates = append(candidates, int32(len(ids)))
			}
			ids = append(ids, rowOf(g.ids, i))
		}
		if len(candidates) == 0 {
			continue
		}
		p, err := r.within(ids, request{budget: min(budget, len(candidates)), engine: Decremental, candidates: candidates,
			selected: func(int, float64) {}}, r.o)
		if err != nil {
			return nil, err
		}
		pairs += p.pairs
		for _, c := range p.selected {
			union = append(union, position(g.ids, ids[c]))
		}
		r.phase("parts", number+1, parts)
	}
	slices.Sort(union)
	union = slices.Compact(union)
	// Small parts can leave too few.
	if len(union) < q.budget {
		union = pool
	}
	q.candidates, q.engine = union, Decremental
	p, err := r.within(g.ids, q, r.o)
	if err != nil {
		return nil, err
	}
	p.pairs += pairs
	// The candidates left out are not bounded.
	p.bound = 0
	return p, nil
}

// within selects from some rows.
func (r *selecting) within(ids []int, q request, o *FacilityOptions) (*part, error) {
	s, err := r.ground.begin(r.ctx, ids, o)
	if err != nil {
		return nil, err
	}
	return s.run(q)
}

// position is where a row is in a group.
func position(ids []int, row int) int32 {
	if ids == nil {
		return int32(row)
	}
	at, _ := slices.BinarySearch(ids, row)
	return int32(at)
}

// chunkRows is the number of rows that engine streaming looks at together when k are to be selected.
func chunkRows(k int) int { return max(8192, 6*k) }

// streaming goes through the rows once, chunk by chunk. Of each chunk and of what was kept before, 2 k rows are kept with the
// weights of those that they serve; k of the last of these are selected. Then all rows are served.
func (r *selecting) streaming(g group, q request) (*part, error) {
	o := *r.o
	o.ClientWeights = make([]float64, r.n)
	for i := range o.ClientWeights {
		o.ClientWeights[i] = 1
	}
	if r.o.ClientWeights != nil {
		copy(o.ClientWeights, r.o.ClientWeights)
	}
	allowed := make([]bool, g.size)
	for i := range allowed {
		allowed[i] = g.candidates == nil
	}
	for _, j := range g.candidates {
		allowed[j] = true
	}
	first := make([]bool, g.size)
	for _, j := range q.initial {
		first[j] = true
	}
	var kept []int32
	var pairs int64
	size := chunkRows(q.budget)
	for lo := 0; lo < g.size; lo += size {
		hi := min(lo+size, g.size)
		some := kept
		for i := lo; i < hi; i++ {
			some = append(some, int32(i))
		}
		slices.Sort(some)
		budget := 2 * q.budget
		if hi == g.size {
			budget = q.budget
		}
		p, ids, err := r.condense(g, some, budget, first, allowed, &o)
		if err != nil {
			return nil, err
		}
		pairs += p.pairs
		weights := make([]float64, len(p.selected))
		for i, at := range p.owner {
			if at >= 0 {
				weights[at] += o.ClientWeights[ids[i]]
			}
		}
		kept = kept[:0]
		for c, j := range p.selected {
			o.ClientWeights[ids[j]] = weights[c]
			kept = append(kept, position(g.ids, ids[j]))
		}
		if hi == g.size {
			q.initial = kept
		}
		r.phase("stream", hi, g.size)
	}
	p, err := r.serveAll(g, q)
	if err == nil {
		p.pairs += pairs
	}
	return p, err
}

// condense selects from some rows of a group, the first ones among them before others. Where none of them may be selected in the
// end, any stand for the rest.
func (r *selecting) condense(g group, some []int32, budget int, first, allowed []bool, o *FacilityOptions) (*part, []int, error) {
	ids := make([]int, len(some))
	q := request{engine: Decremental, selected: func(int, float64) {}}
	for c, i := range some {
		ids[c] = rowOf(g.ids, int(i))
		if first[i] {
			q.initial = append(q.initial, int32(c))
		}
		if allowed[i] || first[i] {
			q.candidates = append(q.candidates, int32(c))
		}
	}
	if q.budget = min(budget, len(q.candidates)); q.candidates == nil {
		q.budget = min(budget, len(some))
	}
	p, err := r.within(ids, q, o)
	return p, ids, err
}

// serveAll evaluates the selection that is given as initial on all rows of a group, chunk by chunk.
func (r *selecting) serveAll(g group, q request) (*part, error) {
	selected := q.initial
	all := &part{selected: selected, gains: make([]float64, len(selected)), owner: make([]int32, g.size)}
	size := chunkRows(q.budget)
	sorted := slices.Clone(selected)
	slices.Sort(sorted)
	for lo := 0; lo < g.size; lo += size {
		hi := min(lo+size, g.size)
		// Clients of the chunk, and the selected rows, which count in their own chunk only.
		o := *r.o
		o.ClientWeights = make([]float64, r.n)
		some := slices.Clone(sorted)
		for i := lo; i < hi; i++ {
			some = append(some, int32(i))
			row := rowOf(g.ids, i)
			o.ClientWeights[row] = 1
			if r.o.ClientWeights != nil {
				o.ClientWeights[row] = r.o.ClientWeights[row]
			}
		}
		slices.Sort(some)
		some = slices.Compact(some)
		ids := make([]int, len(some))
		for c, i := range some {
			ids[c] = rowOf(g.ids, int(i))
		}
		initial := make([]int32, len(selected))
		for c, j := range selected {
			at, _ := slices.BinarySearch(some, j)
			initial[c] = int32(at)
		}
		candidates := slices.Clone(initial)
		slices.Sort(candidates)
		p, err := r.within(ids, request{budget: len(selected), engine: Lazy, initial: initial, candidates: candidates,
			selected: func(int, float64) {}}, &o)
		if err != nil {
			return nil, err
		}
		for c, i := range some {
			if int(i) >= lo && int(i) < hi {
				all.owner[i] = p.owner[c]
			}
		}
		for c, v := range p.gains {
			all.gains[c] += v
		}
		all.loss += p.loss
		all.ceiling, all.bytes, all.recall = max(all.ceiling, p.ceiling), max(all.bytes, p.bytes), p.recall
		all.pairs += p.pairs
		r.phase("assignment", hi, g.size)
	}
	for _, at := range all.owner {
		if at < 0 {
			all.uncovered++
		}
	}
	q.selected(len(selected), all.loss)
	return all, nil
}
