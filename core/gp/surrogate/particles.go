package surrogate

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// population is equally weighted draws from a law to some power.
type population struct {
	u     core.Matrix[float64] // N x d
	value []float64            // N: logarithms of the density
}

func (p *population) clone() *population {
	u := p.u
	u.Data = slices.Clone(u.Data)
	return &population{u, slices.Clone(p.value)}
}

// annealing takes a population from the uniform law on a region to that of a surrogate.
type annealing struct {
	law    *law
	random *rand.Rand
	now    population
	beta   float64
	mass   float64 // logarithm of the mean of the density to the power of beta over the cube
	scale  float64 // of the steps, relative to that which suits a normal law
	sweeps int     // moves of every particle per temperature

	next  population // proposals for half of the particles
	dupes []int
}

// newAnnealing draws n particles, an even number, from the uniform law on the region. Where the region is so small that few
// draws meet it, copies of these, or of the good points, stand in; moves spread them.
func newAnnealing(ctx context.Context, l *law, n int, random *rand.Rand) (*annealing, error) {
	const rounds = 20
	d := len(l.inverse)
	a := &annealing{law: l, random: random, scale: 1, sweeps: 5 + d/2, dupes: make([]int, n)}
	a.now = population{core.NewMatrix[float64](n, d), make([]float64, n)}
	a.next = population{core.NewMatrix[float64](n/2, d), make([]float64, n/2)}
	drawn, inside := core.NewMatrix[float64](n, d), make([]bool, n)
	met, round := 0, 0
	for ; met < n && round < rounds; round++ {
		for i := range drawn.Data {
			drawn.Data[i] = random.Float64()
		}
		if err := l.region.contains(ctx, inside, drawn); err != nil {
			return nil, err
		}
		for i := range drawn.Rows {
			if inside[i] {
				if met < n {
					copy(a.now.u.Row(met), drawn.Row(i))
				}
				met++
			}
		}
	}
	a.mass = math.Log(float64(max(met, 1)) / float64(n*round))
	if met == 0 {
		for ; met < min(n, l.region.kept.z.Rows); met++ {
			for q, v := range l.region.kept.z.Row(met) {
				a.now.u.Row(met)[q] = min(max(v/l.region.inverse[q], 0), 1)
			}
		}
	}
	for i := met; i < n; i++ {
		copy(a.now.u.Row(i), a.now.u.Row(i-met))
	}
	if err := l.log(ctx, a.now.value, a.now.u); err != nil {
		return nil, err
	}
	if met >= n {
		return a, nil
	}
	return a, a.move(ctx, 4*a.sweeps)
}

// to goes on to the power beta, in steps that leave half of the particles' weight, and returns the population there.
func (a *annealing) to(ctx context.Context, beta float64) (*population, error) {
	for a.beta < beta {
		step := a.step(beta - a.beta)
		a.resample(step)
		a.beta += step
		if err := a.move(ctx, a.sweeps); err != nil {
			return nil, err
		}
	}
	return a.now.clone(), nil
}

// step returns the largest increase of beta of which the weights have an effective number of at least half of the particles.
func (a *annealing) step(most float64) float64 {
	top := slices.Max(a.now.value)
	effective := func(step float64) float64 {
		sum, squares := 0.0, 0.0
		for _, v := range a.now.value {
			w := math.Exp(step * (v - top))
			sum += w
			squares += w * w
		}
		return sum * sum / squares
	}
	half := float64(len(a.now.value)) / 2
	if effective(most) >= half {
		return most
	}
	lower, upper := 0.0, most
	for range 60 {
		middle := (lower + upper) / 2
		if effective(middle) >= half {
			lower = middle
		} else {
			upper = middle
		}
	}
	return max(lower, most*1e-12)
}

// resample replaces the particles by a sample in proportion to their weights exp(step value), with one random number.
func (a *annealing) resample(step float64) {
	n := len(a.now.value)
	top := slices.Max(a.now.value)
	total := 0.0
	for _, v := range a.now.value {
		total += math.Exp(step * (v - top))
	}
	a.mass += step*top + math.Log(total/float64(n))
	sum, at := 0.0, a.random.Float64()
	count := 0
	for i, v := range a.now.value {
		sum += math.Exp(step*(v-top)) / total * float64(n)
		for ; at < sum && count < n; at++ {
			a.dupes[count] = i
			count++
		}
	}
	for ; count < n; count++ {
		a.dupes[count] = n - 1
	}
	old := a.now.clone()
	for i, from := range a.dupes {
		copy(a.now.u.Row(i), old.u.Row(from))
		a.now.value[i] = old.value[from]
	}
}

// move takes the particles through sweeps of Metropolis steps along differences of two of the other half.
func (a *annealing) move(ctx context.Context, sweeps int) error {
	n := a.now.u.Rows
	for range sweeps {
		accepted := 0
		for half := range 2 {
			for i := range n / 2 {
				a.propose(a.next.u.Row(i), 2*i+half, 1-half)
			}
			if err := a.law.log(ctx, a.next.value, a.next.u); err != nil {
				return err
			}
			for i, value := range a.next.value {
				at := 2*i + half
				if math.Log(a.random.Float64()) < a.beta*(value-a.now.value[at]) && !math.IsInf(value, -1) {
					copy(a.now.u.Row(at), a.next.u.Row(i))
					a.now.value[at] = value
					accepted++
				}
			}
		}
		rate := float64(accepted) / float64(n)
		a.scale = min(max(a.scale*math.Exp(rate-0.3), 0.05), 4)
	}
	return nil
}

// propose writes particle i plus a multiple of the difference of two particles of the given half to dst.
func (a *annealing) propose(dst []float64, i, half int) {
	n, d := a.now.u.Rows, a.now.u.Cols
	first, second := a.random.IntN(n/2), a.random.IntN(n/2-1)
	if second >= first {
		second++
	}
	gamma := a.scale * 2.38 / math.Sqrt(2*float64(d))
	if a.random.Float64() < 0.1 {
		gamma = 1 // leads from one mode to another
	}
	from, to, x := a.now.u.Row(2*first+half), a.now.u.Row(2*second+half), a.now.u.Row(i)
	for q := range dst {
		dst[q] = x[q] + gamma*(to[q]-from[q])*(1+0.1*a.random.NormFloat64()) + 1e-7*a.random.NormFloat64()
	}
}
