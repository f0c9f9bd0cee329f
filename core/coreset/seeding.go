package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const seedTile = 64 // panels per tile

// rough is a solution of k-means by k-means++ alone.
type rough struct {
	near  []float64 // squared distance of each row to the nearest seed
	owner []uint32  // number of that seed, the first of several
	cost  float64   // weighted sum of near
}

// plusPlus draws k seeds among the points, each with probability proportional to weight times squared distance to the seeds
// before it (Arthur and Vassilvitskii, 2007): O(n k D). Fewer come back where there are fewer distinct points.
func plusPlus[T core.Float](ctx context.Context, p *pointPanels[T], x core.Matrix[T], weight []float64, k int, draw rng.Stream,
	threads int) (*rough, error) {
	r := &rough{near: make([]float64, p.n), owner: make([]uint32, p.n)}
	tiles := par.Tiles(p.panels(), seedTile)
	mass := make([]float64, tiles)
	for i := range r.near {
		r.near[i] = 1 // the first seed: by weight alone
	}
	scratch := make([][]T, par.Threads(threads))
	for s := range k + 1 {
		var id uint32
		if s > 0 {
			i := pick(r.near, weight, mass, uniform(&draw), p.lanes*seedTile)
			if i < 0 {
				break
			}
			id = p.addTarget(x.Row(i))
		}
		err := par.For(ctx, len(scratch), tiles, func(worker, tile int) {
			if scratch[worker] == nil {
				scratch[worker] = make([]T, p.lanes)
			}
			first, last := par.Span(tile, p.panels(), seedTile)
			sum := 0.0
			for k := first; k < last; k++ {
				if s > 0 {
					p.distances(scratch[worker], k, []uint32{id})
				}
				lo, hi := par.Span(k, p.n, p.lanes)
				for i := lo; i < hi; i++ {
					if d := -2 * float64(scratch[worker][i-lo]); s == 1 || s > 1 && d < r.near[i] {
						r.near[i], r.owner[i] = d, uint32(s-1)
					}
					sum += massAt(weight, i) * r.near[i]
				}
			}
			mass[tile] = sum
		})
		if err != nil {
			return nil, err
		}
	}
	for _, m := range mass {
		r.cost += m
	}
	return r, nil
}

// pick returns the row at fraction u of the mass, which tiles of rows hold in parts; -1 if there is none.
func pick(near, weight, mass []float64, u float64, tile int) int {
	total := 0.0
	for _, m := range mass {
		total += m
	}
	if !(total > 0) || math.IsInf(total, 1) {
		return -1
	}
	u *= total
	last := -1
	for t, m := range mass {
		if u >= m && t < len(mass)-1 {
			u -= m
			continue
		}
		lo, hi := par.Span(t, len(near), tile)
		for i := lo; i < hi; i++ {
			part := near[i] * massAt(weight, i)
			if part > 0 {
				last = i
			}
			if u < part {
				return i
			}
			u -= part
		}
		if last >= 0 {
			return last
		}
	}
	for i := range near { // rounding went past the last tile
		if near[i]*massAt(weight, i) > 0 {
			last = i
		}
	}
	return last
}
