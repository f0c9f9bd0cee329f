package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	searchEntries = 8    // components whose means are nearest, where a row begins
	searchBeam    = 4    // best components of a row whose neighbours are evaluated
	searchRounds  = 6    // most rounds of neighbours
	autoRows      = 256  // rows on which algorithm auto compares the search with every component
	autoGap       = 1e-3 // nats per row that algorithm auto may lose there

	autoComponents = 128 // fewer components are all evaluated by algorithm auto
)

// beam finds the likely components of rows without evaluating all: it begins at the components whose means are nearest,
// which a product of matrices tells for a small part of the cost, and as long as that brings new ones it evaluates the
// neighbours of the best found so far.
type beam[T core.Float] struct {
	graph   []uint32 // C x G
	width   int      // G
	entries int      // components at which a row begins
	near    []uint32 // x.Rows x entries, nearest first
	order   []uint32 // rows by their two nearest
	lanes   int      // rows of a panel
}

// newBeam finds the nearest means of every row: 2 N C D operations.
func newBeam[T core.Float](ctx context.Context, m *Model, v *inference[T], x core.Matrix[T], threads int) (*beam[T], error) {
	b := &beam[T]{width: m.Graph, graph: make([]uint32, len(m.Neighbors)), entries: min(searchEntries, m.Components),
		lanes: panel.Lanes[T]()}
	if m.inference.alone {
		b.lanes = 1
	}
	for i, c := range m.Neighbors {
		b.graph[i] = uint32(c)
	}
	b.near, b.order = make([]uint32, x.Rows*b.entries), make([]uint32, x.Rows)
	l := newLloyd(&data[T]{x: x, n: x.Rows, shift: v.shift, scale: v.scale}, m.Components, threads)
	l.place(m.Means)
	l.pack()
	if err := par.For(ctx, l.threads, par.Tiles(x.Rows, lloydRows), func(worker, t int) {
		w := l.workers[worker]
		lo, hi := par.Span(t, x.Rows, lloydRows)
		l.gather(w, lo, hi)
		best := make([]T, (hi-lo)*b.entries)
		for i := range best {
			best[i] = T(math.Inf(-1))
		}
		for block := range l.centers {
			width := l.product(w, block, hi-lo)
			for i := range hi - lo {
				largest(b.near[(lo+i)*b.entries:(lo+i+1)*b.entries], best[i*b.entries:(i+1)*b.entries],
					w.dot[i*width:(i+1)*width], uint32(block*lloydCenters))
			}
		}
	}); err != nil {
		return nil, err
	}
	var first, second sorter
	src := make([]uint32, x.Rows)
	if err := second.points(ctx, src, nil, x.Rows, b.near[min(1, b.entries-1):], b.entries, m.Components, threads); err != nil {
		return nil, err
	}
	return b, first.points(ctx, b.order, src, x.Rows, b.near, b.entries, m.Components, threads)
}

// largest keeps the largest values seen so far in best, largest first, and their places, counted from base, in at.
func largest[T core.Float](at []uint32, best, values []T, base uint32) {
	last := len(best) - 1
	for j, v := range values {
		if !(v > best[last]) {
			continue
		}
		i := last
		for i > 0 && v > best[i-1] {
			best[i], at[i] = best[i-1], at[i-1]
			i--
		}
		best[i], at[i] = v, base+uint32(j)
	}
}

// infer is the search in place of every component. Rows are visited by their nearest mean, so that a panel shares what it
// looks at.
func (b *beam[T]) infer(ctx context.Context, v *inference[T], x core.Matrix[T], threads, keep int,
	use func(v *inference[T], w *iscratch[T], n int)) error {

	workers := make([]*iscratch[T], par.Threads(threads))
	return par.For(ctx, threads, par.Tiles(x.Rows, inferTile), func(worker, t int) {
		if workers[worker] == nil {
			workers[worker] = v.newScratch(max(keep, searchBeam), 0)
			workers[worker].set = newStamps(v.k.C)
		}
		w := workers[worker]
		tileLo, tileHi := par.Span(t, x.Rows, inferTile)
		for lo := tileLo; lo < tileHi; lo += b.lanes {
			some := b.order[lo:min(lo+b.lanes, tileHi)]
			for lane, i := range some {
				w.row[lane] = int(i)
			}
			v.gather(w, x, len(some))
			b.look(v, w, len(some))
			use(v, w, len(some))
		}
	})
}

