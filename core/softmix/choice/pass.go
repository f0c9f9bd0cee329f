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
	derivatives // gradient and information of the classes
	persons     // and the scores of every person
)

// pass evaluates the survey at one set of parameters after the other. Sums over n are weighted by w_n.
type pass struct {
	l       *layout
	k       int
	threads int
	// Arguments.
	beta  []float64 // K x P
	delta []float64 // (K-1) x Q
	given []float64 // N x K: probabilities of classes instead of the posterior ones; nil: none
	// Results.
	loglik      float64
	members     []float64 // K: sum_n r_nk
	posterior   []float64 // N x K: r_nk
	logs        []float64 // N: log P_n
	gradient    []float64 // K x P: sum_n r_nk s_nk
	information []float64 // K x P x P, lower triangles: sum_n r_nk I_nk
	scores      []float64 // N x K x P: w_n r_nk s_nk

	partial  []float64 // the sums of each chunk of tiles: likelihood, members, gradient, information
	logAlpha []float64 // K, where classes are equally probable for all persons
	scratch  []*scratch
}

// scratch is what one goroutine needs for a tile.
type scratch struct {
	exps    []float64 // K x cells: exp(d_j beta_k)
	sums    []float64 // K x lanes: 1 + their sum
	logs    []float64 // persons x K: log-likelihood of the person in each class
	line    []float64 // cells: a column, weighted
	weights []float64 // cells: rho p_j
	means   []float64 // P x lanes: rho m
	rho     []float64 // lanes: w_n r_nk omega
	inverse []float64 // lanes: one of it, or 0
	spare   []float64 // lanes
	alpha   []float64 // K: log alpha_nk
	most    []float64 // persons: the largest of log alpha_nk P_nk
	total   []float64 // persons: the sum of the others relative to it
}

// A pass of at most smallWork steps is left to one goroutine: starting others would cost as much. For every class, a value is
// a step and a person is as much work as personSteps of them.
const (
	smallWork   = 200_000
	personSteps = 16
)

func newPass(l *layout, k, threads int) *pass {
	p := l.columns
	if (len(l.values)+personSteps*l.persons)*k <= smallWork {
		threads = 1
	}
	v := &pass{l: l, k: k, threads: par.Threads(threads), beta: make([]float64, k*p), delta: make([]float64, (k-1)*l.q),
		posterior: make([]float64, l.persons*k), logs: make([]float64, l.persons),
		gradient: make([]float64, k*p), information: make([]float64, k*p*p),
		members: make([]float64, k), partial: make([]float64, l.chunks*(1+k+k*p+k*p*p)), logAlpha: make([]float64, k)}
	v.scratch = make([]*scratch, min(v.threads, l.chunks))
	return v
}

func (v *pass) newScratch() *scratch {
	l, k := v.l, v.k
	return &scratch{exps: make([]float64, k*l.maxCells), sums: make([]float64, k*l.maxLanes), logs: make([]float64, k*l.maxPersons),
		line: make([]float64, l.maxCells), weights: make([]float64, l.maxCells), means: make([]float64, l.columns*l.maxLanes),
		rho: make([]float64, l.maxLanes), inverse: make([]float64, l.maxLanes), spare: make([]float64, l.maxLanes),
		alpha: make([]float64, k), most: make([]float64, l.maxPersons), total: make([]float64, l.maxPersons)}
}

// at sets the arguments from theta.
func (v *pass) at(a *parameters, theta []float64) {
	a.coefficients(v.beta, theta)
	copy(v.delta, theta[a.g:])
}

// run evaluates the survey. Sums go over lanes, tiles of a chunk and chunks in their order.
func (v *pass) run(ctx context.Context, level int) error {
	if level >= persons && v.scores == nil {
		v.scores = make([]float64, v.l.persons*v.k*v.l.columns)
	}
	if v.l.q == 1 {
		v.membership(v.logAlpha, one[:])
	}
	size := len(v.partial) / v.l.chunks
	used := size
	if level < derivatives {
		used = 1 + v.k
	}
	err := par.For(ctx, v.threads, v.l.chunks, func(worker, chunk int) {
		if v.scratch[worker] == nil {
			v.scratch[worker] = v.newScratch()
		}
		sums := v.partial[chunk*size : chunk*size+used]
		clear(sums)
		for t := chunk * len(v.l.tiles) / v.l.chunks; t < (chunk+1)*len(v.l.tiles)/v.l.chunks; t++ {
			v.tile(v.scratch[worker], &v.l.tiles[t], sums, level)
		}
	})
	if err != nil {
		return err
	}
	total := v.partial[:used]
	for chunk := 1; chunk < v.l.chunks; chunk++ {
		blas.Axpy(1, v.partial[chunk*size:chunk*size+used], total)
	}
	v.loglik = total[0]
	total = total[1:]
	total = total[copy(v.members, total):]
	if level >= derivatives {
		total = total[copy(v.gradient, total):]
		copy(v.information, total)
	}
	return nil
}

// membership writes log alpha for a person of covariates z.
func (v *pass) membership(log, z []float64) {
	most := 0.0
	for k := range v.k - 1 {
		log[k] = blas.Dot(z, v.delta[k*len(z):(k+1)*len(z)])
		most = max(most, log[k])
	}
	log[v.k-1] = 0
	sum := 0.0
	for _, u := range log {
		sum += math.Exp(u - most)
	}
	most += math.Log(sum)
	for k := range log {
		log[k] -= most
	}
}

