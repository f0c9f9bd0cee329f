package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	renumberTile = 4096
	farAway      = 256 // places, less than which a point may be away from where it is numbered
	manyAway     = 16  // one of so many points that are further away is enough to number anew
)

// renumbering numbers the points in the order in which they are visited. What the E-step reads and writes of the points of a
// task then lies side by side: else every cache line of candidates and posteriors has points of several components, and the
// threads take it from each other. Rows of the caller stay where they are.
type renumbering[T core.Float] struct {
	d    *data[T]
	s    *search
	away []int     // of each tile
	w    []float64 // room for the weights in the new order

	column []uint32 // being permuted: of every stride-th number
	stride int

	count, take, put, weigh func(worker, tile int) // bound once, so that iterations allocate nothing
}

func newRenumbering[T core.Float](d *data[T], s *search) *renumbering[T] {
	r := &renumbering[T]{d: d, s: s, away: make([]int, par.Tiles(s.n, renumberTile))}
	if d.rows == nil {
		d.rows = make([]uint32, s.n)
		for i := range d.rows {
			d.rows[i] = uint32(i)
		}
	}
	if d.w != nil {
		r.w = make([]float64, s.n)
	}
	r.count, r.take, r.put, r.weigh = r.countAway, r.takeColumn, r.putColumn, r.weighTile
	return r
}

// run numbers the points anew if the order of visits, which has just been made, is far from their numbers.
func (r *renumbering[T]) run(ctx context.Context, threads int) error {
	if err := par.For(ctx, threads, len(r.away), r.count); err != nil {
		return err
	}
	away := 0
	for _, n := range r.away {
		away += n
	}
	if away*manyAway < r.s.n {
		return nil
	}
	// From here on all or nothing is done: no error of the context may come between.
	if r.w != nil {
		_ = par.For(nil, threads, len(r.away), r.weigh)
		r.d.w, r.w = r.w, r.d.w
	}
	r.permute(r.d.rows, 1, threads)
	for k := range r.s.keep {
		r.permute(r.s.candidates[k:], r.s.keep, threads)
	}
	for i := range r.s.order {
		r.s.order[i] = uint32(i)
	}
	return nil
}

// permute brings every stride-th number of column into the order of visits.
func (r *renumbering[T]) permute(column []uint32, stride, threads int) {
	r.column, r.stride = column, stride
	_ = par.For(nil, threads, len(r.away), r.take)
	_ = par.For(nil, threads, len(r.away), r.put)
	r.column = nil
}

func (r *renumbering[T]) countAway(_, tile int) {
	lo, hi := par.Span(tile, r.s.n, renumberTile)
	n := 0
	for j, i := range r.s.order[lo:hi] {
		if by := lo + j - int(i); by >= farAway || by <= -farAway {
			n++
		}
	}
	r.away[tile] = n
}

func (r *renumbering[T]) takeColumn(_, tile int) {
	lo, hi := par.Span(tile, r.s.n, renumberTile)
	room := r.s.unsorted[lo:hi]
	for j, i := range r.s.order[lo:hi] {
		room[j] = r.column[int(i)*r.stride]
	}
}

func (r *renumbering[T]) putColumn(_, tile int) {
	lo, hi := par.Span(tile, r.s.n, renumberTile)
	for j, v := range r.s.unsorted[lo:hi] {
		r.column[(lo+j)*r.stride] = v
	}
}

func (r *renumbering[T]) weighTile(_, tile int) {
	lo, hi := par.Span(tile, r.s.n, renumberTile)
	for j, i := range r.s.order[lo:hi] {
		r.w[lo+j] = r.d.w[i]
	}
}
