package surrogate

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Ask returns points of the box (m x d) to be evaluated next, best all of them before the next call: count of them, or, if
// count is 0, as many as suit the state of the search, which is none once it has converged or run out of evaluations.
// Errors wrap core.ErrOption, or are the context's.
func (s *Density) Ask(ctx context.Context, count int) (core.Matrix[float64], error) {
	d := len(s.lower)
	if count < 0 {
		return core.Matrix[float64]{}, fmt.Errorf("gp: %w: count must not be negative, got %d", core.ErrOption, count)
	}
	if err := s.update(ctx); err != nil {
		return core.Matrix[float64]{}, err
	}
	if count == 0 {
		if count = s.due(); count == 0 {
			return core.Matrix[float64]{Cols: d, Stride: d}, nil
		}
	}
	var points core.Matrix[float64]
	var err error
	if s.law == nil {
		points = s.design(count)
	} else {
		points, err = s.choose(ctx, count)
	}
	s.fromCube(points)
	return points, err
}

// due returns how many evaluations come next.
func (s *Density) due() int {
	n := len(s.y)
	switch {
	case s.starting():
		most := min(s.o.MaxInitial, s.o.MaxEvaluations)
		return max(0, min(s.o.Initial-s.finite(), most-n))
	case s.Converged():
		return 0
	}
	return max(0, min(s.o.Batch, s.o.MaxEvaluations-n))
}

// Converged reports whether the three criteria agree about the law that knows all values told before the last call of Ask or
// Sample.
func (s *Density) Converged() bool {
	const rounds = 2
	if len(s.history) < rounds {
		return false
	}
	for _, r := range s.history[len(s.history)-rounds:] {
		if r.Correct < max(4, len(s.lower)/2) || r.Change >= s.o.Tol || r.Expected >= s.o.Tol {
			return false
		}
	}
	return true
}

// design returns a Latin hypercube of count points of the cube, another one at every call.
func (s *Density) design(count int) core.Matrix[float64] {
	random := rng.New(s.o.Seed, designStream, uint64(s.asked))
	s.asked++
	u := core.NewMatrix[float64](count, len(s.lower))
	for q := range u.Cols {
		for i, place := range random.Perm(count) {
			u.Row(i)[q] = (float64(place) + random.Float64()) / float64(count)
		}
	}
	return u
}

// overshoot is how far above the largest value, in nats, the mean of the process counts: where it promises more it
// extrapolates, and what is unknown decides.
const overshoot = 3

// choose returns the count particles that promise most, each chosen as if those before had the values of the mean.
func (s *Density) choose(ctx context.Context, count int) (core.Matrix[float64], error) {
	d, p, coarse, fine := len(s.lower), s.law.process, s.law.coarse, s.law.fine
	pool := core.NewMatrix[float64](coarse.u.Rows+fine.u.Rows, d)
	copy(pool.Data, coarse.u.Data)
	copy(pool.Data[len(coarse.u.Data):], fine.u.Data)
	values := append(append([]float64(nil), coarse.value...), fine.value...)
	m := pool.Rows

	at := p.place(pool)
	w := core.NewMatrix[float64](m, p.n+count)
	p.correlate(w, at, p.at)
	p.whiten(w, s.o.Threads)
	variance, doubt := make([]float64, m), make([]float64, m)
	for i := range m {
		row := w.Row(i)[:p.n]
		variance[i] = at.own[i] - blas.Dot(row, row)
	}
	if err := s.law.region.doubt(ctx, doubt, pool); err != nil {
		return pool, err
	}
	top := math.Inf(-1)
	for _, v := range s.y {
		top = max(top, v)
	}
	chosen := core.NewMatrix[float64](count, d)
	for pick := range count {
		if err := ctxError(ctx); err != nil {
			return chosen, err
		}
		best, highest := 0, math.Inf(-1)
		for i := range m {
			score := 2*zeta(d)*min(values[i]-top, overshoot) + 0.5*math.Log(max(variance[i], 0)*p.scale*p.scale+doubt[i]*(1-doubt[i]))
			if score > highest {
				best, highest = i, score
			}
		}
		copy(chosen.Row(pick), pool.Row(best))
		doubt[best] = 0
		s.believe(w, p.n+pick, best, at, variance)
	}
	return chosen, nil
}

// believe appends the point of row best to the whitened rows w, of which the first n columns are known, and takes what it
// explains from variance.
func (s *Density) believe(w core.Matrix[float64], n, best int, at places, variance []float64) {
	p := s.law.process
	k := core.NewMatrix[float64](len(variance), 1)
	p.correlate(k, at, at.one(best))
	from := w.Row(best)[:n]
	root := math.Sqrt(max(variance[best], 0) + p.noise)
	column := make([]float64, len(variance))
	for i := range column {
		column[i] = (k.Data[i] - blas.Dot(w.Row(i)[:n], from)) / root
	}
	for i, v := range column {
		w.Row(i)[n] = v
		variance[i] -= v * v
	}
}
