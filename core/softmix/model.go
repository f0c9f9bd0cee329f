package softmix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Mixture is a fitted mixture with what is known about the fit. Classes are in decreasing order of their probabilities.
type Mixture struct {
	Components, Features int
	Theta                []float64 // K x L
	Alpha                []float64 // K
	Normalizers          []float64 // K, lse_k over the cells of the fit
	Counts               []float64 // p, what it has been fitted to
	Pooled               []float64 // L, theta_bar

	LogLikelihood float64 // of all draws, in nats: N l
	Objective     float64 // the same less the ridge
	Draws         float64 // N
	Ridge         float64 // of the fit
	Cells         int     // p
	SeenCells     int     // cells with positive counts
	Entropy       float64 // of the posterior, summed over the draws, in nats

	Converged   bool
	Decrement   float64 // what another Newton step promises for the log-likelihood; NaN where L-BFGS has been used
	Iterations  int     // of the start that was best
	Evaluations int64   // of the likelihood of one start with its derivatives
	Sampled     int     // cells without draws that the normalizers of the way to the maximum were estimated from; 0: exact throughout
	Starts      int
	Finished    int // starts that were followed to the maximum
	Hits        int // of those, the ones that ended within 0.1 nats of the best

	// Certificate is log sup D, D(theta) = sum_j q_j A_theta(j) / pi_j: no mixture of any number of classes is better by more per
	// draw. The search for the sup may miss it, so this is a lower estimate of the bound. NaN if there was no search.
	Certificate float64
	Candidate   []float64 // L, where D was largest: the class to add

	EffectiveSupport []float64 // K, 1 / sum_j A_k(j)^2
	Empty            []bool    // K, classes of less than one draw
	AtEdge           []bool    // K, classes that have gone as far from theta_bar as they may: likely without a finite maximum

	// Covariance of theta (class by class) and alpha, K (L + 1) square, and the roots of its diagonal; nil if not asked for, not
	// affordable (more than 1500 parameters) or Singular.
	Covariance     []float64
	StandardErrors []float64
	Singular       bool    // the information is singular to rounding
	Condition      float64 // of the information, scaled to a diagonal of ones: a lower estimate; NaN if unknown
}

// model makes the result of a fit.
func (f *fit[T]) model(ctx context.Context, e *ending) (*Mixture, error) {
	K, L := f.o.Components, f.c.x.Cols
	order := make([]int, K)
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case e.alpha[a] != e.alpha[b]:
			return map[bool]int{true: -1, false: 1}[e.alpha[a] > e.alpha[b]]
		case e.theta[a*L] > e.theta[b*L]:
			return -1
		}
		return 1
	})
	m := &Mixture{Components: K, Features: L, Pooled: f.b.theta, Draws: f.c.n, Ridge: f.o.Ridge, Cells: f.c.x.Rows, SeenCells: f.c.seen,
		Converged: e.converged, Decrement: e.decrement * f.c.n, Iterations: e.iterations, Certificate: math.NaN(), Condition: math.NaN()}
	for _, k := range order {
		m.Theta = append(m.Theta, e.theta[k*L:(k+1)*L]...)
		m.Alpha = append(m.Alpha, e.alpha[k])
	}
	k := f.inDouble()
	if err := k.evaluate(ctx, m.Theta, m.Alpha); err != nil {
		return nil, err
	}
	phi := make([]float64, K*L)
	f.m.phi(f.o.Threads, m.Theta, phi)
	m.LogLikelihood, m.Objective = f.c.n*k.l[0], f.c.n*(k.l[0]-f.penalty(phi))
	m.Normalizers = slices.Clone(k.lse)
	for i := range K {
		m.Normalizers[i] += dot(f.c.origin, m.Theta[i*L:(i+1)*L])
		m.Empty = append(m.Empty, m.Alpha[i]*f.c.n < 1)
		m.AtEdge = append(m.AtEdge, dot(phi[i*L:(i+1)*L], phi[i*L:(i+1)*L]) > 0.9*farthest*farthest)
	}
	m.EffectiveSupport, m.Entropy = k.describe(m.Alpha)
	if err := f.errors(ctx, k, m, phi); err != nil {
		return nil, err
	}
	if f.o.Certificate > 0 {
		if err := f.certify(ctx, k, m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// describe returns the effective support of each class and the entropy of the posterior over all draws.
func (k *kernel[W, T]) describe(alpha []float64) (support []float64, entropy float64) {
	support = make([]float64, k.K)
	for j, q := range k.c.q {
		pi := 0.0
		for i, e := range k.e[j*k.K : (j+1)*k.K] {
			p := float64(e) * k.unit[i]
			support[i] += p * p
			pi += alpha[i] * p
		}
		if q == 0 {
			continue
		}
		for i, e := range k.e[j*k.K : (j+1)*k.K] {
			if r := alpha[i] * float64(e) * k.unit[i] / pi; r > 0 {
				entropy -= q * r * math.Log(r)
			}
		}
	}
	for i, v := range support {
		support[i] = 1 / v
	}
	return support, entropy * k.c.n
}

// NewMixture returns a mixture of given parameters over cells that gave these normalizers.
func NewMixture(theta, alpha, normalizers []float64, features int) (*Mixture, error) {
	K := len(alpha)
	switch {
	case K < 1 || features < 1:
		return nil, fmt.Errorf("softmix: %w: a mixture needs a class and a feature, got %d and %d", core.ErrShape, K, features)
	case len(theta) != K*features || len(normalizers) != K:
		return nil, fmt.Errorf("softmix: %w: %d values of theta and %d normalizers for %d classes of %d features", core.ErrShape,
			len(theta), len(normalizers), K, features)
	}
	if err := (&Start{Theta: theta, Alpha: alpha}).check(K, features); err != nil {
		return nil, err
	}
	for k, v := range normalizers {
		if v-v != 0 {
			return nil, fmt.Errorf("softmix: %w: the normalizer of class %d is %v", core.ErrNotFinite, k, v)
		}
	}
	return &Mixture{Components: K, Features: features, Theta: slices.Clone(theta), Alpha: slices.Clone(alpha), Normalizers: slices.Clone(normalizers)}, nil
}
