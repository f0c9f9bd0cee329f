package mixture

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func TestNewModelRefusesBadParameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	type args struct {
		kind                            string
		c, d, h                         int
		weights, means, loadings, noise []float64
	}
	good := func() args {
		return args{Factor, 2, 2, 1, []float64{0.5, 0.5}, []float64{1, 2, 3, 4}, []float64{1, 2, 3, 4}, []float64{1, 1, 1, 1}}
	}
	for _, p := range []struct {
		name   string
		change func(a *args)
		kind   error
		text   string
	}{
		{"type", func(a *args) { a.kind = "full" }, core.ErrOption, `covariance_type must be one of [factor diag spherical], got "full"`},
		{"no components", func(a *args) { a.c = 0 }, core.ErrShape, "got 0 components"},
		{"no features", func(a *args) { a.d = 0 }, core.ErrShape, "0 features"},
		{"negative factors", func(a *args) { a.h = -1 }, core.ErrShape, "-1 factors"},
		{"factors of diag", func(a *args) { a.kind = Diag }, core.ErrOption, "diag with 1 factors"},
		{"factor without factors", func(a *args) { a.h, a.loadings = 0, nil }, core.ErrOption, "factor with 0 factors"},
		{"weights length", func(a *args) { a.weights = a.weights[:1] }, core.ErrShape, "1 weights for 2 components"},
		{"means length", func(a *args) { a.means = a.means[:3] }, core.ErrShape, "3 means"},
		{"loadings length", func(a *args) { a.loadings = nil }, core.ErrShape, "0 loadings"},
		{"noise length", func(a *args) { a.noise = append(a.noise, 1) }, core.ErrShape, "5 noise variances"},
		{"NaN", func(a *args) { a.means[2] = nan }, core.ErrNotFinite, "entry 2 of the means is NaN"},
		{"infinity", func(a *args) { a.loadings[1] = inf }, core.ErrNotFinite, "entry 1 of the loadings is +Inf"},
		{"negative weight", func(a *args) { a.weights[0], a.weights[1] = 1.5, -0.5 }, core.ErrOption, "weight of component 1 is negative"},
		{"sum", func(a *args) { a.weights[0] = 0.4 }, core.ErrOption, "sum to 0.9"},
		{"zero noise", func(a *args) { a.noise[3] = 0 }, core.ErrOption, "component 1, feature 1 is 0"},
		{"negative noise", func(a *args) { a.noise[0] = -1 }, core.ErrOption, "component 0, feature 0 is -1"},
		{"unequal spherical noise", func(a *args) { a.kind, a.h, a.loadings, a.noise[3] = Spherical, 0, nil, 2 }, core.ErrOption, "spherical component 1"},
	} {
		a := good()
		p.change(&a)
		_, err := NewModel(a.kind, a.c, a.d, a.h, a.weights, a.means, a.loadings, a.noise)
		require.ErrorIs(t, err, p.kind, p.name)
		require.ErrorContains(t, err, p.text, p.name)
	}
	a := good()
	m, err := NewModel(a.kind, a.c, a.d, a.h, a.weights, a.means, a.loadings, a.noise)
	require.NoError(t, err)
	a.weights[0], a.means[0], a.loadings[0], a.noise[0] = 9, 9, 9, 9
	require.Equal(t, good().weights, m.Weights, "parameters are copied")
	require.Equal(t, good().means, m.Means)
	require.Equal(t, good().loadings, m.Loadings)
	require.Equal(t, good().noise, m.NoiseVariance)
}

func TestParameterCounts(t *testing.T) {
	require.Equal(t, 3-1+3*4+3*(4*3-1), truth(1, 3, 4, 2, 1).Parameters())
	require.Equal(t, 3-1+3*4+3*4, truth(1, 3, 4, 0, 1).Parameters())
	spherical, err := NewModel(Spherical, 1, 4, 0, []float64{1}, make([]float64, 4), nil, repeat(1, 4))
	require.NoError(t, err)
	require.Equal(t, 4+1, spherical.Parameters())
	require.Equal(t, 2*5+2*70.0, spherical.AIC(-70))
	require.InDelta(t, 5*math.Log(100)+2*70, spherical.BIC(-70, 100), 1e-12)
}

