package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/par"
)

// sparseTraversal is the state of farthest-first traversal of sparse rows. A row is compared with a new centre unless that is
// at least twice as far from the nearest centre of the row as the row is, so that it cannot be nearer.
type sparseTraversal struct {
	d       sparseMeasure
	threads int
	near    []float64 // squared distance to the nearest centre; negative for centres
	owner   []int32   // number of that centre
	centres []int
	apart   []float64 // squared distance of the newest centre from each one before
	tops    []farRow  // of each tile
	looked  []int64   // per tile: distances evaluated
}

type farRow struct {
	row    int
	square float64
}

func newSparseTraversal(d sparseMeasure, n, threads int) *sparseTraversal {
	tiles := par.Tiles(n, gradientTile)
	t := &sparseTraversal{d: d, threads: threads, near: make([]float64, n), owner: make([]int32, n), tops: make([]farRow, tiles),
		looked: make([]int64, tiles)}
	for i := range t.near {
		t.near[i] = math.Inf(1)
	}
	return t
}

func (t *sparseTraversal) outermost() int { return t.d.outermost() }

func (t *sparseTraversal) add(ctx context.Context, row int) error {
	id := int32(len(t.centres))
	t.d.lay(row)
	t.apart = t.apart[:0]
	for _, c := range t.centres {
		t.apart = append(t.apart, t.d.to(c))
	}
	t.centres = append(t.centres, row)
	return par.For(ctx, t.threads, len(t.tops), func(_, tile int) {
		lo, hi := par.Span(tile, len(t.near), gradientTile)
		top := farRow{lo, math.Inf(-1)}
		for i := lo; i < hi; i++ {
			if i == row {
				t.near[i], t.owner[i] = -1, id
			}
			// Rounding must not decide: of a centre that is hardly nearer the distance is evaluated.
			if own := t.near[i]; own >= 0 && (id == 0 || t.apart[t.owner[i]] < 4.001*own) {
				t.looked[tile]++
				if v := t.d.to(i); v < own {
					t.near[i], t.owner[i] = v, id
				}
			}
			if t.near[i] > top.square {
				top = farRow{i, t.near[i]}
			}
		}
		t.tops[tile] = top
	})
}

func (t *sparseTraversal) distanceOf(row int) float64 { return math.Sqrt(max(t.near[row], 0)) }

func (t *sparseTraversal) farthest() (int, float64) {
	best := t.tops[0]
	for _, top := range t.tops[1:] {
		if top.square > best.square {
			best = top
		}
	}
	return best.row, math.Sqrt(max(best.square, 0))
}

func (t *sparseTraversal) assign(_ context.Context, c *Centers) error {
	c.Assignment, c.Weights = make([]int, len(t.near)), make([]float64, len(c.Indices))
	for i, owner := range t.owner {
		c.Assignment[i] = int(owner)
		c.Weights[owner]++
	}
	return nil
}

func (t *sparseTraversal) evaluations() int64 {
	k := int64(len(t.centres))
	sum := k * (k - 1) / 2
	for _, v := range t.looked {
		sum += v
	}
	return sum
}
