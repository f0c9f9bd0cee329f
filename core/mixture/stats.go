package mixture

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Statistics are the expectations over rows that decide new parameters: with the posterior q of each component c under a
// model, weighted by the row, and the factors z, sums of q, q t, q t^2, q t E[z]^T, q E[z] and q E[z z^T], where t is the
// distance from the mean of c. For t components everything but q is multiplied by the latent precision tau before the
// expectation is taken, and the sums of q E[tau] and q E[log tau] are there, too. What a row lacks is replaced by its
// conditional expectations. Statistics of different rows, also under different models, add up.
type Statistics struct {
	Components, Features, Factors int
	Tails                         bool // of t components
	// Sums holds a row of Width() numbers for each component: the sum of q, with Tails those of E[tau] and E[log tau], those of
	// E[z] (H) and E[z z^T] (H x H), the mean that t is counted from (D), and the sums of t (D), t^2 (D) and t E[z]^T (D x H).
	Sums []float64
	// LogLikelihood is the sum of weight times log-density of the rows, each under the model that it was compared with.
	LogLikelihood float64
}

// NewStatistics returns the statistics of no rows under m.
func (m *Model) NewStatistics() *Statistics {
	s := &Statistics{Components: m.Components, Features: m.Features, Factors: m.Factors, Tails: m.DOF != nil}
	s.Sums = make([]float64, s.Components*s.Width())
	return s
}

// NewStatistics returns the statistics of no rows for Gaussian components.
func NewStatistics(components, features, factors int) *Statistics {
	s := &Statistics{Components: components, Features: features, Factors: factors}
	s.Sums = make([]float64, components*s.Width())
	return s
}

// Width returns the numbers kept for each component: 1 + H + H^2 + D (3 + H), and 2 more with Tails.
func (s *Statistics) Width() int {
	tails := 0
	if s.Tails {
		tails = 2
	}
	return 1 + tails + s.Factors + s.Factors*s.Factors + s.Features*(3+s.Factors)
}

// Weight returns the sum of the weights of all rows.
func (s *Statistics) Weight() float64 {
	sum := 0.0
	for c := range s.Components {
		sum += s.Sums[c*s.Width()]
	}
	return sum
}

// sums are the statistics of one component, by name.
type sums struct {
	n, u, l               *float64  // l is nil and u is n for Gaussian components
	z, zz                 []float64 // H; H x H
	center, t, square, tz []float64 // D; D; D; D x H
}

func (s *Statistics) component(c int) sums {
	d, h, row := s.Features, s.Factors, s.Sums[c*s.Width():(c+1)*s.Width()]
	cut := func(n int) (part []float64) {
		part, row = row[:n:n], row[n:]
		return part
	}
	a := sums{n: &cut(1)[0]}
	if a.u = a.n; s.Tails {
		a.u, a.l = &cut(1)[0], &cut(1)[0]
	}
	a.z, a.zz, a.center, a.t, a.square, a.tz = cut(h), cut(h*h), cut(d), cut(d), cut(d), cut(d*h)
	return a
}

