package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	splitRows  = 2048    // points that stand for a component at most, evenly spaced in its list
	leastRows  = 3       // times H + 2: points that each child needs; the likelihood of fewer says little about others
	splitTurns = 4       // power iterations for the direction across which points are first divided
	splitBlock = 1 << 22 // elements of packed children that are fitted at a time
)

// splits tries two children for each of some components. The points of component active[a], weighted by their
// posteriors, are fitted by a mixture of the components 2a and 2a+1 alone: together this is a truncated fit in which
// the children of a component are the candidates of its points and of no others. With the posteriors of the parents
// held fixed, replacing the parent by its children raises the bound of the whole mixture by at least the gain found. What
// all components share, noise or loadings, stays as it is.
type splits[T core.Float] struct {
	active   []int
	d        *data[T]  // the points of every active component, one after another
	from     []int     // those of active[a] are from[a]..from[a+1]
	mass     []float64 // their weight
	fraction []float64 // its share of the weight of all points of active[a]
	children *params   // weights of a pair sum to 1
	gain     []float64 // nats; 0 where a child would have too few points
}

// trySplits fits the children of the active components with the given number of EM iterations. The pair lists of c.m
// must be those of the last E-step. O(steps N' D H) for the N' points of the components.
func (c *climb[T]) trySplits(ctx context.Context, active []int, steps int) (*splits[T], error) {
	k, o, n := c.f.k, c.f.o, len(active)
	t := &splits[T]{active: active, children: c.p.some(2 * n), gain: make([]float64, n),
		from: make([]int, n+1), mass: make([]float64, n), fraction: make([]float64, n)}
	for a, parent := range active {
		for child := 2 * a; child <= 2*a+1; child++ {
			t.children.copyComponent(child, c.p, parent)
			t.children.pi[child] /= 2
		}
	}
	if t.gather(c.f.d, c.m); t.d.n == 0 {
		t.finish(c.p, c.m.prior, c.m.tied)
		return t, nil
	}
	local := *o
	local.Candidates, local.Neighbors, local.Explore, local.Algorithm = 2, 1, 0, "truncated"
	s, pack := newSearch(t.d.n, 2*n, &local), newPacked[T](2*n, k.D, k.H)
	if s.patterns = t.d.patterns; s.patterns != nil {
		pack.marginal = newMarginals(pack)
	}
	e, m := newEstep(t.d, s, pack, o.Seed, o.Threads), newMstep(t.d, pack, o)
	m.hold(c.p)
	for a := range active {
		for point := t.from[a]; point < t.from[a+1]; point++ {
			s.candidates[2*point], s.candidates[2*point+1] = uint32(2*a), uint32(2*a+1)
		}
	}
	for step := range steps + 1 {
		if err := pack.prepare(ctx, t.children, o.Threads); err != nil {
			return nil, err
		}
		_, evaluated, err := e.run(ctx, t.children, step)
		if err != nil {
			return nil, err
		}
		c.count(evaluated)
		switch step {
		case 0: // both children are still their parent, which gives the bounds to compare with
			t.score(e.tasks, -1)
			err = t.divide(ctx, o, m)
			e.m = m // from now on the posteriors of an E-step are those of the next M-step
		case steps:
			t.score(e.tasks, 1)
		default:
			err = m.run(ctx, t.children, e.pairs)
		}
		if err != nil {
			return nil, err
		}
	}
	t.finish(c.p, c.m.prior, c.m.tied)
	return t, nil
}

// gather lists the points of the active components whose posteriors matter.
func (t *splits[T]) gather(d *data[T], m *mstep[T]) {
	const negligible = 0.01
	v := *d
	v.rows, v.w, v.total = nil, nil, 0
	var kept []uint32
	for a, c := range t.active {
		lo, hi := m.list.start[c], m.list.start[c+1]
		stride := (hi-lo)/splitRows + 1
		all := 0.0
		for j := lo; j < hi; j++ {
			point, q := m.point[j], float64(m.q[j])
			w := q * d.weight(point)
			all += w
			if q < negligible || (j-lo)%stride != 0 {
				continue
			}
			if d.patterns != nil {
				kept = append(kept, point)
			}
			if d.rows != nil {
				point = d.rows[point]
			}
			v.rows, v.w = append(v.rows, point), append(v.w, w)
			t.mass[a] += w
		}
		t.from[a+1] = len(v.rows)
		v.total += t.mass[a]
		if all > 0 {
			t.fraction[a] = t.mass[a] / all
		}
	}
	v.n, v.mass = len(v.rows), v.total
	v.patterns = d.patterns.subset(kept)
	t.d = &v
}

