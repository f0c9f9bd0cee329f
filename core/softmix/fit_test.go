package softmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func fitted(t *testing.T, d *problem, o Options) *Mixture {
	t.Helper()
	if o.Components == 0 {
		o.Components = d.K
	}
	m, err := FitMixture(t.Context(), d.x, d.counts, &o)
	require.NoError(t, err)
	return m
}

// likelihood is the log-likelihood of all draws by the reference.
func (d *problem) likelihood(theta, alpha []float64) float64 {
	n := 0.0
	for _, v := range d.counts {
		n += v
	}
	q := make([]float64, len(d.counts))
	for j, v := range d.counts {
		q[j] = v / n
	}
	l, _, _ := ref.SoftmaxScore(d.rows(), q, split(theta, d.L), alpha)
	return n * l
}

func TestFitFindsTheMaximumNearTheTruth(t *testing.T) {
	d := simulate(11, 1500, 5, 3, 20000, 2)
	m := fitted(t, d, Options{})
	require.True(t, m.Converged)
	require.InDelta(t, d.likelihood(m.Theta, m.Alpha), m.LogLikelihood, 1e-6)
	fromTruth := fitted(t, d, Options{NInit: 1, Start: &Start{d.theta, d.alpha}})
	require.InDelta(t, fromTruth.LogLikelihood, m.LogLikelihood, 1e-5)
	require.Greater(t, m.LogLikelihood, d.likelihood(d.theta, d.alpha))
	require.InDeltaSlice(t, d.alpha, m.Alpha, 0.05)
	for i, v := range d.theta {
		require.InDelta(t, v, m.Theta[i], 6*m.StandardErrors[i])
	}
}

func TestOneClassIsPooled(t *testing.T) {
	d := simulate(12, 800, 3, 1, 5000, 1)
	m := fitted(t, d, Options{})
	require.InDeltaSlice(t, m.Pooled, m.Theta, 1e-6)
	require.Equal(t, []float64{1}, m.Alpha)
	require.Equal(t, 1.0, m.EntropyR2())
}

func TestFitDoesNotDependOnThreadsNorUnits(t *testing.T) {
	d := simulate(13, 1200, 4, 2, 8000, 1.5)
	m := fitted(t, d, Options{Threads: 1})
	again := fitted(t, d, Options{Threads: 4})
	require.Equal(t, m.Theta, again.Theta)
	require.Equal(t, m.Covariance, again.Covariance)
	require.Equal(t, m.Certificate, again.Certificate)
	for j := range d.x.Rows {
		d.x.Row(j)[1] = 1000*d.x.Row(j)[1] + 5e5
	}
	other := fitted(t, d, Options{})
	require.InDelta(t, m.LogLikelihood, other.LogLikelihood, 1e-5)
	for k := range 2 {
		require.InDelta(t, m.Theta[4*k+1], 1000*other.Theta[4*k+1], 1e-4)
	}
}

func TestFloat32(t *testing.T) {
	d := simulate(14, 1200, 4, 2, 8000, 1.5)
	wide := fitted(t, d, Options{})
	m, err := FitMixture(t.Context(), convert[float32](d.x, 0), d.counts, &Options{})
	require.NoError(t, err)
	require.InDelta(t, wide.LogLikelihood, m.LogLikelihood, 0.01)
	require.InDeltaSlice(t, wide.Theta, m.Theta, 1e-4)
	require.InDeltaSlice(t, wide.StandardErrors, m.StandardErrors, 1e-4)
}