// Local returns the statistics of the rows of x under m: the first of the three steps into which an iteration of EM falls,
// the others being Merge and Update. sampleWeight (x.Rows, or nil) is as in [Options]. NaN is a missing value if m was fitted so or
// told by With; rows without a value do not count. It evaluates every component for every row, O(N C D H). Errors are as in
// [Fit].
func Local[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], sampleWeight []float64, threads int) (*Statistics, error) {
	if err := m.checkRows(x.Check("X"), x.Cols); err != nil {
		return nil, err
	}
	if x.Rows == 0 {
		return nil, fmt.Errorf("mixture: %w: X has 0 rows; at least 1 is needed", core.ErrShape)
	}
	if err := checkValues(x, m.inference.Missing); err != nil {
		return nil, err
	}
	missing := m.inference.Missing == MissingNaN && x.CheckFinite("X") != nil
	v, err := newInference[T](ctx, m, threads, missing)
	if err != nil {
		return nil, err
	}
	d := &data[T]{x: x, n: x.Rows, total: float64(x.Rows), mass: float64(x.Rows), shift: v.shift, scale: v.scale, logJac: v.logJac}
	if err := d.setWeights(sampleWeight); err != nil {
		return nil, err
	}
	if missing {
		if err := d.findMissing(ctx, threads); err != nil {
			return nil, err
		}
		if d.n == 0 {
			return nil, errNothingObserved
		}
	}
	if d.patterns != nil {
		d.logJac = d.observedJacobian()
	}
	if m.DOF != nil {
		d.limit = farLimit[T]()
	}
	o := &Options{Algorithm: "exact", Threads: threads}
	set := newSearch(d.n, m.Components, o)
	set.patterns = d.patterns
	e, step := newEstep(d, set, v.k, 0, threads), newMstep(d, v.k, o)
	bound, _, err := e.sweep(ctx, 0)
	if err != nil {
		return nil, err
	}
	s := m.NewStatistics()
	s.LogLikelihood = bound*d.mass/d.total + d.logJac*d.mass
	for c := range s.Components {
		copy(s.component(c).center, m.Means[c*s.Features:])
	}
	err = step.each(ctx, e.pairs, func(c int, found *moments, _ *mscratch[T]) {
		v.export(s.component(c), c, found, d.mass/d.total)
	})
	return s, err
}

// export turns the sums of the M-step, about the packed mean and in whitened factors v, into statistics in the units of the
// data: E[z] = L^-T v, and E[z z^T] = L^-T (I + v v^T) L^-1.
func (v *inference[T]) export(s sums, c int, found *moments, weight float64) {
	D, H := v.k.D, v.k.H
	dp, stored, row := panel.Pad[T](D), v.k.component(c), panel.Row
	if H == 0 {
		row = 2
	}
	chol := v.k.chol[c*H*H : (c+1)*H*H]
	tv := func(h, d int) float64 { return found.m[(h/panel.Width*panel.Moments+2+h%panel.Width)*dp+d] }
	*s.n = found.n * weight
	if s.l != nil {
		*s.u, *s.l = found.u*weight, (found.l+found.n*expectedLog(v.k.tails.nu[c], D))*weight
	}
	for h := range H {
		s.zz[h*H+h] = found.n * weight
	}
	for d := range D {
		unit, t := 1/float64(v.scale[d]), found.m[dp+d]*weight
		s.center[d] = float64(v.shift[d]) + float64(stored[d*row])*unit
		s.t[d], s.square[d] = t*unit, found.m[d]*weight*unit*unit
		for h := range H {
			w := float64(stored[(h/panel.Width*D+d)*row+2+h%panel.Width])
			s.z[h] += w * t
			for j := range H {
				s.zz[h*H+j] += w * tv(j, d) * weight
			}
			s.tz[d*H+h] = tv(h, d) * weight * unit
		}
		dense.SolveLowerTransposed(chol, H, s.tz[d*H:(d+1)*H])
	}
	dense.SolveLowerTransposed(chol, H, s.z)
	for range 2 { // once for each side of a symmetric matrix
		for h := range H {
			dense.SolveLowerTransposed(chol, H, s.zz[h*H:(h+1)*H])
		}
		for h := range H {
			for j := range h {
				s.zz[h*H+j], s.zz[j*H+h] = s.zz[j*H+h], s.zz[h*H+j]
			}
		}
	}
}

