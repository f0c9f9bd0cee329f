package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// matrixGround is a symmetric matrix of costs, or of similarities.
type matrixGround[T core.Float] struct {
	m       core.Matrix[T]
	similar bool
	largest float64
	totals  []float64 // of each row: the positive elements times the weights of clients; nil with groups
}

// Distances returns rows whose distances are the elements of the symmetric d (n x n), none negative.
func Distances[T core.Float](d core.Matrix[T]) Ground { return &matrixGround[T]{m: d} }

// Similarities returns rows whose similarities are the elements of the symmetric s (n x n). A client gains its largest
// similarity to a selected row where that is above 0, and the distance that losses are made of is what this lacks of the
// largest element.
func Similarities[T core.Float](s core.Matrix[T]) Ground {
	return &matrixGround[T]{m: s, similar: true}
}

func (g *matrixGround[T]) Len() int { return g.m.Rows }

// exact says that rows of the matrix are cheaper to read than gains to keep.
func (g *matrixGround[T]) exact() string { return Lazy }

func (g *matrixGround[T]) name() string {
	if g.similar {
		return "the similarity matrix"
	}
	return "the distance matrix"
}

func (g *matrixGround[T]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	s, err := g.stored(ctx, ids, o)
	if err != nil {
		return nil, err
	}
	return newGreedy(ctx, s, ids, o)
}

// stored returns the part of the matrix of some rows, all of one group, or the whole.
func (g *matrixGround[T]) stored(ctx context.Context, ids []int, o *FacilityOptions) (*stored[T], error) {
	m := g.m
	if ids != nil {
		// A group's part of the matrix is packed, so that what follows reads rows without gaps.
		m = core.NewMatrix[T](len(ids), len(ids))
		err := par.For(ctx, o.Threads, len(ids), func(_, i int) {
			row, from := m.Row(i), g.m.Row(ids[i])
			for j, id := range ids {
				row[j] = from[id]
			}
		})
		if err != nil {
			return nil, err
		}
	}
	s := &stored[T]{ctx: ctx, threads: par.Threads(o.Threads), m: m, sign: -1, top: g.largest}
	if g.similar {
		s.sign, s.top, s.offset = 1, 0, g.largest
	}
	if ids == nil {
		s.totals = g.totals
	}
	return s, nil
}

// bound raises the bound of a part by what every candidate could still gain, for engines that do not tell.
func (g *matrixGround[T]) bound(ctx context.Context, ids []int, o *FacilityOptions, q request, p *part, _ func(string, int, int)) error {
	s, err := g.stored(ctx, ids, o)
	if err != nil {
		return err
	}
	n := s.size()
	s.weights = clientWeights[T](o, ids, n)
	hi, gains := make([]T, n), make([]float64, n)
	for i, at := range p.owner {
		if hi[i] = T(s.top); at >= 0 {
			hi[i] = min(hi[i], -s.sign*s.m.Row(int(p.selected[at]))[i])
		}
	}
	if err := s.halves(gains, hi, s.sign); err != nil {
		return err
	}
	for _, j := range p.selected {
		gains[j] = 0
	}
	if q.candidates != nil {
		for c, j := range q.candidates {
			gains[c] = gains[j] // ascending, so that none is overwritten before it is read
		}
		gains = gains[:len(q.candidates)]
	}
	p.pairs += s.pairs
	p.bound = min(p.loss, max(p.bound, 0, p.loss-largest(gains, min(len(gains), len(p.selected)))))
	return nil
}

func (g *matrixGround[T]) effort(n int) (bytes, perPair float64) {
	size := float64(elementSize[T]())
	bytes = float64(n) * (4*size + 40)
	if n < g.m.Rows {
		bytes += float64(n) * float64(n) * size
	}
	return bytes, size / 4 * 3e-10
}

// stored are the operations of greedy selection on a symmetric matrix in memory: the costs of a candidate, a column, are read as
// a row.
type stored[T core.Float] struct {
	ctx         context.Context
	threads     int
	m           core.Matrix[T]
	weights     []T
	sign        T
	top, offset float64
	totals      []float64 // of each row: its positive elements times the weights, if known
	pairs       int64
}

