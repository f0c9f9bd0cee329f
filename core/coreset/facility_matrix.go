package coreset

import (
	"context"
	"math"

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

func (g *matrixGround[T]) name() string {
	if g.similar {
		return "the similarity matrix"
	}
	return "the distance matrix"
}

// asymmetry is an element that differs from the one across the diagonal, or is negative.
type asymmetry struct {
	found    bool
	row, col int
}

func (g *matrixGround[T]) check(ctx context.Context, o *FacilityOptions) error {
	if g.m.Rows != g.m.Cols {
		return errorf(core.ErrShape, "%s is %d x %d; it must be square, with a row and a column for each row of the data",
			g.name(), g.m.Rows, g.m.Cols)
	}
	if err := g.m.Check(g.name()); err != nil {
		return errorf(core.ErrShape, "%v", err)
	}
	n := g.m.Rows
	count := par.Tiles(n, tile.Size)
	most, nonfinite, least := make([]T, count), make([]bool, count), make([]T, count)
	err := par.For(ctx, o.Threads, count, func(_, b int) {
		lo, hi := par.Span(b, n, tile.Size)
		largest, smallest, bad := T(math.Inf(-1)), T(math.Inf(1)), T(0)
		for i := lo; i < hi; i++ {
			for _, v := range g.m.Row(i) {
				bad += v - v
				largest, smallest = max(largest, v), min(smallest, v)
			}
		}
		most[b], least[b], nonfinite[b] = largest, smallest, bad != 0
	})
	if err != nil {
		return err
	}
	scale := 0.0
	g.largest = math.Inf(-1)
	for b := range count {
		if nonfinite[b] {
			return checkMatrix(g.m, g.name())
		}
		g.largest = max(g.largest, float64(most[b]))
		scale = max(scale, math.Abs(float64(most[b])), math.Abs(float64(least[b])))
		if !g.similar && least[b] < 0 {
			return g.negative()
		}
	}
	differ := make([]asymmetry, count)
	tolerance := T(math.Sqrt(core.Epsilon[T]()) * scale)
	err = par.For(ctx, o.Threads, count, func(_, b int) { differ[b] = g.compare(b, tolerance) })
	for _, d := range differ {
		if err == nil && d.found {
			return errorf(core.ErrShape, "%s is not symmetric: element (%d, %d) is %v and (%d, %d) is %v; pass (S + S.T) / 2, or a "+
				"graph whose rows are the clients", g.name(), d.row, d.col, g.m.Row(d.row)[d.col], d.col, d.row, g.m.Row(d.col)[d.row])
		}
	}
	return err
}

// compare looks for an asymmetry in a strip of rows, left of the diagonal.
func (g *matrixGround[T]) compare(strip int, tolerance T) asymmetry {
	lo, hi := par.Span(strip, g.m.Rows, tile.Size)
	stride := g.m.Stride
	for from := 0; from < hi; from += tile.Size {
		to := min(from+tile.Size, hi)
		for i := lo; i < hi; i++ {
			row := g.m.Row(i)[from:min(to, i+1)]
			across := g.m.Data[from*stride+i:]
			worst := T(0)
			for j, v := range row {
				e := v - across[j*stride]
				worst = max(worst, e, -e)
			}
			if worst <= tolerance {
				continue
			}
			for j, v := range row {
				if e := v - across[j*stride]; max(e, -e) > tolerance {
					return asymmetry{true, i, from + j}
				}
			}
		}
	}
	return asymmetry{}
}

func (g *matrixGround[T]) negative() error {
	for i := range g.m.Rows {
		for j, v := range g.m.Row(i) {
			if v < 0 {
				return errorf(core.ErrOption, "the distance at row %d, column %d is %v; distances must not be negative", i, j, v)
			}
		}
	}
	return nil
}

func (g *matrixGround[T]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
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
	return newGreedy(ctx, s, ids, o)
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
	pairs       int64
}

// columnsPerTask is how many columns of some rows are added up at once.
const columnsPerTask = 1024

func (s *stored[T]) size() int { return s.m.Rows }

func (s *stored[T]) ceiling() float64 { return s.top }

func (s *stored[T]) report() float64 { return s.offset }

func (s *stored[T]) batch() int { return 8 }

func (s *stored[T]) evaluated() int64 { return s.pairs }

func (s *stored[T]) bytes() float64 { return 0 }

func (s *stored[T]) prepare(weights []T) error {
	s.weights = weights
	return nil
}

func (s *stored[T]) serve(dst []T, j int32) error {
	row := s.m.Row(int(j))
	if s.sign < 0 {
		copy(dst, row)
		return nil
	}
	for i, v := range row {
		dst[i] = -v
	}
	return nil
}

func (s *stored[T]) total(out []float64, candidates []int32) error {
	n := s.m.Rows
	hi, span, all := make([]T, n), make([]T, n), 0.0
	for i := range span {
		span[i] = T(math.Inf(1))
		all += float64(s.weights[i])
	}
	err := s.rows(out, candidates, hi, span, 1)
	if s.sign < 0 {
		for c, sum := range out {
			out[c] = s.top*all - sum
		}
	}
	return err
}

func (s *stored[T]) decrease(out []float64, candidates, clients []int32, hi, span []T) error {
	n := s.m.Rows
	switch {
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
