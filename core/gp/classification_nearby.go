package gp

import (
	"cmp"
	"context"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// nearby computes covariances of the latent functions of softmax at test points, from all points or the most correlated ones.
type nearby struct {
	m     *Classification
	c     *classPosterior
	root  core.Matrix[float64]
	count int
	exact bool

	own []float64 // n: k(x_i, x_i) + 1 / W_i for the mean curvature W_i of the functions
}

// nearbyChunk is how many test points have their columns of K in memory at a time.
const nearbyChunk = 64

// nearbyPart is by how much a variance may be larger than that of all count neighbors, as a part of it and 1: the mean of a
// logistic function changes by a tenth of that at most.
const nearbyPart = 5e-3

// covariances writes that of point j of z (at most nearbyChunk of them) to s[j c^2:]. It begins with an eighth of count neighbors
// for each point, unless that is all points, and doubles their number until all others would change variances by less than
// nearbyPart of themselves and 1, if each did as much as those of the second half. Test points share factors for the neighbors of
// all of them wherever that takes less time.
func (l *nearby) covariances(ctx context.Context, s []float64, z core.Matrix[float64]) error {
	n, c := l.root.Rows, l.root.Cols
	prior := make([]float64, z.Rows)
	if err := PriorVariance(l.c.op, prior, z); err != nil {
		return err
	}
	white := make([]float64, z.Rows)
	l.c.op.compiled.white(white, pointsOf(z))
	for j := range prior {
		prior[j] += white[j]
	}
	k := core.NewMatrix[float64](z.Rows, n)
	if err := CrossMatrix(ctx, l.c.op, k, z); err != nil {
		return err
	}
	if d := l.c.dense; l.exact {
		b := make([]float64, n*z.Rows)
		for j := range z.Rows {
			for i, v := range k.Row(j) {
				b[i*z.Rows+j] = v
			}
		}
		d.covariances(s, b, prior)
		return contextError(ctx)
	}
	neighbors, err := l.ranked(ctx, k)
	if err != nil {
		return err
	}
	open, before := make([]int, z.Rows), make([]float64, z.Rows)
	for j := range open {
		open[j], before[j] = j, prior[j]*float64(c)
	}
	near := min(l.count, max(fewestNeighbors, l.count/8))
	if n-l.count <= 1 { // all are asked for
		near = l.count
	}
	for ; ; near = min(2*near, l.count) {
		sets, _ := l.cut(open, neighbors, near)
		errs := make([]error, len(sets))
		if err := par.For(ctx, l.m.Threads, len(sets), func(_, i int) {
			errs[i] = l.together(ctx, s, sets[i], k, prior)
		}); err != nil {
			return err
		}
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		left := open[:0]
		for _, j := range open {
			trace := 0.0
			for q := range c {
				trace += s[j*c*c+q*c+q]
			}
			if (before[j]-trace)*float64(2*(l.count-near)) > nearbyPart*(trace+float64(c))*float64(near) {
				left = append(left, j)
			}
			before[j] = trace
		}
		if open = left; len(open) == 0 {
			return nil
		}
	}
}

// ranked returns the count points of the largest k_i^2 / own_i for each row of k, the largest first.
func (l *nearby) ranked(ctx context.Context, k core.Matrix[float64]) ([][]int32, error) {
	if l.own == nil {
		l.own = make([]float64, k.Cols)
		if err := l.c.op.Diagonal(ctx, l.own); err != nil {
			return nil, err
		}
		for i, v := range l.c.op.Sigma() {
			w := 0.0
			for _, r := range l.root.Row(i) {
				w += r * r * (1 - r*r)
			}
			l.own[i] += v + 1/max(w, leastCurvature)
		}
	}
	found := make([][]int32, k.Rows)
	err := par.For(ctx, l.m.Threads, k.Rows, func(_, j int) {
		ids, score := make([]int32, k.Cols), make([]float64, k.Cols)
		for i, v := range k.Row(j) {
			ids[i], score[i] = int32(i), -v*v/l.own[i]
		}
		if l.count < len(ids) {
			selectNth(ids, l.count, score, 1, 0)
		}
		found[j] = slices.Clone(ids[:l.count])
		slices.SortFunc(found[j], func(a, b int32) int { return cmp.Or(cmp.Compare(score[a], score[b]), cmp.Compare(a, b)) })
	})
	return found, err
}

// nearbySet are test points and the points that their covariances are computed from.
type nearbySet struct {
	of  []int
	ids []int32
}

// cut returns the cheapest sets that halving the test points leads to, by the cubes of their sizes, of no more than 2 count points
// each.
func (l *nearby) cut(of []int, neighbors [][]int32, near int) (sets []nearbySet, cost float64) {
	var ids []int32
	for _, j := range of {
		ids = append(ids, neighbors[j][:near]...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	size := float64(len(ids))
	all := []nearbySet{{slices.Clone(of), ids}}
	if cost = size * size * size; len(of) == 1 {
		return all, cost
	}
	left, a := l.cut(of[:len(of)/2], neighbors, near)
	right, b := l.cut(of[len(of)/2:], neighbors, near)
	if cost <= a+b && len(ids) <= 2*l.count {
		return all, cost
	}
	return append(left, right...), a + b
}

// together writes the covariances of the test points of a set, given its points only, as exactly as for all: to leave out points
// never makes a variance smaller.
func (l *nearby) together(ctx context.Context, s []float64, set nearbySet, k core.Matrix[float64], prior []float64) error {
	u, t, c := len(set.ids), len(set.of), l.root.Cols
	x, root := core.NewMatrix[float64](u, l.m.X.Cols), core.NewMatrix[float64](u, c)
	b, own, found := make([]float64, u*t), make([]float64, t), make([]float64, t*c*c)
	for i, id := range set.ids {
		copy(x.Row(i), l.m.X.Row(int(id)))
		copy(root.Row(i), l.root.Row(int(id)))
		for a, j := range set.of {
			b[i*t+a] = k.Row(j)[id]
		}
	}
	for a, j := range set.of {
		own[a] = prior[j]
	}
	op, err := NewOperator(x, l.m.Kernels[0], nil, &OperatorOptions{Precision: Float64, Threads: 1})
	if err != nil {
		return err
	}
	d := newDenseLaplace(u, c, 1)
	if err := fillMatrix(ctx, d.k, op); err != nil {
		return err
	}
	if err := d.place(ctx, root); err != nil {
		return err
	}
	d.covariances(found, b, own)
	for a, j := range set.of {
		copy(s[j*c*c:(j+1)*c*c], found[a*c*c:(a+1)*c*c])
	}
	return nil
}

// covariances writes prior_j I - (b_j^T R_kl b_j) to the c x c block j of s, for the columns b_j of b (n x t).
func (d *denseLaplace) covariances(s, b, prior []float64) {
	t := len(prior)
	q := make([][]float64, d.c)
	for k := range q {
		e := append([]float64(nil), b...)
		scale := func() {
			for i := range d.n {
				for j := range e[i*t : (i+1)*t] {
					e[i*t+j] *= d.root.Row(i)[k]
				}
			}
		}
		scale()
		solveFactor(d.threads, d.l[k], d.n, e, t)
		scale()
		for j := range t {
			s[j*d.c*d.c+k*d.c+k] = prior[j]
		}
		for i := range d.n {
			for j, v := range e[i*t : (i+1)*t] {
				s[j*d.c*d.c+k*d.c+k] -= b[i*t+j] * v
			}
		}
		solveLower(d.threads, d.m, d.n, e, t)
		q[k] = e
		for l := range k + 1 {
			for i := range d.n {
				for j, v := range q[l][i*t : (i+1)*t] {
					s[j*d.c*d.c+k*d.c+l] += v * e[i*t+j]
				}
			}
			for j := range t {
				s[j*d.c*d.c+l*d.c+k] = s[j*d.c*d.c+k*d.c+l]
			}
		}
	}
}
