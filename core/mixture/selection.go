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
			surprise := w.logSum[lane] - float64(w.l[i*lanes+lane])
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
// that candidates can be compared and none inherits the optimum of another. Weights count in the criteria as repeated rows
// would. Criteria are exact: O(N C D H) for each candidate. Options.Start must be nil.
func SelectComponents[T core.Float](ctx context.Context, x core.Matrix[T], candidates []int, criterion string, heldOut core.Matrix[T], opts *Options) (best *Model, path []Candidate, err error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if err := oneOf("criterion", criterion, criteria...); err != nil {
		return nil, nil, err
	}
	switch {
	case len(candidates) == 0:
		return nil, nil, fmt.Errorf("mixture: %w: no numbers of components to choose from", core.ErrOption)
	case o.Start != nil:
		return nil, nil, fmt.Errorf("mixture: %w: starting values fit one number of components only", core.ErrOption)
	case criterion == "held_out" && heldOut.Rows == 0:
		return nil, nil, fmt.Errorf("mixture: %w: criterion held_out needs rows that are held out", core.ErrShape)
	}
	for _, c := range candidates {
		if c < 1 {
			return nil, nil, fmt.Errorf("mixture: %w: numbers of components must be at least 1, got %d", core.ErrOption, c)
		}
	}
	lowest := math.Inf(1)
	for i, c := range candidates {
		o.Components = c
		began := time.Now()
		m, err := FitMatrix(ctx, x, &o)
		if err != nil {
			return nil, path, fmt.Errorf("%w (candidate %d: %d components)", err, i, c)
		}
		t := Candidate{Components: c, Converged: m.Converged, HeldOut: math.NaN()}
		if err := evaluateCandidate(ctx, &t, m, x, heldOut, &o); err != nil {
			return nil, path, err
		}
		t.Value = map[string]float64{"aic": t.AIC, "bic": t.BIC, "icl": t.ICL, "held_out": t.HeldOut}[criterion]
		t.Seconds = time.Since(began).Seconds()
		path = append(path, t)
		if best == nil || t.Value < lowest {
			best, lowest = m, t.Value
		}
		if o.Progress != nil {
			o.Progress(core.Progress{Phase: "selection", Iteration: i + 1, MaxIterations: len(candidates), Objective: t.Value})
		}
	}
	return best, path, nil
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
