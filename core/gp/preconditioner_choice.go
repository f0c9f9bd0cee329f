package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// Choice of a preconditioner by itself: low rank where so few columns leave at most this many times the noise, in traces. Nearest points
// take fewer iterations everywhere else, and are cheaper.
const (
	trialRank = 250
	trialLeft = 10
)

// matched is a preconditioner with the trace of K + Sigma, or close to it, that probes are drawn from.
type matched interface {
	Preconditioner
	// price is what another one like it costs, in products of op with 16 columns.
	price(op *Operator) float64
	bytes() int64
}

// newMatchedBy returns the matched preconditioner of the method of the options, and the method that it chose where that is auto.
func newMatchedBy(ctx context.Context, op *Operator, o *PreconditionerOptions) (p matched, method string, err error) {
	method = o.Method
	var trial *pivoted
	if automatic(method) {
		if method, trial, err = choosePreconditioner(ctx, op, o); err != nil {
			return nil, "", err
		}
	}
	chosen := *o
	chosen.Method = method
	if method == NearestPoints {
		v, err := NewVecchia(ctx, op, &chosen)
		return v, method, err
	}
	m, err := newMatched(ctx, op, &chosen, trial)
	return m, method, err
}

// automatic reports whether a method is to be chosen.
func automatic(method string) bool { return method == Auto || method == "" }

// choosePreconditioner returns NearestPoints where the kernel falls with the distance in every term and is rough enough for its
// noise that columns are not enough, RandomPivots elsewhere, with the first of the columns if it has looked at some. A rank that is
// asked for is that of columns.
func choosePreconditioner(ctx context.Context, op *Operator, o *PreconditionerOptions) (method string, trial *pivoted, err error) {
	if o.Rank > 0 || !op.compiled.local() {
		return RandomPivots, nil, nil
	}
	own := *o
	own.Method = RandomPivots
	most := mostRankOf(op.Size())
	trial = &pivoted{s: op, o: &own, most: most}
	if err := trial.grow(ctx, min(trialRank, most)); err != nil {
		return "", nil, err
	}
	noise, _, err := positiveNoise(ctx, op, trial.f)
	if err != nil {
		return "", nil, err
	}
	sum := 0.0
	for _, v := range noise {
		sum += v
	}
	if trial.rest() <= trialLeft*sum {
		return RandomPivots, trial, nil
	}
	return NearestPoints, nil, nil
}

// local reports whether every leaf falls with the distance of points, so that near points say more than others.
func (c *compiled) local() bool {
	for _, l := range c.leaves {
		if l.period != nil || l.shape == inner {
			return false
		}
	}
	return len(c.leaves) > 0
}

// price of a factor of rank r is that of r^2 / 10 n products.
func (p *LowRank) price(*Operator) float64 {
	return float64(p.r) * float64(p.r) / (10 * float64(p.n))
}

func (p *LowRank) bytes() int64 { return 4 * int64(p.n) * int64(p.r) }

// price of a point is that of some 2000 elements per neighbor.
func (p *Vecchia) price(op *Operator) float64 {
	return 2000 * float64(p.neighbors) / (float64(p.n) * op.engine.share())
}

// checkLaw refuses probes that need what a preconditioner by nearest points does not have.
func checkLaw(law, preconditioner string) error {
	if law == ProbesReduced && preconditioner == NearestPoints {
		return fmt.Errorf("gp: %w: probes %s rest on derivatives of a low-rank preconditioner; with preconditioner %s take %s",
			core.ErrOption, law, preconditioner, ProbesMatched)
	}
	return nil
}
