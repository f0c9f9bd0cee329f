package softmix

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Posterior writes the probability of each class given a draw of the cells in the rows of x (n x L) to dst (n x K), and the
// logarithms of the probabilities pi of these cells to logProb (n); either may be empty. x holds cells of the fit, or others that
// are to be thought of as having been among them. O(n K L).
func Posterior[T core.Float](ctx context.Context, m *Mixture, x core.Matrix[T], threads int, dst core.Matrix[T], logProb []float64) error {
	if err := x.Check("X"); err != nil {
		return fmt.Errorf("softmix: %w", err)
	}
	if err := m.expects(x.Cols); err != nil {
		return err
	}
	K, L := m.Components, m.Features
	switch {
	case dst.Data != nil && (dst.Rows != x.Rows || dst.Cols != K):
		return fmt.Errorf("softmix: %w: the posterior of %d cells and %d classes cannot be written to %d x %d", core.ErrShape,
			x.Rows, K, dst.Rows, dst.Cols)
	case logProb != nil && len(logProb) != x.Rows:
		return fmt.Errorf("softmix: %w: %d places for the probabilities of %d cells", core.ErrShape, len(logProb), x.Rows)
	}
	var theta blas.Packed[float64]
	blas.PackRight(&theta, true, L, K, m.Theta, L)
	threads = par.Threads(threads)
	workers := make([]struct {
		ws   blas.Workspace[float64]
		x, u []float64
		lost bool // a probability is not finite
	}, threads)
	err := par.For(ctx, threads, par.Tiles(x.Rows, tileRows), func(worker, t int) {
		w := &workers[worker]
		if w.x == nil {
			w.x, w.u = make([]float64, tileRows*L), make([]float64, tileRows*K)
		}
		lo, hi := par.Span(t, x.Rows, tileRows)
		for j := lo; j < hi; j++ {
			for i, v := range x.Row(j) {
				w.x[(j-lo)*L+i] = float64(v)
			}
		}
		blas.GemmPacked(&w.ws, false, hi-lo, 1, w.x, L, &theta, 0, w.u, K)
		for j := lo; j < hi; j++ {
			u := w.u[(j-lo)*K : (j-lo+1)*K]
			total := m.share(u)
			w.lost = w.lost || total-total != 0
			if logProb != nil {
				logProb[j] = total
			}
			if dst.Data != nil {
				for k, v := range u {
					dst.Data[j*dst.Stride+k] = T(v)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	for i := range workers {
		if workers[i].lost {
			return notFinite(x)
		}
	}
	return nil
}

// notFinite says which element of x has made a result meaningless.
func notFinite[T core.Float](x core.Matrix[T]) error {
	if err := x.CheckFinite("X"); err != nil {
		return fmt.Errorf("softmix: %w", err)
	}
	return fmt.Errorf("softmix: %w: x theta overflows; rescale X", core.ErrNumerical)
}

// share turns utilities x theta_k into posterior probabilities and returns log pi.
func (m *Mixture) share(u []float64) float64 {
	top := math.Inf(-1)
	for k := range u {
		u[k] += math.Log(m.Alpha[k]) - m.Normalizers[k]
		top = max(top, u[k])
	}
	sum := 0.0
	for k := range u {
		u[k] = math.Exp(u[k] - top)
		sum += u[k]
	}
	for k := range u {
		u[k] /= sum
	}
	return top + math.Log(sum)
}

// Sample draws cells from the mixture over the rows of x: their rows, and unless classes is nil, the classes they came from. The
// same seed gives the same draws. O(p K L + n log p).
func Sample[T core.Float](ctx context.Context, m *Mixture, x core.Matrix[T], seed uint64, threads int, rows, classes []int64) error {
	if classes != nil && len(classes) != len(rows) {
		return fmt.Errorf("softmix: %w: %d places for the classes of %d draws", core.ErrShape, len(classes), len(rows))
	}
	if err := m.expects(x.Cols); err != nil {
		return err
	}
	counts := make([]float64, x.Rows)
	for j := range counts {
		counts[j] = 1
	}
	c, err := newCells(ctx, x, counts, threads)
	if err != nil {
		return err
	}
	k := newKernel[float64](c, 1, m.Components, threads)
	if err := k.classes(ctx, m.Theta); err != nil {
		return err
	}
	sums := make([][]float64, m.Components)
	for i := range sums {
		sums[i] = make([]float64, x.Rows)
		sum := 0.0
		for j := range sums[i] {
			sum += k.e[j*k.K+i]
			sums[i][j] = sum
		}
	}
	shares := slices.Clone(m.Alpha)
	for i := 1; i < len(shares); i++ {
		shares[i] += shares[i-1]
	}
	r := rng.New(seed, streamSample)
	for n := range rows {
		class := draw(shares, r.Float64())
		rows[n] = int64(draw(sums[class], r.Float64()))
		if classes != nil {
			classes[n] = int64(class)
		}
	}
	return nil
}

// draw returns the first place where the running sums exceed the share u of the last.
func draw(sums []float64, u float64) int {
	u *= sums[len(sums)-1]
	return min(sort.Search(len(sums), func(i int) bool { return sums[i] > u }), len(sums)-1)
}

// expects refuses another number of features.
func (m *Mixture) expects(features int) error {
	if features != m.Features {
		return fmt.Errorf("softmix: %w: X has %d columns, the mixture has %d features", core.ErrShape, features, m.Features)
	}
	return nil
}

// noErrors says why there are no standard errors.
func (m *Mixture) noErrors() error {
	if m.Singular {
		return fmt.Errorf("softmix: %w: the information is singular, so that there are no standard errors: lower n_components, or set ridge to 1",
			core.ErrNumerical)
	}
	return fmt.Errorf("softmix: %w: standard errors of more than %d parameters are not computed", core.ErrOption, most)
}