func TestObservedInformationIsTheNumericalHessian(t *testing.T) {
	d := simulate(16, 900, 3, 2, 6000, 1.5)
	m := fitted(t, d, Options{})
	// Variables: theta and the logit of alpha_1.
	n := 2*3 + 1
	at := func(v []float64) float64 {
		a := 1 / (1 + math.Exp(-v[6]))
		return d.likelihood(v[:6], []float64{a, 1 - a})
	}
	v := append(append([]float64(nil), m.Theta...), math.Log(m.Alpha[0]/m.Alpha[1]))
	h := make([]float64, n*n)
	const step = 2e-3
	value := func(i, j int, si, sj float64) float64 {
		w := append([]float64(nil), v...)
		w[i] += si * step
		w[j] += sj * step
		return at(w)
	}
	second := func(i, j int, scale float64) float64 {
		return -(value(i, j, scale, scale) - value(i, j, scale, -scale) - value(i, j, -scale, scale) + value(i, j, -scale, -scale)) /
			(4 * scale * scale * step * step)
	}
	for i := range n {
		for j := range n {
			h[i*n+j] = (4*second(i, j, 1) - second(i, j, 2)) / 3 // Richardson
		}
	}
	inverse := make([]float64, n*n)
	_, singular := invertDefinite(h, n, inverse)
	require.False(t, singular)
	for i := range 6 {
		for j := range 6 {
			want := inverse[i*n+j]
			require.InDelta(t, want, m.Covariance[i*8+j], 1e-5*math.Sqrt(inverse[i*n+i]*inverse[j*n+j]))
		}
	}
	slope := m.Alpha[0] * m.Alpha[1]
	require.InEpsilon(t, slope*slope*inverse[n*n-1], m.Covariance[6*8+6], 1e-5)
	require.InEpsilon(t, -m.Covariance[6*8+6], m.Covariance[6*8+7], 1e-9)
}

func TestCovariancesAgreeForALargeSample(t *testing.T) {
	d := simulate(16, 700, 2, 2, 1e6, 1.5)
	m := fitted(t, d, Options{})
	for _, kind := range []string{Observed, Expected, Robust} {
		v, err := CovarianceOf(t.Context(), d.x, d.counts, m, kind, 0, 1)
		require.NoError(t, err)
		for i := range 6 {
			require.InEpsilon(t, m.Covariance[i*7], v[i*7], 0.1, kind)
		}
	}
}

func TestCertificateBoundsWhatMoreClassesGain(t *testing.T) {
	d := simulate(17, 1000, 3, 3, 30000, 2)
	two, three := fitted(t, d, Options{Components: 2}), fitted(t, d, Options{})
	gain := (three.LogLikelihood - two.LogLikelihood) / two.Draws
	require.Greater(t, gain, 1e-4)
	require.GreaterOrEqual(t, two.Certificate, gain)
	require.Less(t, three.Certificate, two.Certificate)
	// It is log D of a class that exists.
	product := func(theta []float64, j int) (sum float64) {
		for c, v := range d.x.Row(j) {
			sum += v * theta[c]
		}
		return sum
	}
	density := func(theta []float64) []float64 {
		a, total := make([]float64, d.x.Rows), 0.0
		for j := range a {
			a[j] = math.Exp(product(theta, j))
			total += a[j]
		}
		for j := range a {
			a[j] /= total
		}
		return a
	}
	candidate, first, second := density(two.Candidate), density(two.Theta[:3]), density(two.Theta[3:])
	gained := 0.0
	for j, n := range d.counts {
		gained += n / two.Draws * candidate[j] / (two.Alpha[0]*first[j] + two.Alpha[1]*second[j])
	}
	require.InEpsilon(t, math.Log(gained), two.Certificate, 1e-6)
}

func TestRidgeBringsBackSeparatedClasses(t *testing.T) {
	d := simulate(18, 60, 2, 2, 40, 1)
	clear(d.counts)
	for _, j := range []int{3, 10} { // two cells alone: classes on them have no finite maximum
		d.counts[j] = 20
	}
	m := fitted(t, d, Options{Ridge: 1})
	require.True(t, m.Converged)
	require.Equal(t, []bool{false, false}, m.AtEdge)
	for _, v := range m.Theta {
		require.Less(t, math.Abs(v), 10.0)
	}
	fitted(t, d, Options{}) // must end
}

