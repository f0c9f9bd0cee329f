package choice

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Kinds of starts, taken in turn.
const (
	clusters    = iota // k-means of the persons' scores at the pooled coefficients
	dirichlet          // random probabilities of classes
	coefficient        // random coefficients about the pooled ones
	partition          // every person drawn into a class
	kinds
)

// Names of random streams.
const streamStart = 1

// portfolio makes starts from the multinomial logit of all persons.
type portfolio struct {
	a      *parameters
	l      *layout
	seed   uint64
	beta   []float64 // P: its coefficients
	loglik float64
	points []float64 // P columns of N: scores of the persons in units of their average information
}

// newPortfolio fits one class to all persons.
func newPortfolio(ctx context.Context, a *parameters, l *layout, o *Options, report func()) (*portfolio, error) {
	s := newClimber(a.pooled(), l, o.Ridge)
	s.v.share(o.Threads)
	if _, err := s.newton(ctx, max(o.Tol, 1e-6), 50, report); err != nil {
		return nil, err
	}
	if err := s.separated(o.Columns); err != nil {
		return nil, err
	}
	f := &portfolio{a: a, l: l, seed: o.Seed, loglik: s.v.loglik[0], beta: append([]float64(nil), s.v.beta...),
		points: make([]float64, l.persons*l.columns)}
	p := l.columns
	for _, t := range l.tiles {
		for c := range p {
			copy(f.point(c)[t.lo:t.hi], s.v.scores[t.lo*p+c*t.persons():])
		}
	}
	average := make([]float64, p*p)
	for i := range average {
		average[i] = s.v.information[i] / float64(l.persons)
		if i%(p+1) == 0 {
			average[i] += 1e-12
		}
	}
	if dense.Cholesky(average, p) {
		for i := range p {
			for j := range i {
				blas.Axpy(-average[i*p+j], f.point(j), f.point(i))
			}
			for n := range f.point(i) {
				f.point(i)[n] /= average[i*p+i]
			}
		}
	}
	return f, nil
}

// point is column c of points.
func (f *portfolio) point(c int) []float64 { return f.points[c*f.l.persons : (c+1)*f.l.persons] }

// begin sets the theta of a climber to start number i.
func (f *portfolio) begin(ctx context.Context, s *climber, i int) error {
	r := rng.New(f.seed, streamStart, uint64(i))
	clear(s.theta)
	f.a.spread(s.theta, f.beta)
	kind := i % kinds
	if kind == coefficient {
		spread := 1.5 / math.Sqrt(float64(f.l.columns))
		for j := range f.a.g {
			s.theta[j] += spread * r.NormFloat64()
		}
		return nil
	}
	given := make([]float64, f.l.persons*f.a.k)
	switch kind {
	case clusters:
		f.cluster(given, r)
	case dirichlet:
		for n := range f.l.persons {
			sum := 0.0
			for k := range f.a.k {
				given[n*f.a.k+k] = r.ExpFloat64()
				sum += given[n*f.a.k+k]
			}
			for k := range f.a.k {
				given[n*f.a.k+k] /= sum
			}
		}
	case partition:
		for n := range f.l.persons {
			given[n*f.a.k+r.IntN(f.a.k)] = 1
		}
	}
	return f.classes(ctx, s, given)
}

// classes takes two M-steps for given probabilities of classes, turning back where the likelihood gets out of hand.
func (f *portfolio) classes(ctx context.Context, s *climber, given []float64) error {
	s.v.given = given
	defer func() { s.v.given = nil }()
	for range 2 {
		previous := append([]float64(nil), s.theta...)
		if _, err := s.evaluate(ctx, s.theta, derivatives); err != nil {
			return err
		}
		s.mStep()
		for range mostHalvings {
			value, err := s.evaluate(ctx, s.theta, likelihood)
			if err != nil {
				return err
			}
			if value >= 2*min(f.loglik, f.l.null) {
				break
			}
			for i := range s.theta {
				s.theta[i] = (s.theta[i] + previous[i]) / 2
			}
		}
	}
	return nil
}

// cluster gives every person wholly to one of K clusters of points, found by a few steps of k-means from careful seeds.
func (f *portfolio) cluster(given []float64, r *rand.Rand) {
	n, p, k := f.l.persons, f.l.columns, f.a.k
	centers := make([]float64, k*p)
	nearest, far := make([]float64, n), make([]float64, n)
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	next := r.IntN(n)
	for c := range k {
		for i := range p {
			centers[c*p+i] = f.point(i)[next]
		}
		f.distances(far, centers[c*p:(c+1)*p])
		total := 0.0
		for i, d := range far {
			nearest[i] = min(nearest[i], d)
			total += nearest[i]
		}
		u := total * r.Float64()
		for next = 0; next < n-1 && u >= nearest[next]; next++ {
			u -= nearest[next]
		}
	}
	label, counts := make([]int, n), make([]float64, k)
	for range 10 {
		for c := range k {
			f.distances(far, centers[c*p:(c+1)*p])
			for i, d := range far {
				if c == 0 || d < nearest[i] {
					nearest[i], label[i] = d, c
				}
			}
		}
		clear(centers)
		clear(counts)
		for _, c := range label {
			counts[c]++
		}
		for i := range p {
			for j, u := range f.point(i) {
				centers[label[j]*p+i] += u
			}
		}
		for i := range centers {
			centers[i] /= max(1, counts[i/p])
		}
	}
	for i, c := range label {
		given[i*k+c] = 1
	}
}

// distances writes the squares of those of all points from a center.
func (f *portfolio) distances(dst, center []float64) {
	clear(dst)
	for c, u := range center {
		for i, v := range f.point(c) {
			dst[i] += (v - u) * (v - u)
		}
	}
}
