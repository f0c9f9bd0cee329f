package choice

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// What a pass computes; each level contains those before it.
const (
	likelihood  = iota
	derivatives // gradient and information of the complete data
	curvatures  // and what the unknown classes take from it
	persons     // and the sum of squares of the scores of every person; for one class also these
)

// pass evaluates the survey at one set of parameters after the other. Sums over n are weighted by w_n. F = K P + (K-1) Q
// counts all coefficients and delta; of symmetric matrices there is the lower triangle.
type pass struct {
	l       *layout
	k, f    int
	threads int
	// Arguments.
	beta  []float64 // K x P
	delta []float64 // (K-1) x Q
	given []float64 // N x K: probabilities of classes instead of the posterior ones; nil: none
	// common is log alpha (K) where it is the same for all persons, Q = 1.
	common []float64
	// Results.
	sums
	posterior []float64 // K columns of r_nk for the persons of each tile, tile after tile
	scores    []float64 // F columns of w_n t_n, likewise; of one class alone
	logs      []float64 // N: log P_n

	results, partial []float64 // the memory of the sums, and of those of every chunk of tiles
	scratch          []*scratch
}

// sums are what is added up over persons.
type sums struct {
	loglik      []float64 // 1
	members     []float64 // K: sum_n r_nk
	gradient    []float64 // F: sum_n t_n
	information []float64 // K x P x P: sum_n r_nk I_nk
	membership  []float64 // (K-1)Q squared: information about delta if classes were known
	missing     []float64 // F x F: sum_n (sum_k r_nk t_nk t_nk' - t_n t_n')
	squares     []float64 // F x F: sum_n w_n^2 t_n t_n'
}

// sumsOf lays sums of a level out in memory, of which it returns how much is needed.
func (v *pass) sumsOf(level int, memory []float64) (s sums, size int) {
	p, f, d := v.l.columns, v.f, len(v.delta)
	at := 0
	take := func(from, n int) []float64 {
		if level < from {
			return nil
		}
		at += n
		if memory == nil {
			return nil
		}
		return memory[at-n : at]
	}
	s.loglik, s.members = take(likelihood, 1), take(likelihood, v.k)
	s.gradient, s.information, s.membership = take(derivatives, f), take(derivatives, v.k*p*p), take(derivatives, d*d)
	s.missing, s.squares = take(curvatures, f*f), take(persons, f*f)
	return s, at
}

// scratch is what one goroutine needs for a tile.
type scratch struct {
	exps    []float64 // K x cells: exp(d_j beta_k)
	sums    []float64 // K x lanes: 1 + their sum
	logs    []float64 // K x persons: log-likelihood of the person in each class
	weights []float64 // cells: rho p_j
	means   []float64 // P x lanes: rho m
	rho     []float64 // lanes: w_n r_nk omega
	inverse []float64 // lanes: one of it
	spare   []float64 // lanes
	alpha   []float64 // K x persons: log alpha_nk, and then alpha_nk
	members []float64 // K x persons: w_n r_nk
	scores  []float64 // F x persons: w_n t_n
	scaled  []float64 // F x persons
	spent   []float64 // F x lanes or persons: sums that nobody asks for
	most    []float64 // persons: the largest of log alpha_nk P_nk
	total   []float64 // persons: the sum of the others relative to it
	column  []float64 // persons
}

const (
	// A pass of at most smallWork steps is left to one goroutine: starting others would cost as much. For every class, a value
	// is a step and a person is as much work as personSteps of them.
	smallWork   = 200_000
	personSteps = 8
	// mostPartial is how many numbers the sums of all chunks may take before there are fewer chunks, but not below fewChunks.
	mostPartial = 1 << 20
	fewChunks   = 8
)

func newPass(l *layout, k int) *pass {
	p, d := l.columns, (k-1)*l.q
	return &pass{l: l, k: k, f: k*p + d, threads: 1, beta: make([]float64, k*p), delta: make([]float64, d),
		posterior: make([]float64, l.persons*k), logs: make([]float64, l.persons), scratch: make([]*scratch, 1), common: make([]float64, k)}
}

// share lets passes take some goroutines, 0 meaning one for each processor, where there is work enough for them.
func (v *pass) share(threads int) {
	v.threads = par.Threads(threads)
	if (len(v.l.values)+personSteps*v.l.persons)*v.k <= smallWork {
		v.threads = 1
	}
	for len(v.scratch) < min(v.threads, len(v.l.tiles)) {
		v.scratch = append(v.scratch, nil)
	}
}