func TestBadInput(t *testing.T) {
	for _, p := range []struct {
		name   string
		change func(d *problem, o *Options)
		kind   error
		text   string
	}{
		{"NaN", func(d *problem, _ *Options) { d.x.Row(7)[1] = math.NaN() }, core.ErrNotFinite, "row 7, column 1"},
		{"constant", func(d *problem, _ *Options) { column(d, 1, func(r []float64) float64 { return 3 }) }, core.ErrOption, "column 1 of X is constant"},
		{"collinear", func(d *problem, _ *Options) { column(d, 2, func(r []float64) float64 { return r[0] - 2*r[1] + 4 }) }, core.ErrOption, "column 2 of X is a linear combination"},
		{"counts", func(d *problem, _ *Options) { d.counts = d.counts[1:] }, core.ErrShape, "49 counts for the 50 rows"},
		{"negative", func(d *problem, _ *Options) { d.counts[4] = -1 }, core.ErrOption, "count of row 4 is negative"},
		{"infinite", func(d *problem, _ *Options) { d.counts[4] = math.Inf(1) }, core.ErrNotFinite, "count of row 4"},
		{"zero", func(d *problem, _ *Options) { clear(d.counts) }, core.ErrOption, "every count is zero"},
		{"many", func(d *problem, o *Options) { o.Components = 13 }, core.ErrOption, "at least 52 rows"},
		{"init", func(d *problem, o *Options) { o.Init = "magic" }, core.ErrOption, "init must be one of"},
		{"start", func(d *problem, o *Options) { o.Start = &Start{Theta: make([]float64, 5)} }, core.ErrShape, "5 values of theta"},
		{"rows", func(d *problem, o *Options) { d.x.Rows, d.counts = 3, d.counts[:3] }, core.ErrShape, "3 rows for 3 columns"},
	} {
		bad := simulate(19, 50, 3, 2, 100, 1)
		o := &Options{}
		p.change(bad, o)
		_, err := FitMixture(t.Context(), bad.x, bad.counts, o)
		require.ErrorIs(t, err, p.kind, p.name)
		require.ErrorContains(t, err, p.text, p.name)
	}
}

func column(d *problem, i int, value func(row []float64) float64) {
	for j := range d.x.Rows {
		d.x.Row(j)[i] = value(d.x.Row(j))
	}
}

func TestPathPicksTheNumberOfClasses(t *testing.T) {
	d := simulate(20, 1200, 4, 3, 20000, 2)
	path, err := FitPath(t.Context(), d.x, d.counts, &Options{Components: 4, NInit: 3, Finish: 2})
	require.NoError(t, err)
	best := 0
	for i, m := range path {
		require.Equal(t, i+1, m.Components)
		if i > 0 {
			require.GreaterOrEqual(t, m.LogLikelihood, path[i-1].LogLikelihood-1e-6)
		}
		if m.BIC() < path[best].BIC() {
			best = i
		}
	}
	require.Equal(t, 3, path[best].Components)
}

func TestPosteriorAndSample(t *testing.T) {
	d := simulate(21, 600, 3, 2, 9000, 2)
	m := fitted(t, d, Options{})
	posterior, logs := core.NewMatrix[float64](600, 2), make([]float64, 600)
	require.NoError(t, Posterior(t.Context(), m, d.x, 2, posterior, logs))
	one, two := ref.SoftmaxClass(d.rows(), m.Theta[:3]), ref.SoftmaxClass(d.rows(), m.Theta[3:])
	for j, l := range logs {
		pi := m.Alpha[0]*one[j] + m.Alpha[1]*two[j]
		require.InDelta(t, math.Log(pi), l, 1e-9)
		require.InDelta(t, m.Alpha[0]*one[j]/pi, posterior.Row(j)[0], 1e-9)
	}
	const n = 200_000
	rows, classes := make([]int64, n), make([]int64, n)
	require.NoError(t, Sample(t.Context(), m, d.x, 7, 1, rows, classes))
	drawn, first := make([]float64, 600), 0.0
	for i, j := range rows {
		drawn[j]++
		first += 1 - float64(classes[i])
	}
	require.InDelta(t, m.Alpha[0], first/n, 5*math.Sqrt(0.25/n))
	for j, l := range logs {
		p := math.Exp(l)
		require.InDelta(t, p, drawn[j]/n, 6*math.Sqrt(p/n)+1e-5)
	}
}