// columnsPerTask is how many columns of some rows are added up at once.
const columnsPerTask = 1024

func (s *stored[T]) size() int { return s.m.Rows }

func (s *stored[T]) ceiling() float64 { return s.top }

func (s *stored[T]) reaches() bool { return s.sign < 0 }

func (s *stored[T]) report() float64 { return s.offset }

func (s *stored[T]) batch() int { return 4 }

func (s *stored[T]) evaluated() int64 { return s.pairs }

func (s *stored[T]) bytes() float64 { return 0 }

func (s *stored[T]) prepare(weights []T) error {
	s.weights = weights
	return nil
}

func (s *stored[T]) row(j int32) ([]T, T, error) { return s.m.Row(int(j)), s.sign, nil }

func (s *stored[T]) total(out []float64, candidates []int32) error {
	n := s.m.Rows
	var err error
	switch {
	case s.totals == nil && candidates == nil:
		err = s.halves(out, make([]T, n), 1)
	case s.totals == nil:
		err = s.rows(out, candidates, make([]T, n), endless[T](n), 1)
	case candidates == nil:
		copy(out, s.totals)
	default:
		for c, j := range candidates {
			out[c] = s.totals[j]
		}
	}
	if s.sign < 0 {
		all := 0.0
		for _, c := range s.weights {
			all += float64(c)
		}
		for c, sum := range out {
			out[c] = s.top*all - sum
		}
	}
	return err
}

func (s *stored[T]) decrease(out []float64, candidates, clients []int32, hi, span []T) error {
	n := s.m.Rows
	switch {
	case clients == nil && candidates == nil:
		return s.halves(out, hi, s.sign)
	case clients != nil && candidates == nil && len(clients) < n/4:
		return s.columns(out, clients, hi, span)
	case clients != nil && len(clients) < n/16:
		return s.gather(out, candidates, clients, hi, span)
	}
	return s.rows(out, candidates, hi, span, s.sign)
}

// rows adds the gains of candidates from all clients.
func (s *stored[T]) rows(out []float64, candidates []int32, hi, span []T, sign T) error {
	n := s.m.Rows
	s.pairs += int64(len(out)) * int64(n)
	return par.For(s.ctx, s.few(len(out)*n), par.Tiles(len(out), 4), func(_, task int) {
		lo, up := par.Span(task, len(out), 4)
		for c := lo; c < up; c++ {
			j := c
			if candidates != nil {
				j = int(candidates[c])
			}
			out[c] += cover.Row(s.m.Row(j), hi[:n], span[:n], s.weights, sign)
		}
	})
}

// columns adds the gains of all candidates from some clients.
func (s *stored[T]) columns(out []float64, clients []int32, hi, span []T) error {
	n := s.m.Rows
	s.pairs += int64(len(clients)) * int64(n)
	return par.For(s.ctx, s.few(len(clients)*n), par.Tiles(n, columnsPerTask), func(_, task int) {
		lo, up := par.Span(task, n, columnsPerTask)
		var sums [columnsPerTask]T
		for at, i := range clients {
			cover.Columns(sums[:up-lo], s.m.Row(int(i))[lo:up], 0, hi[i:i+1], span[i:i+1], s.weights[i:i+1], s.sign)
			if at%tile.Size == tile.Size-1 || at == len(clients)-1 {
				for j, v := range sums[:up-lo] {
					out[lo+j] += float64(v)
				}
				clear(sums[:up-lo])
			}
		}
	})
}

// gather adds the gains of some candidates from some clients.
func (s *stored[T]) gather(out []float64, candidates, clients []int32, hi, span []T) error {
	s.pairs += int64(len(out)) * int64(len(clients))
	return par.For(s.ctx, s.few(len(out)*len(clients)), len(out), func(_, c int) {
		j := c
		if candidates != nil {
			j = int(candidates[c])
		}
		row, sum := s.m.Row(j), 0.0
		for _, i := range clients {
			sum += float64(s.weights[i] * min(max(hi[i]+s.sign*row[i], 0), span[i]))
		}
		out[c] += sum
	})
}

// few returns one thread for work too small to share.
func (s *stored[T]) few(elements int) int {
	if elements < 1<<17 {
		return 1
	}
	return s.threads
}
