package mixture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func TestEntropiesAreThePlainFormula(t *testing.T) {
	const C, D, N = 5, 3, 40
	m := truth(2, C, D, 1, 0.6)
	x := draw(m, 3, N)
	onEveryLevel(t, func(t *testing.T) {
		got := make([]float64, N)
		require.NoError(t, Entropies(background, m, matrix[float64](x, D), 2, got))
		for i, row := range ref.Rows(x, N, D) {
			want := 0.0
			for _, q := range reference(m).Posterior(row) {
				want -= q * math.Log(q)
			}
			require.InDelta(t, want, got[i], 1e-10)
		}
	})
}

func TestSelectComponentsFindsTheTruth(t *testing.T) {
	const C, D, N = 4, 3, 1500
	m := truth(2, C, D, 0, 5)
	x, held := matrix[float64](draw(m, 3, N), D), matrix[float64](draw(m, 4, 500), D)
	for _, criterion := range criteria {
		best, path, err := SelectComponents(background, x, []int{2, 4, 3, 9}, criterion, held, &Options{CovarianceType: Diag, NInit: 3})
		require.NoError(t, err)
		require.Len(t, path, 4)
		if criterion == "bic" || criterion == "icl" {
			require.Equal(t, C, best.Components)
		}
		lowest := math.Inf(1)
		for _, p := range path {
			lowest = min(lowest, p.Value)
			require.LessOrEqual(t, p.BIC, p.ICL)
			require.InDelta(t, p.AIC+2*p.LogLikelihood, 2*float64(p.Components*(2*D+1)-1), 1e-6)
		}
		for _, p := range path {
			if p.Components == best.Components {
				require.Equal(t, lowest, p.Value)
			}
		}
		sum := 0.0
		for _, s := range scores(t, best, x) {
			sum += s
		}
		require.InDelta(t, path[map[int]int{2: 0, 4: 1, 3: 2, 9: 3}[best.Components]].LogLikelihood, sum, 1e-8)
	}
}

// Weights of two are rows that are there twice.
func TestSelectComponentsCountsWeights(t *testing.T) {
	const D = 2
	x := draw(truth(2, 2, D, 0, 5), 3, 200)
	twice := ones(200)
	for i := range twice {
		twice[i] = 2
	}
	none := core.Matrix[float64]{}
	_, one, err := SelectComponents(background, matrix[float64](x, D), []int{1}, "bic", none,
		&Options{CovarianceType: Diag, SampleWeight: twice})
	require.NoError(t, err)
	_, two, err := SelectComponents(background, matrix[float64](append(x, x...), D), []int{1}, "bic", none,
		&Options{CovarianceType: Diag})
	require.NoError(t, err)
	require.InDelta(t, two[0].BIC, one[0].BIC, 1e-6)
	require.True(t, math.IsNaN(one[0].HeldOut))
}

// Candidates that are split from each other reach what fits that start anew reach, and are reported in the order asked for.
func TestSelectComponentsWarm(t *testing.T) {
	const C, D, N = 6, 4, 1500
	m := truth(2, C, D, 1, 4)
	x, held := matrix[float64](draw(m, 3, N), D), matrix[float64](draw(m, 4, 500), D)
	counts := []int{12, 2, 6, 3, 6}
	for _, family := range []string{Gaussian, StudentT} {
		o := Options{Factors: 1, Family: family, Threads: 1, MaxIter: 200}
		best, path, err := SelectComponentsWarm(background, x, counts, "bic", held, &o)
		require.NoError(t, err)
		require.Equal(t, C, best.Components, family)
		for i, c := range counts {
			require.Equal(t, c, path[i].Components)
		}
		require.Less(t, path[1].LogLikelihood, path[3].LogLikelihood)
		require.Less(t, path[3].LogLikelihood, path[2].LogLikelihood)
		require.Less(t, path[2].LogLikelihood, path[0].LogLikelihood)
		anew, _, err := SelectComponents(background, x, []int{C}, "bic", held, &o)
		require.NoError(t, err)
		require.Greater(t, best.LowerBound, anew.LowerBound-0.02)
		o.Threads = 3
		again, _, err := SelectComponentsWarm(background, x, counts, "bic", held, &o)
		require.NoError(t, err)
		requireBits(t, best, again, family)
	}
	_, _, err := SelectComponentsWarm(background, x, counts, "bic", held, &Options{Factors: 1, MStep: UpdateMeans})
	require.ErrorContains(t, err, "candidates are split from each other with")
	for _, kind := range []string{LoadingsTied, LoadingsCommon} {
		_, path, err := SelectComponentsWarm(background, x, []int{2, 5}, "bic", held, &Options{Factors: 1, LoadingsType: kind, NoiseType: NoiseTied})
		require.NoError(t, err)
		require.Greater(t, path[1].LogLikelihood, path[0].LogLikelihood, kind)
	}
	_, _, err = SelectComponentsWarm(background, x, []int{2, 3000}, "bic", held, &Options{Factors: 1})
	require.ErrorContains(t, err, "(candidate 1: 3000 components)")
}

func TestSelectComponentsTrouble(t *testing.T) {
	x, none := matrix[float64](draw(truth(2, 2, 2, 0, 5), 3, 20), 2), core.Matrix[float64]{}
	for _, p := range []struct {
		candidates []int
		criterion  string
		o          Options
	}{
		{nil, "bic", Options{}}, {[]int{0}, "bic", Options{}}, {[]int{1}, "best", Options{}}, {[]int{1}, "held_out", Options{}},
		{[]int{1}, "bic", Options{Start: &Start{}}}, {[]int{1, 30}, "bic", Options{CovarianceType: Diag}},
	} {
		_, _, err := SelectComponents(background, x, p.candidates, p.criterion, none, &p.o)
		require.Error(t, err)
	}
}
