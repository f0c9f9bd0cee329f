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
			err := growBy(ctx, p, AsKernel[float32](k), &p.single, rank)
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

// growBy is grow for the kernel k. Random pivots go on from those at hand; greedy ones begin anew.
func growBy[T core.Float](ctx context.Context, p *pivoted, k lowrank.Kernel[T], own **lowrank.CholeskyFactors[T], rank int) (err error) {
	report := func(q core.Progress) {
		p.ranks, p.left = append(p.ranks, q.Iteration), append(p.left, q.Objective)
		if p.o.Progress != nil {
			q.MaxIterations = max(p.most, rank)
			p.o.Progress(q)
		}
	}
	if p.o.Method == GreedyPivots {
		p.ranks, p.left = nil, nil
		p.f, p.pivots, err = greedyFactor(ctx, k, rank, p.o.Tol, p.o.Threads, report)
		return err
	}
	o := &lowrank.Options{Rank: rank, Tol: p.o.Tol, Seed: p.o.Seed, Threads: p.o.Threads, Progress: report}
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
