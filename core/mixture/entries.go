package mixture

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rough"
)

const (
	entryRows  = 128 // rows compared at a time
	entryReach = 8   // standard deviations from the mean of all components beyond which entries do not tell means apart
)

// entries finds the components whose means are nearest to a row, by products of bytes.
type entries[T core.Float] struct {
	means *rough.Points
}

// nscratch is the scratch space of one worker.
type nscratch[T core.Float] struct {
	row   []T      // D
	codes []int8   // entryRows x Width
	keys  []int32  // entryRows x Keys
	near  []uint32 // entryRows x Found
}

// newEntries prepares the means of the packed components: O(C D).
func newEntries[T core.Float](k *packed[T]) *entries[T] {
	row := panel.Row
	if k.H == 0 {
		row = 2
	}
	reach := 0.0
	for c := range k.C {
		component := k.component(c)
		for d := range k.D {
			reach = max(reach, math.Abs(float64(component[d*row])))
		}
	}
	if reach == 0 {
		reach = 1 // one mean, which is near to every row
	}
	return &entries[T]{rough.NewPoints(k.C, k.D, min(reach, entryReach), func(c int, mean []float64) {
		component := k.component(c)
		for d := range mean {
			mean[d] = float64(component[d*row])
		}
	})}
}

// nearest writes n components with near means for each row of x to near (x.Rows x n, n at most rough.Found and C), nearest
// first: N C D products of bytes.
func (e *entries[T]) nearest(ctx context.Context, near []uint32, n int, v *inference[T], x core.Matrix[T], threads int) error {
	workers := make([]*nscratch[T], par.Threads(threads))
	width := e.means.Width()
	return par.For(ctx, threads, par.Tiles(x.Rows, entryRows), func(worker, t int) {
		w := workers[worker]
		if w == nil {
			w = &nscratch[T]{make([]T, x.Cols), make([]int8, entryRows*width), make([]int32, entryRows*rough.Keys),
				make([]uint32, entryRows*rough.Found)}
			workers[worker] = w
		}
		lo, hi := par.Span(t, x.Rows, entryRows)
		for i := range hi - lo {
			panel.Standardize(w.row, x.Row(lo+i), v.shift, v.scale)
			rough.Encode(e.means, w.codes[i*width:], w.row)
		}
		e.means.Nearest(w.near, w.keys, w.codes, (hi-lo+rough.Tile-1)/rough.Tile*rough.Tile)
		for i := range hi - lo {
			copy(near[(lo+i)*n:(lo+i+1)*n], w.near[i*rough.Found:])
		}
	})
}
