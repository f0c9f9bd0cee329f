package softmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// stepping is a fit to d that has not begun, and a kernel for one mixture.
func stepping(t *testing.T, d *problem, o Options) (*fit[float64], *kernel[float64, float64]) {
	t.Helper()
	o.Components = d.K
	o = o.withDefaults()
	f, err := newFit(t.Context(), d.x, d.counts, &o)
	require.NoError(t, err)
	return f, newKernel[float64](f.c, 1, d.K, 1)
}

// At a maximum blocks of the information vanish that Newton's steps on the way there need.
func TestCurvaturesAwayFromAMaximumAreTheNumericalHessian(t *testing.T) {
	d := simulate(21, 60, 2, 2, 900, 1.5)
	_, k := stepping(t, d, Options{})
	v := append(append([]float64(nil), d.theta...), math.Log(0.35), math.Log(0.65)) // thetas, and logarithms of probabilities
	v[0], v[3] = v[0]+0.4, v[3]-0.7
	require.NoError(t, k.evaluate(t.Context(), v[:4], []float64{0.35, 0.65}))
	found, err := curve(t.Context(), k, []float64{0.35, 0.65})
	require.NoError(t, err)
	n := 0.0
	for _, c := range d.counts {
		n += c
	}
	value := func(i, j int, si, sj float64) float64 {
		const step = 1e-3
		w := append([]float64(nil), v...)
		w[i] += si * step
		w[j] += sj * step
		a := 1 / (1 + math.Exp(w[5]-w[4]))
		return d.likelihood(w[:4], []float64{a, 1 - a}) / n / (4 * step * step)
	}
	for i := range v {
		for j := range v {
			want := value(i, j, 1, -1) + value(i, j, -1, 1) - value(i, j, 1, 1) - value(i, j, -1, -1)
			require.InDelta(t, want, found.observed[i*6+j], 1e-5, "%d, %d", i, j)
		}
	}
}

// With a ridge, too.
func TestEMStandsStillAtAMaximum(t *testing.T) {
	d := simulate(22, 300, 3, 2, 2000, 1.5)
	const ridge = 40
	m := fitted(t, d, Options{Ridge: ridge})
	f, k := stepping(t, d, Options{Ridge: ridge})
	require.NoError(t, k.evaluate(t.Context(), m.Theta, m.Alpha))
	s := &climber{phi: make([]float64, 6), direction: make([]float64, 6)}
	f.m.phi(1, m.Theta, s.phi)
	g := make([]float64, 6)
	f.m.gradient(1, k.g, g)
	f.step(s, k.a, g)
	require.InDeltaSlice(t, make([]float64, 6), s.direction, 1e-5)
	require.InDeltaSlice(t, m.Alpha, s.share, 1e-5)
}

// A support of few cells far out is nothing like the Gaussian one for which steps of EM are exact: some go too far.
func TestEMNeverGoesDown(t *testing.T) {
	d := simulate(23, 40, 2, 2, 500, 1)
	for j := range d.x.Rows {
		for i, v := range d.x.Row(j) {
			d.x.Row(j)[i] = math.Exp(1.5 * v)
		}
	}
	f, k := stepping(t, d, Options{})
	s := &climber{phi: []float64{3, -3, -3, 3}, alpha: []float64{0.5, 0.5}, share: []float64{0.5, 0.5}, value: math.Inf(-1),
		direction: make([]float64, 4), length: 1}
	shortened := false
	for range 60 {
		before := s.value
		require.NoError(t, climb(t.Context(), f, k, []*climber{s}, 1, 0))
		require.GreaterOrEqual(t, s.value, before-1e-12)
		shortened = shortened || s.length < 1
	}
	require.True(t, shortened, "no step went too far")
}