// look evaluates what the n rows gathered in w are to be compared with, and leaves the components in w.ids.
func (b *beam[T]) look(v *inference[T], w *iscratch[T], n int) {
	lanes := panel.Lanes[T]()
	panel.Transpose(w.x, w.rows, panel.Pad[T](v.k.D))
	w.set.reset()
	for _, i := range w.row[:n] {
		for _, c := range b.near[i*b.entries : (i+1)*b.entries] {
			w.set.add(c)
		}
	}
	w.top.reset()
	for from, round := 0, 0; from < len(w.set.ids); round++ {
		ids := w.set.ids
		if need := len(ids) * lanes; len(w.l) < need {
			w.l = append(w.l, make([]T, 2*need-len(w.l))...)
		}
		v.k.evaluate(w.l[from*lanes:], w.x, ids[from:])
		w.top.add(w.l[from*lanes:], len(ids)-from, uint32(from))
		from = len(ids)
		if round == searchRounds {
			break
		}
		for lane := range n {
			for r := range min(searchBeam, len(ids)) {
				c := int(ids[w.top.index[r*lanes+lane]])
				for _, k := range b.graph[c*b.width : (c+1)*b.width] {
					w.set.add(k)
				}
			}
		}
	}
	w.ids = w.set.ids
	w.sum(len(w.ids))
}

// searching reports whether to search or to evaluate every component: when told so, when the model has no graph, when rows
// lack features, and with algorithm auto when a sample of the rows loses too much.
func searching[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], missing bool, threads int) (bool, error) {
	if missing || m.Graph == 0 || m.inference.withDefaults().Algorithm == "exact" || x.Rows > math.MaxUint32 {
		return false, nil
	}
	if m.inference.Algorithm == "auto" {
		if m.Components < autoComponents || x.Rows < 16*m.Components {
			return false, nil // panels of rows with different components save little
		}
		r, err := compare(ctx, m, x, autoRows, threads)
		if err != nil || r.Gap > autoGap {
			return false, err
		}
	}
	return true, nil
}

// SearchReport compares answers found by search with those of every component.
type SearchReport struct {
	Rows        int     // rows compared
	Gap         float64 // mean of the exact log-density minus that found, nats per row; never negative but for rounding
	WorstGap    float64 // the largest of these differences
	Agreement   float64 // part of the rows whose most probable component was found
	Evaluations float64 // components evaluated per row and by the search; those of exact answers are C
}

// CheckSearch compares, on at most 2,000 evenly spaced rows of x, the answers of algorithm search with exact ones. Every
// row is looked up alone; in a call with many rows it also meets the components that rows beside it look at. It needs a
// model with a component graph, which truncated fits leave. O(C D H) for each of these rows.
func CheckSearch[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int) (SearchReport, error) {
	if err := m.checkRows(x.Check("X"), x.Cols); err != nil {
		return SearchReport{}, err
	}
	if m.Graph == 0 {
		return SearchReport{}, fmt.Errorf("mixture: %w: the model cannot search: it needs the component graph that truncated fits leave",
			core.ErrOption)
	}
	if x.Rows == 0 {
		return SearchReport{}, fmt.Errorf("mixture: %w: X has 0 rows; at least 1 is needed", core.ErrShape)
	}
	return compare(ctx, m, x, coverageRows, threads)
}

// by returns m with another algorithm.
func (m *Model) by(algorithm string) *Model {
	other := *m
	other.inference.Algorithm = algorithm
	return &other
}

// answers are the log-density and best component of some rows.
type answers struct {
	score  []float64
	best   []int64
	looked []int // components evaluated
}

func answer[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int) (*answers, error) {
	a := &answers{make([]float64, x.Rows), make([]int64, x.Rows), make([]int, x.Rows)}
	return a, infer(ctx, m, x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		for lane := range n {
			i := w.row[lane]
			a.score[i], a.best[i], a.looked[i] = w.logSum[lane], int64(w.ids[w.top.index[lane]]), len(w.ids)
		}
	})
}

// compare answers at most the given number of evenly spaced rows in both ways.
func compare[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], most, threads int) (r SearchReport, err error) {
	r.Rows = min(x.Rows, most)
	some := core.NewMatrix[T](r.Rows, x.Cols)
	for i := range r.Rows {
		copy(some.Row(i), x.Row(i*x.Rows/r.Rows))
	}
	search := m.by("search")
	search.inference.alone = true
	found, err := answer(ctx, search, some, threads)
	if err != nil {
		return r, err
	}
	exact, err := answer(ctx, m.by("exact"), some, threads)
	if err != nil {
		return r, err
	}
	r.WorstGap = math.Inf(-1)
	agreed, looked := 0, 0
	for i, s := range exact.score {
		gap := s - found.score[i]
		r.Gap += gap / float64(r.Rows)
		r.WorstGap = max(r.WorstGap, gap)
		if found.best[i] == exact.best[i] {
			agreed++
		}
		looked += found.looked[i]
	}
	r.Agreement, r.Evaluations = float64(agreed)/float64(r.Rows), float64(looked)/float64(r.Rows)
	return r, nil
}
