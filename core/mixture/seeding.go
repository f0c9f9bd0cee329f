package mixture

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// seedSample is the least number of points that k-means++ looks at; it never needs more than seedPerCluster a seed.
const (
	seedSample     = 16384
	seedPerCluster = 30
	seedTile       = 64 // panels per tile
)

// plusPlus chooses c means among the points by greedy k-means++ on a random subsample: of 2 + log c draws with
// probability proportional to weight times squared distance, the one that lowers the total most. O(c log c D S) for
// a sample of S points. The rows of the result (c x D) are standardised.
func plusPlus[T core.Float](ctx context.Context, d *data[T], c int, seed uint64, threads int) ([]float64, error) {
	s := newSeeder(d, c, seed)
	means := make([]float64, c*d.x.Cols)
	for k := range c {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		i, err := s.next(ctx, k, threads)
		if err != nil {
			return nil, err
		}
		s.point(means[k*d.x.Cols:(k+1)*d.x.Cols], i)
	}
	return means, nil
}

// seeder holds the subsample as panels, with the squared distance of each point to the seeds so far.
type seeder[T core.Float] struct {
	D, n, lanes int
	x           []T       // panels of D x lanes
	w           []float64 // weight of each point of the sample
	near        []float64 // squared distance to the nearest seed
	mass        []float64 // running sum of w * near
	draw        rng.Stream
	tries       int
	comp        []T // tries x 2D: trial seeds as components of unit noise
	zero        []T // tries
	ids         []uint32
	trial       []T       // n x tries distances, by panel
	gain        []float64 // tiles x tries
}

func newSeeder[T core.Float](d *data[T], c int, seed uint64) *seeder[T] {
	lanes, D, dp := panel.Lanes[T](), d.x.Cols, panel.Pad[T](d.x.Cols)
	sample := sampleRows(d.n, max(seedSample, seedPerCluster*c), seed)
	n := len(sample)
	s := &seeder[T]{D: D, n: n, lanes: lanes, w: make([]float64, n), near: make([]float64, n), mass: make([]float64, n),
		draw: rng.At(seed, streamSeeds), tries: 2 + int(math.Log(float64(c)))}
	panels := par.Tiles(n, lanes)
	s.x = make([]T, panels*D*lanes)
	s.comp, s.zero, s.ids = make([]T, s.tries*2*D), make([]T, s.tries), make([]uint32, s.tries)
	s.trial = make([]T, panels*lanes*s.tries)
	s.gain = make([]float64, par.Tiles(panels, seedTile)*s.tries)
	rows, x := make([]T, lanes*dp), make([]T, lanes*dp)
	for p := range panels {
		lo, hi := par.Span(p, n, lanes)
		d.gather(rows, dp, sample[lo:hi])
		panel.Transpose(x, rows, dp)
		copy(s.x[p*D*lanes:(p+1)*D*lanes], x)
	}
	for i, r := range sample {
		s.w[i], s.near[i] = d.weight(r), 1
	}
	return s
}

// sampleRows returns min(n, size) distinct points in increasing order.
func sampleRows(n, size int, seed uint64) []uint32 {
	all := make([]uint32, min(n, size))
	draw := rng.At(seed, streamSample)
	// Selection sampling (Knuth, TAOCP 2, 3.4.2 S): point i is taken with probability needed / left.
	for i, taken := 0, 0; taken < len(all); i++ {
		if n <= size || draw.Below(n-i) < len(all)-taken {
			all[taken] = uint32(i)
			taken++
		}
	}
	return all
}

// point writes point i of the sample to dst (D).
func (s *seeder[T]) point(dst []float64, i int) {
	for j := range dst {
		dst[j] = float64(s.x[(i/s.lanes*s.D+j)*s.lanes+i%s.lanes])
	}
}

// next chooses seed number k and updates the distances.
func (s *seeder[T]) next(ctx context.Context, k, threads int) (int, error) {
	total := 0.0
	for i, d := range s.near {
		total += s.w[i] * d
		s.mass[i] = total
	}
	tries := s.tries
	if k == 0 {
		tries = 1
	}
	chosen := make([]int, tries)
	buf := make([]float64, s.D)
	for t := range chosen {
		u := float64(s.draw.Uint64()>>11) * 0x1p-53 * total
		chosen[t] = searchMass(s.mass, u)
		if total == 0 { // fewer distinct points than seeds
			chosen[t] = s.draw.Below(s.n)
		}
		s.point(buf, chosen[t])
		for j, v := range buf {
			s.comp[t*2*s.D+2*j], s.comp[t*2*s.D+2*j+1] = T(v), 1
		}
		s.ids[t] = uint32(t)
	}
	panels := par.Tiles(s.n, s.lanes)
	tiles := par.Tiles(panels, seedTile)
	err := par.For(ctx, threads, tiles, func(_, tile int) {
		gain := s.gain[tile*s.tries : (tile+1)*s.tries]
		clear(gain)
		lo, hi := par.Span(tile, panels, seedTile)
		for p := lo; p < hi; p++ {
			l := s.trial[p*s.tries*s.lanes:][:tries*s.lanes]
			panel.Evaluate(l, s.x[p*s.D*s.lanes:(p+1)*s.D*s.lanes], s.D, 0, s.comp, s.zero, s.ids[:tries])
			first, last := par.Span(p, s.n, s.lanes)
			for t := range tries {
				for i := first; i < last; i++ {
					if d := -2 * float64(l[t*s.lanes+i-first]); k == 0 || d < s.near[i] {
						gain[t] += s.w[i] * (s.near[i] - d)
					}
				}
			}
		}
	})
	if err != nil {
		return 0, err
	}
	best, bestGain := 0, math.Inf(-1)
	for t := range tries {
		sum := 0.0
		for tile := range tiles {
			sum += s.gain[tile*s.tries+t]
		}
		if sum > bestGain {
			best, bestGain = t, sum
		}
	}
	for p := range panels {
		l := s.trial[(p*s.tries+best)*s.lanes:]
		first, last := par.Span(p, s.n, s.lanes)
		for i := first; i < last; i++ {
			if d := -2 * float64(l[i-first]); k == 0 || d < s.near[i] {
				s.near[i] = d
			}
		}
	}
	return chosen[best], nil
}

// searchMass returns the first i with mass[i] > u, at most the last.
func searchMass(mass []float64, u float64) int {
	lo, hi := 0, len(mass)-1
	for lo < hi {
		if mid := (lo + hi) / 2; mass[mid] > u {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
