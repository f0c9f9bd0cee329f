package coreset

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Sensitivity draws a coreset for k-means and Gaussian mixtures of k = o.Clusters components (Bachem, Lucic and Krause, 2017;
// Lucic, Faulkner, Krause and Feldman, JMLR 2018). A rough solution B comes from k-means++, the best of o.NInit. With d_i the
// distance of row i to B, c the mean of d^2, the same mean c_i within the cell of row i, n_i rows in that cell and
// a = 16 (log k + 2),
//
//	s_i = a d_i^2 / c + 2 a c_i / c + 4 n / n_i
//
// bounds how much row i can matter to any solution; it is drawn with probability proportional to s_i. The size needed for an
// error of e times the cost does not depend on n. O(n k D), and a copy of x is made meanwhile.
//
// Errors are those of [Lightweight].
func Sensitivity[T core.Float](ctx context.Context, x core.Matrix[T], o *SampleOptions) (*Sample, error) {
	return sensitivity(ctx, denseOf(x), o)
}

// SparseSensitivity is [Sensitivity] of sparse rows. As many operations as there are entries for each of the o.Clusters seeds.
func SparseSensitivity(ctx context.Context, x SparsePoints, o *SampleOptions) (*Sample, error) {
	return sensitivity(ctx, x, o)
}

func sensitivity(ctx context.Context, x sampleRows, o *SampleOptions) (*Sample, error) {
	began := time.Now()
	mass, err := o.ready(x)
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	v := o.withDefaults()
	if v.Clusters > n {
		return nil, errorf(core.ErrOption, "n_clusters = %d exceeds the %d rows of X", v.Clusters, n)
	}
	measure := x.measure()
	var best *rough
	for start := range v.NInit {
		found, err := plusPlus(ctx, measure, n, v.SampleWeight, v.Clusters, rng.At(v.Seed, streamSeeds, uint64(start)), v.Threads)
		if err != nil {
			return nil, err
		}
		if best == nil || found.cost < best.cost {
			best = found
		}
		v.report("seeding", start+1, began)
	}
	if math.IsInf(best.cost, 1) || math.IsNaN(best.cost) {
		return nil, errorf(core.ErrNumerical, "squared distances overflow; rescale the data")
	}
	return drawn(best.sensitivities(v.SampleWeight, v.Clusters, mass), v.SampleWeight, v.Size, v.Seed, began)
}

// sensitivities returns weight times s_i for each row.
func (r *rough) sensitivities(weight []float64, k int, mass float64) []float64 {
	cost, count := make([]float64, k), make([]float64, k)
	for i, c := range r.owner {
		cost[c] += massAt(weight, i) * r.near[i]
		count[c] += massAt(weight, i)
	}
	a := 16 * (math.Log(float64(k)) + 2)
	mean := r.cost / mass
	scores := make([]float64, len(r.near))
	for i, c := range r.owner {
		s := 4 * mass / count[c]
		if mean > 0 {
			s += a*r.near[i]/mean + 2*a*cost[c]/count[c]/mean
		}
		if w := massAt(weight, i); w > 0 {
			scores[i] = w * s
		}
	}
	return scores
}
