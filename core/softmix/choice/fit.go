package choice

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// sameOptimum is the difference of log-likelihoods below which two starts have found the same maximum.
const sameOptimum = 1e-3

// Fit estimates the model of a survey. The error wraps core.ErrShape, core.ErrOption or core.ErrNotFinite for data and
// options that make no sense, and says where and what to do; core.ErrNumerical where one class has no finite maximum; or it
// is the context's. A fit that does not converge is no error: see Model.Converged. An iteration takes about R (P^2 + 10 P) K
// operations; memory is 8 R P bytes and 16 N K for each goroutine.
func Fit[T core.Float](ctx context.Context, s *Survey[T], opts *Options) (*Model, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	f := &fit{o: opts.withDefaults(), began: time.Now()}
	if err := s.check(&f.o, true); err != nil {
		return nil, err
	}
	b := takeBuffers()
	defer b.giveBack()
	order, err := newOrder(s, b)
	if err != nil {
		return nil, err
	}
	if f.l, err = newLayout(s, order, f.o.Columns, b); err != nil {
		return nil, err
	}
	if f.o.Classes > f.l.persons {
		return nil, fmt.Errorf("choice: %w: n_classes = %d needs at least as many persons, got %d", core.ErrOption, f.o.Classes, f.l.persons)
	}
	if f.a, err = newParameters(&f.o, f.l); err != nil {
		return nil, err
	}
	if err := f.checkMemory(); err != nil {
		return nil, err
	}
	if err := f.l.checkColumns(f.a, &f.o); err != nil {
		return nil, err
	}
	return f.run(ctx)
}

// checkMemory returns an error wrapping core.ErrMemory if the second derivatives of all parameters, and the memberships of
// persons that each goroutine keeps, do not fit.
func (f *fit) checkMemory() error {
	persons, classes, size := float64(f.l.persons), float64(f.o.Classes), float64(f.a.size())
	bytes := float64(min(par.Threads(f.o.Threads), f.o.NInit)) * (16*persons*classes + 40*size*size)
	return memory.Check("choice", fmt.Sprintf("a fit of %d classes and %d parameters to %d persons", f.o.Classes, f.a.size(), f.l.persons),
		bytes, "lower n_classes or n_jobs")
}

// fit is one call.
type fit struct {
	o     Options
	l     *layout
	a     *parameters
	began time.Time

	climbers []*climber // of the goroutines

	mu      sync.Mutex
	reports int64
	best    float64
}

// run fits one class directly, and more by starts.
func (f *fit) run(ctx context.Context) (*Model, error) {
	f.best = math.Inf(-1)
	if f.a.k == 1 {
		s := newClimber(f.a, f.l, f.o.Ridge)
		s.v.share(f.o.Threads)
		converged, err := s.newton(ctx, f.o.Tol, f.o.MaxIter, func() { f.report("newton", s.iterations, f.o.MaxIter, s.objective) })
		if err != nil {
			return nil, err
		}
		if err := s.separated(f.o.Columns); err != nil {
			return nil, err
		}
		return f.model(s, []ending{{objective: s.objective, decrement: s.decrement, iterations: s.iterations, converged: converged}}), nil
	}
	begin, err := newPortfolio(ctx, f.a, f.l, &f.o, func() {})
	if err != nil {
		return nil, err
	}
	ends, err := f.race(ctx, begin)
	if err != nil {
		return nil, err
	}
	s := f.climber(0, f.o.Threads)
	copy(s.theta, ends[0].theta)
	s.linear = ends[0].linear
	if err := f.settle(ctx, s); err != nil {
		return nil, err
	}
	return f.model(s, ends), nil
}

// ending is where a start has got to.
type ending struct {
	start      int
	theta      []float64
	objective  float64
	decrement  float64
	iterations int
	finished   bool
	converged  bool
	linear     bool
}

