package coreset

import (
	"context"
	"math"
	"math/bits"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// operations is what greedy selection does with the n rows of one group, each of which is a client and a candidate. Costs are
// distances, or similarities with their sign changed.
type operations[T core.Float] interface {
	size() int
	prepare(weights []T) error
	ceiling() float64 // cost of a client that is not served
	reaches() bool    // every row can serve every client, at the ceiling at most
	report() float64  // what to add to a cost to report it
	batch() int       // candidates that are best evaluated together
	evaluated() int64
	bytes() float64
	// total writes the gain of each candidate (nil: all) over nothing, up to the ceiling times the weight of all clients.
	total(out []float64, candidates []int32) error
	// decrease adds to out, for each candidate (nil: all), what its gain has lost since the covers of the clients (nil:
	// all, with infinite spans) were hi, having fallen by span. hi and span have an element per row, padded to whole tiles.
	decrease(out []float64, candidates, clients []int32, hi, span []T) error
	// row returns what the costs of serving each row from row j are times sign, valid until the next call.
	row(j int32) (values []T, sign T, err error)
	// nearer lists the candidates (nil: all) whose cost is below the cover of a client.
	nearer(candidates []int32, cover []T) (remaining[T], error)
}

// selection selects rows of one group.
type selection interface {
	run(q request) (*part, error)
}

// request says what to select from one group, by the positions of rows in it.
type request struct {
	budget     int
	coverLoss  float64
	engine     string
	epsilon    float64
	stream     uint64 // tells the random numbers of groups apart
	seed       uint64
	initial    []int32
	candidates []int32 // ascending; nil: all
	allowed    []int32 // where candidates are a sample: all that may be selected
	funds      *funds  // nil: rows cost nothing
	selected   func(count int, loss float64)
}

// part is what was selected from one group, by the positions of rows in it.
type part struct {
	selected  []int32
	gains     []float64
	owner     []int32 // of each row: position in selected, or -1
	loss      float64
	all       float64 // weight of all clients
	bound     float64
	risk      float64 // probability that bound is too large
	ceiling   float64
	uncovered int
	recall    float64
	bytes     float64
	pairs     int64
	rounds    int
}

// greedy is a selection in progress. Gains are exact at the covers of the last time that all were brought up to date; the
// clients whose cover has fallen since are pending, and what a gain has lost is a sum over these alone.
type greedy[T core.Float] struct {
	ctx     context.Context
	op      operations[T]
	n       int
	weights []T

	cover, synced, span []T     // padded to whole tiles; span = synced - cover
	endless             []T     // infinite spans
	owner               []int32 // position in selected of the row that serves each client
	pending             []int32
	served              []uint64 // bits of the clients of which the cover falls

	candidates []int32
	base       []float64 // gain at synced, by row
	bound      []float64 // not less than the gain, by row
	worth      []float64 // what candidates are compared by: bound, or bound per cost
	funds      *funds
	seen       []int32 // how many rows had been selected when bound was the gain, by row
	taken      []bool
	heap       ranking
	work       float64 // pairs evaluated since the gains were up to date

	ahead  *foresight[T] // nil: none, or of no more use
	lists  remaining[T]  // nil: too long yet
	listed int           // elements of all lists at first
	look   int           // selected rows from which on to look at their length
	spare  float64       // bytes that everything may take

	selected  []int32
	gains     []float64
	loss      float64
	all       float64 // weight of all clients
	lossBound float64
	bounded   int // selected rows from which on to look at lossBound again, with costs
	rounds    int
	scratch   []float64
	some      []int32
	stale     []int32
}

func newGreedy[T core.Float](ctx context.Context, op operations[T], ids []int, o *FacilityOptions) (selection, error) {
	n := op.size()
	s := &greedy[T]{ctx: ctx, op: op, n: n, weights: clientWeights[T](o, ids, n), spare: o.MemoryLimit}
	padded := par.Tiles(n, tile.Size) * tile.Size
	s.cover, s.synced, s.span, s.endless = make([]T, padded), make([]T, padded), make([]T, padded), endless[T](padded)
	s.served = make([]uint64, par.Tiles(n, 64))
	s.owner = make([]int32, n)
	return s, op.prepare(s.weights)
}

// clientWeights returns the weights of the n rows of a group.
func clientWeights[T core.Float](o *FacilityOptions, ids []int, n int) []T {
	weights := make([]T, n)
	for i := range weights {
		weights[i] = 1
		if o.ClientWeights != nil {
			weights[i] = T(o.ClientWeights[rowOf(ids, i)])
		}
	}
	return weights
}

func (s *greedy[T]) run(q request) (*part, error) {
	if err := s.start(q); err != nil {
		return nil, err
	}
	for _, j := range q.initial {
		if err := s.take(j, q); err != nil {
			return nil, err
		}
	}
	if !s.done(q) {
		if err := s.search(q); err != nil {
			return nil, err
		}
	}
	return s.finish(q), nil
}

func (s *greedy[T]) search(q request) error {
	switch q.engine {
	case Stochastic:
		return s.sample(q)
	case Threshold:
		return s.descend(q)
	}
	for !s.done(q) {
		j, err := s.best()
		if err != nil || j < 0 {
			return err
		}
		if err := s.take(j, q); err != nil {
			return err
		}
		if err := s.refresh(q); err != nil {
			return err
		}
		if err := s.thin(q); err != nil {
			return err
		}
	}
	return nil
}

// start finds the gains over nothing.
func (s *greedy[T]) start(q request) error {
	s.base, s.bound = make([]float64, s.n), make([]float64, s.n)
	s.seen, s.taken = make([]int32, s.n), make([]bool, s.n)
	s.candidates = q.candidates
	out := s.base
	if s.candidates != nil {
		out = make([]float64, len(s.candidates))
	}
	var err error
	if s.ahead, err = s.foresee(q); err != nil {
		return err
	}
	if s.ahead != nil {
		copy(s.base, s.ahead.gains[0])
	} else if err = s.op.total(out, s.candidates); err != nil {
		return err
	}
	if s.candidates == nil {
		s.candidates = make([]int32, s.n)
		for j := range s.candidates {
			s.candidates[j] = int32(j)
		}
	} else {
		for c, j := range s.candidates {
			s.base[j] = out[c]
		}
	}
	copy(s.bound, s.base)
	s.worth, s.funds = s.bound, q.funds
	if q.funds != nil {
		s.worth = make([]float64, s.n)
		for _, j := range s.candidates {
			s.worth[j] = s.funds.worth(j, s.bound[j])
		}
	}
	s.scratch = make([]float64, len(s.candidates))
	s.heap = ranking{items: slices.Clone(s.candidates), gain: s.worth}
	s.heap.build()
	top := T(s.op.ceiling())
	for i := range s.n {
		s.cover[i], s.synced[i], s.owner[i] = top, top, -1
		s.loss += float64(s.weights[i]) * float64(top)
		s.all += float64(s.weights[i])
	}
	s.lossBound = math.Inf(-1)
	s.raiseBound(q.budget, s.base)
	return nil
}

func (s *greedy[T]) done(q request) bool {
	if q.budget > 0 && len(s.selected) >= q.budget {
		return true
	}
	return q.coverLoss > 0 && len(s.selected) > 0 && s.loss+s.op.report()*s.all <= q.coverLoss
}

// best returns the candidate of the largest gain, evaluating those whose upper bound is larger; -1 if all are taken.
func (s *greedy[T]) best() (int32, error) {
	now, batch := int32(len(s.selected)), s.op.batch()
	if s.lists != nil {
		batch = 1
	}
	for {
		s.stale = s.stale[:0]
		for len(s.heap.items) > 0 && len(s.stale) < batch {
			if top := s.heap.items[0]; s.taken[top] || s.funds.forbids(top) {
				s.heap.pop()
				continue
			} else if s.seen[top] == now {
				break
			}
			s.stale = append(s.stale, s.heap.pop())
		}
		if len(s.stale) == 0 && len(s.heap.items) == 0 {
			return -1, nil
		} else if len(s.stale) == 0 {
			return s.heap.pop(), nil
		}
		if err := s.evaluate(s.stale); err != nil {
			return 0, err
		}
		for _, j := range s.stale {
			s.heap.push(j)
		}
	}
}

// evaluate brings the gains of some candidates up to date.
func (s *greedy[T]) evaluate(some []int32) error {
	gains := s.scratch[:len(some)]
	clear(gains)
	if len(s.pending) > 0 {
		s.rounds += len(some)
		s.work += float64(len(some)) * float64(len(s.pending))
		if err := s.current(gains, some); err != nil {
			return err
		}
	} else {
		for c, j := range some {
			gains[c] = s.base[j]
		}
	}
	for c, j := range some {
		s.bound[j] = max(0, min(s.bound[j], gains[c]))
		s.worth[j] = s.funds.worth(j, s.bound[j])
		s.seen[j] = int32(len(s.selected))
	}
	return nil
}

// current writes to gains, which come zeroed, those of some candidates (nil: all) at the present covers: from their sums
// over all clients where many are pending, so that what gains have lost since, which rounds in units of larger sums, is
// small.
func (s *greedy[T]) current(gains []float64, some []int32) error {
	if len(s.pending) > s.n*7/10 {
		return s.op.decrease(gains, some, nil, s.cover, s.endless)
	}
	if err := s.op.decrease(gains, some, s.pending, s.synced, s.span); err != nil {
		return err
	}
	for c := range gains {
		j := c
		if some != nil {
			j = int(some[c])
		}
		gains[c] = s.base[j] - gains[c]
	}
	return nil
}

// take selects row j.
func (s *greedy[T]) take(j int32, q request) error {
	values, sign, err := s.op.row(j)
	if err != nil {
		return err
	}
	cover.Under(s.served, values, s.cover, sign)
	place, gain := int32(len(s.selected)), 0.0
	for b, mask := range s.served {
		for ; mask != 0; mask &= mask - 1 {
			i := b*64 + bits.TrailingZeros64(mask)
			cost, old := -sign*values[i], s.cover[i]
			if s.span[i] == 0 {
				s.pending = append(s.pending, int32(i))
			}
			s.cover[i], s.owner[i] = cost, place
			s.span[i] = s.synced[i] - cost
			gain += float64(s.weights[i]) * (float64(old) - float64(cost))
		}
	}
	s.taken[j] = true
	s.funds.spend(j)
	s.selected, s.gains = append(s.selected, j), append(s.gains, gain)
	s.loss -= gain
	q.selected(len(s.selected), s.loss+s.op.report()*s.all)
	return s.ctx.Err()
}

// refreshAfter is how much of the work of bringing all gains up to date may be spent on single ones before.
const refreshAfter = 0.05

// refreshFrom is how many clients should be pending, so that tiles of them are full.
const refreshFrom = 192

// refresh brings all gains up to date once enough has been spent on single ones.
func (s *greedy[T]) refresh(q request) error {
	if s.lists != nil {
		s.settle()
		return nil
	}
	if gains := s.ahead.after(s.selected); gains != nil {
		copy(s.base, gains)
		s.renew(q)
		return nil
	}
	all := float64(len(s.pending)) * float64(len(s.candidates))
	early := s.work < refreshAfter*all || len(s.pending) < refreshFrom && s.work < all
	// The first row that is selected leaves no gain as it was.
	first := len(s.selected) == 1 && (q.engine == Lazy || q.engine == Decremental)
	if s.done(q) || len(s.pending) == 0 || !first && (early || q.engine == Lazy) {
		return nil
	}
	gains := s.scratch
	clear(gains)
	if err := s.current(gains, s.restricted()); err != nil {
		return err
	}
	for c, j := range s.candidates {
		s.base[j] = gains[c]
	}
	s.renew(q)
	return nil
}

// renew begins anew with gains that are up to date.
func (s *greedy[T]) renew(q request) {
	now := int32(len(s.selected))
	s.heap.items = s.heap.items[:0]
	for _, j := range s.candidates {
		s.base[j] = max(0, s.base[j])
		if s.taken[j] {
			continue
		}
		s.bound[j], s.seen[j] = s.base[j], now
		s.worth[j] = s.funds.worth(j, s.base[j])
		s.heap.items = append(s.heap.items, j)
	}
	s.heap.build()
	for _, i := range s.pending {
		s.synced[i], s.span[i] = s.cover[i], 0
	}
	s.pending, s.work = s.pending[:0], 0
	s.raiseBound(q.budget, s.bound)
}

// restricted returns the candidates, nil if these are all rows.
func (s *greedy[T]) restricted() []int32 {
	if len(s.candidates) == s.n {
		return nil
	}
	return s.candidates
}

// raiseBound learns from upper bounds of the gains what no set of as many candidates can do better than.
func (s *greedy[T]) raiseBound(budget int, bounds []float64) {
	if budget == 0 && s.funds == nil {
		return
	}
	if s.funds != nil {
		if len(s.selected) >= s.bounded {
			s.bounded = len(s.selected) + len(s.selected)/4 + 1
			left := slices.DeleteFunc(slices.Clone(s.candidates), func(j int32) bool { return s.taken[j] })
			s.lossBound = max(s.lossBound, s.loss-s.funds.affordable(left, bounds))
		}
		return
	}
	left := s.scratch[:0]
	for _, j := range s.candidates {
		if !s.taken[j] {
			left = append(left, bounds[j])
		}
	}
	s.lossBound = max(s.lossBound, s.loss-largest(left, budget))
}

// bytes is what a selection takes besides the input.
func (s *greedy[T]) bytes() float64 {
	return s.op.bytes() + float64(s.n)*float64(4*elementSize[T]()+41) + float64(s.listed)*entrySize[T]()
}

func (s *greedy[T]) finish(q request) *part {
	bounds := s.bound
	if s.lists != nil {
		s.settle()
		bounds = s.base
	}
	s.bounded = 0
	s.raiseBound(max(q.budget, len(s.selected)), bounds)
	p := &part{selected: s.selected, gains: s.gains, owner: s.owner, ceiling: s.op.ceiling() + s.op.report(),
		bytes: s.bytes(), pairs: s.op.evaluated(), rounds: s.rounds, recall: math.NaN()}
	shift := s.op.report() * s.all
	for i, c := range s.weights {
		if s.owner[i] < 0 && s.op.reaches() { // all selected rows are at the ceiling: the first of equals
			s.owner[i] = 0
		}
		p.loss += float64(c) * (float64(s.cover[i]) + s.op.report())
		if s.owner[i] < 0 {
			p.uncovered++
		}
	}
	p.bound = min(p.loss, max(0, s.lossBound+shift))
	return p
}
