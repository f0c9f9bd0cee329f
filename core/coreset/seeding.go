package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	seedPanels = 64   // panels that a goroutine finds the distances of at a time
	seedTile   = 1024 // rows whose mass is summed up at a time
)

// rough is a solution of k-means by k-means++ alone.
type rough struct {
	near  []float64 // squared distance of each row to the nearest seed
	owner []uint32  // number of that seed, the first of several
	cost  float64   // weighted sum of near
}

// plusPlus draws k seeds among n rows, each with probability proportional to weight times squared distance to the seeds
// before it (Arthur and Vassilvitskii, 2007): the distances of all rows for each. Fewer come back where there are fewer distinct
// rows.
func plusPlus(ctx context.Context, d distances, n int, weight []float64, k int, draw rng.Stream, threads int) (*rough, error) {
	r := &rough{near: make([]float64, n), owner: make([]uint32, n)}
	fresh, mass := make([]float64, n), make([]float64, par.Tiles(n, seedTile))
	for i := range r.near {
		r.near[i] = 1 // the first seed: by weight alone
	}
	for s := range k + 1 {
		if s > 0 {
			i := pick(r.near, weight, mass, uniform(&draw), seedTile)
			if i < 0 {
				break
			}
			if err := d.from(ctx, threads, i, fresh); err != nil {
				return nil, err
			}
		}
		err := par.For(ctx, threads, len(mass), func(_, tile int) {
			lo, hi := par.Span(tile, n, seedTile)
			sum := 0.0
			for i := lo; i < hi; i++ {
				if v := fresh[i]; s == 1 || s > 1 && v < r.near[i] {
					r.near[i], r.owner[i] = v, uint32(s-1)
				}
				sum += massAt(weight, i) * r.near[i]
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