// tile adds the sums of one tile.
func (v *pass) tile(s *scratch, t *tile, sums []float64, level int) {
	logs := s.logs[:(t.hi-t.lo)*v.k]
	clear(logs)
	p := v.l.columns
	for k := range v.k {
		for _, g := range t.groups {
			v.exponentials(s, g, k)
			log := s.spare[:g.lanes]
			for i, n := range t.owner[g.lane : g.lane+g.lanes] {
				u := log[i]
				if t.exponent != nil {
					u *= t.exponent[g.lane+i]
				}
				logs[int(n)*v.k+k] -= u
			}
		}
	}
	v.classify(s, t, logs, sums)
	sums = sums[1+v.k:]
	if level < derivatives {
		return
	}
	if level >= persons {
		clear(v.scores[t.lo*v.k*p : t.hi*v.k*p])
	}
	for k := range v.k {
		gradient := sums[k*p : (k+1)*p]
		information := sums[v.k*p+k*p*p:][:p*p]
		for _, g := range t.groups {
			v.means(s, t, g, k, information)
			for c := range p {
				means := s.means[c*g.lanes : (c+1)*g.lanes]
				gradient[c] -= blas.Dot(means, v.l.ones[:g.lanes])
				if level < persons {
					continue
				}
				scores := v.scores[(t.lo*v.k+k)*p+c:]
				for i, n := range t.owner[g.lane : g.lane+g.lanes] {
					scores[int(n)*v.k*p] -= means[i]
				}
			}
		}
	}
}

// exponentials writes exp(d_j beta_k) of a group, 1 plus their sum, and to spare the logarithm of that.
func (v *pass) exponentials(s *scratch, g group, k int) {
	e := s.exps[k*v.l.maxCells+g.cell:][:g.cells]
	sum, log := s.sums[k*v.l.maxLanes+g.lane:][:g.lanes], s.spare[:g.lanes]
	v.utilities(e, g, k)
	vmath.Exp(e, e)
	for i := range sum {
		sum[i] = 1
	}
	for j := 0; j < g.cells; j += g.lanes {
		blas.Axpy(1, e[j:j+g.lanes], sum)
	}
	vmath.Log(log, sum)
	for _, u := range log {
		if u-u != 0 {
			v.utilities(e, g, k)
			carefully(e, sum, log)
			return
		}
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

// classify turns the log-likelihoods of a tile's persons into the posterior of their classes, and adds up the persons' own and
// the members of the classes.
func (v *pass) classify(s *scratch, t *tile, logs, sums []float64) {
	r, own := v.posterior[t.lo*v.k:t.hi*v.k], v.logs[t.lo:t.hi]
	if v.k == 1 {
		copy(own, logs)
		for i := range r {
			r[i] = 1
		}
		sums[0] += v.weighted(t, own)
		return
	}
	most, sum, k := s.most[:len(own)], s.total[:len(own)], v.k
	for n := range own {
		alpha := v.logAlpha
		if v.l.q > 1 {
			alpha = s.alpha
			v.membership(alpha, v.l.covariates(t.lo+n))
		}
		log := logs[n*k : (n+1)*k]
		top := math.Inf(-1)
		for i, a := range alpha[:len(log)] {
			log[i] += a
			top = max(top, log[i])
		}
		for i := range log {
			log[i] -= top
		}
		most[n] = top
	}
	vmath.Exp(r, logs)
	members := sums[1 : 1+k]
	for n := range own {
		row := r[n*k : (n+1)*k]
		sum[n] = 0
		for _, u := range row {
			sum[n] += u
		}
		w, part := v.l.personWeight(t.lo+n), 1/sum[n]
		if v.given != nil {
			copy(row, v.given[(t.lo+n)*k:])
			part = 1
		}
		for i, u := range row {
			row[i] = u * part
			members[i] += w * row[i]
		}
	}
	vmath.Log(own, sum)
	blas.Axpy(1, most, own)
	sums[0] += v.weighted(t, own)
}

// weighted returns the sum of w_n x_n over the persons of a tile.
func (v *pass) weighted(t *tile, x []float64) float64 {
	if v.l.weight != nil {
		return blas.Dot(v.l.weight[t.lo:t.hi], x)
	}
	sum := 0.0
	for _, u := range x {
		sum += u
	}
	return sum
}

// means writes rho m of the lanes of a group, rho = w_n r_nk omega, and adds rho times their information.
func (v *pass) means(s *scratch, t *tile, g group, k int, information []float64) {
	p := v.l.columns
	rho, inverse, sum := s.rho[:g.lanes], s.inverse[:g.lanes], s.sums[k*v.l.maxLanes+g.lane:][:g.lanes]
	posterior := v.posterior[t.lo*v.k+k:]
	for i, n := range t.owner[g.lane : g.lane+g.lanes] {
		u := posterior[int(n)*v.k]
		if v.l.weight != nil {
			u *= v.l.weight[t.lo+int(n)]
		}
		if t.exponent != nil {
			u *= t.exponent[g.lane+i]
		}
		rho[i], inverse[i] = u, 0
		if u > 1e-290 {
			inverse[i] = 1 / u
		}
		s.spare[i] = u / sum[i]
	}
	e, w := s.exps[k*v.l.maxCells+g.cell:][:g.cells], s.weights[:g.cells]
	times(w, e, s.spare[:g.lanes])
	line := s.line[:g.cells]
	for a := range p {
		weigh(line, w, v.l.column(g, a), s.means[a*g.lanes:(a+1)*g.lanes])
		for b := range a + 1 {
			information[a*p+b] += blas.Dot(line, v.l.column(g, b))
		}
	}
	for a := range p {
		scaled := line[:g.lanes]
		times(scaled, s.means[a*g.lanes:(a+1)*g.lanes], inverse)
		for b := range a + 1 {
			information[a*p+b] -= blas.Dot(scaled, s.means[b*g.lanes:(b+1)*g.lanes])
		}
	}
}