// Merge makes s the weighted sum own * s + other * o. With weights of 1 it is the statistics of the rows of both.
func (s *Statistics) Merge(o *Statistics, own, other float64) error {
	if s.Tails != o.Tails {
		return fmt.Errorf("mixture: %w: statistics of t components do not merge with those of Gaussian ones", core.ErrShape)
	}
	if s.Components != o.Components || s.Features != o.Features || s.Factors != o.Factors {
		return fmt.Errorf("mixture: %w: statistics of %d components, %d features and %d factors do not merge with those of %d, %d and %d",
			core.ErrShape, s.Components, s.Features, s.Factors, o.Components, o.Features, o.Factors)
	}
	for c := range s.Components {
		a, b := s.component(c), o.component(c)
		a.recenter(b.center)
		*a.n = own**a.n + other**b.n
		if a.l != nil {
			*a.u, *a.l = own**a.u+other**b.u, own**a.l+other**b.l
		}
		for _, f := range []struct{ a, b []float64 }{{a.z, b.z}, {a.zz, b.zz}, {a.t, b.t}, {a.square, b.square}, {a.tz, b.tz}} {
			for i, v := range f.b {
				f.a[i] = own*f.a[i] + other*v
			}
		}
	}
	s.LogLikelihood = own*s.LogLikelihood + other*o.LogLikelihood
	return nil
}

// recenter counts t from another place.
func (s sums) recenter(center []float64) {
	H := len(s.z)
	for d, to := range center {
		e := s.center[d] - to
		s.square[d] += 2*e*s.t[d] + e*e**s.u
		s.t[d] += e * *s.u
		for h, z := range s.z {
			s.tz[d*H+h] += e * z
		}
		s.center[d] = to
	}
}

// Update returns the model that the statistics decide, with noise of m.NoiseType, which raises the log-likelihood of their rows if they were taken
// under m. Components without rows keep their parameters, and all their degrees of freedom unless m.DOFEstimated. regCovar
// is the floor of each noise variance, as a fraction of the variance of its feature under m; 0 means the default of
// [Options].
func (s *Statistics) Update(m *Model, regCovar float64, threads int) (*Model, error) {
	if err := s.check(m); err != nil {
		return nil, err
	}
	def(&regCovar, 1e-6)
	next, err := NewModel(m.CovarianceType, m.Components, m.Features, m.Factors, m.Weights, m.Means, m.Loadings, m.NoiseVariance)
	if err != nil {
		return nil, err
	}
	if m.DOF != nil {
		next.Family, next.DOF, next.DOFEstimated = m.Family, slices.Clone(m.DOF), m.DOFEstimated
	}
	next.inference.Missing, next.NoiseType = m.inference.Missing, m.NoiseType
	floor, D, H := m.variances(), m.Features, m.Factors
	equal, shared := equalNoise(m.CovarianceType, m.NoiseType), sharedNoise(m.NoiseType)
	for d := range floor {
		floor[d] *= regCovar
	}
	if equal {
		average(floor)
	}
	_ = par.For(nil, threads, m.Components, func(_, c int) {
		a := s.component(c)
		next.Weights[c] = *a.n
		meanU := a.solve(next.Means[c*D:(c+1)*D], next.Loadings[c*D*H:(c+1)*D*H], next.NoiseVariance[c*D:(c+1)*D], floor,
			equal, shared)
		if m.DOFEstimated && a.l != nil {
			next.DOF[c] = rootDOF(m.DOF[c], *a.l / *a.n - math.Log(meanU) + 1 - *a.u / *a.n / meanU)
		}
	})
	if shared {
		shareNoise(next.NoiseVariance, next.Weights, floor)
	}
	reweigh(next.Weights, s.Weight(), 1)
	return next, next.check()
}

