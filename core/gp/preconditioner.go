package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Preconditioner is a positive definite P (n x n), close to K + Sigma and easy to solve with. Its methods are called from
// one goroutine at a time; results do not depend on threads.
type Preconditioner interface {
	// Size returns n.
	Size() int
	// Rank returns how many directions of K are in P or, if P is made of neighbors, how many of them each point has at most.
	Rank() int
	// Solve writes P^-1 v to dst, both n x t.
	Solve(ctx context.Context, dst, v core.Matrix[float64]) error
	// Sample fills the columns of dst (n x t) with draws from N(0, P). Column j depends on seed and j alone.
	Sample(ctx context.Context, dst core.Matrix[float64], seed uint64) error
	// LogDet returns the logarithm of the determinant of P.
	LogDet() float64
	// Floor returns a number that no eigenvalue of P^-1 (K + Sigma) falls below, or 0 if there is none to give.
	Floor() float64
}

// Names of the random streams of solvers.
const (
	streamProbes = iota + 201
	streamProbeNoise
	streamBlocks
	streamStart
)

// LowRank is the Preconditioner P = F^T F + S with S diagonal. F is kept in float32, all arithmetic is float64.
//
// With A = I + F S^-1 F^T = L L^T, P^-1 = S^-1 - S^-1 F^T A^-1 F S^-1 and log|P| = log|A| + log|S|. The difference loses
// digits as P gets worse conditioned; beyond a condition of 10^6 a second step on the normal equations gives them back,
// so that results are as accurate as those of a QR factorization of F^T and S^1/2 on top of each other.
type LowRank struct {
	n, r    int
	pivots  []int
	f       []float32 // tile after tile of F, each r x factorTile (the last one narrower) without gaps
	s       []float64 // n
	l       []float64 // r x r, lower
	logDet  float64
	floor   float64
	twice   bool
	threads int

	wide    [][]float64 // per worker: a tile of F
	scaled  [][]float64 // per worker: a tile of S^-1 v
	sums    []float64   // of groups of tiles, r x t each
	correct []float64   // r x t
	columns int         // that the buffers are made for
}

var _ Preconditioner = (*LowRank)(nil)

const (
	factorTile   = 128 // columns of F that lie together and are widened at a time
	factorGroups = 16  // partial sums of a reduction over all points
)