// With n samples the errors are about 1/sqrt(n) of the spread; the bounds are five of those.
func TestSampleHasTheMomentsOfTheModel(t *testing.T) {
	const D, n = 3, 200_000
	m := truth(4, 2, D, 2, 1)
	flat, labels, err := m.Sample(9, n)
	require.NoError(t, err)
	rows := ref.Rows(flat, n, D)
	for c, g := range reference(m) {
		count, mean, second := 0.0, make([]float64, D), make([]float64, D*D)
		for i, x := range rows {
			if int(labels[i]) != c {
				continue
			}
			count++
			for j, v := range x {
				mean[j] += v
				for k, u := range x {
					second[j*D+k] += (v - g.Mean[j]) * (u - g.Mean[k])
				}
			}
		}
		require.InDelta(t, g.Weight, count/n, 5*math.Sqrt(g.Weight*(1-g.Weight)/n))
		sigma := g.Covariance()
		for j := range D {
			require.InDelta(t, g.Mean[j], mean[j]/count, 5*math.Sqrt(sigma.At(j, j)/count))
			for k := range D {
				// The variance of a product of centred Gaussians is s_jj s_kk + s_jk^2.
				spread := math.Sqrt((sigma.At(j, j)*sigma.At(k, k) + sigma.At(j, k)*sigma.At(j, k)) / count)
				require.InDelta(t, sigma.At(j, k), second[j*D+k]/count, 5*spread)
			}
		}
	}
}

func TestSampleDependsOnTheSeedAlone(t *testing.T) {
	m := truth(4, 3, 2, 1, 1)
	x, c, err := m.Sample(1, 50)
	require.NoError(t, err)
	again, d, err := m.Sample(1, 50)
	require.NoError(t, err)
	require.Equal(t, x, again)
	require.Equal(t, c, d)
	require.NotEqual(t, x, draw(m, 2, 50))
	head, _, err := m.Sample(1, 10)
	require.NoError(t, err)
	require.Equal(t, x[:20], head)
	_, _, err = m.Sample(1, -1)
	require.ErrorIs(t, err, core.ErrShape)
	empty, none, err := m.Sample(1, 0)
	require.NoError(t, err)
	require.Empty(t, empty)
	require.Empty(t, none)
}

func TestFilesKeepEveryBit(t *testing.T) {
	const D = 4
	x := matrix[float64](draw(truth(1, 20, D, 2, 1), 2, 600), D)
	folder := t.TempDir()
	for _, o := range []Options{
		{Components: 20, Factors: 2, MaxIter: 3},
		{Components: 3, Factors: 3, MaxIter: 3, Algorithm: "exact"},
		{Components: 20, CovarianceType: Diag},
		{Components: 2, CovarianceType: Spherical},
	} {
		m := mustFit(t, x, &o)
		path := filepath.Join(folder, "model")
		require.NoError(t, m.Save(path)) // over the one before
		got, err := Load(path)
		require.NoError(t, err)
		require.Equal(t, []any{m.Components, m.Features, m.Factors, m.CovarianceType, m.Graph},
			[]any{got.Components, got.Features, got.Factors, got.CovarianceType, got.Graph})
		require.Equal(t, len(m.Neighbors), len(got.Neighbors))
		if m.Graph == 0 {
			got.Neighbors = m.Neighbors // nil or empty
		}
		requireBits(t, m, got, o.CovarianceType)
		require.Equal(t, m.History, got.History)
		require.Equal(t, inferWith(t, m, x, 1), inferWith(t, got, x, 1))
	}
	made := truth(3, 2, 2, 1, 1)
	path := filepath.Join(folder, "made")
	require.NoError(t, made.Save(path))
	got, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, made.Means, got.Means)
	require.Empty(t, got.History)
}

func TestBrokenFilesAreRefused(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model")
	require.NoError(t, truth(1, 3, 4, 2, 1).Save(path))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	broken := filepath.Join(folder, "broken")
	for _, n := range []int{0, 7, 16, 100, len(whole) / 2, len(whole) - 33, len(whole) - 1} {
		require.NoError(t, os.WriteFile(broken, whole[:n], 0o600))
		m, err := Load(broken)
		require.ErrorIs(t, err, core.ErrFile, "%d of %d bytes", n, len(whole))
		require.Nil(t, m)
	}
	for at := 0; at < len(whole); at += 37 {
		whole[at] ^= 1
		require.NoError(t, os.WriteFile(broken, whole, 0o600))
		_, err := Load(broken)
		require.ErrorIs(t, err, core.ErrFile, "byte %d", at)
		whole[at] ^= 1
	}
	_, err = Load(filepath.Join(folder, "absent"))
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorContains(t, err, "absent")
	require.ErrorIs(t, truth(1, 1, 2, 0, 1).Save(filepath.Join(folder, "no", "folder")), core.ErrFile)
}

// The checksum holds, but the parameters are no mixture.
func TestFilesOfImpossibleModelsAreRefused(t *testing.T) {
	m := truth(1, 3, 4, 2, 1)
	m.NoiseVariance[5] = -1
	path := filepath.Join(t.TempDir(), "model")
	require.NoError(t, m.Save(path))
	_, err := Load(path)
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorContains(t, err, "component 1, feature 1 is -1")
}