func (v *pass) newScratch() *scratch {
	l, k := v.l, v.k
	lanes := func(n int) []float64 { return make([]float64, n*l.maxLanes) }
	persons := func(n int) []float64 { return make([]float64, n*l.maxPersons) }
	return &scratch{exps: make([]float64, k*l.maxCells), weights: make([]float64, l.maxCells),
		sums: lanes(k), means: lanes(l.columns), rho: lanes(1), inverse: lanes(1), spare: lanes(1),
		logs: persons(k), alpha: persons(k), members: persons(k), scores: persons(v.f), scaled: persons(v.f), spent: make([]float64, v.f*max(l.maxLanes, l.maxPersons)),
		most: persons(1), total: persons(1), column: persons(1)}
}

// at sets the arguments from theta.
func (v *pass) at(a *parameters, theta []float64) {
	a.coefficients(v.beta, theta)
	copy(v.delta, theta[a.g:])
}

// setCommon sets common from delta.
func (v *pass) setCommon() {
	most, sum := 0.0, 0.0
	for _, d := range v.delta {
		most = max(most, d)
	}
	for k := range v.common {
		v.common[k] = -most
		if k < len(v.delta) {
			v.common[k] += v.delta[k]
		}
		sum += math.Exp(v.common[k])
	}
	for k := range v.common {
		v.common[k] -= math.Log(sum)
	}
}

// run evaluates the survey. Sums go over lanes, tiles of a chunk and chunks in their order.
func (v *pass) run(ctx context.Context, level int) error {
	if level >= persons && v.k == 1 && v.scores == nil {
		v.scores = make([]float64, v.l.persons*v.f)
	}
	if v.l.q == 1 {
		v.setCommon()
	}
	_, most := v.sumsOf(persons, nil)
	chunks := min(len(v.l.tiles), mostChunks, max(fewChunks, mostPartial/most))
	_, size := v.sumsOf(level, nil)
	if len(v.partial) < chunks*size {
		v.partial = make([]float64, chunks*size)
	}
	err := par.For(ctx, min(v.threads, chunks), chunks, func(worker, chunk int) {
		if v.scratch[worker] == nil {
			v.scratch[worker] = v.newScratch()
		}
		memory := v.partial[chunk*size : (chunk+1)*size]
		clear(memory)
		to, _ := v.sumsOf(level, memory)
		for t := chunk * len(v.l.tiles) / chunks; t < (chunk+1)*len(v.l.tiles)/chunks; t++ {
			v.tile(v.scratch[worker], &v.l.tiles[t], &to, level)
		}
	})
	if err != nil {
		return err
	}
	if len(v.results) < size {
		v.results = make([]float64, size)
	}
	total := v.results[:size]
	copy(total, v.partial)
	for chunk := 1; chunk < chunks; chunk++ {
		blas.Axpy(1, v.partial[chunk*size:(chunk+1)*size], total)
	}
	v.sums, _ = v.sumsOf(level, total)
	return nil
}

// recall brings back the sums of a pass of a higher level, which one of likelihoods has left in their places.
func (v *pass) recall(level int) { v.sums, _ = v.sumsOf(level, v.results) }

// tile adds the sums of one tile.
func (v *pass) tile(s *scratch, t *tile, to *sums, level int) {
	m, p := t.persons(), v.l.columns
	logs := s.logs[:v.k*m]
	clear(logs)
	for k := range v.k {
		for _, g := range t.groups {
			v.exponentials(s, g, k)
			log := s.spare[:g.lanes]
			if t.exponent != nil {
				times(log, log, t.exponent[g.lane:g.lane+g.lanes])
			}
			t.collect(g, logs[k*m:(k+1)*m], log)
		}
	}
	v.classify(s, t, to)
	if level < derivatives {
		return
	}
	scores := s.scores[:v.f*m]
	if level > derivatives {
		clear(scores)
	}
	for k := range v.k {
		for _, g := range t.groups {
			v.means(s, t, g, k, to.information[k*p*p:(k+1)*p*p])
			for c := range p {
				means := s.means[c*g.lanes : (c+1)*g.lanes]
				to.gradient[k*p+c] -= blas.Dot(means, v.l.ones[:g.lanes])
				if level > derivatives {
					t.collect(g, scores[(k*p+c)*m:(k*p+c+1)*m], means)
				}
			}
		}
	}
	if v.k > 1 {
		v.memberships(s, t, to)
	}
	if level >= curvatures && v.k > 1 {
		v.takeMissing(s, t, to.missing)
	}
	if level >= persons {
		if v.k == 1 {
			copy(v.scores[t.lo*v.f:t.hi*v.f], scores)
		}
		v.addSquares(s, to.squares, 1, v.l.ones[:m], scores)
	}
}

