package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// ProfileOptions of [NewProfile]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON
// text.
type ProfileOptions struct {
	Probes int    `json:"n_probes" default:"0" doc:"random vectors for the determinant; 0: 10"`
	Steps  int    `json:"lanczos_steps" default:"0" doc:"Lanczos steps, each a product with the observations and the probes; 0: 80"`
	Seed   uint64 `json:"random_state,string" default:"0" doc:"seed of the random vectors, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every step.
	Progress func(core.Progress) `json:"-"`
}

const defaultProfileSteps = 80

// Profile is the log marginal likelihood of y ~ N(0, s (K + eta I)) for every ratio eta of noise to signal, with the best
// scale s for each: one Lanczos process on K, which shifts do not change, holds all of it.
type Profile struct {
	n      int
	y      Tridiagonal // of K from y
	size   float64     // |y|^2
	probes []Tridiagonal
}

// ProfilePoint is the profile at one eta.
type ProfilePoint struct {
	Eta           float64 // noise variance over signal variance
	Scale         float64 // s = y^T (K + eta I)^-1 y / n, the variance that K is to be multiplied with
	Noise         float64 // eta * s
	LogLikelihood float64 // -n/2 (log(2 pi s) + 1) - log|K + eta I| / 2
	LogDet        float64 // of K + eta I
	// BiasBound bounds what missing Lanczos steps change in LogLikelihood; noise of the probes is not in it.
	BiasBound float64
	// StandardError of LogLikelihood, from the spread of the probes. Differences between values of eta have far less.
	StandardError float64
}

// NewProfile runs Lanczos processes from y (n) and from random probes on the system, whose Sigma must be the same for all
// points; it is taken from the result, so that eta counts from K alone. (Probes + 1) * Steps products, done side by side,
// and memory for 4 blocks of Probes + 1 columns.
//
// Errors wrap core.ErrOption, core.ErrShape, core.ErrNotFinite or core.ErrNumerical, or come from s or ctx.
func NewProfile(ctx context.Context, s System, y []float64, o *ProfileOptions) (*Profile, error) {
	if o == nil {
		o = &ProfileOptions{}
	}
	n := s.Size()
	probes, steps := o.Probes, o.Steps
	if probes == 0 {
		probes = defaultProbes
	}
	if steps == 0 {
		steps = defaultProfileSteps
	}
	switch {
	case o.Probes < 0 || o.Probes == 1 || o.Steps < 0:
		return nil, fmt.Errorf("gp: %w: n_probes must be at least 2 and lanczos_steps at least 1, got %d and %d",
			core.ErrOption, o.Probes, o.Steps)
	case len(y) != n || n == 0:
		return nil, fmt.Errorf("gp: %w: %d observations for %d points; there must be as many, and one at least",
			core.ErrShape, len(y), n)
	}
	if err := checkSigma(s.Sigma(), n); err != nil {
		return nil, err
	}
	shift := s.Sigma()[0]
	for i, v := range s.Sigma() {
		if v != shift {
			return nil, fmt.Errorf("gp: %w: the noise of points 0 and %d differs (%v and %v); a profile needs the same for all",
				core.ErrOption, i, shift, v)
		}
	}
	b := core.NewMatrix[float64](n, probes+1)
	right := core.Matrix[float64]{Data: b.Data[1:], Rows: n, Cols: probes, Stride: probes + 1}
	if err := DrawProbes(ctx, right, nil, o.Seed, o.Threads); err != nil {
		return nil, err
	}
	for i, v := range y {
		b.Row(i)[0] = v
	}
	if err := b.CheckFinite("the observations"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	l := &lanczos{s: s, n: n, steps: min(steps, n), threads: o.Threads, progress: o.Progress}
	if err := l.run(ctx, b); err != nil {
		return nil, err
	}
	for _, t := range l.t {
		for i := range t.Diagonal {
			t.Diagonal[i] -= shift
		}
	}
	p := &Profile{n: n, y: l.t[0], probes: l.t[1:]}
	if p.y.Steps() == 0 {
		return nil, fmt.Errorf("gp: %w: all observations are 0; there is no scale to find", core.ErrNumerical)
	}
	p.size = l.norm[0] * l.norm[0]
	return p, nil
}

// shifted returns the T of K + eta I.
func (t Tridiagonal) shifted(eta float64) Tridiagonal {
	out := Tridiagonal{Diagonal: make([]float64, len(t.Diagonal)), Off: t.Off}
	for i, v := range t.Diagonal {
		out.Diagonal[i] = v + eta
	}
	return out
}

// At returns the profile at eta > 0, in O(probes * steps^2) operations. The error wraps core.ErrOption, or core.ErrNumerical
// if K + eta I is not positive definite.
func (p *Profile) At(eta float64) (ProfilePoint, error) {
	if !(eta > 0) || math.IsInf(eta, 1) {
		return ProfilePoint{}, fmt.Errorf("gp: %w: eta must be a positive number, got %v", core.ErrOption, eta)
	}
	quadratic, reach, err := p.quadratic(eta)
	if err != nil {
		return ProfilePoint{}, err
	}
	all := make([]Tridiagonal, len(p.probes))
	for i, t := range p.probes {
		all[i] = t.shifted(eta)
	}
	det, err := LogDetFrom(all, p.n, nil, eta)
	if err != nil {
		return ProfilePoint{}, err
	}
	if det.Value != det.Value {
		return ProfilePoint{}, notDefinite(eta)
	}
	n := float64(p.n)
	v := ProfilePoint{Eta: eta, Scale: quadratic / n, LogDet: det.Value}
	v.Noise = eta * v.Scale
	v.LogLikelihood = -n/2*(math.Log(2*math.Pi*v.Scale)+1) - v.LogDet/2
	v.BiasBound = det.BiasBound/2 + n/2*math.Log(reach)
	v.StandardError = det.StandardError / 2
	return v, nil
}

// quadratic returns y^T (K + eta I)^-1 y, between Gauss' rule, which is a lower bound, and that of Gauss and Radau, an upper
// one, and the root of their ratio, by which it can be wrong.
func (p *Profile) quadratic(eta float64) (value, reach float64, err error) {
	t := p.y.shifted(eta)
	low, err := p.inverse(t)
	if err != nil {
		return 0, 0, err
	}
	extended, ok := t.Radau(eta * (1 - 1e-3))
	if !ok {
		return 0, 0, notDefinite(eta)
	}
	high, err := p.inverse(extended)
	if err != nil {
		return 0, 0, err
	}
	high = max(high, low)
	return math.Sqrt(low * high), math.Sqrt(high / low), nil
}

func (p *Profile) inverse(t Tridiagonal) (float64, error) {
	nodes, weights, err := t.Quadrature()
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for j, v := range nodes {
		if !(v > 0) {
			return 0, notDefinite(v)
		}
		sum += weights[j] / v
	}
	return p.size * sum, nil
}

func notDefinite(eta float64) error {
	return fmt.Errorf("gp: %w: K + eta I is not positive definite to rounding at %v; take larger values of eta, or tiles of "+
		"higher precision", core.ErrNumerical, eta)
}
