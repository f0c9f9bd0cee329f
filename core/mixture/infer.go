package mixture

import (
	"context"
	"errors"

	"github.com/lithe-ml/lithe/core"
)

// ScoreSamples writes the exact log-density of each row of x under m, in nats, to dst (length x.Rows).
func ScoreSamples[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst []float64) error {
	return errors.ErrUnsupported
}

// Predict writes the most probable component of each row of x to dst (length x.Rows).
func Predict[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst []int64) error {
	return errors.ErrUnsupported
}

// Posterior writes the posterior probability of every component for each row to dst (x.Rows x Components).
func Posterior[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst core.Matrix[T]) error {
	return errors.ErrUnsupported
}

// TopPosterior writes the k most probable components of each row, most probable first, to ids (x.Rows x k) and their
// posterior probabilities (normalised over all components) to dst (x.Rows x k). k must be in [1, Components].
func TopPosterior[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads, k int, ids []int32, dst core.Matrix[T]) error {
	return errors.ErrUnsupported
}

// Transform writes the posterior mean of the factors z under the most probable component of each row to dst
// (x.Rows x Factors).
func Transform[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst core.Matrix[T]) error {
	return errors.ErrUnsupported
}

// Denoise writes the posterior mean of the noise-free row to dst (same shape as x). With noiseVariance >= 0, rows are
// signal plus white noise of that variance and the estimate is x - noiseVariance * sum_c q_c Sigma_c^-1 (x - mu_c);
// with noiseVariance < 0 the model's own D_c is the noise and the estimate is sum_c q_c (Lambda_c E[z|x,c] + mu_c).
func Denoise[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, noiseVariance float64, dst core.Matrix[T]) error {
	return errors.ErrUnsupported
}
