package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

// byDistance is what maxdist, lcmd and k-means++ have in common: squared distances of all rows to the nearest one that is
// observed or selected.
func (b *batch) byDistance(ctx context.Context) error {
	d := b.k.measure()
	near, fresh, owner := make([]float64, b.n), make([]float64, b.n), make([]int, b.n)
	for i := range near {
		near[i] = math.Inf(1)
	}
	centres := 0
	include := func(i int) error {
		if err := d.from(ctx, b.o.Threads, i, fresh); err != nil {
			return err
		}
		for j, v := range fresh {
			if v < near[j] {
				near[j], owner[j] = v, centres
			}
		}
		centres++
		return nil
	}
	for _, i := range b.o.Observed {
		if err := include(i); err != nil {
			return err
		}
	}
	draw := rng.At(b.o.Seed, streamBatch)
	for len(b.found.Indices) < b.o.Size {
		scores, method := near, b.o.Method
		if centres == 0 {
			if d.norms(fresh); method == LCMD {
				method = MaxDist
			}
			scores = append([]float64(nil), fresh...)
		}
		i := -1
		switch method {
		case PlusPlus:
			i = b.drawn(scores, uniform(&draw))
		case LCMD:
			i = b.inLargest(near, owner, centres)
		}
		if i < 0 { // maxdist, and where all that is left coincides with what is there
			i = b.best(scores)
		}
		b.take(i, scores[i])
		if err := include(i); err != nil {
			return err
		}
	}
	return nil
}

// drawn returns the row at fraction u of the mass of scores, -1 if there is none.
func (b *batch) drawn(scores []float64, u float64) int {
	total, last := 0.0, -1
	for i, s := range scores {
		if !b.out[i] && s > 0 {
			total += s
			last = i
		}
	}
	u *= total
	for i, s := range scores {
		if b.out[i] || !(s > 0) {
			continue
		}
		if u < s {
			return i
		}
		u -= s
	}
	return last
}

// inLargest returns the farthest row of the cluster with the largest sum of squared distances, -1 if all sums are zero.
func (b *batch) inLargest(near []float64, owner []int, centres int) int {
	size := make([]float64, centres)
	for i, d := range near {
		if !b.out[i] {
			size[owner[i]] += d
		}
	}
	largest := 0
	for c, s := range size {
		if s > size[largest] {
			largest = c
		}
	}
	if size[largest] == 0 {
		return -1
	}
	best := -1
	for i, d := range near {
		if !b.out[i] && owner[i] == largest && (best < 0 || d > near[best]) {
			best = i
		}
	}
	return best
}