// score adds sign times the bounds of the children to the gains.
func (t *splits[T]) score(tasks []task, sign float64) {
	for i := range tasks {
		t.gain[tasks[i].component/2] += sign * tasks[i].bound
	}
}

// divide gives every point to one of the children of its component and makes the M-step of that.
func (t *splits[T]) divide(ctx context.Context, o *Options, m *mstep[T]) error {
	found := make([]pairs[T], len(t.active))
	if err := par.For(ctx, o.Threads, len(t.active), func(_, a int) {
		lo, n := t.from[a], t.from[a+1]-t.from[a]
		if n == 0 {
			return
		}
		f := &found[a]
		f.point, f.component, f.q = make([]uint32, n), make([]uint32, n), make([]T, n)
		for i := range n {
			f.point[i], f.q[i] = uint32(lo+i), 1
		}
		mu, _, _ := t.children.component(2 * a)
		at := t.project(mu, f.point, o.Seed)
		last := nearestTwo(at, t.d.w[lo:lo+n])
		for i, v := range at {
			f.component[i] = uint32(2 * a)
			if v > last {
				f.component[i]++
			}
		}
	}); err != nil {
		return err
	}
	return m.run(ctx, t.children, found)
}

// project returns the coordinates of some points along the direction in which they vary most about mu.
func (t *splits[T]) project(mu []float64, points []uint32, seed uint64) []float64 {
	D, dp := len(mu), panel.Pad[T](len(mu))
	rows := make([]T, len(points)*dp)
	t.d.gather(rows, dp, points)
	for i, point := range points {
		row := rows[i*dp : (i+1)*dp]
		for d, v := range mu {
			row[d] -= T(v)
		}
		if t.d.patterns != nil {
			for _, d := range t.d.patterns.lacks[t.d.patterns.of[point]] {
				row[d] = 0
			}
		}
	}
	draw := rng.New(seed, streamSplit)
	u, next := make([]T, dp), make([]T, dp)
	for d := range D {
		u[d] = T(draw.NormFloat64())
	}
	for range splitTurns {
		clear(next)
		for i, point := range points {
			row := rows[i*dp : (i+1)*dp]
			blas.Axpy(T(t.d.w[point])*blas.Dot(row, u), row, next)
		}
		norm := math.Sqrt(float64(blas.Dot(next, next)))
		if !(norm > 0) || math.IsInf(norm, 0) {
			break
		}
		for d, v := range next {
			u[d] = T(float64(v) / norm)
		}
	}
	at := make([]float64, len(points))
	for i := range at {
		at[i] = float64(blas.Dot(rows[i*dp:(i+1)*dp], u))
	}
	return at
}

// nearestTwo returns the largest of the numbers at that belongs to the lower of two groups whose spread about their own
// means, with weights w, is least: two-means in one dimension.
func nearestTwo(at, w []float64) float64 {
	order := make([]int, len(at))
	total, sum := 0.0, 0.0
	for i, v := range at {
		order[i] = i
		total, sum = total+w[i], sum+w[i]*v
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	// The spread between two groups of weights a, b and means x, y is a b (x - y)^2 / (a + b).
	most, left, leftSum, last := math.Inf(-1), 0.0, 0.0, at[order[0]]
	for r, i := range order[:len(order)-1] {
		left, leftSum = left+w[i], leftSum+w[i]*at[i]
		if at[order[r+1]] == at[i] {
			continue
		}
		gap := leftSum/left - (sum-leftSum)/(total-left)
		if between := left * (total - left) * gap * gap; between > most {
			most, last = between, at[i]
		}
	}
	return last
}

// finish brings the gains to the weights of all points of the components, with what is known before any data (of noise that is
// not shared), and the weights of each pair to sum 1.
func (t *splits[T]) finish(parents *params, known prior, shared bool) {
	least := leastRows * float64(t.children.H+2)
	worth := func(p *params, c int, pi float64) float64 {
		mu, _, noise := p.component(c)
		return known.logWeighted(pi, mu, noise, shared)
	}
	for a, c := range t.active {
		pi := t.children.pi[2*a : 2*a+2]
		sum := pi[0] + pi[1]
		pi[0], pi[1] = pi[0]/sum, pi[1]/sum
		if t.fraction[a] == 0 || !(min(pi[0], pi[1])*t.mass[a]/t.fraction[a] >= least) {
			t.gain[a] = 0
			continue
		}
		t.gain[a] = (t.gain[a] - t.mass[a]*math.Log(sum/parents.pi[c])) / t.fraction[a]
		if all := parents.pi[c]; known.known() {
			t.gain[a] += worth(t.children, 2*a, all*pi[0]) + worth(t.children, 2*a+1, all*pi[1]) - worth(parents, c, all)
		}
	}
}
