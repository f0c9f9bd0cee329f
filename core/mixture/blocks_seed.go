package mixture

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	// sampleValues bounds the numbers in the sample that the starting values come from, unless there are so many
	// components that two rows each are more.
	sampleValues = 1 << 28
	// greedySeeds is the number of components up to which seeds are found by k-means++; beyond, where that would take longer
	// than the fit, they are random rows, improved by Lloyd passes of at most lloydOps operations.
	greedySeeds = 1024
	lloydOps    = 2e13
)

// sample holds points drawn uniformly without replacement, in the units of the data.
type sample[T core.Float] struct {
	x     core.Matrix[T]
	point []int     // the index of each among all points
	w     []float64 // their weights as given; nil when all are 1
	most  int       // number of points wanted
}

// offer considers the point of a given index for the sample, by reservoir sampling (Vitter's algorithm R) whose choices
// depend on seed and index alone.
func (s *sample[T]) offer(point int, row []T, w float64, weighted bool, seed uint64) {
	at := len(s.point)
	if at < s.most {
		s.point = append(s.point, point)
		s.x.Data = append(s.x.Data, row...)
		s.x.Rows++
		if weighted {
			s.w = append(s.w, w)
		}
		return
	}
	draw := rng.At(seed, streamSample, uint64(point))
	if at = int(draw.Uint64() % uint64(point+1)); at >= s.most {
		return
	}
	s.point[at] = point
	copy(s.x.Row(at), row)
	if weighted {
		s.w[at] = w
	}
}

// thin keeps at most so many of the sample, evenly spaced, in memory of their own.
func (s *sample[T]) thin(most int) {
	n := min(most, s.x.Rows)
	x, point, w := core.NewMatrix[T](n, s.x.Cols), make([]int, n), []float64(nil)
	for i := range n {
		from := i * s.x.Rows / n
		copy(x.Row(i), s.x.Row(from))
		point[i] = s.point[from]
		if s.w != nil {
			w = append(w, s.w[from])
		}
	}
	s.x, s.point, s.w = x, point, w
}

// fill makes the sample the points of d, with a meaning for NaN.
func (s *sample[T]) fill(ctx context.Context, d *data[T], missing string, threads int) error {
	d.x, d.n, d.rows, d.w, d.patterns = s.x, s.x.Rows, nil, nil, nil
	d.total = float64(d.n)
	d.mass = d.total
	if s.w != nil {
		s.weigh(d)
	}
	if missing == MissingNaN {
		return d.findMissing(ctx, threads)
	}
	return nil
}

// weigh gives the points of d the weights of the sample.
func (s *sample[T]) weigh(d *data[T]) {
	d.mass, d.total = 0, 0
	for _, w := range s.w {
		d.mass += w
	}
	for _, w := range s.w {
		d.w = append(d.w, w*float64(d.n)/d.mass)
		d.total += d.w[len(d.w)-1]
	}
}

