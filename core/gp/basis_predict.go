package gp

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// BasisPredictOptions of [PredictBasis]. The zero value means the defaults.
type BasisPredictOptions struct {
	WithNoise    bool `json:"with_noise" default:"false" doc:"add the noise to the variance: that of an observation"`
	SkipVariance bool `json:"skip_variance" default:"false" doc:"no variances, which take most of the time"`
	Effects      bool `json:"effects" default:"false" doc:"the function of each term as well"`
}

// BasisPrediction at m test points, in units of y.
type BasisPrediction struct {
	Mean     []float64
	Variance []float64 // nil if skipped
	// Effects and EffectVariances (m x J) are mean and variance of the function of each term; Mean is the mean of y plus the
	// sum of a row of Effects. Functions depend on each other given the data, so that variances do not add up.
	Effects, EffectVariances core.Matrix[float64]
}

// PredictBasis returns mean and variance of the sum of functions at the points x (m x d): 2 m Q^2 operations, 2 m Q without
// variances.
//
// What the basis lacks of the prior variance at a point is added to the variance: far from the data and beyond the ends of
// the basis, where its functions vanish, predictions are the mean of y with the variance of the prior.
//
// Errors wrap [core.ErrShape], [core.ErrNotFinite], [core.ErrOption] for unknown categories, or core.ErrNumerical, or come
// from ctx.
func PredictBasis[T core.Float](ctx context.Context, m *BasisRegression, x core.Matrix[T], o *BasisPredictOptions) (*BasisPrediction,
	error) {

	if ctx == nil {
		ctx = context.Background()
	}
	if o == nil {
		o = &BasisPredictOptions{}
	}
	post, err := m.ready()
	if err != nil {
		return nil, err
	}
	if err := x.Check("X"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	p, d := pointsOf(x), m.Design
	if err := d.check(p, false); err != nil {
		return nil, err
	}
	out := &BasisPrediction{Mean: make([]float64, x.Rows)}
	if !o.SkipVariance {
		out.Variance = make([]float64, x.Rows)
	}
	if o.Effects {
		out.Effects = core.NewMatrix[float64](x.Rows, len(d.terms))
		if !o.SkipVariance {
			out.EffectVariances = core.NewMatrix[float64](x.Rows, len(d.terms))
		}
	}
	rows := d.blockRows()
	w := &basisPredicting{post: post, d: d, out: out, threads: m.Threads, row: make([]float64, p.d),
		v: core.NewMatrix[float64](min(rows, x.Rows), d.columns), image: core.NewMatrix[float64](min(rows, x.Rows), d.columns)}
	for lo := 0; lo < x.Rows; lo += rows {
		w.v.Rows = min(rows, x.Rows-lo)
		if err := d.evaluate(ctx, w.v, p, lo, m.Threads); err != nil {
			return nil, err
		}
		w.block(p, lo)
	}
	square := post.scale * post.scale
	for i := range out.Mean {
		out.Mean[i] = post.center + post.scale*out.Mean[i]
		if out.Variance != nil {
			if out.Variance[i] *= square; o.WithNoise {
				out.Variance[i] += square * post.noise
			}
		}
	}
	for i := range out.Effects.Data {
		out.Effects.Data[i] *= post.scale
	}
	for i := range out.EffectVariances.Data {
		out.EffectVariances.Data[i] *= square
	}
	return out, ctx.Err()
}

// basisPredicting is a call of PredictBasis.
type basisPredicting struct {
	post     *basisPosterior
	d        *BasisDesign
	out      *BasisPrediction
	threads  int
	row      []float64
	v, image core.Matrix[float64] // basis functions at a block of points, and these times the covariance
}

// block predicts at the points whose functions are in v.
func (w *basisPredicting) block(p points, lo int) {
	q, rows := w.d.columns, w.v.Rows
	if w.out.Variance != nil {
		blas.Gemm(w.threads, false, false, rows, q, q, 1, w.v.Data, q, w.post.covariance, q, 0, w.image.Data, q)
	}
	for i := range rows {
		v := w.v.Row(i)
		w.out.Mean[lo+i] = blas.Dot(v, w.post.mean)
		if w.out.Variance == nil {
			continue
		}
		p.row(lo+i, w.row)
		sum := max(blas.Dot(v, w.image.Row(i)), 0)
		for j := range w.d.terms {
			missing := w.missing(j, v)
			sum += missing
			if w.out.EffectVariances.Data != nil {
				w.out.EffectVariances.Row(lo + i)[j] = missing
			}
		}
		w.out.Variance[lo+i] = sum
	}
	if w.out.Effects.Data == nil {
		return
	}
	for j := range w.d.terms {
		w.effect(j, lo)
	}
}

// missing returns what the basis of term j lacks of its prior variance at the point of row, where its functions are v.
func (w *basisPredicting) missing(j int, v []float64) float64 {
	t := &w.d.terms[j]
	whole := w.post.magnitude[j]
	for _, part := range t.parts {
		if part.categories != nil {
			whole *= part.categories.prior[int(w.row[part.feature])]
		}
	}
	for c := t.first; c < t.first+t.columns; c++ {
		s := w.post.prior.deviation[c] * v[c]
		whole -= s * s
	}
	return max(whole, 0)
}

// effect writes mean and variance of term j at the points of a block.
func (w *basisPredicting) effect(j, lo int) {
	t, q, rows := &w.d.terms[j], w.d.columns, w.v.Rows
	if w.out.EffectVariances.Data != nil {
		blas.Gemm(w.threads, false, false, rows, t.columns, t.columns, 1, w.v.Data[t.first:], q,
			w.post.covariance[t.first*q+t.first:], q, 0, w.image.Data, q)
	}
	for i := range rows {
		v := w.v.Row(i)[t.first : t.first+t.columns]
		w.out.Effects.Row(lo + i)[j] = blas.Dot(v, w.post.mean[t.first:t.first+t.columns])
		if w.out.EffectVariances.Data != nil {
			w.out.EffectVariances.Row(lo + i)[j] += max(blas.Dot(v, w.image.Row(i)[:t.columns]), 0)
		}
	}
}
