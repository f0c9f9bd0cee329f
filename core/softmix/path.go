package softmix

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// newcomer is the probability with which a class is added to a mixture.
const newcomer = 0.1

// Grown returns a start with one class more: the one that the certificate has found, or the pooled one if there was none.
func (m *Mixture) Grown() *Start {
	added := m.Candidate
	if added == nil {
		added = m.Pooled
	}
	s := &Start{Theta: append(append([]float64(nil), m.Theta...), added...)}
	for _, a := range m.Alpha {
		s.Alpha = append(s.Alpha, (1-newcomer)*a)
	}
	s.Alpha = append(s.Alpha, newcomer)
	return s
}

// FitPath fits mixtures of 1, 2, ..., Options.Components classes, to be compared by their criteria. Each but the first has, as the
// first of its starts, the one before it with a class added where the likelihood rises most. Otherwise it is [FitMixture].
func FitPath[T core.Float](ctx context.Context, x core.Matrix[T], counts []float64, opts *Options) ([]*Mixture, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	most := o.Components
	o.Start = nil
	var path []*Mixture
	for o.Components = 1; o.Components <= most; o.Components++ {
		m, err := FitMixture(ctx, x, counts, &o)
		if err != nil {
			return nil, err
		}
		path = append(path, m)
		o.Start = m.Grown()
	}
	return path, nil
}