// NewLowRank returns P = F^T F + S for f of r x n. noise is the diagonal of S: n positive variances. f is
// copied, in an order of its own. floor is what [Preconditioner.Floor] returns: 1 where K - F^T F is positive semidefinite and S is
// Sigma. Takes n*r^2 operations. Errors wrap core.ErrShape, core.ErrOption and core.ErrNumerical, or are the context's.
func NewLowRank(ctx context.Context, f core.Matrix[float32], noise []float64, floor float64, threads int) (*LowRank, error) {
	if err := f.Check("F"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	p := &LowRank{n: f.Cols, r: f.Rows, floor: floor, threads: threads}
	p.pack(f)
	return p, p.complete(ctx, noise)
}

// with returns F^T F + S for another S and the same F, which is shared.
func (p *LowRank) with(ctx context.Context, noise []float64, floor float64) (*LowRank, error) {
	q := &LowRank{n: p.n, r: p.r, pivots: p.pivots, f: p.f, floor: floor, threads: p.threads}
	return q, q.complete(ctx, noise)
}

// complete makes what P needs besides F.
func (p *LowRank) complete(ctx context.Context, noise []float64) error {
	if err := checkSigma(noise, p.n); err != nil {
		return err
	}
	p.s = slices.Clone(noise)
	for i, v := range p.s {
		if !(v > 0) {
			return fmt.Errorf("gp: %w: the noise of point %d is %v; a preconditioner needs positive noise", core.ErrOption, i, v)
		}
		p.logDet += math.Log(v)
	}
	p.wide = make([][]float64, par.Threads(p.threads))
	p.scaled = make([][]float64, par.Threads(p.threads))
	for w := range p.wide {
		p.wide[w] = make([]float64, p.r*factorTile)
	}
	if err := p.gram(ctx); err != nil {
		return err
	}
	condition := 0.0
	for i := range p.r {
		condition = max(condition, p.l[i*p.r+i])
	}
	p.twice = condition > 1e6
	if ok, err := choleskyStepwise(p.threads, p.l, p.r, func(int) error { return ctx.Err() }); err != nil {
		return err
	} else if !ok {
		return fmt.Errorf("gp: %w: the factor of the preconditioner is not finite, or far too large for the noise",
			core.ErrNumerical)
	}
	for i := range p.r {
		p.logDet += 2 * math.Log(p.l[i*p.r+i])
	}
	return nil
}

// pack copies F, so that a tile is one piece of memory.
func (p *LowRank) pack(f core.Matrix[float32]) {
	p.f = make([]float32, p.r*p.n)
	_ = par.For(nil, p.threads, par.Tiles(p.n, factorTile), func(_, t int) { // no context, no error
		lo, hi := par.Span(t, p.n, factorTile)
		for i := range p.r {
			copy(p.f[lo*p.r+i*(hi-lo):lo*p.r+(i+1)*(hi-lo)], f.Row(i)[lo:hi])
		}
	})
}

// gram sets l to A = I + F S^-1 F^T.
func (p *LowRank) gram(ctx context.Context) error {
	p.l = make([]float64, p.r*p.r)
	if p.r == 0 {
		return nil
	}
	root := make([]float64, p.n)
	for i, v := range p.s {
		root[i] = math.Sqrt(v)
	}
	for t := range par.Tiles(p.n, factorTile) {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo, hi := par.Span(t, p.n, factorTile)
		tile := p.load(0, lo, hi)
		for i := range p.r {
			for j := range hi - lo {
				tile[i*(hi-lo)+j] /= root[lo+j]
			}
		}
		blas.Syrk(p.threads, true, false, p.r, hi-lo, 1, tile, hi-lo, 1, p.l, p.r)
	}
	for i := range p.r {
		p.l[i*p.r+i]++
	}
	return nil
}

// group is how many points are summed over in one place.
func (p *LowRank) group() int {
	return par.Tiles(max(par.Tiles(p.n, factorGroups), factorTile), factorTile) * factorTile
}

// Size returns n.
func (p *LowRank) Size() int { return p.n }

// Rank returns r.
func (p *LowRank) Rank() int { return p.r }

// LogDet returns log|P|.
func (p *LowRank) LogDet() float64 { return p.logDet }

// Floor returns the bound given to NewLowRank.
func (p *LowRank) Floor() float64 { return p.floor }

// Pivots returns the points whose columns of K made F, nil if it was not made by pivots. F^T F is then K_S^T K_SS^-1 K_S for
// these points S, up to rounding of F, which is what a derivative of P at fixed pivots starts from.
func (p *LowRank) Pivots() []int { return p.pivots }

// Factor returns a copy of F (r x n).
func (p *LowRank) Factor() core.Matrix[float32] {
	f := core.NewMatrix[float32](p.r, p.n)
	for lo := 0; lo < p.n; lo += factorTile {
		hi := min(p.n, lo+factorTile)
		for i := range p.r {
			copy(f.Row(i)[lo:hi], p.f[lo*p.r+i*(hi-lo):])
		}
	}
	return f
}

// Solve writes P^-1 v to dst in 4*n*r*t operations, twice that where P is ill-conditioned. Memory is kept for the largest
// t so far.
func (p *LowRank) Solve(ctx context.Context, dst, v core.Matrix[float64]) error {
	if err := checkProduct(dst, v, p.n, p.n); err != nil {
		return err
	}
	t := v.Cols
	if t > p.columns {
		p.columns = t
		p.sums = make([]float64, par.Tiles(p.n, p.group())*p.r*t)
		p.correct = make([]float64, p.r*t)
		for w := range p.scaled {
			p.scaled[w] = make([]float64, factorTile*t)
		}
	}
	if err := p.divide(ctx, dst, v); err != nil || p.r == 0 {
		return err
	}
	// w = A^-1 F S^-1 v and u = S^-1 v - S^-1 F^T w, for which F u = w: what is left of that corrects both.
	w, err := p.project(ctx, dst)
	if err != nil {
		return err
	}
	solveFactor(p.threads, p.l, p.r, w, t)
	copy(p.correct[:p.r*t], w)
	if err := p.subtract(ctx, dst, w); err != nil || !p.twice {
		return err
	}
	if w, err = p.project(ctx, dst); err != nil {
		return err
	}
	for i := range w {
		w[i] -= p.correct[i]
	}
	solveFactor(p.threads, p.l, p.r, w, t)
	return p.subtract(ctx, dst, w)
}

// divide writes S^-1 v to dst.
func (p *LowRank) divide(ctx context.Context, dst, v core.Matrix[float64]) error {
	return par.For(ctx, p.threads, par.Tiles(p.n, rowTile), func(_, tile int) {
		lo, hi := par.Span(tile, p.n, rowTile)
		for i := lo; i < hi; i++ {
			by := p.s[i]
			row := dst.Row(i)
			for j, x := range v.Row(i) {
				row[j] = x / by
			}
		}
	})
}

// load widens the tile of F of columns [lo, hi) into the worker's buffer.
func (p *LowRank) load(worker, lo, hi int) []float64 {
	tile := p.wide[worker][:p.r*(hi-lo)]
	blas.Widen(p.f[lo*p.r:][:len(tile)], tile)
	return tile
}

// project returns F u (r x t) in the first of the sums.
func (p *LowRank) project(ctx context.Context, u core.Matrix[float64]) ([]float64, error) {
	t, size := u.Cols, p.group()
	groups := par.Tiles(p.n, size)
	err := par.For(ctx, p.threads, groups, func(worker, g int) {
		sum := p.sums[g*p.r*t : (g+1)*p.r*t]
		from, to := par.Span(g, p.n, size)
		for lo := from; lo < to; lo += factorTile {
			hi := min(to, lo+factorTile)
			beta := 1.0
			if lo == from {
				beta = 0
			}
			blas.Gemm(1, false, false, p.r, t, hi-lo, 1, p.load(worker, lo, hi), hi-lo, u.Data[lo*u.Stride:], u.Stride, beta, sum, t)
		}
	})
	w := p.sums[:p.r*t]
	for g := 1; g < groups; g++ {
		blas.Axpy(1, p.sums[g*p.r*t:(g+1)*p.r*t], w)
	}
	return w, err
}

// subtract takes S^-1 F^T w from u.
func (p *LowRank) subtract(ctx context.Context, u core.Matrix[float64], w []float64) error {
	t := u.Cols
	return par.For(ctx, p.threads, par.Tiles(p.n, factorTile), func(worker, g int) {
		lo, hi := par.Span(g, p.n, factorTile)
		part := p.scaled[worker][:(hi-lo)*t]
		blas.Gemm(1, true, false, hi-lo, t, p.r, 1, p.load(worker, lo, hi), hi-lo, w, t, 0, part, t)
		for i := lo; i < hi; i++ {
			row := u.Row(i)
			for j, v := range part[(i-lo)*t : (i-lo+1)*t] {
				row[j] -= v / p.s[i]
			}
		}
	})
}

// Sample fills dst with F^T e + S^1/2 e' for standard normal e and e'.
func (p *LowRank) Sample(ctx context.Context, dst core.Matrix[float64], seed uint64) error {
	if dst.Rows != p.n {
		return fmt.Errorf("gp: %w: draws of %d rows from a preconditioner for %d points", core.ErrShape, dst.Rows, p.n)
	}
	e := make([]float64, p.r)
	for j := range dst.Cols {
		if err := ctx.Err(); err != nil {
			return err
		}
		draw := rng.New(seed, streamProbes, uint64(j))
		for i := range e {
			e[i] = draw.NormFloat64()
		}
		err := par.For(ctx, p.threads, par.Tiles(p.n, factorTile), func(_, t int) {
			lo, hi := par.Span(t, p.n, factorTile)
			noise := rng.New(seed, streamProbeNoise, uint64(j), uint64(t))
			for i := lo; i < hi; i++ {
				dst.Row(i)[j] = math.Sqrt(p.s[i]) * noise.NormFloat64()
			}
			for k, v := range e {
				at := lo*p.r + k*(hi-lo)
				for i, x := range p.f[at : at+hi-lo] {
					dst.Data[(lo+i)*dst.Stride+j] += v * float64(x)
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