// survey is the first pass: it checks the rows and finds their number, their moments and the sample.
func (f *stream[T]) survey(ctx context.Context) error {
	o := f.o
	var equal bool
	var err error
	if f.n, f.mass, equal, err = sumWeights(o.SampleWeight); err != nil {
		return err
	}
	f.unit = f.mass / float64(f.n)
	given := len(o.SampleWeight)
	if equal {
		o.SampleWeight = nil
	}
	var all *spread
	f.report("survey", 0, math.NaN())
	rows := 0
	err = f.pass(ctx, func(point int) error {
		d := f.d
		part, err := d.moments(ctx, o.Threads)
		if err != nil {
			return err
		}
		if err := part.check(func() error { return d.fault(o.Missing, "it") }); err != nil {
			return err
		}
		f.total += d.total
		f.incomplete = f.incomplete || d.patterns != nil
		if f.sample.most == 0 {
			f.sample.most = max(min(max(seedSample, seedPerCluster*o.Components), sampleValues/d.x.Cols), 2*o.Components, coverageRows,
				splitSample[T](o, d.x.Cols))
			f.sample.x.Cols, f.sample.x.Stride = d.x.Cols, d.x.Cols
		}
		for i := range d.n {
			w := 1.0
			if d.w != nil {
				w = d.w[i]
			}
			f.sample.offer(point+i, d.row(uint32(i)), w, d.w != nil, o.Seed)
		}
		if all == nil {
			all = part
		} else {
			all.merge(part)
		}
		rows = point + d.n
		return nil
	})
	switch {
	case err != nil:
		return err
	case o.SampleWeight != nil && f.n == 0 || given > 0 && f.mass == 0:
		return fmt.Errorf("mixture: %w: every sample_weight is zero", core.ErrOption)
	case f.rows == 0:
		return fmt.Errorf("mixture: %w: the blocks have 0 rows; at least 1 is needed", core.ErrShape)
	case all == nil && o.Missing == MissingNaN:
		return errNothingObserved
	case o.SampleWeight != nil || given > 0:
		if given != f.rows {
			return fmt.Errorf("mixture: %w: sample_weight has %d entries, the blocks have %d rows", core.ErrShape, given, f.rows)
		}
	}
	f.n = rows
	if o.SampleWeight == nil {
		f.mass = float64(f.n)
	}
	if f.n < o.Components {
		return fmt.Errorf("mixture: %w: n_components = %d needs at least as many rows (of positive weight), got %d",
			core.ErrShape, o.Components, f.n)
	}
	if err := all.check(func() error { return nil }); err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	if err := all.checkColumns(); err != nil {
		return err
	}
	f.d.standardize(all.mean, all.variance(), o.isotropic())
	return nil
}

// seed finds the starting parameters and the graph from the sample, and gives up most of it.
func (f *stream[T]) seed(ctx context.Context) error {
	o := f.o
	h, err := factors(o, len(f.d.shift))
	if err != nil {
		return err
	}
	D, start := len(f.d.shift), o.Start
	if err := start.check(o.Components, D, h, f.rows); err != nil {
		return err
	}
	if start == nil {
		start = &Start{}
	}
	if err := checkBlocksMemory[T](o, f.n, D, h); err != nil {
		return err
	}
	d := *f.d
	if err := f.sample.fill(ctx, &d, o.Missing, o.Threads); err != nil {
		return err
	}
	dof := o.startDOF(o.Components, D, start)
	if dof != nil {
		if err := d.standardizeByQuartiles(ctx, o.isotropic(), o.Seed, o.Threads); err != nil {
			return err
		}
		f.d.shift, f.d.scale, f.d.limit, f.d.logJac = d.shift, d.scale, d.limit, 0
		for _, v := range d.scale {
			f.d.logJac += math.Log(float64(v))
		}
	}
	var rehearsed *Model
	if splitSample[T](o, D) > 0 && d.n >= 2*leastRows*(h+2)*o.Components {
		if rehearsed, err = f.rehearse(ctx, &d, h); err != nil {
			return err
		}
		start = rehearsed.Start()
	}
	inner := &fit[T]{o: o, d: &d, began: f.began}
	l := newLloyd(&d, o.Components, o.Threads)
	if err := inner.clusterMany(ctx, l, start); err != nil {
		return err
	}
	f.all = newSearch(f.n, o.Components, o)
	if !f.all.exact {
		if err := linkCenters(ctx, f.all, l.p, o.Threads); err != nil {
			return err
		}
		if rehearsed != nil {
			for i, c := range rehearsed.Neighbors {
				f.all.graph[i] = uint32(c)
			}
		}
	}
	f.all.order, f.all.unsorted = nil, nil
	window := *f.all
	f.s = &window
	f.near = &lloyd[T]{d: f.d, p: &params{C: o.Components, D: D, mu: l.p.mu}, centers: l.centers, threads: l.threads, workers: l.workers}
	f.k, f.pi = newPacked[T](o.Components, D, h), make([]float64, o.Components)
	f.prior = make([]float64, o.Components)
	if f.incomplete {
		f.k.marginal = newMarginals(f.k)
	}
	if dof != nil {
		f.k.tails = newTails[T](f.k.C)
		copy(f.k.tails.nu, dof)
	}
	inner.k = f.k
	q := l.p
	l = nil
	if o.LoadingsType == LoadingsOwn {
		err = f.startOwn(ctx, inner, q, start)
	} else {
		err = f.startShared(ctx, inner, q, start)
	}
	f.sample.thin(coverageRows)
	if f.k.C*f.k.stride > wideSums/8 {
		debug.FreeOSMemory()
	}
	return err
}

