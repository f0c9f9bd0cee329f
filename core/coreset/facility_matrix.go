package coreset

import (
	"context"
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
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

func (g *matrixGround[T]) check(ctx context.Context, o *FacilityOptions) error {
	if g.m.Rows != g.m.Cols {
		return errorf(core.ErrShape, "%s is %d x %d; it must be square, with a row and a column for each row of the data",
			g.name(), g.m.Rows, g.m.Cols)
	}
	if err := g.m.Check(g.name()); err != nil {
		return errorf(core.ErrShape, "%v", err)
	}
	first, err := g.extent(ctx, o)
	if err != nil {
		return err
	}
	g.largest, g.totals = float64(first.most), first.totals
	switch {
	case !first.finite:
		return checkMatrix(g.m, g.name())
	case !g.similar && first.least < 0:
		return g.negative()
	}
	scale := max(math.Abs(float64(first.least)), math.Abs(float64(first.most)))
	for _, j := range g.unequal(first, scale) {
		for i := range g.m.Rows {
			if a, b := g.m.Row(i)[j], g.m.Row(j)[i]; math.Abs(float64(a)-float64(b)) > math.Sqrt(core.Epsilon[T]())*scale {
				return errorf(core.ErrShape, "%s is not symmetric: element (%d, %d) is %v and (%d, %d) is %v; pass (S + S.T) / 2, or a "+
					"graph whose rows are the clients", g.name(), i, j, a, j, i, b)
			}
		}
	}
	return nil
}

// glance is what one look at a matrix tells: the range of its elements, and its positive part multiplied by a random vector from
// either side.
type glance[T core.Float] struct {
	least, most T
	finite      bool
	left, right []float64
	totals      []float64
}

// extent looks at the matrix in blocks that stay in the first-level cache.
func (g *matrixGround[T]) extent(ctx context.Context, o *FacilityOptions) (glance[T], error) {
	const rows, cols = 8, 1024
	n := g.m.Rows
	strips := par.Tiles(n, cols)
	random := rng.At(0, 0x53594d4d)
	vector, zero, endless := make([]T, n), make([]T, max(n, rows)), make([]T, max(n, rows))
	for i := range n {
		vector[i] = T(float64(random.Uint64()>>11)*0x1p-52 - 1)
	}
	for i := range endless {
		endless[i] = T(math.Inf(1))
	}
	weights := clientWeights[T](o, nil, n)
	parts := make([]glance[T], strips)
	left := make([]float64, n)
	err := par.For(ctx, o.Threads, strips, func(_, t int) {
		lo, hi := par.Span(t, n, cols)
		p := glance[T]{least: g.m.Row(0)[lo], most: g.m.Row(0)[lo], finite: true, right: make([]float64, n)}
		if o.Groups == nil {
			p.totals = make([]float64, n)
		}
		sums := make([]T, hi-lo)
		for from := 0; from < n; from += rows {
			to := min(from+rows, n)
			for i := from; i < to; i++ {
				row := g.m.Row(i)[lo:hi]
				least, most, finite := cover.Extent(row)
				p.least, p.most, p.finite = min(p.least, least), max(p.most, most), p.finite && finite
				p.right[i] = cover.Row(row, zero[lo:hi], endless[lo:hi], vector[lo:hi], 1)
				switch {
				case o.Groups != nil:
				case o.ClientWeights == nil:
					p.totals[i] = cover.Whole(row, zero[lo:hi], 1)
				default:
					p.totals[i] = cover.Row(row, zero[lo:hi], endless[lo:hi], weights[lo:hi], 1)
				}
			}
			clear(sums)
			cover.Columns(sums, g.m.Data[from*g.m.Stride+lo:], g.m.Stride, zero[:to-from], endless[:to-from], vector[from:to], 1)
			for j, v := range sums {
				left[lo+j] += float64(v)
			}
		}
		parts[t] = p
	})
	if err != nil {
		return glance[T]{}, err
	}
	all := parts[0]
	all.left = left
	for _, p := range parts[1:] {
		all.least, all.most, all.finite = min(all.least, p.least), max(all.most, p.most), all.finite && p.finite
		for i, v := range p.right {
			all.right[i] += v
		}
		for i, v := range p.totals {
			all.totals[i] += v
		}
	}
	return all, nil
}

// unequal returns the rows whose product with the random vector differs from that of their columns by more than rounding. Products
// see the positive part only; what is negative gains nothing wherever it stands.
func (g *matrixGround[T]) unequal(seen glance[T], scale float64) []int {
	var rows []int
	tolerance := 16 * math.Sqrt(float64(g.m.Rows)) * core.Epsilon[T]() * scale
	for i := range seen.left {
		if math.Abs(seen.left[i]-seen.right[i]) > tolerance {
			rows = append(rows, i)
		}
	}
	return rows
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
	if ids == nil {
		s.totals = g.totals
	}
	s.unit = o.ClientWeights == nil
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
	unit        bool      // all weights are 1
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
	var err error
	switch {
	case s.totals == nil:
		err = s.rows(out, candidates, hi, span, true, 1)
	case candidates == nil:
		copy(out, s.totals)
	default:
		for c, j := range candidates {
			out[c] = s.totals[j]
		}
	}
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
	return s.rows(out, candidates, hi, span, clients == nil, s.sign)
}

// rows adds the gains of candidates from all clients; endless says that all spans are infinite.
func (s *stored[T]) rows(out []float64, candidates []int32, hi, span []T, endless bool, sign T) error {
	n := s.m.Rows
	s.pairs += int64(len(out)) * int64(n)
	return par.For(s.ctx, s.few(len(out)*n), par.Tiles(len(out), 4), func(_, task int) {
		lo, up := par.Span(task, len(out), 4)
		for c := lo; c < up; c++ {
			j := c
			if candidates != nil {
				j = int(candidates[c])
			}
			if endless && s.unit {
				out[c] += cover.Whole(s.m.Row(j), hi[:n], sign)
			} else {
				out[c] += cover.Row(s.m.Row(j), hi[:n], span[:n], s.weights, sign)
			}
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

// nearer compares the costs of blocks of clients, which are rows of the matrix, a tile of them at a time.
func (s *stored[T]) nearer(candidates []int32, cover []T) (*remaining[T], error) {
	n := s.m.Rows
	lists := newRemaining[T](n)
	var may []bool
	if candidates != nil {
		may = make([]bool, n)
		for _, j := range candidates {
			may[j] = true
		}
	}
	s.pairs += int64(n) * int64(n)
	workers := make([]struct {
		list listing[T]
		rest [tile.Elements]T
	}, s.threads)
	err := par.For(s.ctx, s.threads, par.Tiles(n, tile.Size), func(w, p int) {
		me := &workers[w]
		from, to := par.Span(p, n, tile.Size)
		for i := from; i < to; i++ {
			me.list.limits(cover[i:i+1], s.sign)
			for lo := 0; lo < n; lo += tile.Elements {
				costs := s.m.Row(i)[lo:]
				if len(costs) < tile.Elements {
					copy(me.rest[:], costs)
					costs = me.rest[:]
				}
				me.list.compare(costs[:tile.Elements], s.sign)
				for b := 0; b < tile.Size && lo+b*tile.Size < n; b++ {
					first, mask := lo+b*tile.Size, me.list.mask[b]
					if left := n - first; left < tile.Size {
						mask &= 1<<left - 1
					}
					for m := mask; may != nil && m != 0; m &= m - 1 {
						if c := bits.TrailingZeros64(m); !may[first+c] {
							mask &^= 1 << c
						}
					}
					me.list.add(i-from, mask, costs[b*tile.Size:], s.sign, func(c int) int32 { return int32(first + c) })
				}
			}
		}
		me.list.pack(lists, from, to)
	})
	return lists, err
}
