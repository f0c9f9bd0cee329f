package mixture

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestOptionsAreValidated(t *testing.T) {
	for _, p := range []struct {
		o    Options
		text string
	}{
		{Options{Components: -1}, "n_components must be at least 1, got -1"},
		{Options{Components: 1<<30 + 1}, "n_components must be at most 2^30"},
		{Options{Factors: -2}, "n_factors must be at least 1, got -2"},
		{Options{MaxIter: -1}, "max_iter must be at least 1, got -1"},
		{Options{NInit: -1}, "n_init must be at least 1, got -1"},
		{Options{Candidates: -1}, "n_candidates must be at least 1, got -1"},
		{Options{Neighbors: -1}, "n_neighbors must be at least 1, got -1"},
		{Options{CovarianceType: "full"}, `covariance_type must be one of [factor diag spherical], got "full"`},
		{Options{InitParams: "kmean"}, `init_params must be one of [kmeans k-means++ whitened random_from_data random], got "kmean"`},
		{Options{Algorithm: "fast"}, `algorithm must be one of [auto truncated exact], got "fast"`},
		{Options{Tol: math.NaN()}, "tol must be a number"},
		{Options{LearningDecay: 0.5}, "learning_decay must be in (0.5, 1], got 0.5"},
		{Options{RegCovar: -1}, "reg_covar is a fraction of each feature's variance and must be in (0, 1e6], got -1"},
		{Options{RegCovar: math.NaN()}, "reg_covar is a fraction of each feature's variance and must be in (0, 1e6], got NaN"},
		{Options{RegCovar: math.Inf(1)}, "reg_covar is a fraction of each feature's variance and must be in (0, 1e6], got +Inf"},
	} {
		err := p.o.Validate()
		require.ErrorIs(t, err, core.ErrOption, p.text)
		require.ErrorContains(t, err, "mixture: invalid option: "+p.text)
		_, fitErr := FitMatrix(background, core.NewMatrix[float64](1, 1), &p.o)
		require.Equal(t, err, fitErr)
	}
	require.NoError(t, (*Options)(nil).Validate())
	require.NoError(t, (&Options{Tol: -1, Explore: -1}).Validate())
}

func TestKMeansOptionsAreValidated(t *testing.T) {
	for _, p := range []struct {
		o    KMeansOptions
		text string
	}{
		{KMeansOptions{Clusters: -1}, "n_clusters must be in [1, 2^30], got -1"},
		{KMeansOptions{Clusters: 1<<30 + 1}, "n_clusters must be in [1, 2^30]"},
		{KMeansOptions{Init: "kmeans"}, `init must be one of [k-means++ random], got "kmeans"`},
		{KMeansOptions{NInit: -1}, "n_init must be at least 1, got -1"},
		{KMeansOptions{MaxIter: -1}, "max_iter must be at least 1, got -1"},
		{KMeansOptions{Tol: math.NaN()}, "tol must be a number"},
	} {
		err := p.o.Validate()
		require.ErrorIs(t, err, core.ErrOption, p.text)
		require.ErrorContains(t, err, "mixture: invalid option: "+p.text)
		_, fitErr := FitKMeans(background, core.NewMatrix[float64](1, 1), &p.o)
		require.Equal(t, err, fitErr)
	}
	require.NoError(t, (*KMeansOptions)(nil).Validate())
}

// The tags tell other languages the defaults; they must be the ones that the code uses.
func TestDocumentedDefaultsAreTheRealOnes(t *testing.T) {
	for _, o := range []any{(*Options)(nil).withDefaults(), (*KMeansOptions)(nil).withDefaults()} {
		v := reflect.ValueOf(o)
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Tag.Get("json") == "-" {
				require.True(t, v.Field(i).IsZero(), f.Name)
				continue
			}
			require.NotEmpty(t, f.Tag.Get("doc"), f.Name)
			want := reflect.New(f.Type)
			_, err := fmt.Sscan(f.Tag.Get("default"), want.Interface())
			require.NoError(t, err, f.Name)
			require.Equal(t, want.Elem().Interface(), v.Field(i).Interface(), f.Name)
		}
	}
}

