package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Types of loadings.
const (
	LoadingsOwn    = "own"    // Lambda_c: every component has its own
	LoadingsTied   = "tied"   // Lambda: one matrix for all components, whose means are free
	LoadingsCommon = "common" // x = b + A u + e, u ~ N(xi_c, Omega_c): mu_c = b + A xi_c, Lambda_c = A chol Omega_c
)

// checkLoadings reports options that do not go with shared loadings.
func (o *Options) checkLoadings() error {
	if o.LoadingsType == LoadingsOwn {
		return nil
	}
	refuse := func(name, need, got string) error {
		return fmt.Errorf("mixture: %w: loadings_type %q needs %s %q, got %q", core.ErrOption, o.LoadingsType, name, need, got)
	}
	switch {
	case o.CovarianceType != Factor:
		return refuse("covariance_type", Factor, o.CovarianceType)
	case o.MStep != UpdateAll:
		return refuse("m_step", UpdateAll, o.MStep)
	case o.LoadingsType == LoadingsCommon && o.MeanPrecisionPrior > 0:
		return fmt.Errorf("mixture: %w: loadings_type %q has no mean_precision_prior; leave it at 0", core.ErrOption, LoadingsCommon)
	case o.LoadingsType == LoadingsTied && o.Start != nil && len(o.Start.Loadings)%o.Components == 0:
		each := len(o.Start.Loadings) / o.Components
		for i, v := range o.Start.Loadings {
			if v != o.Start.Loadings[i%each] {
				return fmt.Errorf("mixture: %w: factor_loadings_init of component %d differs from that of component 0; "+
					"loadings_type %q needs the same for all", core.ErrOption, i/each, LoadingsTied)
			}
		}
	}
	return nil
}

// WithLoadings returns a copy of m, sharing its parameters, that says how its components share loadings: what a model that
// is made from the parameters of a fit cannot know, and Parameters counts by. Parameters are not held against it. Types other
// than LoadingsOwn need factors.
func (m *Model) WithLoadings(loadingsType string) (*Model, error) {
	next := *m
	next.LoadingsType = loadingsType
	return &next, next.check()
}

// loadingParameters returns the number of free parameters of means and loadings: a rotation of the factors changes
// nothing, and with common loadings neither does any affine map of them.
func (m *Model) loadingParameters() int {
	c, d, h := m.Components, m.Features, m.Factors
	switch own := d*h - h*(h-1)/2; m.LoadingsType {
	case LoadingsTied:
		return c*d + own
	case LoadingsCommon:
		return (d - h) + c*h + (d*h - h*h) + c*h*(h+1)/2
	default:
		return c * (d + own)
	}
}

// commonFactors are the parameters behind common loadings; means and loadings of params follow from them.
type commonFactors struct {
	a    []float64 // D x H
	b    []float64 // D
	xi   []float64 // C x H
	root []float64 // C x H x H, lower triangular: root root^T = Omega_c
}

// apply writes feature d of the mean of component c, and that row of its loadings.
func (f *commonFactors) apply(p *params, c, d int) {
	D, H := p.D, p.H
	p.mu[c*D+d] = f.b[d] + dot(f.a[d*H:(d+1)*H], f.xi[c*H:(c+1)*H])
	f.row(p.lambda[(c*D+d)*H:(c*D+d+1)*H], f.root[c*H*H:(c+1)*H*H], d)
}

// row writes feature d of the loadings A root to dst.
func (f *commonFactors) row(dst, root []float64, d int) {
	H := len(dst)
	a := f.a[d*H : (d+1)*H]
	for h := range dst {
		sum := 0.0
		for j := h; j < H; j++ {
			sum += a[j] * root[j*H+h]
		}
		dst[h] = sum
	}
}

// sharedRow writes what all components share of feature d to dst: its row of the loadings, or that of A and its b.
func (p *params) sharedRow(dst []float64, d int) {
	H := p.H
	if p.common == nil {
		copy(dst, p.lambda[d*H:(d+1)*H])
		return
	}
	copy(dst, p.common.a[d*H:(d+1)*H])
	dst[H] = p.common.b[d]
}

