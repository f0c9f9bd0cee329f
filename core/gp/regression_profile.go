package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// profiler takes noise and scale out of training: for each value of the other parameters it finds the pair of the largest
// likelihood by one Lanczos process, see [Profile]. Derivatives by the others are what they are with that pair held still,
// since those by the pair are zero there.
type profiler struct {
	scale, noise int // places in theta
	lower, upper []float64
	y            []float64
	seed         uint64
	threads      int
	seen         []profiled // since the last step that was accepted
}

// profiled is a pair that was found.
type profiled struct {
	theta        []float64 // as the optimizer has it
	scale, noise float64
}

func newProfiler(t *training, op *Operator) (*profiler, error) {
	p := &profiler{noise: len(t.theta) - 1, lower: t.space.lower, upper: t.space.upper, y: t.y.Data, seed: t.o.Seed, threads: t.o.Threads}
	switch root := op.compiled.root; {
	case root == nil || len(root.scaleAt) == 0:
		return nil, fmt.Errorf("gp: %w: profile needs a kernel that a trained constant multiplies, such as Constant times Matern", core.ErrOption)
	case op.compiled.noisy:
		return nil, fmt.Errorf("gp: %w: profile finds the noise; the kernel must have no White term", core.ErrOption)
	case t.y.Cols > 1:
		return nil, fmt.Errorf("gp: %w: profile is for one output, y has %d; fit a model for each", core.ErrOption, t.y.Cols)
	default:
		p.scale = root.scaleAt[0]
	}
	if len(t.space.priors[p.scale])+len(t.space.priors[p.noise]) > 0 {
		return nil, fmt.Errorf("gp: %w: profile finds noise and scale by the likelihood alone; they can have no priors", core.ErrOption)
	}
	return p, nil
}

// leastEta is the ratio of noise to signal below which rounding of K shows.
const leastEta = 1e-6

// best returns theta with the best noise and scale, within their bounds. It leaves op with a scale of 1.
func (p *profiler) best(ctx context.Context, op *Operator, theta []float64) ([]float64, error) {
	at := slices.IndexFunc(p.seen, func(v profiled) bool { return slices.Equal(v.theta, theta) })
	if at < 0 {
		unit := slices.Clone(theta[:p.noise])
		unit[p.scale] = 0
		if err := place(op, unit, 0, nil); err != nil {
			return nil, err
		}
		profile, err := NewProfile(ctx, op, p.y, &ProfileOptions{Probes: 15, Seed: p.seed, Threads: p.threads})
		if err != nil {
			return nil, err
		}
		least := max(math.Exp(p.lower[p.noise]-p.upper[p.scale]), leastEta)
		found, err := profile.Best(least, max(least, math.Exp(p.upper[p.noise]-p.lower[p.scale])))
		if err != nil {
			return nil, err
		}
		at = len(p.seen)
		p.seen = append(p.seen, profiled{slices.Clone(theta), p.within(p.scale, found.Scale), p.within(p.noise, found.Noise)})
	}
	out := slices.Clone(theta)
	out[p.scale], out[p.noise] = p.seen[at].scale, p.seen[at].noise
	return out, nil
}

// within returns the logarithm of a value, moved into the bounds of parameter i.
func (p *profiler) within(i int, value float64) float64 {
	return min(max(math.Log(value), p.lower[i]), p.upper[i])
}

// settle puts the pair that was found for an accepted theta into it. A nil profiler leaves it alone, as in flatten.
func (p *profiler) settle(theta []float64) {
	if p == nil {
		return
	}
	for _, v := range p.seen {
		if slices.Equal(v.theta, theta) {
			p.seen = []profiled{v}
			theta[p.scale], theta[p.noise] = v.scale, v.noise
			return
		}
	}
}

// flatten makes the gradient that of a function which does not depend on the pair.
func (p *profiler) flatten(grad []float64) {
	if p != nil {
		grad[p.scale], grad[p.noise] = 0, 0
	}
}
