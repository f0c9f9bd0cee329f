package mixture

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Impute writes x to dst (same shape), with the posterior mean of what is missing in place of every NaN:
// sum_c q_c E[x_m | x_o, c], exact for the mixture. A row without a single value gets the mean of the mixture. Components
// whose posterior is below the rounding of T are left out. Impute takes NaN for missing whatever [Model.With] was told.
// O(N C D H), and H^2 for each missing value and component.
func Impute[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int, dst core.Matrix[T]) error {
	return Denoise(ctx, m.allowing(), x, threads, 0, dst)
}

// allowing returns m with NaN for missing values.
func (m *Model) allowing() *Model {
	other := *m
	other.inference.Missing = MissingNaN
	return &other
}

// ImputeDraw is [Impute] with a draw from the distribution of what is missing given the rest of its row, in place of
// its mean. Several draws with different seeds are multiple imputations; row i depends on the seed, i and itself alone.
func ImputeDraw[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], seed uint64, threads int, dst core.Matrix[T]) error {
	if err := checkOutput("the result", dst, x.Rows, m.Features); err != nil {
		return err
	}
	return infer(ctx, m.allowing(), x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		last := -1
		for lane := range n {
			copy(dst.Row(w.row[lane]), x.Row(w.row[lane]))
			if !w.holes || len(w.part.lacks[lane]) == 0 {
				continue
			}
			draw := rng.New(seed, streamImpute, uint64(w.row[lane]))
			c := v.drawComponent(w, lane, draw.Float64())
			if c != last {
				v.project(w, c)
				last = c
			}
			v.drawMissing(dst.Row(w.row[lane]), w, lane, c, draw)
		}
	})
}

// drawComponent returns the component at which the running sum of one lane's posteriors exceeds u in [0, 1).
func (v *inference[T]) drawComponent(w *iscratch[T], lane int, u float64) int {
	for i, c := range w.ids {
		u -= w.posterior(i, lane)
		if u < 0 {
			return int(c)
		}
	}
	return int(w.ids[w.top.index[lane]]) // the posteriors sum to a rounding less than 1
}

// drawMissing writes a draw of what the row of a lane lacks under component c to dst, given the completed row in w. Given what
// is observed, the latent precision of a t component has a Gamma distribution of shape (nu + D')/2 and mean (nu + D')/(nu + delta).
func (v *inference[T]) drawMissing(dst []T, w *iscratch[T], lane, c int, draw *rand.Rand) {
	g, H := v.k.marginal, v.k.H
	dp, lacks := panel.Pad[T](v.k.D), w.part.lacks[lane]
	spread := 1.0
	if v.k.tails != nil {
		shape := (v.k.tails.nu[c] + float64(v.observed(w, lane))) / 2
		spread = math.Sqrt(v.stretch(w, c)[lane] * shape / max(rng.Gamma(draw, shape), leastGamma))
	}
	if H > 0 {
		g.factor(w.part.f, c, lacks)
		for h := range w.part.y {
			w.part.y[h] = draw.NormFloat64()
		}
		dense.SolveLowerTransposed(w.part.f, H, w.part.y) // covariance R^-1
	}
	for _, d := range lacks {
		i := c*v.k.D + int(d)
		value := float64(w.rows[lane*dp+int(d)]) + spread*g.sd[i]*(dot(g.gain[i*H:(i+1)*H], w.part.y)+draw.NormFloat64())
		dst[d] = T(value/float64(v.scale[d]) + float64(v.shift[d]))
	}
}
