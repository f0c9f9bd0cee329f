package mixture

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// field evaluates unit Gaussians around any points on the rows of a fit, which it holds as panels of float64 in units
// of the noise, about their mean.
type field struct {
	D, n, lanes int
	x           []float64 // panels of D x lanes
	w           []float64 // n: weights that sum to 1
	logP        []float64 // n: log density of each row under the atoms of the last sweep
	origin      []float64 // D
	low, high   []float64 // D: extent of the rows
	logJac      float64   // log density in the units of the data minus that in units of the noise
	threads     int
}

// fieldTiles bounds the partial sums of a sweep.
const fieldTiles = 64

// fieldPoints is the number of points evaluated at a time.
const fieldPoints = 256

func newField[T core.Float](d *data[T], noiseVariance []float64, threads int) *field {
	lanes, D := panel.Lanes[float64](), d.x.Cols
	f := &field{D: D, n: d.n, lanes: lanes, threads: threads, w: make([]float64, d.n), logP: make([]float64, d.n),
		origin: make([]float64, D), low: slices.Repeat([]float64{math.Inf(1)}, D), high: slices.Repeat([]float64{math.Inf(-1)}, D)}
	f.x = make([]float64, par.Tiles(d.n, lanes)*D*lanes)
	for j := range D {
		f.origin[j] = float64(d.shift[j])
		f.logJac -= math.Log(noiseVariance[j]) / 2
	}
	for i := range d.n {
		f.w[i] = d.weight(uint32(i)) / d.total
		for j, v := range d.row(uint32(i)) {
			z := (float64(v) - f.origin[j]) / math.Sqrt(noiseVariance[j])
			f.x[(i/lanes*D+j)*lanes+i%lanes] = z
			f.low[j], f.high[j] = min(f.low[j], z), max(f.high[j], z)
		}
	}
	return f
}

// row returns row i.
func (f *field) row(i int) []float64 {
	row := make([]float64, f.D)
	for j := range row {
		row[j] = f.x[(i/f.lanes*f.D+j)*f.lanes+i%f.lanes]
	}
	return row
}

// grid returns k places between the least and the greatest row, of a single feature.
func (f *field) grid(k int) []float64 {
	at := make([]float64, k)
	for i := range at {
		at[i] = f.low[0] + (f.high[0]-f.low[0])*(float64(i)+0.5)/float64(k)
	}
	return at
}

// swept is what a sweep finds, with a_nk = phi(x_n - mu_k) / p(x_n) and averages over the weighted rows.
type swept struct {
	logLik float64
	g      []float64 // K: mean of a_nk
	mean   []float64 // K x D: mean of a_nk x_n over g_k; mu_k where g_k is 0
	hess   []float64 // K x K, lower triangle: mean of a_nk a_nj; nil unless asked for
}

// sweep evaluates atoms mu (K x D) of weights w on every row and leaves log p in logP. With w nil, logP stands and mu are
// any points.
func (f *field) sweep(ctx context.Context, mu, w []float64, hess bool) (*swept, error) {
	K := len(mu) / f.D
	panels := par.Tiles(f.n, f.lanes)
	each := par.Tiles(panels, fieldTiles)
	parts := make([]swept, par.Tiles(panels, each))
	perPart := float64(K) * float64(f.D+1)
	if hess {
		perPart += float64(K) * float64(K)
	}
	if err := memory.Check("mixture", fmt.Sprintf("a mixing distribution of %d atoms of %d features", K, f.D), 8*perPart*float64(len(parts)),
		"lower n_atoms"); err != nil {
		return nil, err
	}
	comp, zero, ids := make([]float64, K*2*f.D), make([]float64, K), make([]uint32, K)
	for k := range K {
		for j, v := range mu[k*f.D : (k+1)*f.D] {
			comp[(k*f.D+j)*2], comp[(k*f.D+j)*2+1] = v, 1
		}
		ids[k] = uint32(k)
	}
	err := par.For(ctx, f.threads, len(parts), func(_, t int) {
		s := &parts[t]
		s.g, s.mean = make([]float64, K), make([]float64, K*f.D)
		if hess {
			s.hess = make([]float64, K*K)
		}
		a := make([]float64, K*f.lanes)
		lo, hi := par.Span(t, panels, each)
		for p := lo; p < hi; p++ {
			x := f.x[p*f.D*f.lanes : (p+1)*f.D*f.lanes]
			panel.Evaluate(a, x, f.D, 0, comp, zero, ids)
			f.divide(s, a, w, p)
			f.add(s, a, x, p)
		}
	})
	if err != nil {
		return nil, err
	}
	s := &parts[0]
	for _, part := range parts[1:] {
		s.logLik += part.logLik
		addTo(s.g, part.g)
		addTo(s.mean, part.mean)
		addTo(s.hess, part.hess)
	}
	for k, g := range s.g {
		for j := range f.D {
			if i := k*f.D + j; g > 0 {
				s.mean[i] /= g
			} else {
				s.mean[i] = mu[i]
			}
		}
	}
	return s, nil
}

// divide turns a, -|x - mu|^2 / 2 (K x lanes), into phi / p.
func (f *field) divide(s *swept, a, w []float64, p int) {
	lo, hi := par.Span(p, f.n, f.lanes)
	half := float64(f.D) * math.Log(2*math.Pi) / 2
	var top [8]float64
	for lane := range f.lanes {
		switch {
		case lane >= hi-lo:
			top[lane] = math.Inf(1) // beyond the rows: a becomes 0
		case w == nil:
			top[lane] = f.logP[lo+lane] + half
		default:
			top[lane] = math.Inf(-1)
			for k := range w {
				top[lane] = max(top[lane], a[k*f.lanes+lane])
			}
		}
	}
	for i := range a {
		a[i] -= top[i%f.lanes]
	}
	vmath.Exp(a, a)
	if w == nil {
		return
	}
	for lane := range hi - lo {
		sum := 0.0
		for k, v := range w {
			sum += v * a[k*f.lanes+lane]
		}
		sum = max(sum, 1e-300)
		for k := range w {
			a[k*f.lanes+lane] /= sum
		}
		f.logP[lo+lane] = top[lane] + math.Log(sum) - half
		s.logLik += f.w[lo+lane] * f.logP[lo+lane]
	}
}

// add adds a (K x lanes) of panel p to the averages.
func (f *field) add(s *swept, a, x []float64, p int) {
	lo, hi := par.Span(p, f.n, f.lanes)
	var w [8]float64
	copy(w[:], f.w[lo:hi])
	for k := range s.g {
		var b [8]float64
		row := a[k*f.lanes : (k+1)*f.lanes]
		sum := 0.0
		for lane, v := range row {
			b[lane] = v * w[lane]
			sum += b[lane]
		}
		s.g[k] += sum
		for j := range f.D {
			total := 0.0
			for lane, v := range x[j*f.lanes : (j+1)*f.lanes] {
				total += b[lane] * v
			}
			s.mean[k*f.D+j] += total
		}
		if s.hess == nil {
			continue
		}
		for j := range k + 1 {
			total := 0.0
			for lane, v := range a[j*f.lanes : (j+1)*f.lanes] {
				total += b[lane] * v
			}
			s.hess[k*len(s.g)+j] += total
		}
	}
}

func addTo(dst, src []float64) {
	for i, v := range src {
		dst[i] += v
	}
}
