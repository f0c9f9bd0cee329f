package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	searchEntries = 16   // components with near means, where a row begins
	searchWide    = 16   // components of the largest covariances that all rows are compared with
	searchBeam    = 4    // best components of a row whose neighbours are evaluated
	searchRounds  = 6    // most rounds of neighbours
	autoRows      = 256  // rows on which algorithm auto compares the search with every component
	autoGap       = 1e-3 // nats per row that algorithm auto may lose there

	autoComponents = 128 // fewer components are all evaluated by algorithm auto
)

// beam finds the likely components of rows without evaluating all: it begins at the components whose means are near (see
// entries) and at the widest, and as long as that brings new ones it evaluates the neighbours of the best found so far.
type beam[T core.Float] struct {
	graph   []uint32 // C x G
	width   int      // G
	entries int      // components at which a row begins
	near    []uint32 // x.Rows x entries, nearest first
	wide    []uint32 // the components of the largest covariances, which every row is compared with
	order   []uint32 // rows by their two nearest
	lanes   int      // rows of a panel
}

// newBeam finds near means for every row.
func newBeam[T core.Float](ctx context.Context, m *Model, v *inference[T], x core.Matrix[T], threads int) (*beam[T], error) {
	b := &beam[T]{width: m.Graph, graph: make([]uint32, len(m.Neighbors)), entries: min(searchEntries, m.Components),
		lanes: panel.Lanes[T]()}
	if m.inference.alone {
		b.lanes = 1
	}
	for i, c := range m.Neighbors {
		b.graph[i] = uint32(c)
	}
	b.wide = widest(m, v)
	b.near, b.order = make([]uint32, x.Rows*b.entries), make([]uint32, x.Rows)
	if err := newEntries(v.k).nearest(ctx, b.near, b.entries, v, x, threads); err != nil {
		return nil, err
	}
	var first, second sorter
	src := make([]uint32, x.Rows)
	if err := second.points(ctx, src, nil, x.Rows, b.near[min(1, b.entries-1):], b.entries, m.Components, threads); err != nil {
		return nil, err
	}
	return b, first.points(ctx, b.order, src, x.Rows, b.near, b.entries, m.Components, threads)
}

// widest returns the components whose covariances have the largest traces, of standardised features: O(C D H). The mean of such
// a component may be further from its rows than the means of many others.
func widest[T core.Float](m *Model, v *inference[T]) []uint32 {
	trace, order := make([]float64, m.Components), make([]uint32, m.Components)
	for c := range trace {
		order[c] = uint32(c)
		for d, scale := range v.scale {
			i := c*m.Features + d
			variance := m.NoiseVariance[i]
			for _, l := range m.Loadings[i*m.Factors : (i+1)*m.Factors] {
				variance += l * l
			}
			trace[c] += variance * float64(scale) * float64(scale)
		}
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(trace[b], trace[a]) })
	return order[:min(searchWide, len(order))]
}

// infer is the search in place of every component. Rows are visited by their nearest mean, so that a panel shares what it
// looks at. Those that no near component explains are answered once more, by every component.
func (b *beam[T]) infer(ctx context.Context, v *inference[T], x core.Matrix[T], threads, keep int,
	use func(v *inference[T], w *iscratch[T], n int)) error {

	workers := make([]*iscratch[T], par.Threads(threads))
	doubtful := make([][]uint32, par.Tiles(x.Rows, inferTile))
	err := par.For(ctx, threads, len(doubtful), func(worker, t int) {
		if workers[worker] == nil {
			workers[worker] = v.newScratch(max(keep, searchBeam), 0)
			workers[worker].set, workers[worker].opened = newStamps(v.k.C), newStamps(v.k.C)
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
			for lane, i := range some {
				if b.doubts(i, w.ids[w.top.index[lane]]) {
					doubtful[t] = append(doubtful[t], i)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	rows := slices.Concat(doubtful...)
	lanes := panel.Lanes[T]()
	return par.For(ctx, threads, par.Tiles(len(rows), lanes), func(worker, t int) {
		w := workers[worker]
		if w == nil {
			w = v.newScratch(max(keep, searchBeam), 0)
			workers[worker] = w
		}
		if need := v.k.C * lanes; len(w.l) < need {
			w.l = make([]T, need)
		}
		lo, hi := par.Span(t, len(rows), lanes)
		for lane, i := range rows[lo:hi] {
			w.row[lane] = int(i)
		}
		w.ids = v.all
		v.evaluate(w, x, hi-lo)
		use(v, w, hi-lo)
	})
}

// doubts reports whether the component found for a row is one that every row is compared with, and none of the nearest.
func (b *beam[T]) doubts(row, found uint32) bool {
	return slices.Contains(b.wide, found) && !slices.Contains(b.near[int(row)*b.entries:(int(row)+1)*b.entries], found)
}

// look evaluates what the n rows gathered in w are to be compared with, and leaves the components in w.ids.
func (b *beam[T]) look(v *inference[T], w *iscratch[T], n int) {
	lanes := panel.Lanes[T]()
	panel.Transpose(w.x, w.rows, panel.Pad[T](v.k.D))
	w.set.reset()
	w.opened.reset()
	w.set.addAll(b.wide)
	for _, i := range w.row[:n] {
		w.set.addAll(b.near[i*b.entries : (i+1)*b.entries])
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
				c := ids[w.top.index[r*lanes+lane]]
				if !w.opened.add(c) {
					continue // as the best of another row or round
				}
				w.set.addAll(b.graph[int(c)*b.width : (int(c)+1)*b.width])
			}
		}
	}
	w.ids = w.set.ids
	w.sum(len(w.ids))
}

// searching reports whether to search or to evaluate every component: when told so, when the model has no graph, when rows
// lack features, and with algorithm auto when a sample of the rows loses too much.
func searching[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], missing bool, threads int) (bool, error) {
	if missing || m.Graph == 0 || m.inference.withDefaults().Algorithm == "exact" || uint64(x.Rows) > math.MaxUint32 {
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
