package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestBoundNeverDecreases(t *testing.T) {
	const C, D = 30, 6
	x := draw(truth(1, C, D, 2, 1), 2, scaled(1500))
	for _, kind := range []string{Factor, Diag, Spherical} {
		for _, algorithm := range []string{"truncated", "exact"} {
			t.Run(kind+"/"+algorithm, func(t *testing.T) {
				for seed := range seeds(3) {
					o := Options{Components: C, CovarianceType: kind, Factors: 2, Algorithm: algorithm, Tol: -1, MaxIter: 30, Seed: seed}
					requireMonotone(t, mustFit(t, matrix[float64](x, D), &o), 1e-9)
					requireMonotone(t, mustFit(t, matrix[float32](x, D), &o), 1e-5)
				}
			})
		}
	}
}

// Small search spaces, with nothing but one neighbour list or one random component to find better candidates.
func TestBoundNeverDecreasesInSmallSearchSpaces(t *testing.T) {
	const C, D = 25, 4
	x := draw(truth(3, C, D, 1, 0.7), 4, scaled(1500))
	for _, p := range []struct{ candidates, neighbors, explore int }{{1, 1, -1}, {1, 3, 1}, {3, 1, -1}, {4, 2, 2}, {25, 25, -1}} {
		for _, start := range []string{"kmeans", "k-means++", "random_from_data", "random"} {
			o := Options{Components: C, Factors: 1, Algorithm: "truncated", Tol: -1, MaxIter: 15, Candidates: p.candidates,
				Neighbors: p.neighbors, Explore: p.explore, InitParams: start}
			requireMonotone(t, mustFit(t, matrix[float64](x, D), &o), 1e-9)
		}
	}
}

func requireMonotone(t *testing.T, m *Model, tol float64) {
	t.Helper()
	for i, h := range m.History[1:] {
		last := m.History[i].Objective
		require.GreaterOrEqual(t, h.Objective, last-tol*(1+math.Abs(last)), "iteration %d", i+1)
	}
}

// The gap is what the bound lacks: with at most 2000 rows it is evaluated on all of them.
func TestCoverageGapIsTheDistanceToTheLikelihood(t *testing.T) {
	const C, D, N = 20, 3, 700
	x := matrix[float64](draw(truth(5, C, D, 1, 0.4), 6, N), D)
	for _, p := range []struct{ candidates, neighbors, explore int }{{3, 15, 1}, {1, 2, 1}, {3, 1, -1}, {20, 20, 1}} {
		o := Options{Components: C, Factors: 1, Algorithm: "truncated", MaxIter: 5, Candidates: p.candidates,
			Neighbors: p.neighbors, Explore: p.explore}
		for _, weighted := range []bool{false, true} {
			w := ones(N)
			if weighted {
				for i := range w {
					w[i] = float64(i % 3)
				}
				o.SampleWeight = w
			}
			m := mustFit(t, x, &o)
			logLik, total := 0.0, 0.0
			for i, s := range scores(t, m, x) {
				logLik, total = logLik+w[i]*s, total+w[i]
			}
			require.InDelta(t, logLik/total-m.LowerBound, m.CoverageGap, 1e-9, "%+v", p)
		}
	}
}

func TestExactBoundIsTheLikelihood(t *testing.T) {
	const C, D, N = 5, 3, 500
	x := matrix[float64](draw(truth(5, C, D, 1, 0.4), 6, N), D)
	m := mustFit(t, x, &Options{Components: C, Factors: 1, Algorithm: "exact"})
	sum := 0.0
	for _, s := range scores(t, m, x) {
		sum += s / N
	}
	require.InDelta(t, sum, m.LowerBound, 1e-10)
	require.Zero(t, m.CoverageGap)
	require.Zero(t, m.Graph)
}