// solve writes the parameters of a component that its statistics decide: [delta Lambda~] = [t tz] [u z^T; z zz]^-1, with the
// factors' mean and covariance taken into the mean and the loadings as in the M-step of a fit. It leaves them alone where the
// statistics decide nothing. It returns the mean of the latent precisions by which the scale matrix of a t component was
// divided, as there; 1 if it was not.
//
// Noise is averaged if it is to be equal, and has no floor yet if components will share it.
func (s sums) solve(mu, lambda, noise, floor []float64, equal, shared bool) (meanU float64) {
	H, n := len(s.z), len(s.z)+1
	if !(*s.n > 1e-100) {
		return 1
	}
	e, r, root := make([]float64, n*n), make([]float64, n), make([]float64, H*H)
	e[0] = *s.u
	for i, z := range s.z {
		e[(i+1)*n] = z
		copy(e[(i+1)*n+1:(i+2)*n], s.zz[i*H:(i+1)*H])
		for j := range i + 1 {
			root[i*H+j] = (s.zz[i*H+j] - z*s.z[j] / *s.u) / *s.n
		}
	}
	if !dense.Cholesky(root, H) || !dense.Cholesky(e, n) {
		return 1
	}
	for d := range mu {
		r[0] = s.t[d]
		copy(r[1:], s.tz[d*H:(d+1)*H])
		dense.SolveLower(e, n, r)
		dense.SolveLowerTransposed(e, n, r)
		explained := r[0] * s.t[d]
		mu[d] = s.center[d] + r[0]
		for h, v := range r[1:] {
			explained += v * s.tz[d*H+h]
			mu[d] += v * s.z[h] / *s.u
			sum := 0.0
			for j := h; j < H; j++ {
				sum += r[j+1] * root[j*H+h]
			}
			lambda[d*H+h] = sum
		}
		noise[d] = (s.square[d] - explained) / *s.n
	}
	if equal {
		average(noise)
	}
	if shared {
		return 1
	}
	meanU = *s.u / *s.n
	for d, v := range noise {
		if !(v/meanU > floor[d]) {
			meanU = 1
		}
	}
	for i := range lambda {
		lambda[i] /= math.Sqrt(meanU)
	}
	for d, v := range noise {
		if noise[d] = v / meanU; !(noise[d] > floor[d]) {
			noise[d] = max(floor[d], math.SmallestNonzeroFloat64)
		}
	}
	return meanU
}

// shareNoise replaces the mean squared residuals of all components, of weights n, by one noise variance for each feature.
func shareNoise(noise, n, floor []float64) {
	D, total := len(floor), 0.0
	common := make([]float64, D)
	for c, weight := range n {
		total += weight
		for d := range common {
			common[d] += weight * noise[c*D+d]
		}
	}
	for i := range noise {
		noise[i] = max(common[i%D]/total, floor[i%D], math.SmallestNonzeroFloat64)
	}
}

// variances returns the variance of each feature under m.
func (m *Model) variances() []float64 {
	total := make([]float64, m.Features)
	for d := range total {
		mean := 0.0
		for c, w := range m.Weights {
			mean += w * m.Means[c*m.Features+d]
		}
		for c, w := range m.Weights {
			i := c*m.Features + d
			v := m.NoiseVariance[i] + (m.Means[i]-mean)*(m.Means[i]-mean)
			for _, l := range m.Loadings[i*m.Factors : (i+1)*m.Factors] {
				v += l * l
			}
			total[d] += w * v
		}
	}
	return total
}

func (s *Statistics) clone() *Statistics {
	c := *s
	c.Sums = slices.Clone(s.Sums)
	return &c
}

// check validates statistics that did not come from Local.
func (s *Statistics) check(m *Model) error {
	if s.Components != m.Components || s.Features != m.Features || s.Factors != m.Factors || s.Tails != (m.DOF != nil) || len(s.Sums) != s.Components*s.Width() {
		return fmt.Errorf("mixture: %w: %d statistics of %d components, %d features and %d factors for a model of %d, %d and %d",
			core.ErrShape, len(s.Sums), s.Components, s.Features, s.Factors, m.Components, m.Features, m.Factors)
	}
	for i, v := range s.Sums {
		if v-v != 0 {
			return fmt.Errorf("mixture: %w: number %d of the statistics is %v", core.ErrNotFinite, i, v)
		}
	}
	if !(s.Weight() > 0) {
		return fmt.Errorf("mixture: %w: the statistics have no weight", core.ErrOption)
	}
	return nil
}
