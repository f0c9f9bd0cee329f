package mixture

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// splitBytes is what the sample may take that splits and merges are tried on before the first pass.
const splitBytes = 1 << 26

// splitSample returns the number of points of d features in which splits and merges find their way before the passes: as
// many as splitBytes hold, or 0 if those are fewer than the halves of all components need, or there are to be none.
func splitSample[T core.Float](o *Options, d int) int {
	h, rows := 0, splitBytes/64*panel.Lanes[T]()/d
	if o.CovarianceType == Factor {
		h = min(o.Factors, d-1)
	}
	if o.rounds(d) == 0 || rows < 2*leastRows*(h+2)*o.Components {
		return 0
	}
	return rows
}

// rehearse fits the sample d by itself, with splits and merges, which would take a dozen passes each over all blocks. It
// returns the result, from which the passes start, and which they can only raise.
func (f *stream[T]) rehearse(ctx context.Context, d *data[T], h int) (*Model, error) {
	o := *f.o
	if report := f.o.Progress; report != nil {
		o.Progress = func(p core.Progress) {
			p.Phase = "sample"
			report(p)
		}
	}
	inner := &fit[T]{o: &o, d: d, k: newPacked[T](o.Components, d.x.Cols, h), began: f.began}
	if d.patterns != nil {
		inner.k.marginal = newMarginals(inner.k)
	}
	c, err := inner.newClimb(ctx, 0)
	if err != nil {
		return nil, err
	}
	err = c.finish(ctx)
	f.spent += inner.spent
	return c.model, err
}
