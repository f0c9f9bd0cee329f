package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const defaultProjectionBlock = 1000

// projections is alternating projection, after Wu, Wenger, Jones, Pleiss and Gardner (Large-scale Gaussian processes via
// alternating projection, AISTATS 2024). Points are cut into blocks. A step solves for the block with the largest residual
// exactly, by the Cholesky factor of its part of K + Sigma, which is kept; an iteration is as many steps as there are
// blocks, and costs as many kernel elements as a product without symmetry.
func (p *solve) projections(ctx context.Context) error {
	reader, err := newBlockReader(p.s, p.method)
	if err != nil {
		return err
	}
	a, err := p.newProjections(ctx, reader)
	if err != nil {
		return err
	}
	if err := p.firstResidual(ctx); err != nil {
		return err
	}
	best := math.Inf(1) // the worst true residual
	for {
		pass, err := a.run(ctx)
		if err != nil || !pass && a.known {
			return err
		}
		if err := p.residual(ctx); err != nil {
			return err
		}
		a.known = true
		worst, stuck := p.worst()
		if worst <= 1 || a.passes >= p.o.MaxIterations || !p.affordable(p.t) {
			return nil
		}
		if worst > best/2 {
			p.notes = append(p.notes, stagnated(stuck, p.residuals[stuck]))
			return nil
		}
		best = worst
	}
}

// worst returns the largest residual relative to its tolerance, and its column.
func (p *solve) worst() (worst float64, column int) {
	for j, v := range p.residuals {
		if ratio := v / math.Max(p.tols[j], math.SmallestNonzeroFloat64); v > 0 && ratio > worst {
			worst, column = ratio, j
		}
	}
	return worst, column
}

// largestOpen returns the largest residual of a column that is short of its tolerance.
func (p *solve) largestOpen() float64 {
	largest := 0.0
	for j, v := range p.residuals {
		if v > p.tols[j] {
			largest = max(largest, v)
		}
	}
	return largest
}

// alternation is the state of alternating projection.
type alternation struct {
	p       *solve
	reader  *blockReader
	size    int
	blocks  [][]int
	factors [][]float64 // lower Cholesky factors
	share   []float64   // of each block and column: sum of squares of the residual
	delta   []float64   // step of a block
	steps   int
	passes  int
	known   bool // the residuals of the solve are true
}

func (p *solve) newProjections(ctx context.Context, reader *blockReader) (*alternation, error) {
	size := p.o.BlockSize
	if size == 0 {
		size = defaultProjectionBlock
	}
	size = min(size, p.n)
	if most := int(float64(p.o.MaxMemory) * 1e6 / 8 / float64(p.n)); size > most {
		if size = most; size < 1 || p.o.BlockSize > 0 {
			return nil, fmt.Errorf("gp: %w: factors of blocks of %d points need more than max_memory = %d MB; take smaller "+
				"blocks or allow more", core.ErrOption, max(size, p.o.BlockSize), p.o.MaxMemory)
		}
	}
	a := &alternation{p: p, reader: reader, size: size}
	for lo := 0; lo < p.n; lo += size {
		ids := make([]int, min(size, p.n-lo))
		for i := range ids {
			if ids[i] = lo + i; p.o.Order != nil {
				ids[i] = p.o.Order[lo+i]
			}
		}
		factor := make([]float64, len(ids)*len(ids))
		if err := reader.square(ctx, factor, ids); err != nil {
			return nil, err
		}
		if ok, err := choleskyStepwise(p.threads, factor, len(ids), func(int) error { return ctx.Err() }); err != nil {
			return nil, err
		} else if !ok {
			return nil, fmt.Errorf("gp: %w: K + Sigma of the %d points from point %d on is not positive definite to rounding; "+
				"raise the noise or remove duplicate points", core.ErrNumerical, len(ids), ids[0])
		}
		a.blocks, a.factors = append(a.blocks, ids), append(a.factors, factor)
	}
	a.share = make([]float64, len(a.blocks)*p.t)
	a.delta = make([]float64, size*p.t)
	return a, nil
}

// measure sets share, from which the residuals follow.
func (a *alternation) measure(ctx context.Context) error {
	p := a.p
	err := par.For(ctx, p.threads, len(a.blocks), func(_, k int) {
		sum := a.share[k*p.t : (k+1)*p.t]
		clear(sum)
		for _, id := range a.blocks[k] {
			for j, v := range p.r.Row(id) {
				sum[j] += v * v
			}
		}
	})
	clear(p.residuals)
	for k := range a.blocks {
		for j, v := range a.share[k*p.t : (k+1)*p.t] {
			p.residuals[j] += v
		}
	}
	for j, v := range p.residuals {
		p.residuals[j] = math.Sqrt(v)
	}
	return err
}

// run takes steps until the residuals that are carried along meet the tolerances or the budget is spent. It reports
// whether it took any.
func (a *alternation) run(ctx context.Context) (any bool, err error) {
	p := a.p
	for {
		if err := a.measure(ctx); err != nil {
			return any, err
		}
		worst, _ := p.worst()
		if worst <= 1 || worst != worst {
			return any, nil
		}
		if a.steps%len(a.blocks) == 0 {
			if a.passes >= p.o.MaxIterations || !p.affordable(p.t) {
				return any, nil
			}
			a.passes++
			p.products += p.t
			p.report(a.passes, p.largestOpen())
		}
		for j, v := range p.residuals {
			if v > p.tols[j] {
				p.done[j] = a.passes
			}
		}
		if err := a.step(ctx); err != nil {
			return any, err
		}
		a.steps, any, a.known = a.steps+1, true, false
	}
}

// step solves for the block with the largest residual over the columns that are short of their tolerances.
func (a *alternation) step(ctx context.Context) error {
	p := a.p
	best, most := 0, -1.0
	for k := range a.blocks {
		sum := 0.0
		for j, v := range a.share[k*p.t : (k+1)*p.t] {
			if p.residuals[j] > p.tols[j] {
				sum += v
			}
		}
		if sum > most {
			best, most = k, sum
		}
	}
	ids := a.blocks[best]
	delta := a.delta[:len(ids)*p.t]
	for i, id := range ids {
		copy(delta[i*p.t:(i+1)*p.t], p.r.Row(id))
	}
	solveFactor(p.threads, a.factors[best], len(ids), delta, p.t)
	for i, id := range ids {
		row := p.x.Row(id)
		for j, v := range delta[i*p.t : (i+1)*p.t] {
			row[j] += v
		}
	}
	return a.reader.subtract(ctx, p.threads, p.r, ids, delta)
}
