package mixture

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// Many small batches come close to the fit of all rows at once, on rows that neither has seen.
func TestPartialFitReachesTheBatchOptimum(t *testing.T) {
	const C, D, H, batch = 5, 6, 2, 200
	n := 8000
	m := truth(3, C, D, H, 2)
	x, fresh := matrix[float64](draw(m, 1, n), D), matrix[float64](draw(m, 2, 2000), D)
	mean := func(m *Model) (sum float64) {
		for _, s := range scores(t, m, fresh) {
			sum += s / float64(fresh.Rows)
		}
		return sum
	}
	o := Options{Components: C, Factors: H, MaxIter: 50, Tol: 1e-4, Start: shaken(m, 4, H)}
	want := mean(mustFit(t, x, &o))
	var state *Stepwise
	var err error
	for lo := 0; lo < n; lo += batch {
		old := state
		state, err = PartialFit(background, state, rowsOf(x, lo, lo+batch), &o)
		require.NoError(t, err)
		if old != nil {
			require.NotEqual(t, old.Statistics.Sums, state.Statistics.Sums)
		}
		require.InDelta(t, 1, state.Statistics.Weight(), 1e-9)
	}
	require.Equal(t, int64(n/batch), state.Batches)
	require.Equal(t, n/batch, state.Model.Iterations)
	require.InDelta(t, want, mean(state.Model), 0.1)
}

// Of one component the mean is the running mean: the batch after t others counts with weight (t + 2)^-learning_decay.
func TestPartialFitWeighsBatches(t *testing.T) {
	o := Options{Components: 1, CovarianceType: Diag, LearningDecay: 0.7}
	var state *Stepwise
	want := 0.0
	for batch := range 4 {
		level := float64(batch * batch)
		var err error
		state, err = PartialFit(background, state, matrix[float64]([]float64{level - 1, level + 1, level}, 1), &o)
		require.NoError(t, err)
		eta := 1.0
		if batch > 0 {
			eta = math.Pow(float64(batch)+2, -0.7)
		}
		want += eta * (level - want)
		require.InDelta(t, want, state.Model.Means[0], 1e-9, "batch %d", batch)
	}
}

// Outliers in every batch leave t components alone, and what is missing does not stop anything.
func TestPartialFitOfTailsWithMissingValues(t *testing.T) {
	const C, D, batch = 3, 4, 150
	clean := truth(3, C, D, 1, 6)
	x := holed(soiled(clean, 3000, 1e30), D, 0.2, 7)
	o := Options{Components: C, Factors: 1, Family: StudentT, Missing: MissingNaN}
	var state *Stepwise
	for lo := 0; lo < len(x); lo += batch * D {
		var err error
		state, err = PartialFit(background, state, matrix[float32](x[lo:lo+batch*D], D), &o)
		require.NoError(t, err)
	}
	mean, _ := departure(clean, state.Model)
	require.Less(t, mean, 0.4)
	require.True(t, state.Model.DOFEstimated)
	require.Less(t, slices.Min(state.Model.DOF), 3.0)
	require.NoError(t, ScoreSamples(background, state.Model, matrix[float64](x[:D], D), 1, make([]float64, 1)))
}

// The same rows in every batch are EM.
func TestPartialFitOfOneBatchRaisesItsLikelihood(t *testing.T) {
	m := truth(3, 4, 5, 1, 1)
	x := matrix[float32](draw(m, 1, 400), 5)
	for _, noise := range []string{NoiseDiag, NoiseIsotropic, NoiseTied, NoiseTiedIsotropic} {
		o := Options{Components: 4, Factors: 1, LearningDecay: 1, NoiseType: noise}
		state, err := PartialFit(background, nil, x, &o)
		require.NoError(t, err)
		for range 10 {
			before := state.Model.LowerBound
			state, err = PartialFit(background, state, x, &o)
			require.NoError(t, err)
			require.Greater(t, state.Model.LowerBound, before-1e-4, noise)
		}
		whole := mustFit(t, x, &Options{Components: 4, Factors: 1, NoiseType: noise, MaxIter: 1})
		require.Equal(t, whole.Parameters(), state.Model.Parameters(), noise)
	}
}

func TestPartialFitIsChecked(t *testing.T) {
	x := matrix[float64](draw(truth(1, 2, 3, 1, 1), 3, 50), 3)
	o := Options{Components: 2, Factors: 1}
	_, err := PartialFit(background, nil, rowsOf(x, 0, 1), &o)
	require.ErrorContains(t, err, "n_components = 2 needs at least as many rows")
	state, err := PartialFit(background, nil, x, &o)
	require.NoError(t, err)
	_, err = PartialFit(background, state, x, &Options{Components: 3, Factors: 1})
	require.ErrorContains(t, err, "the options ask for 3 components")
	_, err = PartialFit(background, state, x, &Options{Components: 2, Factors: 1, Family: StudentT})
	require.ErrorContains(t, err, "the options ask for family \"t\"")
	_, err = PartialFit(background, state, x, &Options{MStep: UpdateMeans})
	require.ErrorContains(t, err, "m_step must be")
	_, err = PartialFit(background, state, core.NewMatrix[float64](5, 4), &o)
	require.ErrorContains(t, err, "X has 4 features, the model has 3")
	state.Statistics.Sums[3] = math.NaN()
	_, err = PartialFit(background, state, x, &o)
	require.ErrorIs(t, err, core.ErrNotFinite)
}