// race takes every start through EM and the best on to the end, and returns them from the best to the worst. Starts run side
// by side; each computes the same on any number of threads.
func (f *fit) race(ctx context.Context, begin *portfolio) ([]ending, error) {
	ends := make([]ending, f.o.NInit)
	err := f.each(ctx, len(ends), func(s *climber, i int) error {
		if err := begin.begin(ctx, s, i); err != nil {
			return err
		}
		err := s.em(ctx, f.o.Burn, func(it int) {
			if len(ends) == 1 {
				f.report("em", it, f.o.Burn, s.objective)
			}
		})
		ends[i] = ending{start: i, theta: slices.Clone(s.theta), objective: s.objective}
		return err
	}, "em")
	if err != nil {
		return nil, err
	}
	sortEndings(ends)
	finish := f.o.Finish
	if finish == 0 {
		finish = max(3, (len(ends)+2)/3)
	}
	finish = min(finish, len(ends))
	err = f.each(ctx, finish, func(s *climber, i int) error {
		e := &ends[i]
		copy(s.theta, e.theta)
		s.fresh, s.linear, s.iterations = false, false, 0
		var err error
		e.converged, err = s.newton(ctx, f.o.Tol, f.o.MaxIter, func() {
			if finish == 1 {
				f.report("newton", s.iterations, f.o.MaxIter, s.objective)
			}
		})
		e.theta, e.objective, e.decrement, e.iterations, e.finished = slices.Clone(s.theta), s.objective, s.decrement, s.iterations, true
		e.linear = s.linear
		return err
	}, "newton")
	sortEndings(ends[:finish])
	return ends, err
}

func sortEndings(ends []ending) {
	slices.SortStableFunc(ends, func(a, b ending) int {
		switch {
		case a.objective > b.objective || math.IsNaN(b.objective) && !math.IsNaN(a.objective):
			return -1
		case a.objective < b.objective || math.IsNaN(a.objective) && !math.IsNaN(b.objective):
			return 1
		}
		return a.start - b.start
	})
}

// each calls fn for every start, several at once, with the climber of the goroutine.
func (f *fit) each(ctx context.Context, starts int, fn func(s *climber, i int) error, phase string) error {
	threads := par.Threads(f.o.Threads)
	outer := min(threads, starts)
	for len(f.climbers) < outer {
		f.climbers = append(f.climbers, nil)
	}
	errs := make([]error, starts)
	done := 0
	err := par.For(ctx, outer, starts, func(worker, i int) {
		s := f.climber(worker, max(1, threads/outer))
		errs[i] = fn(s, i)
		f.mu.Lock()
		defer f.mu.Unlock()
		done++
		f.best = max(f.best, s.objective)
		if starts > 1 {
			f.report(phase, done, starts, f.best)
		}
	})
	for _, e := range errs {
		if err == nil {
			err = e
		}
	}
	return err
}

// climber returns that of a goroutine, working with some threads.
func (f *fit) climber(worker, threads int) *climber {
	if f.climbers[worker] == nil {
		f.climbers[worker] = newClimber(f.a, f.l, f.o.Ridge)
	}
	f.climbers[worker].v.share(threads)
	return f.climbers[worker]
}

func (f *fit) report(phase string, iteration, most int, objective float64) {
	f.reports++
	if f.o.Progress != nil {
		f.o.Progress(core.Progress{Phase: phase, Iteration: iteration, MaxIterations: most, Objective: objective,
			Evaluations: f.reports, Seconds: time.Since(f.began).Seconds()})
	}
}

// settle evaluates everything at the best theta, with the largest class first where classes have no names of their own.
func (f *fit) settle(ctx context.Context, s *climber) error {
	var err error
	if f.a.exchangeable() {
		if _, err = s.evaluate(ctx, s.theta, likelihood); err != nil {
			return err
		}
		shares := s.v.members
		order := make([]int, f.a.k)
		for k := range order {
			order[k] = k
		}
		slices.SortStableFunc(order, func(i, j int) int {
			if shares[i] > shares[j] {
				return -1
			} else if shares[i] < shares[j] {
				return 1
			}
			return 0
		})
		s.theta = f.a.permuted(s.theta, order)
	}
	if s.objective, err = s.evaluate(ctx, s.theta, persons); err != nil {
		return err
	}
	s.c.first(s.theta, s.ridge)
	s.c.second()
	return nil
}

// permuted returns theta with class order[k] as class k.
func (a *parameters) permuted(theta []float64, order []int) []float64 {
	out := make([]float64, len(theta))
	beta := make([]float64, a.k*a.p)
	a.coefficients(beta, theta)
	for k, from := range order {
		for p := range a.p {
			if at := a.index[k*a.p+p]; at >= 0 {
				out[at] = beta[from*a.p+p]
			}
		}
	}
	delta := func(k, i int) float64 {
		if k == a.k-1 {
			return 0
		}
		return theta[a.g+k*a.q+i]
	}
	for k := range a.k - 1 {
		for i := range a.q {
			out[a.g+k*a.q+i] = delta(order[k], i) - delta(order[a.k-1], i)
		}
	}
	return out
}
