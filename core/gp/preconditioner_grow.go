package gp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// pivoted is F of a partial Cholesky factorization of the kernel matrix of s, to which rows can be added.
type pivoted struct {
	s      System
	o      *PreconditionerOptions
	f      core.Matrix[float32] // rows x n
	pivots []int

	single *lowrank.CholeskyFactors[float32]
	double *lowrank.CholeskyFactors[float64] // in its place where what is left may be as small as the rounding of float32

	most  int       // what reports give as the largest rank
	ranks []int     // on the way to f
	left  []float64 // and the trace that they leave
}

// grow brings F to a rank, or to as many rows as rank_tol needs and rounding allows.
func (p *pivoted) grow(ctx context.Context, rank int) error {
	switch k := p.s.(type) {
	case *Operator:
		if p.double == nil {
			err := attempt(ctx, p, AsKernel[float32](k), &p.single, rank, p.o.Tol)
			if !errors.Is(err, core.ErrNumerical) {
				return err
			}
			p.single, p.ranks, p.left = nil, nil, nil
		}
		return growBy(ctx, p, AsKernel[float64](k), &p.double, rank)
	case lowrank.Kernel[float32]:
		return growBy(ctx, p, k, &p.single, rank)
	case lowrank.Kernel[float64]:
		return growBy(ctx, p, k, &p.double, rank)
	}
	return fmt.Errorf("gp: %w: pivots need columns of the kernel matrix, which this system does not give; use %q",
		core.ErrOption, NystromBasis)
}

// Rounding of elements, a part of 1e-5 of them where features are far from 0, may make what is left indefinite.
const (
	roundingTrace = 1e-3 // the most of the trace that is left then
	widerTol      = 4    // the factor of what was left at which it ends in another attempt
	attempts      = 4
)

// growBy is grow for the kernel k, which ends earlier where rounding makes what is left indefinite.
func growBy[T core.Float](ctx context.Context, p *pivoted, k lowrank.Kernel[T], own **lowrank.CholeskyFactors[T], rank int) error {
	tol := p.o.Tol
	for try := 1; ; try++ {
		err := attempt(ctx, p, k, own, rank, tol)
		if !errors.Is(err, core.ErrNumerical) || try == attempts || len(p.left) == 0 || p.o.Method == GreedyPivots {
			return err
		}
		diagonal, trace := make([]float64, k.Size()), 0.0
		if err := k.Diagonal(ctx, diagonal); err != nil {
			return err
		}
		for _, v := range diagonal {
			trace += v
		}
		if !(p.rest() <= roundingTrace*trace) {
			return err
		}
		tol = widerTol * p.rest() / trace
	}
}

// attempt adds rows until a part tol of the trace is left. Random pivots go on from those at hand; greedy ones begin anew.
func attempt[T core.Float](ctx context.Context, p *pivoted, k lowrank.Kernel[T], own **lowrank.CholeskyFactors[T], rank int,
	tol float64) (err error) {

	report := func(q core.Progress) {
		p.ranks, p.left = append(p.ranks, q.Iteration), append(p.left, q.Objective)
		if p.o.Progress != nil {
			q.MaxIterations = max(p.most, rank)
			p.o.Progress(q)
		}
	}
	if p.o.Method == GreedyPivots {
		p.ranks, p.left = nil, nil
		p.f, p.pivots, err = greedyFactor(ctx, k, rank, tol, p.o.Threads, report)
		return err
	}
	o := &lowrank.Options{Rank: rank, Tol: tol, Seed: p.o.Seed, Threads: p.o.Threads, Progress: report}
	c := *own
	if c == nil {
		c, err = lowrank.RPCholesky(ctx, k, o)
	} else {
		c, err = c.Grow(ctx, k, o)
	}
	if err != nil {
		return err
	}
	*own, p.pivots = c, slices.Clone(c.Pivots)
	p.f = narrowed(c.F, len(c.Pivots), k.Size())
	return nil
}

// rest returns the trace that F leaves, 0 before the first row.
func (p *pivoted) rest() float64 {
	if len(p.left) == 0 {
		return 0
	}
	return p.left[len(p.left)-1]
}

// columnFactor returns F of partial Cholesky of the given rank, and its pivots.
func columnFactor(ctx context.Context, s System, rank int, o *PreconditionerOptions) (core.Matrix[float32], []int, error) {
	p := &pivoted{s: s, o: o}
	err := p.grow(ctx, rank)
	return p.f, p.pivots, err
}
