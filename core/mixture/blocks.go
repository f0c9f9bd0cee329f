package mixture

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Blocks goes once through the rows of a matrix: it calls visit with block after block, of any number of rows each, and
// returns the error of visit at once, or one of its own. Every call must yield the same rows in the same order. A block
// may be overwritten when visit has returned.
type Blocks[T core.Float] func(ctx context.Context, visit func(core.Matrix[T]) error) error

// Interrupted is the error of [FitBlocks] when blocks could not be read, or the context ended, after at least one whole
// pass of the fit. Model holds the parameters of the last complete iteration; its LowerBound is that of the parameters
// before them, which they can only have raised.
type Interrupted struct {
	Model *Model
	cause error
}

// Error tells the cause and how far the fit was.
func (e *Interrupted) Error() string {
	return fmt.Sprintf("%v; the model after %d iterations is kept", e.cause, e.Model.Iterations)
}

// Unwrap returns the cause: the error of the blocks, or of the context.
func (e *Interrupted) Unwrap() error { return e.cause }

// FitBlocks is [FitMatrix] for rows that do not fit in memory at once. One pass finds mean and variance of each feature
// and draws the sample that the starting values come from; then every iteration is one pass, and one more evaluates its
// result. Between blocks 4 Candidates bytes are kept for each row, and 4 to 12 bytes for each parameter; the blocks
// themselves are neither kept nor written to. Rows of a block are visited in the order of their components, so that
// blocks of many rows are faster than small ones. With missing values, another 8 (Factors + 2) bytes are kept for each mean, with
// shared loadings another 16 for each parameter.
//
// Splits and merges, where the options ask for them, take place in a fit to the sample, of up to 64 MiB, before the first pass;
// it goes on where that ends. There are none if the sample has fewer than 6 (Factors + 2) rows for each component.
// Options.NInit must be 1, and Start.Labels is not available.
//
// Errors are as for [Fit], those of blocks are wrapped, and an [*Interrupted] still holds a model. The result depends on
// where blocks end by rounding only.
func FitBlocks[T core.Float](ctx context.Context, blocks Blocks[T], opts *Options) (*Model, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	o.Explore, o.RegCovar = max(0, o.Explore), max(1e-14, o.RegCovar)
	switch {
	case o.NInit > 1:
		return nil, fmt.Errorf("mixture: %w: n_init must be 1 for rows that come in blocks, got %d", core.ErrOption, o.NInit)
	case o.MStep != UpdateAll:
		return nil, fmt.Errorf("mixture: %w: m_step must be %q for rows that come in blocks, got %q", core.ErrOption, UpdateAll, o.MStep)
	case o.Start != nil && o.Start.Labels != nil:
		return nil, fmt.Errorf("mixture: %w: labels cannot start a fit to rows that come in blocks; give means_init", core.ErrOption)
	}
	f := &stream[T]{o: &o, blocks: blocks, began: time.Now()}
	if err := f.survey(ctx); err != nil {
		return nil, err
	}
	if err := f.seed(ctx); err != nil {
		return nil, err
	}
	return f.run(ctx)
}

// stream is a fit to blocks. Between passes the parameters exist in packed form only, unless components share loadings.
type stream[T core.Float] struct {
	o      *Options
	blocks Blocks[T]
	began  time.Time
	spent  int64 // evaluations so far

	rows   int      // of all blocks
	n      int      // points: rows of positive weight that have a value
	mass   float64  // sum of the weights as given
	unit   float64  // mean of the positive weights as given
	total  float64  // sum of the weights of all points, in that unit
	d      *data[T] // the points of the present window, standardised as all are
	all    *search  // candidates of all points, and the graph
	s      *search  // those of the window
	sample sample[T]

	incomplete bool // some points lack features

	near *lloyd[T] // finds the first candidates; nil after the first pass

	k      *packed[T]
	pi     []float64
	prior  []float64 // C: log prior of mean and noise
	noise  []float64 // D: what all components share; nil where they do not
	p      *params   // nil where every component has loadings of its own
	e      *estep[T]
	m      *mstep[T]
	stats  *totals
	scores [][]score // of each component, over all windows of a pass
	fresh  []component
}

