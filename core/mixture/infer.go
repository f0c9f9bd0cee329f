package mixture

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// ScoreSamples writes the exact log-density of each row of x under m, in nats, to dst (length x.Rows). O(N C D H);
// memory beyond x and dst does not grow with N.
func ScoreSamples[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst []float64) error {
	if err := checkLength("the scores", len(dst), x.Rows); err != nil {
		return err
	}
	return infer(ctx, m, x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		w.scores(v, n, dst)
	})
}

// scores writes the log-densities of the panel's n rows to dst, by row.
func (w *iscratch[T]) scores(v *inference[T], n int, dst []float64) {
	for lane, s := range w.logSum[:n] {
		dst[w.row[lane]] = s + v.jacobian(w, lane)
	}
}

// Predict writes the most probable component of each row of x to dst (length x.Rows), the first of equals. O(N C D H).
func Predict[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst []int64) error {
	if err := checkLength("the labels", len(dst), x.Rows); err != nil {
		return err
	}
	return infer(ctx, m, x, threads, 1, func(_ *inference[T], w *iscratch[T], n int) {
		for lane := range n {
			dst[w.row[lane]] = int64(w.ids[w.top.index[lane]])
		}
	})
}

// Posterior writes the posterior probability of every component for each row to dst (x.Rows x Components).
func Posterior[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst core.Matrix[T]) error {
	if err := checkOutput("the posteriors", dst, x.Rows, m.Components); err != nil {
		return err
	}
	lanes := panel.Lanes[T]()
	return infer(ctx, m, x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		l := w.l[:len(w.ids)*lanes]
		w.subtractLogSum(l)
		vmath.Exp(l, l)
		for lane := range n {
			row := dst.Row(w.row[lane])
			if len(w.ids) < len(row) {
				clear(row)
			}
			for i, c := range w.ids {
				row[c] = l[i*lanes+lane]
			}
		}
	})
}

// TopPosterior writes the k most probable components of each row, most probable first, to ids (x.Rows x k) and their
// posterior probabilities, normalised over all components, to dst (x.Rows x k). k must be in [1, Components].
func TopPosterior[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads, k int, ids []int32, dst core.Matrix[T]) error {
	if k < 1 || k > m.Components {
		return fmt.Errorf("mixture: %w: k must be in [1, %d], the number of components, got %d", core.ErrOption, m.Components, k)
	}
	if err := checkLength("the component ids", len(ids), x.Rows*k); err != nil {
		return err
	}
	if err := checkOutput("the posteriors", dst, x.Rows, k); err != nil {
		return err
	}
	lanes := panel.Lanes[T]()
	return infer(ctx, m, x, threads, k, func(v *inference[T], w *iscratch[T], n int) {
		for lane := range n {
			row := dst.Row(w.row[lane])
			named := ids[w.row[lane]*k : (w.row[lane]+1)*k]
			for r := range row {
				value := float64(w.top.value[r*lanes+lane])
				named[r] = int32(w.ids[w.top.index[r*lanes+lane]])
				if math.IsInf(value, -1) {
					named[r] = unnamed(named[:r])
				}
				row[r] = T(math.Exp(value - float64(w.top.value[lane]) - w.excess[lane]))
			}
		}
	})
}

// unnamed returns the first component that is not among ids.
func unnamed(ids []int32) int32 {
	c := int32(0)
	for slices.Contains(ids, c) {
		c++
	}
	return c
}

// Transform writes the posterior mean of the factors z under the most probable component of each row to dst
// (x.Rows x Factors). It needs a model with factors.
func Transform[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst core.Matrix[T]) error {
	H := m.Factors
	if H == 0 {
		return fmt.Errorf("mixture: %w: a %s mixture has no factors to transform to", core.ErrOption, m.CovarianceType)
	}
	if err := checkOutput("the factors", dst, x.Rows, H); err != nil {
		return err
	}
	lanes := panel.Lanes[T]()
	return infer(ctx, m, x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		var z [1]float64
		buf := append(z[:0], make([]float64, H)...)
		for lane := range n {
			c := int(w.ids[w.top.index[lane]])
			if lane == 0 || w.top.index[lane] != w.top.index[lane-1] {
				v.project(w, c)
			}
			for h := range buf {
				buf[h] = float64(w.v[h*lanes+lane])
			}
			dense.SolveLowerTransposed(v.k.chol[c*H*H:(c+1)*H*H], H, buf)
			row := dst.Row(w.row[lane])
			for h := range row {
				row[h] = T(buf[h])
			}
		}
	})
}