func TestDefaultsAreUsed(t *testing.T) {
	x := matrix[float64](draw(truth(1, 2, 6, 2, 1), 2, 300), 6)
	requireBits(t, mustFit(t, x, nil), mustFit(t, x, &Options{Components: 1, CovarianceType: Factor, Factors: 5, Tol: 1e-3,
		RegCovar: 1e-6, MaxIter: 100, NInit: 1, InitParams: "kmeans", Algorithm: "exact"}), "defaults")
}

func TestStartIsValidated(t *testing.T) {
	const C, D, H, N = 2, 3, 1, 4
	x := matrix[float64]([]float64{1, 2, 3, 4, 5, 5, 7, 8, 8, 1, 0, 2}, D)
	for _, p := range []struct {
		name string
		s    Start
		kind error
		text string
	}{
		{"weights length", Start{Weights: repeat(1, 3)}, core.ErrShape, "weights_init must have shape (n_components), that is 2 entries, got 3"},
		{"means length", Start{Means: repeat(1, 3)}, core.ErrShape, "means_init must have shape (n_components, n_features), that is 6 entries, got 3"},
		{"loadings length", Start{Loadings: repeat(1, 5)}, core.ErrShape, "factor_loadings_init must have shape (n_components, n_features, n_factors)"},
		{"noise length", Start{NoiseVariance: repeat(1, 7)}, core.ErrShape, "noise_variance_init"},
		{"empty means", Start{Means: []float64{}}, core.ErrShape, "means_init"},
		{"labels length", Start{Labels: []int64{0, 1}}, core.ErrShape, "the labels must be one per row, 4, got 2"},
		{"NaN", Start{Means: []float64{0, 0, 0, 0, math.NaN(), 0}}, core.ErrNotFinite, "means_init holds NaN at entry 4"},
		{"infinity", Start{Loadings: repeat(math.Inf(1), C*D*H)}, core.ErrNotFinite, "factor_loadings_init holds +Inf at entry 0"},
		{"negative weight", Start{Weights: []float64{-0.5, 1.5}}, core.ErrOption, "weights_init of component 0 is negative"},
		{"sum of weights", Start{Weights: []float64{0.5, 0.6}}, core.ErrOption, "weights_init must sum to 1"},
		{"zero noise", Start{NoiseVariance: []float64{1, 1, 1, 1, 0, 1}}, core.ErrOption, "component 1, feature 1"},
		{"label too large", Start{Labels: []int64{0, 1, 2, 0}}, core.ErrOption, "label 2 of row 2 is outside [-1, 2)"},
		{"label too small", Start{Labels: []int64{0, 1, 1, -2}}, core.ErrOption, "label -2 of row 3"},
	} {
		_, err := FitMatrix(background, x, &Options{Components: C, Factors: H, Start: &p.s})
		require.ErrorIs(t, err, p.kind, p.name)
		require.ErrorContains(t, err, p.text, p.name)
		require.ErrorContains(t, err, "mixture: ", p.name)
	}
	_, err := FitMatrix(background, x, &Options{Components: C, CovarianceType: Diag, Start: &Start{Loadings: repeat(1, C*D*H)}})
	require.ErrorIs(t, err, core.ErrShape, "a diagonal mixture has no loadings")
}

// Any subset of starting values may be given.
func TestPartialStarts(t *testing.T) {
	const C, D, H, N = 3, 4, 2, 300
	m := truth(1, C, D, H, 5)
	flat, own, err := m.Sample(2, N)
	require.NoError(t, err)
	x := matrix[float64](flat, D)
	some := make([]int64, N)
	for i := range some {
		some[i] = own[i]
		if i%3 == 0 {
			some[i] = -1
		}
	}
	generating := 0.0 // the fit must explain the data better than the parameters that made it
	for _, s := range scores(t, m, x) {
		generating += s / N
	}
	full := m.Start()
	for name, s := range map[string]*Start{
		"nothing": {}, "weights": {Weights: full.Weights}, "means": {Means: full.Means}, "loadings": {Loadings: full.Loadings},
		"noise": {NoiseVariance: full.NoiseVariance}, "labels": {Labels: own}, "some labels": {Labels: some}, "all": full,
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Components: C, Factors: H, Start: s}
			got := mustFit(t, x, &o)
			require.Greater(t, got.LowerBound, generating)
			if s.Means != nil || s.Labels != nil { // component numbers are kept
				agree := 0
				for i, c := range labels(t, got, x) {
					if c == own[i] {
						agree++
					}
				}
				require.Greater(t, agree, N*95/100)
			}
		})
	}
}
