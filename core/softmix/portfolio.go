package softmix

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Names of the random streams of a fit.
const (
	streamStarts = iota + 1
	streamCertificate
	streamSample
	streamIndex
	streamSampled
)

// start is a mixture to begin with: phi (K x L) and alpha (K).
type start struct {
	phi, alpha []float64
}

// Kinds of starts.
const (
	far    = iota // random directions of length 1
	near          // random directions of length 0.3
	inside        // random points of the span of the re-centred moments, half as far out as they say
	hermit        // random directions of length 1 in the span of the Hermite moments
	solved        // the method of moments
)

// mix is the order of the portfolio: moments and spans of moments alone can be wrong, random directions alone can be unlucky.
var mix = [12]int{solved, far, near, inside, hermit, far, near, inside, hermit, far, near, far}

// separated is the ratio of eigenvalues from which the span of the moments is told from noise.
const separated = 1.1

// portfolio chooses starts.
func portfolio[T core.Float](ctx context.Context, f *fit[T], count int) ([]start, error) {
	o, K, L := f.o, f.o.Components, f.c.x.Cols
	var s *moments
	if o.Init != InitRandom && K > 1 && L <= wide {
		var err error
		if s, err = newMoments(ctx, f.c, f.b, f.m, K, o.Threads); err != nil {
			return nil, err
		}
	}
	starts := make([]start, count)
	for i := range starts {
		kind := far
		switch {
		case s != nil && o.Init == InitMoments && i == 0:
			kind = solved
		case o.Init == InitPortfolio && i < len(mix):
			kind = mix[i]
		case i%2 == 1:
			kind = near
		}
		r := rng.New(o.Seed, streamStarts, uint64(i))
		st := start{alpha: make([]float64, K)}
		for k := range st.alpha {
			st.alpha[k] = 1 / float64(K)
		}
		switch {
		case kind == solved && s != nil:
			solution, ok, err := f.solve(ctx, s)
			if err != nil {
				return nil, err
			}
			if ok {
				st = solution
			}
		case kind == inside && s.trusted(K):
			st.phi = s.inside(r, K, L)
		case kind == hermit && s != nil:
			st.phi = f.hermit(r, s)
		}
		if st.phi == nil {
			length := 1.0
			if kind == near {
				length = 0.3
			}
			st.phi = directions(r, K, L, length)
		}
		starts[i] = st
	}
	return starts, nil
}

// trusted reports whether the span of the moments of K classes is told from noise.
func (s *moments) trusted(K int) bool {
	if s == nil || K < 2 || !(s.values[min(K-1, len(s.values))-1] > 0) {
		return false
	}
	return len(s.values) < K || s.values[K-2] > separated*s.values[K-1]
}

// inside draws K classes from the span of the re-centred second moment, with half its size.
func (s *moments) inside(r *rand.Rand, K, L int) []float64 {
	phi, n := make([]float64, K*L), len(s.values)
	for k := range K {
		for j := range min(K-1, n) {
			step := 0.5 * math.Sqrt(s.values[j]) * r.NormFloat64()
			for i := range L {
				phi[k*L+i] += step * s.vectors[i*n+j]
			}
		}
	}
	return phi
}

// hermit draws K classes from the span of the Hermite second moment, at distance 1 from theta_bar.
func (f *fit[T]) hermit(r *rand.Rand, s *moments) []float64 {
	K, L, n := f.o.Components, f.c.x.Cols, len(s.values)
	phi := make([]float64, K*L)
	theta, coordinates := make([]float64, L), make([]float64, n)
	for k := range K {
		for j := range coordinates {
			coordinates[j] = r.NormFloat64()
		}
		blas.Gemv(false, L, n, 1, s.raw, n, coordinates, 0, theta)
		dst := phi[k*L : (k+1)*L]
		blas.Gemv(true, L, L, 1, f.m.factor, L, theta, 0, dst)
		rescale(dst, 1)
	}
	return phi
}

// directions draws K classes at a distance from theta_bar.
func directions(r *rand.Rand, K, L int, length float64) []float64 {
	phi := make([]float64, K*L)
	for k := range K {
		dst := phi[k*L : (k+1)*L]
		for i := range dst {
			dst[i] = r.NormFloat64()
		}
		rescale(dst, length)
	}
	return phi
}

// rescale gives v the length.
func rescale(v []float64, length float64) {
	if norm := math.Sqrt(dot(v, v)); norm > 0 {
		for i := range v {
			v[i] *= length / norm
		}
	}
}

// solve is the method of moments: of the line by 2K moments, else by three moments in the span of the second.
func (f *fit[T]) solve(ctx context.Context, s *moments) (st start, ok bool, err error) {
	K, L := f.o.Components, f.c.x.Cols
	if L == 1 {
		return f.solveLine(), true, nil
	}
	d := K - 1
	if d > L || !(s.values[0] > 0) {
		return st, false, nil
	}
	values, t := make([]float64, d), make([]float64, d*d*d)
	for i := range values {
		values[i] = max(s.values[i], 0.01*s.values[0])
	}
	err = projected(ctx, f.c, f.b, f.m, s, d, func(weight float64, z []float64) {
		for i := range d {
			for j := range d {
				blas.Axpy(weight*z[i]*z[j], z, t[(i*d+j)*d:(i*d+j+1)*d])
			}
		}
	})
	if err != nil {
		return st, false, err
	}
	classes, alpha, ok := atoms(values, t)
	if !ok {
		return st, false, nil
	}
	st = start{make([]float64, K*L), alpha}
	blas.Gemm(1, false, true, K, L, d, 1, classes, d, s.vectors, len(s.values), 0, st.phi, L)
	for k := range K {
		dst := st.phi[k*L : (k+1)*L]
		rescale(dst, min(math.Sqrt(dot(dst, dst)), boldest))
	}
	return st, true, nil
}

// boldest is the longest phi that the method of moments may begin with.
const boldest = 4

// solveLine is solve for one feature. Where the moments are those of no distribution, classes lie at equal distances within one
// standard deviation of their mean.
func (f *fit[T]) solveLine() start {
	K := f.o.Components
	m := hermite(2*K, func(add func(weight, z float64)) {
		for j, q := range f.c.q {
			if q > 0 {
				add(q, (float64(f.c.x.Row(j)[0])-f.c.mean[0])/f.c.scale[0])
			}
		}
	})
	points, alpha, ok := hankel(m)
	if !ok {
		points, alpha = make([]float64, K), make([]float64, K)
		spread := math.Sqrt(max(m[2]-m[1]*m[1], 0.1))
		for k := range K {
			points[k] = m[1] + spread*(2*float64(k)/float64(K-1)-1)
			alpha[k] = 1 / float64(K)
		}
	}
	theta, phi := make([]float64, K), make([]float64, K)
	for k, z := range points {
		theta[k] = z / f.c.scale[0]
	}
	f.m.phi(1, theta, phi)
	for k, v := range phi {
		phi[k] = max(-boldest, min(boldest, v))
	}
	return start{phi, alpha}
}
