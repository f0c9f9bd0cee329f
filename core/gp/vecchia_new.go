package gp

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// streamOrder is the random stream of the order of points.
const streamOrder = 221

// usualNeighbors is how many there are by default: with the point itself as many as a tile holds.
const usualNeighbors = tile.Size - 1

// NewVecchia returns the preconditioner of K + Sigma by nearest neighbors, o.Rank of them, 63 by default; o.Method does not
// matter. The order of the points is random, distances are those of the kernel's shortest length scales. Takes some n neighbors^3
// operations and 16 n neighbors bytes, and some n log n comparisons to find neighbors, n^2 where features are many. Points without
// noise get 1e-6 of the mean of the diagonal of K in Sigma's place.
//
// Errors wrap core.ErrOption or core.ErrNumerical, or come from ctx.
func NewVecchia(ctx context.Context, op *Operator, o *PreconditionerOptions) (*Vecchia, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o == nil {
		o = &PreconditionerOptions{}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	n := op.Size()
	noise, _, err := positiveNoise(ctx, op, core.Matrix[float32]{})
	if err != nil {
		return nil, err
	}
	own := make([]float64, n)
	if err := op.Diagonal(ctx, own); err != nil {
		return nil, err
	}
	for i, v := range noise {
		own[i] += v
	}
	sequence := rng.New(o.Seed, streamOrder).Perm(n)
	ranks := make([]int32, n)
	for rank, i := range sequence {
		ranks[i] = int32(rank)
	}
	tree := newRankedTree(op.points, op.compiled.metric(op.points.d), ranks, o.Threads)
	p := &Vecchia{n: n, neighbors: min(cmp.Or(o.Rank, usualNeighbors), n-1), perm: tree.perm, sequence: make([]int32, n), threads: o.Threads}
	for i, rank := range tree.ranks {
		p.sequence[rank] = int32(i)
	}
	p.places, p.values = make([]int32, n*(1+p.neighbors)), make([]float32, n*(1+p.neighbors))
	if err := p.fill(ctx, op, tree, own, o.Progress); err != nil {
		return nil, err
	}
	p.complete()
	return p, nil
}

// nearTile is how many points a goroutine works on at a time.
const nearTile = 128

// reported is how many tiles are worked on between two reports of progress.
const reported = 64

// fill computes the columns of U.
func (p *Vecchia) fill(ctx context.Context, op *Operator, tree *rankedTree, own []float64, progress func(core.Progress)) error {
	began := time.Now()
	tiles := par.Tiles(p.n, nearTile)
	workers := make([]*conditional, min(par.Threads(p.threads), tiles))
	for w := range workers {
		workers[w] = newConditional(op, own, tree, p.neighbors)
	}
	failed := make([]bool, tiles)
	for from := 0; from < tiles; from += reported {
		to := min(tiles, from+reported)
		if err := par.For(ctx, p.threads, to-from, func(worker, t int) {
			lo, hi := par.Span(from+t, p.n, nearTile)
			for i := lo; i < hi; i++ {
				at := i * (1 + p.neighbors)
				failed[from+t] = !workers[worker].column(i, p.places[at:at+1+p.neighbors], p.values[at:at+1+p.neighbors]) || failed[from+t]
			}
		}); err != nil {
			return err
		}
		for _, f := range failed[from:to] {
			if f {
				return fmt.Errorf("gp: %w: the diagonal of the kernel matrix is not finite and positive; check the parameters of the kernel",
					core.ErrNumerical)
			}
		}
		if progress != nil {
			progress(core.Progress{Phase: "neighbors", Iteration: to, MaxIterations: tiles, Seconds: time.Since(began).Seconds()})
		}
	}
	return nil
}

// conditional is the scratch of one goroutine that computes columns of U.
type conditional struct {
	*neighborhood
	search nearest
	u      []float64
}

func newConditional(op *Operator, own []float64, tree *rankedTree, count int) *conditional {
	h := &neighborhood{op: op, own: own, origin: make([]float64, op.points.d)}
	op.points.row(0, h.origin)
	h.program = newProgram[float64](op.compiled)
	return &conditional{neighborhood: h, search: nearest{t: tree, count: count}, u: make([]float64, 1+count)}
}

// column writes column i of U: with K + Sigma of the neighbors and, last, the point itself equal to L L^T, it is L^-T times the last
// unit vector. Neighbors that make this singular to rounding are left out, the farther half first. It reports false if there is
// nothing left.
func (c *conditional) column(i int, places []int32, values []float32) bool {
	near, perm := c.search.of(i), c.search.t.perm
	for {
		c.neighbors = c.neighbors[:0]
		for _, j := range near {
			c.neighbors = append(c.neighbors, perm[j])
		}
		c.neighbors = append(c.neighbors, perm[i])
		if c.factorize() {
			break
		}
		if len(near) == 0 {
			return false
		}
		near = near[:len(near)/2]
	}
	m := len(near)
	u := c.u[:m+1]
	clear(u)
	u[m] = 1
	for k := m; k >= 0; k-- {
		row := c.l[k*(m+1) : k*(m+1)+k+1]
		u[k] /= row[k]
		for q, v := range row[:k] {
			u[q] -= u[k] * v
		}
	}
	for k := range places {
		places[k] = int32(i)
	}
	values[0] = float32(u[m])
	for k, j := range near {
		places[1+k], values[1+k] = j, float32(u[k])
	}
	return values[0] > 0
}
