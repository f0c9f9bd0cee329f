package mixture

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// NPMLEOptions of [FitNPMLE]. The zero value means the defaults.
type NPMLEOptions struct {
	Atoms   int     `json:"n_atoms" default:"0" doc:"atoms at the start; 0: 4 log n for one feature, 20 log n for more"`
	Flow    string  `json:"flow" default:"joint" doc:"what the gradient flow moves: joint (weights and places, then certified), weights or places"`
	Tol     float64 `json:"tol" default:"1e-4" doc:"largest distance to the maximum of the mean log-likelihood, in nats per row, that the certificate may leave"`
	MaxIter int     `json:"max_iter" default:"500" doc:"most steps of the flow and rounds of certification"`
	Seed    uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	Threads      int                 `json:"-"` // as in Options
	SampleWeight []float64           `json:"-"` // as in Options
	Progress     func(core.Progress) `json:"-"` // as in Options
}

// Values of NPMLEOptions.Flow.
const (
	FlowJoint   = "joint"
	FlowWeights = "weights"
	FlowPlaces  = "places"
)

// NPMLE is the nonparametric maximum likelihood estimate of a mixing distribution: rows are x = theta + e with
// e ~ N(0, diag(noise variances)), and theta has any distribution whatever. The maximiser is discrete; its atoms are the
// means of Model, its noise is Model.NoiseVariance, the same in every component. Denoise with a negative noise
// variance gives E[theta | x], the empirical Bayes estimate.
type NPMLE struct {
	Model       *Model
	Certificate float64 // no distribution has a mean log-likelihood higher than Model.LowerBound by more than this, as far as the search saw
}

func (o *NPMLEOptions) withDefaults() NPMLEOptions {
	var v NPMLEOptions
	if o != nil {
		v = *o
	}
	def(&v.Flow, FlowJoint)
	def(&v.Tol, 1e-4)
	def(&v.MaxIter, 500)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *NPMLEOptions) Validate() error {
	v := o.withDefaults()
	if err := oneOf("flow", v.Flow, FlowJoint, FlowWeights, FlowPlaces); err != nil {
		return err
	}
	switch {
	case v.Atoms < 0 || v.Atoms > 1<<20:
		return fmt.Errorf("mixture: %w: n_atoms must be in [0, 2^20], got %d", core.ErrOption, v.Atoms)
	case !(v.Tol > 0):
		return fmt.Errorf("mixture: %w: tol must be positive, got %v", core.ErrOption, v.Tol)
	case v.MaxIter < 1:
		return fmt.Errorf("mixture: %w: max_iter must be at least 1, got %d", core.ErrOption, v.MaxIter)
	}
	return nil
}

const (
	flowFirst = 100  // steps of the flow before the first certificate
	flowRound = 10   // ... and after atoms have been added
	fadeBelow = 1e-9 // atoms of less weight are dropped
	newWeight = 1e-6 // of atoms that are added

	// Atoms that lie together, in noise deviations, become one if the certificate allows it. The distance is halved until it does.
	farthestMerge = 0.8
	nearestMerge  = 0.05
	mergeRounds   = 5
)

