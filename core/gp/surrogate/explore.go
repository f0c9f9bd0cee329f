package surrogate

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Purposes of random streams.
const (
	designStream = iota + 1
	exploreStream
	sampleStream
)

// zeta returns the weight of the height of the density against what is unknown about it.
func zeta(d int) float64 { return math.Pow(float64(d), -0.85) }

// explore draws the particles of a law and measures it against the law of the round before.
func (s *Density) explore(ctx context.Context, next *law, round *Round) error {
	a, err := newAnnealing(ctx, next, s.o.Particles, rng.New(s.o.Seed, exploreStream, uint64(len(s.history))))
	if err != nil {
		return err
	}
	if next.coarse, err = a.to(ctx, min(1, 2*zeta(len(s.lower)))); err != nil {
		return err
	}
	if next.fine, err = a.to(ctx, 1); err != nil {
		return err
	}
	round.Evidence = a.mass + s.volume()
	round.Change = math.Inf(1)
	if s.law != nil {
		if round.Change, err = divergence(ctx, next.fine, s.law); err != nil {
			return err
		}
	}
	round.Expected, err = next.expected(ctx)
	return err
}

// volume returns the logarithm of that of the box.
func (s *Density) volume() float64 {
	sum := 0.0
	for _, w := range s.width {
		sum += math.Log(w)
	}
	return sum
}

// divergence returns that of the population's law from another by Kullback and Leibler. Where the other vanishes, it is taken
// for e^-10 times as large.
func divergence(ctx context.Context, p *population, other *law) (float64, error) {
	values := make([]float64, len(p.value))
	if err := other.log(ctx, values, p.u); err != nil {
		return 0, err
	}
	mean, top := 0.0, math.Inf(-1)
	for i, v := range values {
		values[i] = max(v-p.value[i], -10)
		mean += values[i] / float64(len(values))
		top = max(top, values[i])
	}
	sum := 0.0
	for _, v := range values {
		sum += math.Exp(v - top)
	}
	return max(0, top+math.Log(sum/float64(len(values)))-mean), nil
}

// expected returns the divergence of the law from the truth that the process and the edge of its support let expect, by some
// particles.
func (l *law) expected(ctx context.Context) (float64, error) {
	const most = 256
	n := l.fine.u.Rows
	few := core.NewMatrix[float64](min(most, n), l.fine.u.Cols)
	for i := range few.Rows {
		copy(few.Row(i), l.fine.u.Row(i*n/few.Rows))
	}
	mean, variance := make([]float64, few.Rows), make([]float64, few.Rows)
	if err := l.evaluate(ctx, mean, variance, few, l.threads); err != nil {
		return 0, err
	}
	doubt := make([]float64, few.Rows)
	if err := l.region.doubt(ctx, doubt, few); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, v := range variance {
		sum += v/2 + doubt[i]
	}
	return sum / float64(few.Rows), nil
}