// tieLoadings gives all components the loadings of the first, with rows of the mean length of all.
func (p *params) tieLoadings() {
	D, H := p.D, p.H
	for d := range D {
		first := p.lambda[d*H : (d+1)*H]
		want, have := 0.0, dot(first, first)
		for c, weight := range p.pi {
			row := p.lambda[(c*D+d)*H : (c*D+d+1)*H]
			want += weight * dot(row, row)
		}
		for h := range first {
			if have > 0 {
				first[h] *= math.Sqrt(want / have)
			}
		}
		for c := 1; c < p.C; c++ {
			copy(p.lambda[(c*D+d)*H:(c*D+d+1)*H], first)
		}
	}
}

const (
	commonSteps = 8    // steps of subspace iteration to the first common loadings
	commonRidge = 1e-3 // least variance of a first factor, in units of the noise
)

// shareFactors makes the means and loadings of p those of common factors: b is the mean, and A spans the directions in
// which means and loadings vary most, against the noise. Means and loadings that have common factors stay as they are.
// O(C D H^2).
func (p *params) shareFactors(ctx context.Context, seed uint64, threads int) error {
	C, D, H := p.C, p.D, p.H
	f := &commonFactors{a: make([]float64, D*H), b: make([]float64, D), xi: make([]float64, C*H), root: make([]float64, C*H*H)}
	sd := make([]float64, D)
	for c, weight := range p.pi {
		for d := range D {
			f.b[d] += weight * p.mu[c*D+d]
			sd[d] += weight * p.noise[c*D+d]
		}
	}
	for d, v := range sd {
		sd[d] = math.Sqrt(v)
	}
	// spread is [mu_c - b, Lambda_c] in units of the noise, D x (H+1).
	spread := make([]float64, D*(H+1))
	load := func(c int) {
		for d, unit := range sd {
			row := spread[d*(H+1) : (d+1)*(H+1)]
			row[0] = (p.mu[c*D+d] - f.b[d]) / unit
			for h := range H {
				row[1+h] = p.lambda[(c*D+d)*H+h] / unit
			}
		}
	}
	q := core.NewMatrix[float64](D, H)
	draw := rng.New(seed, streamLoadings, uint64(C))
	for i := range q.Data {
		q.Data[i] = draw.NormFloat64()
	}
	seen := make([]float64, (H+1)*H) // spread^T q
	project := func() {
		clear(seen)
		for d := range D {
			for i, v := range spread[d*(H+1) : (d+1)*(H+1)] {
				for h, u := range q.Row(d) {
					seen[i*H+h] += v * u
				}
			}
		}
	}
	for range commonSteps {
		next := core.NewMatrix[float64](D, H)
		for c, weight := range p.pi {
			load(c)
			project()
			for d := range D {
				row := next.Row(d)
				for i, v := range spread[d*(H+1) : (d+1)*(H+1)] {
					for h := range row {
						row[h] += weight * v * seen[i*H+h]
					}
				}
			}
		}
		q = next
		if _, err := dense.Orthonormalize(ctx, threads, q, nil, seed); err != nil {
			return err
		}
	}
	for d, unit := range sd {
		for h, v := range q.Row(d) {
			f.a[d*H+h] = unit * v
		}
	}
	for c := range C {
		load(c)
		project()
		copy(f.xi[c*H:(c+1)*H], seen[:H])
		root := f.root[c*H*H : (c+1)*H*H]
		omega := func(ridge float64) bool {
			clear(root)
			for h := range H {
				root[h*H+h] = ridge
			}
			for i := 1; i <= H; i++ {
				addOuter(root, seen[i*H:(i+1)*H], 1)
			}
			return dense.Cholesky(root, H)
		}
		if !omega(0) || smallest(root, H) < math.Sqrt(commonRidge)/10 {
			omega(commonRidge)
		}
	}
	p.common = f
	for c := range C {
		for d := range D {
			f.apply(p, c, d)
		}
	}
	return nil
}