// FitNPMLE estimates the mixing distribution of Gaussian rows x (N x D) of known noise variances (D). Atoms follow the
// Wasserstein-Fisher-Rao gradient flow of the likelihood, in steps of the size that makes them EM steps:
//
//	w_k <- w_k g_k,  mu_k <- sum_n a_nk x_n / sum_n a_nk,  a_nk = phi(x_n - mu_k) / p(x_n),  g_k = mean_n a_nk
//
// The likelihood is concave in the mixing distribution, so G is optimal if g(x) <= 1 for every x, and sup g - 1 bounds
// what is missing. Where g > 1 atoms are added, the weights are finished by Newton's method, and atoms that come together
// are merged. g is searched on a grid (one feature) or from rows and atoms (several), with ascent from the best.
// O(N K D) per step for K atoms, O(N K^2) per Newton step.
//
// Sources: Yan, Wang and Rigollet, arXiv:2301.01766; Polyanskiy and Wu, arXiv:2008.08244; Wang (JRSS B, 2007) for the
// constrained Newton method.
func FitNPMLE[T core.Float](ctx context.Context, x core.Matrix[T], noiseVariance []float64, opts *NPMLEOptions) (*NPMLE, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	o := opts.withDefaults()
	if len(noiseVariance) != x.Cols {
		return nil, fmt.Errorf("mixture: %w: noise_variance has %d entries for %d features", core.ErrShape, len(noiseVariance), x.Cols)
	}
	for d, v := range noiseVariance {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("mixture: %w: noise_variance of feature %d is %v; it must be positive and finite", core.ErrOption, d, v)
		}
	}
	data, err := newData(ctx, x, o.SampleWeight, false, o.Threads)
	if err != nil {
		return nil, err
	}
	if err := memory.Check("mixture", fmt.Sprintf("a copy of %d rows of %d features in units of the noise", data.n, x.Cols),
		8*float64(data.n)*float64(x.Cols+2), "give fewer rows"); err != nil {
		return nil, err
	}
	f := &npmle{o: &o, began: time.Now(), field: newField(data, noiseVariance, o.Threads)}
	f.place()
	if err := f.run(ctx); err != nil {
		return nil, err
	}
	return f.export(noiseVariance)
}

// npmle is a fit: atoms in units of the noise.
type npmle struct {
	o           *NPMLEOptions
	began       time.Time
	field       *field
	mu, w       []float64 // K x D, K
	model       Model     // history so far
	certificate float64
}

// place puts atoms evenly between the least and the greatest row (one feature), or on random rows, with equal weights.
func (f *npmle) place() {
	D, n := f.field.D, f.field.n
	k := f.o.Atoms
	if k == 0 {
		k = int(math.Ceil(20 * math.Log(float64(n)+1)))
		if D == 1 {
			k = int(math.Ceil(4 * math.Log(float64(n)+1)))
		}
	}
	if D == 1 {
		f.mu = f.field.grid(k)
	} else {
		for _, i := range sampleRows(n, k, f.o.Seed) {
			f.mu = append(f.mu, f.field.row(int(i))...)
		}
	}
	f.w = slices.Repeat([]float64{float64(D) / float64(len(f.mu))}, len(f.mu)/D)
}

// run moves the atoms until the certificate holds or the iterations are spent.
func (f *npmle) run(ctx context.Context) (err error) {
	if f.o.Flow != FlowJoint {
		if err := f.flow(ctx, f.o.MaxIter); err != nil {
			return err
		}
		_, err := f.certify(ctx)
		return err
	}
	if err := f.polish(ctx, flowFirst, f.o.MaxIter); err != nil {
		return err
	}
	for near := farthestMerge; near >= nearestMerge && err == nil; near /= 2 {
		var merged bool
		if merged, err = f.merge(ctx, near); merged {
			break
		}
	}
	return err
}

// polish lets atoms flow, finishes their weights and adds atoms where g asks for them, until the certificate holds or the
// rounds or iterations are spent.
func (f *npmle) polish(ctx context.Context, steps, rounds int) error {
	for range rounds {
		if err := f.flow(ctx, steps); err != nil {
			return err
		}
		if err := f.finishWeights(ctx); err != nil {
			return err
		}
		better, err := f.certify(ctx)
		if err != nil || f.certificate <= f.o.Tol || f.model.Iterations >= f.o.MaxIter {
			return err
		}
		for at := 0; at < len(better); at += f.field.D {
			f.mu = append(f.mu, better[at:at+f.field.D]...)
			f.w = append(f.w, newWeight)
		}
		normalize(f.w)
		if err := f.finishWeights(ctx); err != nil {
			return err
		}
		steps = flowRound
	}
	return nil
}

