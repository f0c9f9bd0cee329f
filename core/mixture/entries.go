package mixture

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	entryRows  = 128  // rows of one product
	entryMeans = 1024 // means of one product
	entryHand  = 2    // nearest means that a hand knows
)

// entries finds the components whose means are nearest to a row by matrix products. To pick them without sorting, the means
// are dealt to as many hands as a panel has lanes, of which each knows its two nearest: the two nearest of all are always
// found, the others as far as no third is in one hand.
type entries[T core.Float] struct {
	means []blas.Packed[T] // blocks of entryMeans, the last filled up to whole panels with means infinitely far away
}

// nscratch is the scratch space of one worker.
type nscratch[T core.Float] struct {
	ws   blas.Workspace[T]
	rows []T // entryRows x D+1; column D is 1
	dot  []T // entryRows x entryMeans
	top  []*leaders[T]
}

// newEntries prepares the means of the packed components: O(C D).
func newEntries[T core.Float](k *packed[T]) *entries[T] {
	D, row, lanes := k.D, panel.Row, panel.Lanes[T]()
	if k.H == 0 {
		row = 2
	}
	e := &entries[T]{means: make([]blas.Packed[T], par.Tiles(k.C, entryMeans))}
	buf := make([]T, min(k.C+lanes, entryMeans)*(D+1))
	for b := range e.means {
		lo, hi := par.Span(b, k.C, entryMeans)
		width := (hi - lo + lanes - 1) / lanes * lanes
		clear(buf)
		for c := range width {
			mean := buf[c*(D+1) : (c+1)*(D+1)]
			if c >= hi-lo {
				mean[D] = -math.MaxFloat32
				continue
			}
			for d := range D {
				mean[d] = k.component(lo + c)[d*row]
			}
			mean[D] = -blas.Dot(mean[:D], mean[:D]) / 2
		}
		blas.PackRight(&e.means[b], true, D+1, width, buf, D+1)
	}
	return e
}

// nearest writes n components with near means for each row of x to near (x.Rows x n, n at most what all hands know),
// nearest first: 2 N C D operations.
func (e *entries[T]) nearest(ctx context.Context, near []uint32, n int, v *inference[T], x core.Matrix[T], threads int) error {
	D, lanes := x.Cols, panel.Lanes[T]()
	workers := make([]*nscratch[T], par.Threads(threads))
	return par.For(ctx, threads, par.Tiles(x.Rows, entryRows), func(worker, t int) {
		w := workers[worker]
		if w == nil {
			w = &nscratch[T]{rows: make([]T, entryRows*(D+1)), dot: make([]T, entryRows*e.means[0].N())}
			for range entryRows {
				w.top = append(w.top, newLeaders[T](entryHand))
			}
			workers[worker] = w
		}
		lo, hi := par.Span(t, x.Rows, entryRows)
		for i := range hi - lo {
			row := w.rows[i*(D+1) : (i+1)*(D+1)]
			v.standardize(row[:D], x.Row(lo+i))
			row[D] = 1
			w.top[i].reset()
		}
		for b := range e.means {
			width := e.means[b].N()
			blas.GemmPacked(&w.ws, false, hi-lo, 1, w.rows, D+1, &e.means[b], 0, w.dot, width)
			for i := range hi - lo {
				w.top[i].add(w.dot[i*width:(i+1)*width], width/lanes, uint32(b*entryMeans/lanes))
			}
		}
		for i := range hi - lo {
			w.top[i].hands(near[(lo+i)*n:(lo+i+1)*n], v.k.C)
		}
	})
}

// hands writes the best entries of all lanes to at, best first, where row i of lane l stands for i*lanes + l. Those that are
// not below limit are taken for 0.
func (b *leaders[T]) hands(at []uint32, limit int) {
	lanes := len(b.value) / b.k
	var head [16]T // the best entry of each lane that is not at yet
	var played [16]int
	copy(head[:], b.value[:lanes])
	for r := range at {
		best := 0
		for lane, v := range head[:lanes] {
			if v > head[best] {
				best = lane
			}
		}
		place := played[best]*lanes + best
		if at[r] = b.index[place]*uint32(lanes) + uint32(best); int(at[r]) >= limit {
			at[r] = 0
		}
		played[best]++
		if head[best] = T(math.Inf(-1)); played[best] < b.k {
			head[best] = b.value[place+lanes]
		}
	}
}