// component is scratch space of one worker for new parameters.
type component struct{ mu, lambda, noise, room []float64 }

// windowRows bounds the rows of a block that are visited at a time.
const windowRows = 1 << 22

// pass calls visit for each window of the blocks, with the points in f.d, the index of their first and the number of rows
// read before.
func (f *stream[T]) pass(ctx context.Context, visit func(point int) error) error {
	row, point, number := 0, 0, 0
	var failure error
	err := f.blocks(ctx, func(x core.Matrix[T]) (err error) {
		defer func() { failure = err }()
		number++
		err = x.Check("X")
		switch {
		case err != nil || x.Rows == 0:
		case x.Cols == 0:
			err = fmt.Errorf("%w: it has 0 columns; at least 1 is needed", core.ErrShape)
		case f.d != nil && x.Cols != len(f.d.shift):
			err = fmt.Errorf("%w: it has %d columns, expected %d", core.ErrShape, x.Cols, len(f.d.shift))
		}
		for lo := 0; lo < x.Rows && err == nil; lo += windowRows {
			if err = ctx.Err(); err != nil {
				return err
			}
			w := x
			w.Rows = min(windowRows, x.Rows-lo)
			w.Data = x.Data[lo*x.Stride:]
			if err = f.open(ctx, w, row); err == nil && f.d.n > 0 {
				err = visit(point)
			}
			row += w.Rows
			point += f.d.n
		}
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("mixture: block %d of rows: %w", number, err)
		}
		return err
	})
	if failure != nil {
		return failure
	}
	if err != nil {
		return fmt.Errorf("mixture: reading the blocks of rows: %w", err)
	}
	if f.rows > 0 && row != f.rows {
		return fmt.Errorf("mixture: %w: the blocks have %d rows, but had %d at the first pass; every pass must yield the same rows",
			core.ErrShape, row, f.rows)
	}
	f.rows = row
	return nil
}

// open makes the rows of x, which follow on row others, the points of f.d.
func (f *stream[T]) open(ctx context.Context, x core.Matrix[T], row int) error {
	if f.d == nil {
		f.d = &data[T]{shift: make([]T, x.Cols), scale: make([]T, x.Cols)}
	}
	d := f.d
	d.x, d.n, d.rows, d.w, d.patterns = x, x.Rows, nil, nil, nil
	d.total, d.unit = float64(d.n), 1
	if f.o.SampleWeight != nil {
		d.unit = f.unit
		if row+x.Rows > len(f.o.SampleWeight) {
			return fmt.Errorf("%w: sample_weight has %d entries, fewer than there are rows", core.ErrShape, len(f.o.SampleWeight))
		}
		d.rows, d.w, d.total = make([]uint32, 0, d.n), make([]float64, 0, d.n), 0
		for i, w := range f.o.SampleWeight[row : row+x.Rows] {
			if w > 0 {
				d.rows, d.w = append(d.rows, uint32(i)), append(d.w, w/f.unit)
				d.total += w / f.unit
			}
		}
		d.n = len(d.w)
	}
	if f.o.Missing == MissingNaN && d.n > 0 {
		return d.findMissing(ctx, f.o.Threads)
	}
	return nil
}

// run is the loop over passes.
func (f *stream[T]) run(ctx context.Context) (*Model, error) {
	o := f.o
	f.e, f.m = newEstep(f.d, f.s, f.k, 0, o.Threads), newMstep(f.d, f.k, o)
	_, single := any(T(0)).(float32)
	f.stats = newTotals(f.k.C, f.k.D, f.k.H, single)
	f.scores = make([][]score, f.k.C)
	for range f.m.threads {
		f.fresh = append(f.fresh, component{make([]float64, f.k.D), make([]float64, f.k.D*f.k.H), make([]float64, f.k.D), f.k.newRoom()})
	}
	model := &Model{LowerBound: math.NaN()}
	for it := 0; ; it++ {
		bound, evaluated, err := f.iterate(ctx, it, model.LowerBound)
		if err == nil && math.IsNaN(bound-bound) {
			err = fmt.Errorf("mixture: %w: the likelihood became %v in iteration %d; raise reg_covar or use float64",
				core.ErrNumerical, bound, it)
		}
		if err != nil && it == 0 {
			return nil, err
		}
		if err != nil {
			model.Iterations = it
			f.export(model)
			return nil, &Interrupted{Model: model, cause: err}
		}
		model.History = append(model.History, Iteration{bound, time.Since(f.began).Seconds(), evaluated})
		gain := bound - model.LowerBound
		model.LowerBound, model.Iterations = bound, it
		if model.Converged = it > 0 && o.Tol >= 0 && gain < o.Tol; model.Converged || it == o.MaxIter {
			break
		}
		if err := f.update(); err != nil {
			return nil, err
		}
	}
	if !f.s.exact {
		var err error
		if model.CoverageGap, err = f.coverage(ctx); err != nil {
			return nil, err
		}
	}
	f.export(model)
	return model, nil
}