func TestTruncatedFitReachesTheExactOneOnSeparatedClusters(t *testing.T) {
	const C, D = 20, 8
	x := draw(truth(7, C, D, 2, 4), 8, 3000)
	for seed := range seeds(3) {
		o := Options{Components: C, Factors: 2, Tol: -1, MaxIter: 25, Seed: seed, Algorithm: "exact"}
		exact := mustFit(t, matrix[float64](x, D), &o)
		o.Algorithm = "truncated"
		truncated := mustFit(t, matrix[float64](x, D), &o)
		require.InDelta(t, exact.LowerBound, truncated.LowerBound, 0.01)
		single := mustFit(t, matrix[float32](x, D), &o)
		require.InDelta(t, truncated.LowerBound, single.LowerBound, 0.01)
		require.Less(t, truncated.History[25].Evaluations, exact.History[25].Evaluations)
	}
}

func TestExportedParametersContinueTheFit(t *testing.T) {
	const C, D = 18, 5
	x := draw(truth(9, C, D, 2, 2), 10, 1500)
	for _, algorithm := range []string{"exact", "truncated"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Run("float32", func(t *testing.T) { continues(t, matrix[float32](x, D), algorithm, 1e-5) })
			t.Run("float64", func(t *testing.T) { continues(t, matrix[float64](x, D), algorithm, 1e-9) })
		})
	}
}

func continues[T core.Float](t *testing.T, x core.Matrix[T], algorithm string, tol float64) {
	// All components are candidates at first, so that truncation cannot lose what the first fit had found.
	o := Options{Components: 18, Factors: 2, Tol: -1, MaxIter: 6, Algorithm: algorithm, Candidates: 18, Neighbors: 18}
	first := mustFit(t, x, &o)
	o.Start = first.Start()
	second := mustFit(t, x, &o)
	require.InDelta(t, first.LowerBound, second.History[0].Objective, tol*(1+math.Abs(first.LowerBound)))
	requireMonotone(t, second, tol)
}

func TestStoppingRules(t *testing.T) {
	x := matrix[float64](draw(truth(1, 2, 3, 0, 2), 2, 300), 3)
	o := Options{Components: 2, CovarianceType: Diag, Tol: 1e-4}
	m := mustFit(t, x, &o)
	require.True(t, m.Converged)
	require.Less(t, m.Iterations, 100)
	require.Less(t, m.LowerBound-m.History[m.Iterations-1].Objective, 1e-4)
	o.MaxIter = 1
	m = mustFit(t, x, &o)
	require.False(t, m.Converged)
	require.Equal(t, 1, m.Iterations)
	// A single component has converged after one iteration; rounding may even lower its bound.
	m = mustFit(t, x, &Options{Components: 1, CovarianceType: Diag, Tol: -1e-300, MaxIter: 40})
	require.Equal(t, 40, m.Iterations)
	require.False(t, m.Converged)
}

func TestBestOfSeveralStartsIsKept(t *testing.T) {
	x := matrix[float64](draw(truth(11, 12, 3, 0, 3), 12, 600), 3)
	o := Options{Components: 12, CovarianceType: Diag, InitParams: "random_from_data", SplitMerge: "off"}
	single := mustFit(t, x, &o)
	o.NInit = 6
	several := mustFit(t, x, &o)
	require.GreaterOrEqual(t, several.LowerBound, single.LowerBound)
	require.NotEqual(t, several.LowerBound, single.LowerBound, "%v", fmt.Sprint(single.LowerBound))
}

// Plain EM stops after 67 iterations, 0.001 nats per row below.
func TestFactorsOfManyFeaturesConvergeSoon(t *testing.T) {
	const D, H, N = 60, 3, 400
	x := matrix[float64](draw(truth(1, 1, D, H, 1), 2, N), D)
	m := mustFit(t, x, &Options{Factors: H, Tol: 1e-4, InitParams: "random", MaxIter: 1000})
	far := mustFit(t, x, &Options{Factors: H, Tol: -1, InitParams: "random", MaxIter: 500})
	require.LessOrEqual(t, m.Iterations, 10)
	require.InDelta(t, far.LowerBound, m.LowerBound, 1e-4)
}
