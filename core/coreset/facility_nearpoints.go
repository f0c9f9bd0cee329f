package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// throughPoints searches rows by their own features, centred and scaled: squared distances between these are what costs follow from.
type throughPoints[T core.Float] struct{ p *points[T] }

func (w throughPoints[T]) place(s *nearby[T]) (core.Matrix[T], error) {
	n, p := w.p.size(), w.p
	x := hugepage.NewMatrix[T](n, p.d)
	return x, par.For(s.ctx, s.o.Threads, par.Tiles(n, tile.Size), func(_, b int) {
		panel := make([]T, p.panel())
		lo, hi := par.Span(b, n, tile.Size)
		for i := lo; i < hi; i++ {
			p.fill(panel, i-lo, i)
			for c := range p.d {
				x.Row(i)[c] = panel[c*tile.Size+i-lo]
			}
		}
	})
}

func (w throughPoints[T]) search(s *nearby[T], k int, candidates []bool) (*neighbors.Lists[T], error) {
	lists, err := neighbors.Search(s.ctx, s.x, &neighbors.Options{K: k, Recall: wantedRecall, Seed: s.o.Seed, Threads: s.o.Threads,
		Candidates: candidates, Progress: func(done, of int) { s.phase("neighbors", done, of) }})
	if err != nil {
		return nil, err
	}
	return lists, par.For(s.ctx, s.o.Threads, par.Tiles(len(lists.Squares), 1<<16), func(_, t int) {
		lo, hi := par.Span(t, len(lists.Squares), 1<<16)
		for e, v := range lists.Squares[lo:hi] {
			lists.Squares[lo+e] = w.p.cost(v)
		}
	})
}

func (w throughPoints[T]) assign(s *nearby[T], selected []int32) (*neighbors.Lists[T], error) {
	chosen := make([]bool, w.p.size())
	for _, j := range selected {
		chosen[j] = true
	}
	return neighbors.Search(s.ctx, s.x, &neighbors.Options{K: 1, Recall: 1, Seed: s.o.Seed, Threads: s.o.Threads, Candidates: chosen,
		Progress: func(done, of int) { s.phase("assignment", done, of) }})
}

func (w throughPoints[T]) cost(s *nearby[T], i, j int) float64 {
	sum, other := 0.0, s.x.Row(j)
	for q, v := range s.x.Row(i) {
		e := float64(v) - float64(other[q])
		sum += e * e
	}
	return float64(w.p.cost(T(sum)))
}

// cost turns a squared distance of features into the cost, for which similarities change their sign.
func (p *points[T]) cost(square T) T {
	switch p.space.metric {
	case Euclidean:
		return T(math.Sqrt(float64(square)))
	case RBF:
		return T(-math.Exp(-0.5 * float64(square)))
	}
	return square
}
