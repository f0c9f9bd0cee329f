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
	points []float64 // N x P: scores of the persons in units of their average information
}

// newPortfolio fits one class to all persons.
func newPortfolio(ctx context.Context, a *parameters, l *layout, o *Options, report func()) (*portfolio, error) {
	s := newClimber(a.pooled(), l, o.Ridge, o.Threads)
	if _, err := s.newton(ctx, max(o.Tol, 1e-6), 50, report); err != nil {
		return nil, err
	}
	if err := s.separated(o.Columns); err != nil {
		return nil, err
	}
	f := &portfolio{a: a, l: l, seed: o.Seed, loglik: s.v.loglik, beta: append([]float64(nil), s.v.beta...),
		points: append([]float64(nil), s.v.scores...)}
	p := l.columns
	average := make([]float64, p*p)
	for i := range average {
		average[i] = s.v.information[i] / float64(l.persons)
		if i%(p+1) == 0 {
			average[i] += 1e-12
		}
	}
	if dense.Cholesky(average, p) {
		for n := range l.persons {
			dense.SolveLower(average, p, f.points[n*p:(n+1)*p])
		}
	}
	return f, nil
}

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
	centers, counts := make([]float64, k*p), make([]float64, k)
	nearest, label := make([]float64, n), make([]int, n)
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	next := r.IntN(n)
	for c := range k {
		copy(centers[c*p:(c+1)*p], f.points[next*p:(next+1)*p])
		total := 0.0
		for i := range n {
			nearest[i] = min(nearest[i], distance(f.points[i*p:(i+1)*p], centers[c*p:(c+1)*p]))
			total += nearest[i]
		}
		u := total * r.Float64()
		for next = 0; next < n-1 && u >= nearest[next]; next++ {
			u -= nearest[next]
		}
	}
	for range 10 {
		for i := range n {
			least := math.Inf(1)
			for c := range k {
				if d := distance(f.points[i*p:(i+1)*p], centers[c*p:(c+1)*p]); d < least {
					least, label[i] = d, c
				}
			}
		}
		clear(centers)
		clear(counts)
		for i, c := range label {
			counts[c]++
			blas.Axpy(1, f.points[i*p:(i+1)*p], centers[c*p:(c+1)*p])
		}
		for i := range centers {
			centers[i] /= max(1, counts[i/p])
		}
	}
	for i, c := range label {
		given[i*k+c] = 1
	}
}

func distance(x, y []float64) float64 {
	sum := 0.0
	for i, u := range x {
		sum += (u - y[i]) * (u - y[i])
	}
	return sum
}
