package coreset

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// Selection that goes on with lists of what is left selects what greedy selection does.
func TestListsOfWhatIsLeftLoseNothing(t *testing.T) {
	const n, k = 450, 150
	x := cloud[float64](n, 3, 4)
	cost := ref.Euclidean(rowsOf(x))
	weights, some, most := make([]float64, n), []int(nil), 0.0
	for i := range n {
		weights[i] = 1 + float64(i%3)
		if i%4 != 1 {
			some = append(some, i)
		}
		for _, v := range cost[i] {
			most = max(most, v)
		}
	}
	distances, similarities := core.NewMatrix[float64](n, n), core.NewMatrix[float64](n, n)
	for i := range cost {
		for j, v := range cost[i] {
			distances.Row(i)[j], similarities.Row(i)[j] = v, most-v
		}
	}
	// Rows that may not be selected cost more than any other.
	restricted := make([][]float64, n)
	for i := range restricted {
		for j, v := range cost[i] {
			if j%4 == 1 {
				v = 1e3
			}
			restricted[i] = append(restricted[i], v)
		}
	}
	_, _, all := ref.FacilityGreedy(cost, weights, 1e3, k)
	_, _, fewer := ref.FacilityGreedy(restricted, weights, 1e3, k)
	for _, ground := range []Ground{Rows(x), Distances(distances), Similarities(similarities)} {
		for _, engine := range []string{Lazy, Decremental} {
			for want, candidates := range map[float64][]int{all: nil, fewer: some} {
				o := &FacilityOptions{Budget: k, Engine: engine, ClientWeights: weights, Candidates: candidates}
				f := choose(t, ground, o)
				checkWeighted(t, f, weights)
				require.InEpsilon(t, want, f.Loss, 1e-9, "%T %s", ground, engine)
				for i, gain := range f.Gains[1:] {
					require.LessOrEqual(t, gain, f.Gains[i]*(1+1e-9))
				}
			}
		}
	}
	r, err := newSelecting(context.Background(), Rows(x), &FacilityOptions{Budget: k, Metric: RBF, Gamma: 0.05})
	require.NoError(t, err)
	s, err := r.ground.begin(r.ctx, nil, r.o)
	require.NoError(t, err)
	_, err = s.run(request{budget: k, engine: Decremental, selected: func(int, float64) {}})
	require.NoError(t, err)
	require.NotNil(t, s.(*greedy[float64]).lists)
	for i := range cost {
		for j, v := range cost[i] {
			cost[i][j] = 1 - math.Exp(-0.05*v*v)
		}
	}
	_, _, want := ref.FacilityGreedy(cost, ones(n), 1, k)
	require.InEpsilon(t, want, choose(t, Rows(x), &FacilityOptions{Budget: k, Metric: RBF, Gamma: 0.05}).Loss, 1e-7)
}

func checkWeighted(t *testing.T, f *Facilities, weights []float64) {
	t.Helper()
	sum, all := 0.0, 0.0
	for _, w := range f.Weights {
		sum += w
	}
	for _, w := range weights {
		all += w
	}
	require.InEpsilon(t, all, sum, 1e-12)
	require.LessOrEqual(t, f.LossBound, f.Loss)
}
