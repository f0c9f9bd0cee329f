package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	gridStep     = 0.1  // noise deviations between the points of the grid
	mostGrid     = 4000 // points of the grid at most
	certifyRows  = 512  // rows from which several features are searched
	ascents      = 32   // best points from which g is climbed
	ascentSteps  = 10   // steps of mean shift, each of which raises g
	sameMaximum  = 0.1  // maxima closer than this are one
	newtonSteps  = 20
	newtonSweeps = 300 // passes of coordinate descent over one quadratic model
)

// certify searches the maximum of g and sets the certificate to g - 1 there. It returns the places (k x D) where g is
// above 1 + tol/2, one of each neighbourhood.
func (f *npmle) certify(ctx context.Context) ([]float64, error) {
	D := f.field.D
	s, err := f.field.sweep(ctx, f.mu, f.w, false) // leaves log p
	if err != nil {
		return nil, err
	}
	f.note(s.logLik)
	starts := slices.Clone(f.mu)
	if D == 1 {
		span := f.field.high[0] - f.field.low[0]
		starts = append(starts, f.field.grid(min(mostGrid, 1+int(math.Ceil(min(span/gridStep, mostGrid)))))...)
	} else {
		for _, i := range sampleRows(f.field.n, certifyRows, f.o.Seed+1) {
			starts = append(starts, f.field.row(int(i))...)
		}
	}
	at, g, err := f.climb(ctx, starts)
	if err != nil {
		return nil, err
	}
	f.certificate = math.Max(0, slices.Max(g)-1)
	var better []float64
	for k, v := range g {
		place := at[k*D : (k+1)*D]
		if v <= 1+f.o.Tol/2 {
			continue
		}
		near := false
		for j := 0; j < len(better) && !near; j += D {
			near = distance(place, better[j:j+D]) < sameMaximum
		}
		if !near {
			better = append(better, place...)
		}
	}
	return better, nil
}

// climb evaluates g at points (k x D) and raises it from the best of them by mean shift. It returns all places, best first.
func (f *npmle) climb(ctx context.Context, points []float64) (at, g []float64, err error) {
	D := f.field.D
	for lo := 0; lo < len(points)/D; lo += fieldPoints {
		s, err := f.field.sweep(ctx, points[lo*D:min(len(points)/D, lo+fieldPoints)*D], nil, false)
		if err != nil {
			return nil, nil, err
		}
		g = append(g, s.g...)
	}
	order := make([]int, len(g))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(g[b], g[a]) })
	for _, k := range order {
		near := false
		for j := 0; j < len(at) && !near; j += D {
			near = distance(points[k*D:(k+1)*D], at[j:j+D]) < 1
		}
		if !near {
			at = append(at, points[k*D:(k+1)*D]...)
		}
		if len(at) == ascents*D {
			break
		}
	}
	best := g[order[0]]
	for range ascentSteps {
		s, err := f.field.sweep(ctx, at, nil, false)
		if err != nil {
			return nil, nil, err
		}
		g = s.g
		copy(at, s.mean)
	}
	s, err := f.field.sweep(ctx, at, nil, false)
	if err != nil {
		return nil, nil, err
	}
	g = s.g
	g[0] = math.Max(g[0], best) // ascent never loses, up to rounding
	return at, g, nil
}

// finishWeights maximises the likelihood over the weights of the present atoms by Newton's method: the maximum of
// L(w) - sum w over w >= 0 sums to 1 by itself. Each quadratic model is maximised by coordinate ascent.
func (f *npmle) finishWeights(ctx context.Context) error {
	s, err := f.field.sweep(ctx, f.mu, f.w, true)
	if err != nil {
		return err
	}
	for range newtonSteps {
		step := newtonStep(f.w, s.g, s.hess)
		size := 0.0
		for _, d := range step {
			size = max(size, math.Abs(d))
		}
		improved := false
		for scale := 1.0; scale > 1e-3; scale /= 2 {
			trial := slices.Clone(f.w)
			for k, d := range step {
				trial[k] = max(0, trial[k]+scale*d)
			}
			normalize(trial)
			next, err := f.field.sweep(ctx, f.mu, trial, true)
			if err != nil {
				return err
			}
			if next.logLik > s.logLik {
				f.w, s, improved = trial, next, true
				break
			}
		}
		if !improved || size < 1e-8 {
			break
		}
	}
	f.drop()
	return nil
}

// newtonStep maximises (g - 1)^T d - d^T H d / 2 over w + d >= 0, H in its lower triangle.
func newtonStep(w, g, h []float64) []float64 {
	K := len(w)
	d, slope := make([]float64, K), make([]float64, K) // slope of the model at d
	for k, v := range g {
		slope[k] = v - 1
	}
	for range newtonSweeps {
		moved := 0.0
		for k := range K {
			curve := h[k*K+k] * (1 + 1e-10)
			if curve == 0 {
				continue
			}
			to := max(-w[k], d[k]+slope[k]/curve)
			move := to - d[k]
			if move == 0 {
				continue
			}
			d[k] = to
			moved = max(moved, math.Abs(move))
			for j := range K {
				slope[j] -= move * h[max(j, k)*K+min(j, k)]
			}
		}
		if moved < 1e-12 {
			break
		}
	}
	return d
}