// Denoise writes the posterior mean of the noise-free row to dst (same shape as x). With noiseVariance >= 0, rows are
// signal plus white noise of that variance and the estimate is x - noiseVariance * sum_c q_c Sigma_c^-1 (x - mu_c);
// with noiseVariance < 0 the model's own D_c is the noise and the estimate is sum_c q_c (Lambda_c E[z|x,c] + mu_c).
// Both are x - sum_c q_c S Sigma_c^-1 (x - mu_c), with S the noise variance or D_c; under components of family t and white
// noise, q_c is multiplied by their weight (nu + D) / (nu + delta_c). Components whose posterior is below
// the rounding of T are left out. A missing value becomes its posterior mean.
func Denoise[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, noiseVariance float64, dst core.Matrix[T]) error {
	if err := checkOutput("the result", dst, x.Rows, m.Features); err != nil {
		return err
	}
	if math.IsNaN(noiseVariance) || math.IsInf(noiseVariance, 1) {
		return fmt.Errorf("mixture: %w: noise_variance must be finite, got %v", core.ErrOption, noiseVariance)
	}
	lanes, D := panel.Lanes[T](), m.Features
	return infer(ctx, m, x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		sum := w.rows[:D*lanes] // the panel's rows are no longer needed, unless they are to be completed
		if w.holes {
			sum = w.full[:D*lanes]
		}
		clear(sum)
		count := len(w.ids)
		for i, mask := panel.NextAbove(w.l, 0, count, w.margin); mask != 0; i, mask = panel.NextAbove(w.l, i+1, count, w.margin) {
			v.removeNoise(sum, w, i, mask, noiseVariance)
		}
		for lane := range n {
			from, to := x.Row(w.row[lane]), dst.Row(w.row[lane])
			for d := range to {
				to[d] = from[d] - sum[d*lanes+lane]
			}
			if w.holes {
				for _, d := range w.part.lacks[lane] {
					to[d] = v.shift[d] - sum[int(d)*lanes+lane]
				}
			}
		}
	})
}

// removeNoise adds q_c S Sigma_c^-1 (x - mu_c), in the units of the data, to sum (D x lanes) for the masked lanes and
// c = w.ids[at].
func (v *inference[T]) removeNoise(sum []T, w *iscratch[T], at int, mask uint32, noiseVariance float64) {
	c := int(w.ids[at])
	lanes, D, H := panel.Lanes[T](), v.k.D, v.k.H
	heavy := v.k.tails != nil && noiseVariance > 0
	var q, a [16]T // posteriors, and times the weights of a t component
	for ; mask != 0; mask &= mask - 1 {
		lane := bits.TrailingZeros32(mask)
		l := w.l[at*lanes+lane]
		q[lane] = T(w.posterior(at, lane))
		a[lane] = q[lane]
		if heavy && v.observed(w, lane) == D {
			a[lane] *= T(v.k.tails.weight(l, c))
		}
	}
	component := v.k.component(c)
	row := 2
	if H > 0 {
		row = panel.Row
	}
	v.project(w, c)
	if heavy && w.holes {
		by := v.stretch(w, c)
		for lane := range lanes {
			if v.observed(w, lane) < D {
				a[lane] /= T(by[lane])
			}
		}
	}
	// One factor 1/scale brings S Sigma^-1 t from standardised units to those of the data.
	for d := range D {
		if noiseVariance >= 0 {
			w.unit[d] = T(noiseVariance * float64(v.scale[d]))
		} else {
			w.unit[d] = 1 / (component[d*row+1] * v.scale[d])
		}
	}
	if noiseVariance != 0 {
		panel.AddGradient(sum, w.x, D, H, component, w.v, w.unit, a[:lanes])
	}
	if !w.holes {
		return
	}
	dp := panel.Pad[T](D)
	for lane, lacks := range w.part.lacks {
		for _, d := range lacks {
			// Sigma^-1 t is zero where t is the conditional mean, which is what the result is there.
			sum[int(d)*lanes+lane] -= q[lane] * w.rows[lane*dp+int(d)] / v.scale[d]
		}
	}
}

func checkLength(name string, got, want int) error {
	if got != want {
		return fmt.Errorf("mixture: %w: %s need room for %d entries, got %d", core.ErrShape, name, want, got)
	}
	return nil
}

func checkOutput[T core.Float](name string, dst core.Matrix[T], rows, cols int) error {
	if err := dst.Check(name); err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	if dst.Rows != rows || dst.Cols != cols {
		return fmt.Errorf("mixture: %w: %s need shape %d x %d, got %d x %d", core.ErrShape, name, rows, cols, dst.Rows, dst.Cols)
	}
	return nil
}
