package mixture

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// What is known of a fit survives files, and can be given back to a model made from its parameters.
func TestFactsOfAFitAreKept(t *testing.T) {
	const C, D, H = 20, 5, 2
	x := matrix[float64](holed(draw(truth(1, C, D, H, 2), 2, 800), D, 0.1, 3), D)
	for _, o := range []Options{
		{NoiseType: NoiseTied, Missing: MissingNaN}, {Family: StudentT, Missing: MissingNaN, NoiseType: NoiseIsotropic},
		{LoadingsType: LoadingsTied, Missing: MissingNaN}, {Family: StudentT, DOF: 4, LoadingsType: LoadingsCommon, Missing: MissingNaN},
	} {
		o.Components, o.Factors, o.MaxIter, o.Neighbors, o.Tol = C, H, 5, 6, -1
		m := mustFit(t, x, &o)
		path := filepath.Join(t.TempDir(), "m")
		require.NoError(t, m.Save(path))
		loaded, err := Load(path)
		require.NoError(t, err)
		require.Equal(t, MissingNaN, loaded.Missing())
		made, err := NewModel(m.CovarianceType, C, D, H, m.Weights, m.Means, m.Loadings, m.NoiseVariance)
		require.NoError(t, err)
		made, err = made.WithTails(m.Family, m.DOF)
		require.NoError(t, err)
		made, err = made.WithFacts(Facts{NoiseType: m.NoiseType, LoadingsType: m.LoadingsType, DOFEstimated: m.DOFEstimated, Iterations: m.Iterations,
			LowerBound: m.LowerBound, CoverageGap: m.CoverageGap, History: m.History, Neighbors: m.Neighbors})
		require.NoError(t, err)
		made, err = made.With(Inference{Missing: MissingNaN})
		require.NoError(t, err)
		for _, other := range []*Model{loaded, made} {
			requireBits(t, m, other, "copy")
			require.Equal(t, []any{m.NoiseType, m.LoadingsType, m.Family, m.DOF, m.Parameters(), m.CoverageGap, m.History},
				[]any{other.NoiseType, other.LoadingsType, other.Family, other.DOF, other.Parameters(), other.CoverageGap, other.History})
			require.Equal(t, scores(t, m, x), scores(t, other, x))
		}
	}
	m := truth(1, 2, 3, 1, 1)
	_, err := m.WithFacts(Facts{NoiseType: "round"})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = m.WithFacts(Facts{Iterations: -1})
	require.ErrorContains(t, err, "n_iter must not be negative")
	_, err = m.WithFacts(Facts{Neighbors: []int32{0, 2}})
	require.ErrorContains(t, err, "outside [0, 2)")
}

// A fit that starts from another takes its degrees of freedom along.
func TestStartsCarryDegreesOfFreedom(t *testing.T) {
	const C, D = 3, 4
	x := matrix[float64](draw(tailed(truth(1, C, D, 1, 3)), 2, 600), D)
	o := Options{Components: C, Factors: 1, Family: StudentT, MaxIter: 8, Tol: -1}
	first := mustFit(t, x, &o)
	o.Start, o.MaxIter = first.Start(), 1
	require.InDelta(t, first.LowerBound, mustFit(t, x, &o).History[0].Objective, 1e-9)
	require.InDelta(t, first.LowerBound, mustFitBlocks(t, inBlocks(x, 250), &o).History[0].Objective, 1e-9)
	o.DOF = 7
	require.Equal(t, repeat(7, C), mustFit(t, x, &o).DOF)
	o.DOF, o.Start.DOF = 0, []float64{1}
	_, err := FitMatrix(background, x, &o)
	require.ErrorContains(t, err, "one per component, 3, got 1")
	o.Start.DOF = []float64{1, 0, 1}
	_, err = FitMatrix(background, x, &o)
	require.ErrorContains(t, err, "got 0 at component 1")
}