// iterate is one pass: E-steps window by window, whose sums go to f.stats unless this is the last pass.
func (f *stream[T]) iterate(ctx context.Context, it int, before float64) (bound float64, evaluated int64, err error) {
	dp, lost := panel.Pad[T](f.k.D), 0.0 // lost: what the Jacobian has too much for the features that rows lack
	err = f.pass(ctx, func(point int) error {
		if f.d.patterns != nil {
			lost += f.d.total * (f.d.logJac - f.d.observedJacobian())
		}
		if it == 0 {
			if err := f.choose(ctx, point); err != nil {
				return err
			}
		}
		f.window(point)
		f.e.seed = f.o.Seed + uint64(point)*0x9e3779b97f4a7c15
		b, n, err := f.e.sweep(ctx, it)
		if err != nil {
			return err
		}
		bound, evaluated, f.spent = bound+b, evaluated+n, f.spent+n
		if it < f.o.MaxIter {
			if err := f.m.each(ctx, f.e.pairs, func(c int, sums *moments, _ *mscratch[T]) { f.stats.add(c, sums, dp) }); err != nil {
				return err
			}
		}
		f.gather()
		f.report("em", it, before)
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	f.near = nil
	f.link()
	for c, v := range f.prior {
		bound += v + (f.m.prior.concentration-1)*math.Log(f.pi[c])
	}
	bound = (bound-lost)/f.total + f.d.logJac
	f.report("em", it, bound)
	return bound, evaluated, nil
}

// window makes the candidates of the points from point on those of f.s.
func (f *stream[T]) window(point int) {
	keep := f.all.keep
	f.s.n, f.s.candidates, f.s.patterns = f.d.n, f.all.candidates[point*keep:(point+f.d.n)*keep], f.d.patterns
	if len(f.s.order) < f.d.n {
		f.s.order, f.s.unsorted = make([]uint32, f.d.n), make([]uint32, f.d.n)
	}
}

// gather adds the scores of the window's tasks to those of the pass.
func (f *stream[T]) gather() {
	if f.s.exact {
		return
	}
	_ = par.For(nil, f.e.threads, len(f.e.tasks), func(worker, i int) {
		c := f.e.tasks[i].component
		if i > 0 && f.e.tasks[i-1].component == c {
			return
		}
		r := f.e.rankers[worker]
		r.reset()
		for _, v := range f.scores[c] {
			r.add(v.id, v.count, v.sum)
		}
		for ; i < len(f.e.tasks) && f.e.tasks[i].component == c; i++ {
			for _, v := range f.e.tasks[i].scores {
				r.add(v.id, v.count, v.sum)
			}
		}
		f.scores[c] = r.scores(f.scores[c][:0])
	})
}

// link renews the graph from the scores of a pass.
func (f *stream[T]) link() {
	if f.s.exact {
		return
	}
	for c, v := range f.pi {
		f.e.logPi[c] = math.Log(v)
	}
	_ = par.For(nil, f.e.threads, len(f.scores), func(worker, c int) {
		if len(f.scores[c]) == 0 {
			return
		}
		r := f.e.rankers[worker]
		r.reset()
		for _, v := range f.scores[c] {
			r.add(v.id, v.count, v.sum)
		}
		r.nearest(f.s.neighborsOf(uint32(c)), uint32(c), f.e.logPi)
		f.scores[c] = f.scores[c][:0]
	})
}

// update turns the statistics of a pass into new packed parameters. It is not interrupted, so that all parameters are of
// one iteration.
func (f *stream[T]) update() error {
	if f.p != nil {
		return f.updateShared()
	}
	dp := panel.Pad[T](f.k.D)
	solve := func(worker, c int) (w *mscratch[T], p *component, decided bool) {
		w, p = f.m.workers[worker], &f.fresh[worker]
		f.stats.load(c, w.sums, dp)
		return w, p, f.m.solve(c, w.sums, w, p.mu, p.lambda, p.noise)
	}
	if f.m.tied {
		f.tieNoise(f.m.prior, func(worker, c int) (float64, []float64) {
			w, p, decided := solve(worker, c)
			if decided {
				return w.sums.n, p.noise
			}
			f.k.unpack(c, p.mu, p.lambda, p.noise)
			for d, v := range p.mu { // the mean stays, and with it what its prior says of the noise
				p.noise[d] = f.m.prior.mean * v * v
			}
			if f.m.isotropic {
				average(p.noise)
			}
			return 0, p.noise
		})
	}
	err := par.For(nil, f.m.threads, f.k.C, func(worker, c int) {
		w, p, decided := solve(worker, c)
		if !decided && f.m.tied {
			f.k.unpack(c, p.mu, p.lambda, p.noise)
		}
		if decided || f.m.tied {
			copy(p.noise, f.noise)
			f.k.adopt(c, p)
			f.prior[c] = f.m.prior.logComponent(p.mu, p.noise, f.m.tied && c > 0)
		}
		if decided && f.m.dof {
			f.k.tails.nu[c] = estimateDOF(f.k.tails.nu[c], f.k.D, w.sums.u/w.sums.n, w.sums.l/w.sums.n)
		}
	})
	copy(f.pi, f.stats.n)
	reweigh(f.pi, f.total, f.m.prior.concentration)
	for c, pi := range f.pi {
		f.k.weigh(c, pi)
	}
	f.stats.clear()
	return err
}

func (f *stream[T]) report(phase string, iteration int, objective float64) {
	if f.o.Progress != nil {
		f.o.Progress(core.Progress{Phase: phase, Iteration: iteration, MaxIterations: f.o.MaxIter, Objective: objective,
			Evaluations: f.spent, Seconds: time.Since(f.began).Seconds()})
	}
}

// coverage is the coverage gap on the part of the sample that is kept for it.
func (f *stream[T]) coverage(ctx context.Context) (float64, error) {
	e, d, s := *f.e, *f.d, *f.s
	if err := f.sample.fill(ctx, &d, f.o.Missing, f.o.Threads); err != nil {
		return 0, err
	}
	s.n, s.candidates = d.n, nil
	for _, i := range f.sample.point {
		s.candidates = append(s.candidates, f.all.candidates[i*s.keep:(i+1)*s.keep]...)
	}
	e.d, e.s = &d, &s
	return e.coverage(ctx)
}

// export writes the parameters in the units of the data to the model, and gives up everything else.
func (f *stream[T]) export(m *Model) {
	large := f.k.C*f.k.stride > wideSums/8
	f.stats = nil
	if large {
		debug.FreeOSMemory()
	}
	p := f.p
	if p == nil {
		p = newParams(f.k.C, f.k.D, f.k.H)
		copy(p.pi, f.pi)
		_ = par.For(nil, f.m.threads, p.C, func(_, c int) {
			mu, lambda, noise := p.component(c)
			f.k.unpack(c, mu, lambda, noise)
		})
	}
	if f.k.tails != nil {
		p.dof = f.k.tails.nu
	}
	f.d.export(m, p, f.o.CovarianceType)
	m.Family, m.LoadingsType, m.NoiseType = f.o.Family, f.o.LoadingsType, f.o.NoiseType
	m.inference = Inference{Missing: f.o.Missing}
	_, _, m.DOFEstimated = f.o.family(p.D)
	f.all.export(m)
	f.k, f.e, f.m, f.near = nil, nil, nil, nil
	if large {
		debug.FreeOSMemory()
	}
}
