package gp

import (
	"cmp"
	"context"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// conditioned writes, for every point of z, the variance given training points that explain most of it, each on its own: those
// with the largest k(x, x_i)^2 / (k(x_i, x_i) + Sigma_i). To know more points never makes a variance larger, so that the result
// is not below that of all points. With others, z holds the training points, and each is left out of its own neighbors.
//
// It begins with an eighth of count neighbors, unless that is all points. Their number is doubled, up to count, where all the
// others would take away more than neighborPart of the variance and the noise if each took as much as those of the second half do
// on average. Test points that lie close together share a Cholesky factor for the neighbors of all of them wherever that takes
// fewer operations: with u neighbors of s test points, u^3 / (3 s) + 100 u^2 / s + u^2 for each point. Finding neighbors takes
// some ten operations per training point that is not too far away to matter.
//
// Of 4500 points and Matern 3/2 with noise of 0.001, variances of observations are too large by 0.00 % at 2 features and length scales
// of a tenth, and by 4 % at 8 features and length scales that the data hardly cover. Solves by conjugate gradients are exact and take
// 100 and 7 times as long, more with more points: n^2 operations in each of some dozens of iterations. A tenth of the time is
// enough for 100 Lanczos steps, half of it for 1000, which leave variances that are several times too large in both cases.
func (m *Regression) conditioned(ctx context.Context, dst, prior []float64, z points, count int, others bool) error {
	op := m.cache.op
	own := make([]float64, op.Size())
	if err := op.Diagonal(ctx, own); err != nil {
		return err
	}
	weight := make([]float64, len(own))
	for i, sigma := range op.Sigma() {
		if own[i] += sigma; own[i] > 0 {
			weight[i] = 1 / own[i]
		}
	}
	count = min(count, len(own))
	tiles := par.Tiles(z.n, tile.Size)
	threads := min(par.Threads(m.Threads), tiles)
	searches, workers := op.engine.rankings(weight, count, threads), make([]*neighborhood, threads)
	for i := range workers {
		workers[i] = newNeighborhood(op, own, z, m.Noise)
	}
	perm, errs := halved(z, op.compiled.metric(z.d), 1, m.Threads), make([]error, tiles)
	if err := par.For(ctx, threads, tiles, func(worker, t int) {
		lo, hi := par.Span(t, z.n, tile.Size)
		ids := perm[lo:hi]
		var skip []int32
		if others {
			skip = ids
		}
		errs[t] = workers[worker].settle(dst, prior, ids, searches[worker].first(z.picked(ids), skip), count, others)
	}); err != nil {
		return err
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// neighborPart is by how much a variance with noise may be larger than that of all count neighbors, about.
const neighborPart = 2e-3

// fewestNeighbors is how many a point has at least.
const fewestNeighbors = 32

// settle writes the variances of the test points ids (at most 64), of which the neighbors are known in the order of their weight.
func (h *neighborhood) settle(dst, prior []float64, ids []int32, neighbors [][]int32, count int, others bool) error {
	h.open = h.open[:0]
	for j := range ids {
		h.open = append(h.open, j)
	}
	k := min(count, max(fewestNeighbors, count/8))
	if len(h.own)-count <= 1 { // all are asked for
		k = count
	}
	for ; ; k = min(2*k, count) {
		h.mark(neighbors, k)
		sets, _ := h.cut(0, len(h.open))
		left := h.open[:0]
		for _, c := range sets {
			run := h.open[c[0]:c[1]]
			h.gather(ids, run, neighbors, k)
			if err := h.condition(dst, prior, others, int32(k/2)); err != nil {
				return err
			}
			for j, at := range run {
				if h.halves[j]*float64(2*(count-k)) > neighborPart*float64(k) {
					left = append(left, at)
				}
			}
		}
		for _, i := range h.seen {
			h.marks[i] = 0
		}
		if h.open = left; len(left) == 0 {
			return nil
		}
	}
}

// mark lists the training points that are among the k first neighbors of an open test point, and which points those are.
func (h *neighborhood) mark(neighbors [][]int32, k int) {
	h.seen = h.seen[:0]
	for bit, j := range h.open {
		for _, i := range neighbors[j][:min(k, len(neighbors[j]))] {
			if h.marks[i] == 0 {
				h.seen = append(h.seen, i)
			}
			h.marks[i] |= 1 << bit
		}
	}
}

// elementCost is how many operations an element of K takes, about.
const elementCost = 100

// cut returns the cheapest runs of the open test points [lo, hi) that halving leads to, and their cost.
func (h *neighborhood) cut(lo, hi int) ([][2]int, float64) {
	all, mask := 0.0, bitRange(lo, hi)
	for _, i := range h.seen {
		if h.marks[i]&mask != 0 {
			all++
		}
	}
	together := all * all * (all/3 + float64(hi-lo) + elementCost)
	if hi-lo == 1 {
		return [][2]int{{lo, hi}}, together
	}
	mid := lo + (hi-lo)/2
	left, a := h.cut(lo, mid)
	right, b := h.cut(mid, hi)
	if together <= a+b {
		return [][2]int{{lo, hi}}, together
	}
	return append(left, right...), a + b
}

// bitRange has the bits [lo, hi) set.
func bitRange(lo, hi int) uint64 { return ^uint64(0) << lo & (^uint64(0) >> (64 - hi)) }

// gather sets of and neighbors to those of some test points, k of each, in the order of the first place they have for one of them.
func (h *neighborhood) gather(ids []int32, run []int, neighbors [][]int32, k int) {
	h.of, h.neighbors = h.of[:0], h.neighbors[:0]
	for _, i := range h.seen {
		h.rank[i] = -1
	}
	for _, j := range run {
		h.of = append(h.of, ids[j])
		for rank, i := range neighbors[j][:min(k, len(neighbors[j]))] {
			if h.rank[i] < 0 {
				h.neighbors, h.rank[i] = append(h.neighbors, i), int32(rank)
			}
			h.rank[i] = min(h.rank[i], int32(rank))
		}
	}
	slices.SortFunc(h.neighbors, func(i, j int32) int { return cmp.Or(cmp.Compare(h.rank[i], h.rank[j]), cmp.Compare(i, j)) })
}
