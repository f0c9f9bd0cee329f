package surrogate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// target is a log-density on a box.
type target struct {
	lower, upper float64
	d            int
	logp         func(x []float64) float64
}

func (f target) bounds() core.Matrix[float64] {
	b := core.NewMatrix[float64](f.d, 2)
	for q := range f.d {
		b.Row(q)[0], b.Row(q)[1] = f.lower, f.upper
	}
	return b
}

// normal is a density of integral 1, with its mean, its covariance and the Cholesky factor of that.
type normal struct {
	target
	mean   []float64
	factor []float64
}

// newNormal returns one with correlations and standard deviations between 1/60 and 1/15 of the box.
func newNormal(t *testing.T, d int, seed uint64) normal {
	random := rng.New(seed, uint64(d))
	mixing, covariance, spreads := make([]float64, d*d), make([]float64, d*d), make([]float64, d)
	for i := range mixing {
		mixing[i] = random.NormFloat64()
	}
	n := normal{mean: make([]float64, d)}
	for q := range d {
		mixing[q*d+q] += 2
		spreads[q] = 10.0 / 60 * math.Pow(4, random.Float64())
		n.mean[q] = 2*random.Float64() - 1
	}
	for i := range d {
		for j := range d {
			for k := range d {
				covariance[i*d+j] += mixing[i*d+k] * mixing[j*d+k]
			}
		}
	}
	diagonal := make([]float64, d)
	for i := range d {
		diagonal[i] = math.Sqrt(covariance[i*d+i])
	}
	for i := range covariance {
		covariance[i] *= spreads[i/d] / diagonal[i/d] * spreads[i%d] / diagonal[i%d]
	}
	n.factor = covariance
	require.True(t, dense.Cholesky(n.factor, d))
	n.target = target{-5, 5, d, func(x []float64) float64 {
		v, sum := make([]float64, d), 0.0
		for i := range v {
			v[i] = x[i] - n.mean[i]
		}
		dense.SolveLower(n.factor, d, v)
		for i := range v {
			sum += v[i]*v[i]/2 + math.Log(n.factor[i*d+i]) + math.Log(2*math.Pi)/2
		}
		return -sum
	}}
	return n
}

// divergence returns that of the normal law with the moments of the samples from this one.
func (n normal) divergence(t *testing.T, s *Samples) float64 {
	d := n.d
	found := append([]float64(nil), s.Covariance.Data...)
	require.True(t, dense.Cholesky(found, d))
	sum := -float64(d)
	for j := range d {
		column := make([]float64, d)
		for i := range d {
			column[i] = found[i*d+j]
		}
		dense.SolveLower(n.factor, d, column)
		for _, v := range column {
			sum += v * v
		}
		sum += 2 * math.Log(n.factor[j*d+j]/found[j*d+j])
	}
	offset := make([]float64, d)
	for i := range d {
		offset[i] = s.Mean[i] - n.mean[i]
	}
	dense.SolveLower(n.factor, d, offset)
	for _, v := range offset {
		sum += v * v
	}
	return sum / 2
}

// search runs the loop to its end.
func search(t *testing.T, f target, o *Options) *Density {
	s, err := New(f.bounds(), o)
	require.NoError(t, err)
	for {
		x, err := s.Ask(nil, 0)
		require.NoError(t, err)
		if x.Rows == 0 {
			return s
		}
		require.NoError(t, s.Tell(x, f.values(x)))
	}
}

func (f target) values(x core.Matrix[float64]) []float64 {
	y := make([]float64, x.Rows)
	for i := range y {
		y[i] = f.logp(x.Row(i))
	}
	return y
}

// distance returns the Kullback-Leibler divergence of the law of the samples from the target by the samples, with a target
// of zero taken for e^-10 times the surrogate.
func (f target) distance(s *Samples) float64 {
	mean, sum := 0.0, 0.0
	n := float64(s.X.Rows)
	for i, v := range s.LogDensity {
		v = max(f.logp(s.X.Row(i))-v, -10)
		mean += v / n
		sum += math.Exp(v) / n
	}
	return math.Log(sum) - mean
}