// flow takes at most this many steps, fewer when one gains less than a hundredth of the tolerance.
func (f *npmle) flow(ctx context.Context, most int) error {
	last := math.Inf(-1)
	for range most {
		s, err := f.field.sweep(ctx, f.mu, f.w, false)
		if err != nil {
			return err
		}
		f.note(s.logLik)
		if s.logLik-last < f.o.Tol/100 || f.model.Iterations >= f.o.MaxIter {
			return nil
		}
		last = s.logLik
		f.model.Iterations++
		if f.o.Flow != FlowPlaces {
			for k, g := range s.g {
				f.w[k] *= g
			}
		}
		if f.o.Flow != FlowWeights {
			copy(f.mu, s.mean)
		}
		f.drop()
	}
	return nil
}

// note appends to the history, whose entry i is about the state after i iterations.
func (f *npmle) note(logLik float64) {
	f.model.LowerBound = logLik
	e := Iteration{logLik, time.Since(f.began).Seconds(), int64(f.field.n * len(f.w))}
	if len(f.model.History) > f.model.Iterations {
		f.model.History[f.model.Iterations] = e
	} else {
		f.model.History = append(f.model.History, e)
	}
	if f.o.Progress != nil {
		f.o.Progress(core.Progress{Phase: "flow", Iteration: f.model.Iterations, MaxIterations: f.o.MaxIter, Objective: logLik, Seconds: e.Seconds})
	}
}

// drop forgets atoms that have lost their weight.
func (f *npmle) drop() {
	D, kept := f.field.D, 0
	for k, w := range f.w {
		if w < fadeBelow {
			continue
		}
		copy(f.mu[kept*D:(kept+1)*D], f.mu[k*D:(k+1)*D])
		f.w[kept] = w
		kept++
	}
	f.mu, f.w = f.mu[:kept*D], f.w[:kept]
	normalize(f.w)
}

// merge makes one atom of those closer than near, and reports whether that leaves the certificate in place; if not, the
// atoms stay as they were.
func (f *npmle) merge(ctx context.Context, near float64) (bool, error) {
	D := f.field.D
	old := *f
	old.mu, old.w = slices.Clone(f.mu), slices.Clone(f.w)
	old.model.History = slices.Clone(f.model.History)
	for k := 0; k < len(f.w); k++ {
		for j := k + 1; j < len(f.w); {
			if distance(f.mu[k*D:(k+1)*D], f.mu[j*D:(j+1)*D]) > near {
				j++
				continue
			}
			total := f.w[k] + f.w[j]
			for d := range D {
				f.mu[k*D+d] += f.w[j] / total * (f.mu[j*D+d] - f.mu[k*D+d])
			}
			f.w[k] = total
			f.mu, f.w = slices.Delete(f.mu, j*D, (j+1)*D), slices.Delete(f.w, j, j+1)
		}
	}
	if len(f.w) == len(old.w) {
		return false, nil
	}
	if err := f.polish(ctx, flowFirst, mergeRounds); err != nil {
		return false, err
	}
	if f.certificate > max(f.o.Tol, old.certificate) || len(f.w) >= len(old.w) {
		*f = old
		return false, nil
	}
	return true, nil
}

// export makes the result, in the units of the data.
func (f *npmle) export(noiseVariance []float64) (*NPMLE, error) {
	D, K := f.field.D, len(f.w)
	means := make([]float64, len(f.mu))
	for i, v := range f.mu {
		means[i] = v*math.Sqrt(noiseVariance[i%D]) + f.field.origin[i%D]
	}
	m, err := NewModel(Diag, K, D, 0, f.w, means, nil, slices.Repeat(noiseVariance, K))
	if err != nil {
		return nil, err
	}
	m.Iterations, m.LowerBound, m.History = f.model.Iterations, f.model.LowerBound, f.model.History
	m.Converged = f.certificate <= f.o.Tol
	m.LowerBound += f.field.logJac
	for i := range m.History {
		m.History[i].Objective += f.field.logJac
	}
	return &NPMLE{Model: m, Certificate: f.certificate}, nil
}

func normalize(w []float64) {
	total := 0.0
	for _, v := range w {
		total += v
	}
	for k := range w {
		w[k] /= total
	}
}

func distance(a, b []float64) float64 {
	sum := 0.0
	for d, v := range a {
		sum += (v - b[d]) * (v - b[d])
	}
	return math.Sqrt(sum)
}
