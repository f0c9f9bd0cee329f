package mixture

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// Entropies writes the entropy of the posterior over components of each row of x to dst (length x.Rows), in nats: 0 where
// one component has the row to itself, log C at most. O(N C D H).
func Entropies[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst []float64) error {
	if err := checkLength("the entropies", len(dst), x.Rows); err != nil {
		return err
	}
	return infer(ctx, m, x, threads, 1, func(_ *inference[T], w *iscratch[T], n int) { w.entropies(n, dst) })
}

// entropies writes the entropies of the posteriors of the panel's n rows to dst, by row.
func (w *iscratch[T]) entropies(n int, dst []float64) {
	for _, i := range w.row[:n] {
		dst[i] = 0
	}
	lanes, count := panel.Lanes[T](), len(w.ids)
	for i, mask := panel.NextAbove(w.l, 0, count, w.margin); mask != 0; i, mask = panel.NextAbove(w.l, i+1, count, w.margin) {
		for mask &= 1<<n - 1; mask != 0; mask &= mask - 1 {
			lane := bits.TrailingZeros32(mask)
			surprise := w.excess[lane] + (float64(w.top.value[lane]) - float64(w.l[i*lanes+lane]))
			dst[w.row[lane]] += max(0, surprise) * math.Exp(-surprise)
		}
	}
}

// ICL returns the integrated complete-data likelihood criterion of n rows whose log-likelihoods sum to logLik and whose
// entropies sum to entropy (see [Entropies]): BIC plus twice the entropy, which also asks for components apart from each
// other; lower is better. Biernacki, Celeux, Govaert, 2000.
func (m *Model) ICL(logLik, entropy float64, n int) float64 { return m.BIC(logLik, n) + 2*entropy }

// Candidate is one number of components that [SelectComponents] tried.
type Candidate struct {
	Components    int
	Value         float64 // the criterion asked for; lower is better
	LogLikelihood float64 // exact, of the rows it was fitted to, times their weights, in nats
	AIC, BIC, ICL float64
	HeldOut       float64 // minus the mean exact log-density of the held-out rows, in nats per row; NaN without any
	Seconds       float64 // of the fit and its evaluation
	Converged     bool
}

// criteria are the names of what SelectComponents minimises.
var criteria = []string{"aic", "bic", "icl", "held_out"}

// SelectComponents fits a mixture for each number of components and returns the one for which criterion is lowest: "aic",
// "bic", "icl" or "held_out", minus the mean log-density of the rows heldOut, which may be empty otherwise. The
// other options of the fits are opts, and path tells about every candidate, in the order given. Each fit starts anew, so
// that candidates can be compared and none inherits the optimum of another; see [SelectComponentsWarm]. Weights count in the
// criteria as repeated rows would. Criteria are exact, and O(N C D H) for each candidate. Options.Start must be nil.
func SelectComponents[T core.Float](ctx context.Context, x core.Matrix[T], candidates []int, criterion string, heldOut core.Matrix[T], opts *Options) (best *Model, path []Candidate, err error) {
	s, err := newSelector(x, candidates, criterion, heldOut, opts)
	if err != nil {
		return nil, nil, err
	}
	for i := range candidates {
		if _, err := s.try(ctx, i, &s.o, time.Now()); err != nil {
			return nil, s.path, err
		}
	}
	return s.best, s.path, nil
}

// selector tries candidates and keeps the best.
type selector[T core.Float] struct {
	o          Options
	x, heldOut core.Matrix[T]
	candidates []int
	criterion  string
	best       *Model
	lowest     float64
	path       []Candidate // in the order in which they were tried
}

func newSelector[T core.Float](x core.Matrix[T], candidates []int, criterion string, heldOut core.Matrix[T], opts *Options) (*selector[T], error) {
	s := &selector[T]{x: x, heldOut: heldOut, candidates: candidates, criterion: criterion, lowest: math.Inf(1)}
	if opts != nil {
		s.o = *opts
	}
	if err := oneOf("criterion", criterion, criteria...); err != nil {
		return nil, err
	}
	switch {
	case len(candidates) == 0:
		return nil, fmt.Errorf("mixture: %w: no numbers of components to choose from", core.ErrOption)
	case s.o.Start != nil:
		return nil, fmt.Errorf("mixture: %w: starting values fit one number of components only", core.ErrOption)
	case criterion == "held_out" && heldOut.Rows == 0:
		return nil, fmt.Errorf("mixture: %w: criterion held_out needs rows that are held out", core.ErrShape)
	}
	for _, c := range candidates {
		if c < 1 {
			return nil, fmt.Errorf("mixture: %w: numbers of components must be at least 1, got %d", core.ErrOption, c)
		}
	}
	return s, nil
}

// failed tells at which candidate it was.
func (s *selector[T]) failed(i int, err error) error {
	return fmt.Errorf("%w (candidate %d: %d components)", err, i, s.candidates[i])
}

// try fits candidate i, begun at some time, under the options o, but for the number of components, and puts it on the path.
func (s *selector[T]) try(ctx context.Context, i int, o *Options, began time.Time) (*Model, error) {
	own := *o
	own.Components = s.candidates[i]
	m, err := FitMatrix(ctx, s.x, &own)
	if err != nil {
		return nil, s.failed(i, err)
	}
	t := Candidate{Components: own.Components, Converged: m.Converged, HeldOut: math.NaN()}
	if err := evaluateCandidate(ctx, &t, m, s.x, s.heldOut, &own); err != nil {
		return nil, err
	}
	t.Value = map[string]float64{"aic": t.AIC, "bic": t.BIC, "icl": t.ICL, "held_out": t.HeldOut}[s.criterion]
	t.Seconds = time.Since(began).Seconds()
	s.path = append(s.path, t)
	if s.best == nil || t.Value < s.lowest {
		s.best, s.lowest = m, t.Value
	}
	if own.Progress != nil {
		own.Progress(core.Progress{Phase: "selection", Iteration: len(s.path), MaxIterations: len(s.candidates), Objective: t.Value})
	}
	return m, nil
}

// evaluateCandidate fills in what the data say about a fitted candidate.
func evaluateCandidate[T core.Float](ctx context.Context, t *Candidate, m *Model, x, heldOut core.Matrix[T], o *Options) error {
	scores, entropies := make([]float64, x.Rows), make([]float64, x.Rows)
	if err := infer(ctx, m, x, o.Threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		w.scores(v, n, scores)
		w.entropies(n, entropies)
	}); err != nil {
		return err
	}
	mass, entropy := 0.0, 0.0
	for i, s := range scores {
		w := 1.0
		if o.SampleWeight != nil {
			w = o.SampleWeight[i]
		}
		mass, entropy = mass+w, entropy+w*entropies[i]
		t.LogLikelihood += w * s
	}
	n := int(math.Round(mass))
	t.AIC, t.BIC, t.ICL = m.AIC(t.LogLikelihood), m.BIC(t.LogLikelihood, n), m.ICL(t.LogLikelihood, entropy, n)
	if heldOut.Rows == 0 {
		return nil
	}
	scores = make([]float64, heldOut.Rows)
	if err := ScoreSamples(ctx, m, heldOut, o.Threads, scores); err != nil {
		return err
	}
	t.HeldOut = 0
	for _, s := range scores {
		t.HeldOut -= s / float64(heldOut.Rows)
	}
	return nil
}
