package softmix

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// climbs is the number of steps of the search for a class to add.
const climbs = 20

// certify searches for the class of largest D(theta) = sum_j q_j A_theta(j) / pi_j, from many starts at once: half of them
// random directions about theta_bar, half the classes of m, moved by a random vector.
//
// log D rises like a likelihood of counts q_j / pi_j would, so that the steps are those of EM.
func (f *fit[T]) certify(ctx context.Context, fitted *kernel[float64, T], m *Mixture) error {
	C, L := f.o.Certificate, f.c.x.Cols
	C = max(1, min(C, batchBytes/(8*f.c.x.Rows)))
	k := newKernel[T](f.c, 1, C, f.o.Threads)
	copy(k.ratio, fitted.ratio)
	r := rng.New(f.o.Seed, streamCertificate)
	at := directions(r, C, L, 1)
	own := make([]float64, len(m.Theta))
	f.m.phi(f.o.Threads, m.Theta, own)
	for c := range C {
		length := 0.5 + 2.5*r.Float64()
		for i := range L {
			at[c*L+i] *= length
			if c%2 == 1 {
				at[c*L+i] += own[c/2%m.Components*L+i]
			}
		}
	}
	value, step := make([]float64, C), make([]float64, C)
	for c := range C {
		value[c], step[c] = math.Inf(-1), 1
	}
	trial, theta, g := slices.Clone(at), make([]float64, C*L), make([]float64, C*L)
	directions := make([]float64, C*L)
	for iteration := range climbs {
		f.m.theta(f.o.Threads, trial, theta)
		if err := k.densities(ctx, theta); err != nil {
			return err
		}
		f.m.gradient(f.o.Threads, k.g, g)
		for c := range C {
			to, d := at[c*L:(c+1)*L], directions[c*L:(c+1)*L]
			if v := math.Log(k.a[c]); v >= value[c] {
				value[c], step[c] = v, min(1, 2*step[c])
				copy(to, trial[c*L:(c+1)*L])
				for i := range d {
					d[i] = g[c*L+i] / k.a[c]
				}
			} else {
				step[c] /= 2
			}
			next := trial[c*L : (c+1)*L]
			copy(next, to)
			blas.Axpy(step[c], d, next)
		}
		f.confine(trial)
		f.report("certificate", iteration+1, climbs, slices.Max(value))
	}
	best := 0
	for c, v := range value {
		if v > value[best] {
			best = c
		}
	}
	m.Candidate = make([]float64, L)
	f.m.theta(f.o.Threads, at[best*L:(best+1)*L], m.Candidate)
	m.Certificate = max(0, value[best]) // D = 1 at every class of a maximum
	return nil
}

// densities finds a = D and its derivatives g by theta (C x L), with the ratios q_j / pi_j of another mixture.
func (k *kernel[W, T]) densities(ctx context.Context, theta []float64) error {
	if err := k.classes(ctx, theta); err != nil {
		return err
	}
	C := len(k.last)
	err := k.each(ctx, func(s *part[W]) {
		clear(s.sums)
		for j := s.lo; j < s.hi; j++ {
			if ratio := k.ratio[j]; ratio > 0 {
				for c, e := range k.e[j*C : (j+1)*C] {
					s.sums[c] += ratio * float64(e)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	clear(k.a)
	for _, s := range k.parts {
		blas.Axpy(1, s.sums, k.a)
	}
	one := make([]float64, C)
	for c := range k.a {
		k.a[c] *= k.unit[c]
		one[c] = 1
	}
	return k.scores(ctx, one)
}
