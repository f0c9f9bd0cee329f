package mixture

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestZeroWeightIsTheSameAsNoRow(t *testing.T) {
	for _, algorithm := range []string{"exact", "truncated"} {
		t.Run("float32/"+algorithm, func(t *testing.T) { zeroWeight[float32](t, algorithm) })
		t.Run("float64/"+algorithm, func(t *testing.T) { zeroWeight[float64](t, algorithm) })
	}
}

func zeroWeight[T core.Float](t *testing.T, algorithm string) {
	const C, D, N = 20, 4, 900
	x := matrix[T](draw(truth(1, C, D, 1, 1), 2, N), D)
	kept := core.Matrix[T]{Cols: D, Stride: D}
	w := make([]float64, N)
	for i := range N {
		if i%4 == 1 {
			x.Row(i)[0] = 1e6 // would change everything
			continue
		}
		w[i] = 1
		kept.Data = append(kept.Data, x.Row(i)...)
		kept.Rows++
	}
	for _, init := range []string{"kmeans", "random_from_data", "random"} {
		o := Options{Components: C, Factors: 1, Algorithm: algorithm, MaxIter: 4, InitParams: init}
		want := mustFit(t, kept, &o)
		o.SampleWeight = w
		requireBits(t, want, mustFit(t, x, &o), init)
	}
	want, err := FitKMeans(background, kept, &KMeansOptions{Clusters: C})
	require.NoError(t, err)
	got, err := FitKMeans(background, x, &KMeansOptions{Clusters: C, SampleWeight: w})
	require.NoError(t, err)
	require.Equal(t, want.Centers, got.Centers)
	require.Equal(t, want.Inertia, got.Inertia)
}

// repeatedRows returns the weights 0, 1, 2, 3, 0, 1, ... and the rows of x as often as these say.
func repeatedRows(x core.Matrix[float64]) (w []float64, repeated core.Matrix[float64]) {
	w, repeated = make([]float64, x.Rows), core.Matrix[float64]{Cols: x.Cols, Stride: x.Cols}
	for i := range w {
		w[i] = float64(i % 4)
		for range i % 4 {
			repeated.Data = append(repeated.Data, x.Row(i)...)
			repeated.Rows++
		}
	}
	return w, repeated
}

func TestIntegerWeightsAreRepeatedRows(t *testing.T) {
	const C, D, H, N = 4, 5, 2, 300
	m := truth(1, C, D, H, 1)
	x := matrix[float64](draw(m, 2, N), D)
	w, repeated := repeatedRows(x)
	for _, kind := range []string{Factor, Diag, Spherical} {
		for _, algorithm := range []string{"exact", "truncated"} {
			h := 0
			if kind == Factor {
				h = H
			}
			o := Options{Components: C, CovarianceType: kind, Factors: H, Algorithm: algorithm, Candidates: C, Neighbors: C,
				Tol: -1, MaxIter: 5, Start: shaken(m, 3, h)}
			want := mustFit(t, repeated, &o)
			o.SampleWeight = w
			requireSame(t, want, mustFit(t, x, &o), 1e-9)
		}
	}
}

// From given parameters, only the ratios of the weights count.
func TestWeightsHaveNoUnit(t *testing.T) {
	const C, D, H, N = 4, 5, 2, 300
	m := truth(1, C, D, H, 1)
	x := draw(m, 2, N)
	w := make([]float64, N)
	for i := range w {
		w[i] = 0.5 + float64(i%7)
	}
	o := Options{Components: C, Factors: H, Tol: -1, MaxIter: 5, Start: shaken(m, 3, H), SampleWeight: w}
	want, single := mustFit(t, matrix[float64](x, D), &o), mustFit(t, matrix[float32](x, D), &o)
	for _, factor := range []float64{1e-300, 1e-30, 1e-6, 3, 1e30, 1e300} {
		scaled := make([]float64, N)
		for i, v := range w {
			scaled[i] = factor * v
		}
		o.SampleWeight = scaled
		requireSame(t, want, mustFit(t, matrix[float64](x, D), &o), 1e-9)
		requireSame(t, single, mustFit(t, matrix[float32](x, D), &o), 1e-3)
	}
	require.NotEqual(t, want.Means, mustFit(t, matrix[float64](x, D), &Options{Components: C, Factors: H, Tol: -1, MaxIter: 5,
		Start: o.Start}).Means)
}

// The rows that priors stand for have weight 1, whatever the weights of the others.
func TestPriorsCountRowsOfWeightOne(t *testing.T) {
	const C, D, H, N = 3, 5, 2, 120
	m := truth(1, C, D, H, 1)
	x := matrix[float64](draw(m, 2, N), D)
	w, repeated := repeatedRows(x)
	for _, p := range []Options{
		{WeightConcentrationPrior: 9},
		{MeanPrecisionPrior: 7},
		{DegreesOfFreedomPrior: 8, CovariancePrior: 0.5},
		{NoiseType: NoiseTied, MeanPrecisionPrior: 7, DegreesOfFreedomPrior: 8},
		{LoadingsType: LoadingsTied, MeanPrecisionPrior: 7, DegreesOfFreedomPrior: 8, WeightConcentrationPrior: 9},
	} {
		o := p
		o.Components, o.Factors, o.Algorithm, o.Tol, o.MaxIter = C, H, "exact", -1, 3
		o.Start = shaken(m, 3, H)
		if o.LoadingsType != "" {
			o.Start.Loadings = nil
		}
		want := mustFit(t, repeated, &o)
		o.SampleWeight = w
		requireSame(t, want, mustFit(t, x, &o), 1e-9)
		if !o.tied() && o.LoadingsType == "" {
			requireSame(t, want, mustFitBlocks(t, inBlocks(x, 50, 70), &o), 1e-9)
		}
	}
}