// startOwn makes the first packed parameters from the clusters q and the starting values given.
func (f *stream[T]) startOwn(ctx context.Context, inner *fit[T], q *params, start *Start) error {
	o, D, h, pooled := f.o, f.k.D, f.k.H, q.pooled()
	scratch := make([]component, par.Threads(o.Threads))
	first := func(worker, c int) *component {
		p := &scratch[worker]
		if p.mu == nil {
			*p = component{make([]float64, D), make([]float64, D*h), make([]float64, D), f.k.newRoom()}
		}
		f.pi[c] = inner.first(c, q, pooled, start, o.Seed, p.mu, p.lambda, p.noise)
		return p
	}
	if o.tied() {
		f.tieNoise(prior{}, func(worker, c int) (float64, []float64) {
			p := first(worker, c)
			return max(f.pi[c], math.SmallestNonzeroFloat64), p.noise
		})
	}
	err := par.For(ctx, o.Threads, o.Components, func(worker, c int) {
		p := first(worker, c)
		copy(p.noise, f.noise)
		f.k.adopt(c, p)
		f.prior[c] = o.prior().in(f.d.unit).logComponent(p.mu, p.noise, o.tied() && c > 0)
	})
	for c, pi := range f.pi {
		f.k.weigh(c, pi)
	}
	return err
}

// clusterMany is cluster, with a method that can be afforded where there are many components.
func (f *fit[T]) clusterMany(ctx context.Context, l *lloyd[T], start *Start) error {
	if l.p.C <= greedySeeds || start.Means != nil || f.o.InitParams == "random" {
		return f.cluster(ctx, l, start, f.o.Seed)
	}
	if f.o.Family != Gaussian && l.d == f.d {
		return f.clusterCrowd(ctx, l, f.o.Seed, func(inner *lloyd[T]) error { return f.clusterMany(ctx, inner, start) })
	}
	l.placeOnRows(f.o.Seed)
	limit := 0
	if f.o.InitParams == "kmeans" {
		limit = min(seedLloyd, int(lloydOps/(2*float64(f.d.n)*float64(l.p.C)*float64(l.p.D))))
	}
	f.report("seeding", 0, limit, math.NaN())
	if _, _, err := l.run(ctx, limit, seedStop, -1, func(it int) { f.report("seeding", it, limit, l.inertia()) }); err != nil {
		return err
	}
	_, err := l.update(ctx)
	return err
}

// choose makes the first candidates of the window: the nearest starting centre of each point, and the neighbours of that.
func (f *stream[T]) choose(ctx context.Context, point int) error {
	l, keep := f.near, f.all.keep
	tiles := par.Tiles(f.d.n, lloydTile)
	l.changed, l.spread = make([]int, tiles), make([]float64, tiles)
	l.labels, l.sqDist = make([]uint32, f.d.n), make([]T, f.d.n)
	if _, err := l.assign(ctx); err != nil {
		return err
	}
	for i, c := range l.labels {
		own := f.all.neighborsOf(c)
		for r := range keep {
			f.all.candidates[(point+i)*keep+r] = own[r%len(own)]
		}
	}
	return nil
}
