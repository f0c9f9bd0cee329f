package mixture

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// Fit trains a mixture on the rows of x (N x D). A nil opts means the defaults. x is read in place when it exposes raw
// row-major storage, as *mat.Dense does, and is copied otherwise.
//
// The model of the last iteration is returned when MaxIter is reached first; Model.Converged tells. Errors wrap
// core.ErrOption, core.ErrShape, core.ErrNotFinite, core.ErrNumerical, or are the error of ctx. An iteration costs
// O(N S D H + C (D H^2 + H^3)) for search spaces of S components, independent of C.
func Fit(ctx context.Context, x mat.Matrix, opts *Options) (*Model, error) {
	return FitMatrix(ctx, view(x), opts)
}

// view returns the elements of x, in place if possible.
func view(x mat.Matrix) core.Matrix[float64] {
	if r, ok := x.(mat.RawMatrixer); ok {
		raw := r.RawMatrix()
		return core.Matrix[float64]{Data: raw.Data, Rows: raw.Rows, Cols: raw.Cols, Stride: raw.Stride}
	}
	d := mat.DenseCopyOf(x).RawMatrix()
	return core.Matrix[float64]{Data: d.Data, Rows: d.Rows, Cols: d.Cols, Stride: d.Stride}
}

// rows checks the shape of x against the model.
func (m *Model) rows(x mat.Matrix) (core.Matrix[float64], error) {
	if _, cols := x.Dims(); cols != m.Features {
		return core.Matrix[float64]{}, fmt.Errorf("mixture: %w: X has %d features, the model has %d", core.ErrShape, cols, m.Features)
	}
	return view(x), nil
}

// ScoreSamples returns the log-density of each row of x; see the function [ScoreSamples].
func (m *Model) ScoreSamples(ctx context.Context, x mat.Matrix) ([]float64, error) {
	v, err := m.rows(x)
	if err != nil {
		return nil, err
	}
	dst := make([]float64, v.Rows)
	return dst, ScoreSamples(ctx, m, v, 0, dst)
}

// Score returns the mean log-density of the rows of x.
func (m *Model) Score(ctx context.Context, x mat.Matrix) (float64, error) {
	each, err := m.ScoreSamples(ctx, x)
	sum := 0.0
	for _, v := range each {
		sum += v / float64(len(each))
	}
	return sum, err
}

// Predict returns the most probable component of each row of x; see the function [Predict].
func (m *Model) Predict(ctx context.Context, x mat.Matrix) ([]int64, error) {
	v, err := m.rows(x)
	if err != nil {
		return nil, err
	}
	dst := make([]int64, v.Rows)
	return dst, Predict(ctx, m, v, 0, dst)
}

// Posterior returns the posterior probabilities of all components for each row of x (rows x Components).
func (m *Model) Posterior(ctx context.Context, x mat.Matrix) (*mat.Dense, error) {
	return m.dense(x, m.Components, func(v, dst core.Matrix[float64]) error { return Posterior(ctx, m, v, 0, dst) })
}

// Transform returns the posterior mean of the factors of each row of x (rows x Factors); see the function [Transform].
func (m *Model) Transform(ctx context.Context, x mat.Matrix) (*mat.Dense, error) {
	return m.dense(x, max(1, m.Factors), func(v, dst core.Matrix[float64]) error { return Transform(ctx, m, v, 0, dst) })
}

// Denoise returns the noise-free estimate of each row of x; see the function [Denoise].
func (m *Model) Denoise(ctx context.Context, x mat.Matrix, noiseVariance float64) (*mat.Dense, error) {
	return m.dense(x, m.Features, func(v, dst core.Matrix[float64]) error { return Denoise(ctx, m, v, 0, noiseVariance, dst) })
}

func (m *Model) dense(x mat.Matrix, cols int, fill func(v, dst core.Matrix[float64]) error) (*mat.Dense, error) {
	v, err := m.rows(x)
	if err != nil {
		return nil, err
	}
	if v.Rows == 0 {
		return &mat.Dense{}, nil
	}
	out := mat.NewDense(v.Rows, cols, nil)
	if err := fill(v, view(out)); err != nil {
		return nil, err
	}
	return out, nil
}