// collect subtracts from what persons have the values of the lanes of a group.
func (t *tile) collect(g group, persons, lanes []float64) {
	if t.owner == nil {
		blas.Axpy(-1, lanes, persons)
		return
	}
	if t.first == nil {
		owner := t.owner[g.lane : g.lane+g.lanes]
		for i, u := range lanes[:len(owner)] {
			persons[owner[i]] -= u
		}
		return
	}
	lo := int(t.first[0])
	for n, end := range t.first[1:] {
		persons[n] -= sum(lanes[lo:end])
		lo = int(end)
	}
}

// sum adds up numbers, four sums at once.
func sum(x []float64) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
	}
	for _, u := range x {
		a += u
	}
	return (a + b) + (c + d)
}

// exponentials writes exp(d_j beta_k) of a group, 1 plus their sum, and to spare the logarithm of that.
func (v *pass) exponentials(s *scratch, g group, k int) {
	e := s.exps[k*v.l.maxCells+g.cell:][:g.cells]
	sum, log := s.sums[k*v.l.maxLanes+g.lane:][:g.lanes], s.spare[:g.lanes]
	v.utilities(e, g, k)
	vmath.Exp(e, e)
	copy(sum, v.l.ones)
	for j := 0; j < g.cells; j += g.lanes {
		blas.Axpy(1, e[j:j+g.lanes], sum)
	}
	vmath.Log(log, sum)
	if all := blas.Dot(log, v.l.ones[:g.lanes]); all-all != 0 {
		v.utilities(e, g, k)
		carefully(e, sum, log)
	}
}

func (v *pass) utilities(e []float64, g group, k int) {
	if g.mask >= 0 {
		copy(e, v.l.masks[g.mask:])
	} else {
		clear(e)
	}
	for p, b := range v.beta[k*v.l.columns : (k+1)*v.l.columns] {
		blas.Axpy(b, v.l.column(g, p), e)
	}
}

// carefully replaces utilities e by exponentials where these are too large: both they and the sums are divided by the
// largest, which leaves the probabilities as they are.
func carefully(e, sum, log []float64) {
	for i := range sum {
		most := 0.0
		for c := i; c < len(e); c += len(sum) {
			most = max(most, e[c])
		}
		sum[i] = math.Exp(-most)
		for c := i; c < len(e); c += len(sum) {
			e[c] = math.Exp(e[c] - most)
			sum[i] += e[c]
		}
		log[i] = most + math.Log(sum[i])
	}
}

// means writes rho m of the lanes of a group, rho = w_n r_nk omega, and adds rho times their information.
func (v *pass) means(s *scratch, t *tile, g group, k int, information []float64) {
	p, m := v.l.columns, t.persons()
	rho := s.members[k*m : (k+1)*m]
	if t.owner != nil {
		members := rho
		rho = s.rho[:g.lanes]
		owner := t.owner[g.lane : g.lane+g.lanes]
		for i := range rho {
			rho[i] = members[owner[i]]
		}
	}
	if t.exponent != nil {
		times(s.rho[:g.lanes], rho, t.exponent[g.lane:g.lane+g.lanes])
		rho = s.rho[:g.lanes]
	}
	share, inverse := s.spare[:g.lanes], s.inverse[:g.lanes]
	reciprocals(share, s.sums[k*v.l.maxLanes+g.lane:][:g.lanes])
	times(share, share, rho)
	reciprocals(inverse, rho)
	e, w, means := s.exps[k*v.l.maxCells+g.cell:][:g.cells], s.weights[:g.cells], s.means[:p*g.lanes]
	times(w, e, share)
	gram(information, p, 1, w, v.l.values[g.data:][:p*g.cells], means)
	gram(information, p, -1, inverse, means, s.spent[:p*g.lanes])
}
