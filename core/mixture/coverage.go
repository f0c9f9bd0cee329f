package mixture

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// coverageRows is the number of points on which the truncation is checked.
const coverageRows = 2000

// coverage returns, over evenly spaced points, the weighted mean of log sum over all c of exp l_nc minus the same sum
// over K_n alone: how far the bound is below the exact mean log-likelihood. Never negative.
func (e *estep[T]) coverage(ctx context.Context) (float64, error) {
	lanes, dp, C := panel.Lanes[T](), panel.Pad[T](e.k.D), e.s.C
	n := min(coverageRows, e.s.n)
	all := make([]uint32, C)
	for c := range all {
		all[c] = uint32(c)
	}
	tiles := par.Tiles(n, lanes)
	gaps, weights := make([]float64, tiles), make([]float64, tiles)
	scratch := make([][]T, e.threads)
	err := par.For(ctx, e.threads, tiles, func(worker, t int) {
		w := e.workers[worker]
		if scratch[worker] == nil {
			scratch[worker] = make([]T, C*lanes)
		}
		l := scratch[worker]
		lo, hi := par.Span(t, n, lanes)
		points := make([]uint32, 0, lanes)
		for i := lo; i < hi; i++ {
			points = append(points, uint32(i*e.s.n/n))
		}
		e.d.gather(w.rows, dp, points)
		e.evaluate(l, nil, w, points, nil, all)
		for lane, i := range points {
			exact := newLogSum()
			for c := range C {
				exact.add(float64(l[c*lanes+lane]))
			}
			kept := newLogSum()
			set := e.s.candidates[int(i)*e.s.keep : (int(i)+1)*e.s.keep]
			for r, c := range set {
				if !slices.Contains(set[:r], c) { // a search space smaller than C' leaves repetitions
					kept.add(float64(l[int(c)*lanes+lane]))
				}
			}
			weight := e.d.weight(i)
			gaps[t] += weight * max(0, exact.value()-kept.value())
			weights[t] += weight
		}
	})
	gap, total := 0.0, 0.0
	for t := range gaps {
		gap, total = gap+gaps[t], total+weights[t]
	}
	return gap / total, err
}

// logSum accumulates log sum exp without overflow.
type logSum struct{ top, sum float64 }

func newLogSum() logSum { return logSum{top: math.Inf(-1)} }

func (s *logSum) add(v float64) {
	if v > s.top {
		s.sum *= math.Exp(s.top - v)
		s.top = v
	}
	s.sum += math.Exp(v - s.top)
}

func (s *logSum) value() float64 { return s.top + math.Log(s.sum) }
