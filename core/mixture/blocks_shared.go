package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Where components share loadings, their joint M-step needs the parameters of all, which are then kept in f.p as well.

// startShared makes the first parameters of components that share loadings from the clusters q and the starting values given.
func (f *stream[T]) startShared(ctx context.Context, inner *fit[T], q *params, start *Start) error {
	var err error
	if f.p, err = inner.firstParams(ctx, q, start, f.o.Seed); err != nil {
		return err
	}
	return f.packShared()
}

// updateShared is update for them.
func (f *stream[T]) updateShared() error {
	dp := panel.Pad[T](f.k.D)
	f.m.clearJoint(f.p)
	if err := par.For(nil, f.m.threads, f.k.C, func(worker, c int) {
		w := f.m.workers[worker]
		f.stats.load(c, w.sums, dp)
		f.m.gatherJoint(f.p, c, w.sums)
	}); err != nil {
		return err
	}
	f.stats.clear()
	if err := f.m.solveJoint(nil, f.p, f.total); err != nil {
		return err
	}
	return f.packShared()
}

// packShared makes f.p the parameters of the next pass.
func (f *stream[T]) packShared() error {
	known := f.o.prior().in(f.d.unit)
	for c := range f.p.C {
		mu, _, noise := f.p.component(c)
		f.prior[c] = known.logComponent(mu, noise, f.o.tied() && c > 0)
	}
	copy(f.pi, f.p.pi)
	return f.k.prepare(nil, f.p, f.o.Threads)
}
