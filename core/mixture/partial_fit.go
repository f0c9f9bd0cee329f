package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// firstIterations is the number of EM iterations that the first batch gets.
const firstIterations = 10

// Stepwise is a mixture that learns batch by batch; see [PartialFit].
type Stepwise struct {
	Model      *Model
	Statistics *Statistics // a running mean over batches, per unit of weight
	Batches    int64       // batches seen
}

// PartialFit learns from another batch of rows by stepwise EM (Cappe and Moulines: On-line expectation-maximization
// algorithm for latent data models, JRSS B, 2009): with eta = (t + 2)^-kappa, the running statistics after t batches
// become (1 - eta) times themselves plus eta times those of the batch, and decide the parameters anew. kappa is
// Options.LearningDecay. A nil state begins: the first batch, of at least Components rows, is fitted by a few iterations
// of [FitMatrix]. state is not changed. The Model of the result has as LowerBound the mean log-density of the batch under
// the parameters before it, and as Iterations the number of batches.
//
// Of the options, those of the start and MaxIter matter for the first batch only, Tol never. A batch costs O(N C D H). Errors
// are as in [Fit].
func PartialFit[T core.Float](ctx context.Context, state *Stepwise, x core.Matrix[T], opts *Options) (*Stepwise, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	if o.MStep != UpdateAll {
		return nil, fmt.Errorf("mixture: %w: m_step must be %q for partial fits, got %q", core.ErrOption, UpdateAll, o.MStep)
	}
	if o.prior().known() {
		return nil, fmt.Errorf("mixture: %w: partial fits have no priors", core.ErrOption)
	}
	if o.LoadingsType != LoadingsOwn {
		return nil, fmt.Errorf("mixture: %w: loadings_type must be %q for partial fits, got %q", core.ErrOption, LoadingsOwn, o.LoadingsType)
	}
	if state == nil {
		return firstBatch(ctx, x, &o)
	}
	m := *state.Model
	m.inference.Missing, m.NoiseType = o.Missing, o.NoiseType
	if _, _, m.DOFEstimated = o.family(m.Features); m.Family != o.Family {
		return nil, fmt.Errorf("mixture: %w: the options ask for family %q, the model is of family %q; keep it from batch to batch",
			core.ErrOption, o.Family, m.Family)
	}
	if m.Components != o.Components || m.CovarianceType != o.CovarianceType || o.CovarianceType == Factor && m.Factors != o.Factors {
		return nil, fmt.Errorf("mixture: %w: the options ask for %d components of type %s, the model has %d of type %s with %d factors; "+
			"keep them from batch to batch", core.ErrOption, o.Components, o.CovarianceType, m.Components, m.CovarianceType, m.Factors)
	}
	if err := state.Statistics.check(&m); err != nil {
		return nil, err
	}
	batch, err := Local(ctx, &m, x, o.SampleWeight, o.Threads)
	if err != nil {
		return nil, err
	}
	weight := batch.Weight()
	eta := math.Pow(float64(state.Batches)+2, -o.LearningDecay)
	next := &Stepwise{Statistics: state.Statistics.clone(), Batches: state.Batches + 1}
	if err := next.Statistics.Merge(batch, 1-eta, eta/weight); err != nil {
		return nil, err
	}
	if next.Model, err = next.Statistics.Update(&m, max(1e-14, o.RegCovar), o.Threads); err != nil {
		return nil, err
	}
	next.Model.LowerBound, next.Model.Iterations = batch.LogLikelihood/weight, int(next.Batches)
	return next, nil
}

func firstBatch[T core.Float](ctx context.Context, x core.Matrix[T], o *Options) (*Stepwise, error) {
	first := *o
	first.MaxIter = min(first.MaxIter, firstIterations)
	m, err := FitMatrix(ctx, x, &first)
	if err != nil {
		return nil, err
	}
	s, err := Local(ctx, m, x, o.SampleWeight, o.Threads)
	if err != nil {
		return nil, err
	}
	mean := m.NewStatistics()
	if err := mean.Merge(s, 0, 1/s.Weight()); err != nil {
		return nil, err
	}
	m.LowerBound, m.Iterations, m.Converged, m.History = mean.LogLikelihood, 1, false, nil
	return &Stepwise{Model: m, Statistics: mean, Batches: 1}, nil
}
