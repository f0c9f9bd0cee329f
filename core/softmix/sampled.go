package softmix

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	// perFeature and leastSample give the number of cells without draws that normalizers are estimated from.
	perFeature  = 16
	leastSample = 8192
	// worthwhile is how many times fewer cells there must be for that to be done unasked, and telling how many draws for each parameter:
	// with fewer, estimated likelihoods have maxima of their own, from which the way is longer than from the start.
	worthwhile = 4
	telling    = 20
	// loosely is the promise of an iteration, in nats per draw, below which L-BFGS stops on estimated normalizers: what is left is
	// smaller than their error.
	loosely = 1e-6
)

// sampleSize returns how many cells without draws normalizers are estimated from, or 0 if they are exact.
func (f *fit[T]) sampleSize() int {
	unseen := f.c.x.Rows - f.c.seen
	size := f.o.Sample
	if size == 0 {
		size = max(leastSample, perFeature*f.c.x.Cols)
	}
	switch {
	case f.o.Normalizer == Exact, f.o.Components == 1, size >= unseen:
		return 0
	case f.o.Normalizer == Sampled:
		return size
	case worthwhile*(f.c.seen+size) > f.c.x.Rows, f.c.n < telling*float64(f.o.Components*(f.c.x.Cols+1)):
		return 0
	}
	return size
}

// sampled returns the fit to all cells that have been drawn and about size others, chosen by the index for classes theta (C x L) and
// counted as often as makes up for their chances. Its normalizers are unbiased estimates of those of f.
func (f *fit[T]) sampled(x *index, theta []float64, size int, number uint64) *fit[T] {
	chosen, chance := x.draw(x.proposal(theta), size, rng.New(f.o.Seed, streamSampled, number).Float64())
	times := make(map[int32]float64, len(chosen))
	for i, j := range chosen {
		times[j] = 1 / chance[i]
	}
	for j, q := range f.c.q {
		if q > 0 {
			chosen = append(chosen, int32(j))
		}
	}
	slices.Sort(chosen)
	some := *f.c
	some.x = core.NewMatrix[T](len(chosen), f.c.x.Cols)
	some.q, some.offset = make([]float64, len(chosen)), make([]float64, len(chosen))
	for i, j := range chosen {
		copy(some.x.Row(i), f.c.x.Row(int(j)))
		some.q[i] = f.c.q[j]
		if n, ok := times[j]; ok {
			some.offset[i] = math.Log(n)
		}
	}
	g := *f
	g.c, g.precise = &some, nil
	return &g
}

// burnInSampled is burnIn with estimated normalizers, from cells that are chosen for the pooled fit; L-BFGS then goes on with the best
// starts, from cells that are chosen for them, to about where the error of the estimates leads astray. All have the same cells, so that
// those which end with one value have found one maximum, of which one goes on.
func burnInSampled[T core.Float](ctx context.Context, f *fit[T], starts []start, size int) ([]*climber, error) {
	f.report("index", 0, 0, math.NaN())
	x, err := newIndex(ctx, f.c, rng.New(f.o.Seed, streamIndex), f.o.Threads)
	if err != nil {
		return nil, err
	}
	g := f.sampled(x, f.b.theta, size, 0)
	climbers, err := burnIn(ctx, g, starts)
	if err != nil {
		return nil, err
	}
	climbers = climbers[:min(f.o.Finish, len(climbers))]
	f.evaluations, g = g.evaluations, nil
	K, L := f.o.Components, f.c.x.Cols
	if K*(L+1) <= few {
		return climbers, nil
	}
	theta := make([]float64, len(climbers)*K*L)
	for i, s := range climbers {
		f.m.theta(f.o.Threads, s.phi, theta[i*K*L:(i+1)*K*L])
	}
	g = f.sampled(x, theta, size, 1)
	k := newKernel[T](g.c, 1, K, f.o.Threads)
	var distinct []*climber
	for i, s := range climbers {
		e, err := lbfgs(ctx, g, k, s, i, loosely*f.c.n)
		if err != nil {
			return nil, err
		}
		same := slices.IndexFunc(distinct, func(d *climber) bool {
			return math.Abs(d.value-e.value) < sameMaximum/f.c.n+2*loosely
		})
		if same < 0 {
			distinct = append(distinct, &climber{phi: e.phi, alpha: e.alpha, value: e.value, search: e.search, starts: 1})
		} else {
			distinct[same].starts++
		}
	}
	f.evaluations = g.evaluations
	return distinct, nil
}
