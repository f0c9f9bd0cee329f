package coreset

import (
	"context"
	"math"
)

// frankWolfe approximates the sum of the features of the pool by a combination w of few (ACS-FW; Pinsler, Gordon, Nalisnick
// and Hernandez-Lobato, NeurIPS 2019): over the polytope with corners (s/s_i) f_i, where s_i is the norm of f_i and s their
// sum, each step moves towards the corner that correlates most with what is left, as far as is best. A corner that comes up
// again changes weights only. Where the steps stop short of the batch, the rows that correlate most follow, with weight 0.
func (b *batch) frankWolfe(ctx context.Context) error {
	k, _, err := b.k.given(ctx, b.o.Threads, nil, 0)
	if err != nil {
		return err
	}
	norms, pool := make([]float64, b.n), make([]float64, b.n)
	if err := k.diagonal(ctx, b.o.Threads, norms); err != nil {
		return err
	}
	s := 0.0
	for i, v := range norms {
		norms[i] = math.Sqrt(max(v, 0))
		if !b.out[i] {
			pool[i] = 1
			s += norms[i]
		}
	}
	target, column := make([]float64, b.n), make([]float64, b.n)
	if err := k.times(ctx, b.o.Threads, pool, target); err != nil {
		return err
	}
	f := &approximation{norms: norms, pool: pool, s: s, target: target, now: make([]float64, b.n), w: make([]float64, b.n),
		scores: make([]float64, b.n)}
	for steps := 0; len(b.found.Indices) < b.o.Size && steps < 10*b.o.Size; steps++ {
		i := f.corner()
		if i < 0 {
			break
		}
		if err := k.column(ctx, b.o.Threads, i, column); err != nil {
			return err
		}
		if !f.step(i, column) {
			break
		}
		if !b.out[i] {
			b.take(i, f.scores[i])
		}
	}
	for len(b.found.Indices) < b.o.Size {
		i := b.best(f.scores)
		b.take(i, f.scores[i])
	}
	for _, i := range b.found.Indices {
		b.found.Weights = append(b.found.Weights, f.w[i])
	}
	return nil
}

// approximation is the state of the steps. L is the sum of the features, L(w) the combination.
type approximation struct {
	norms, pool []float64
	s           float64
	target, now []float64 // f_i . L and f_i . L(w)
	w           []float64
	cross, self float64 // L . L(w) and L(w) . L(w)
	scores      []float64
}

// corner returns the row whose direction correlates most with what is left; -1 if none does.
func (f *approximation) corner() int {
	best := -1
	for i := range f.scores {
		if f.scores[i] = math.Inf(-1); f.pool[i] == 0 {
			continue
		}
		f.scores[i] = 0
		if f.norms[i] > 0 {
			f.scores[i] = (f.target[i] - f.now[i]) / f.norms[i]
		}
		if f.norms[i] > 0 && (best < 0 || f.scores[i] > f.scores[best]) {
			best = i
		}
	}
	return best
}

// step moves towards corner i, given its column of the kernel; false where that leads nowhere.
func (f *approximation) step(i int, column []float64) bool {
	c := f.s / f.norms[i]
	corner := c * c * column[i]
	length := corner - 2*c*f.now[i] + f.self
	gain := c*f.target[i] - c*f.now[i] - f.cross + f.self
	if !(length > 0) || !(gain > 1e-12*corner) {
		return false
	}
	g := min(1, gain/length)
	f.self = (1-g)*(1-g)*f.self + 2*g*(1-g)*c*f.now[i] + g*g*corner
	f.cross = (1-g)*f.cross + g*c*f.target[i]
	for j, v := range column {
		f.now[j] = (1-g)*f.now[j] + g*c*v
		f.w[j] *= 1 - g
	}
	f.w[i] += g * c
	return true
}
