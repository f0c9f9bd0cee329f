package coreset

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func choose(t *testing.T, g Ground, o *FacilityOptions) *Facilities {
	t.Helper()
	f, err := SelectFacilities(context.Background(), g, o)
	require.NoError(t, err)
	return f
}

func TestMetricsMatchTheReference(t *testing.T) {
	x := cloud[float64](200, 4, 6)
	euclidean := ref.Euclidean(rowsOf(x))
	for _, metric := range []string{SqEuclidean, Cosine, RBF} {
		cost := make([][]float64, x.Rows)
		for i := range cost {
			for j := range x.Rows {
				v := euclidean[i][j] * euclidean[i][j]
				if metric == RBF {
					v = 1 - math.Exp(-0.05*v)
				} else if metric == Cosine {
					var ab, aa, bb float64
					for q, a := range x.Row(i) {
						b := x.Row(j)[q]
						ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
					}
					v = 1 - ab/math.Sqrt(aa*bb)
				}
				cost[i] = append(cost[i], v)
			}
		}
		ceiling := 1e4
		if metric == RBF {
			ceiling = 1
		}
		_, _, want := ref.FacilityGreedy(cost, ones(200), ceiling, 20)
		for _, engine := range []string{Decremental, Neighbors} {
			f := choose(t, Rows(x), &FacilityOptions{Budget: 20, Metric: metric, Gamma: 0.05, Engine: engine, Neighbors: 200})
			checkFacilities(t, f, 200, 20)
			if engine == Decremental {
				require.InEpsilon(t, want, f.Loss, 1e-7, metric)
			}
			require.Less(t, f.Loss, 1.01*want, metric+" "+engine) // medoids of the cells are often better than greedy
		}
	}
}

func TestProductsAreTheirExplicitPoints(t *testing.T) {
	r, a := cloud[float64](220, 3, 1), cloud[float64](220, 5, 2)
	explicit := core.NewMatrix[float64](220, 18)
	for i := range r.Rows {
		for c, v := range r.Row(i) {
			for h := range 6 {
				w := 1.0
				if h < 5 {
					w = a.Row(i)[h]
				}
				explicit.Row(i)[c*6+h] = v * w
			}
		}
	}
	want := choose(t, Rows(explicit), &FacilityOptions{Budget: 25})
	f := choose(t, ProductRows(r, a), &FacilityOptions{Budget: 25})
	checkFacilities(t, f, 220, 25)
	require.InEpsilon(t, want.Loss, f.Loss, 1e-6)
}

func TestGraphsMatchTheReference(t *testing.T) {
	const n = 120
	d := ref.Euclidean(rowsOf(cloud[float64](n, 3, 9)))
	cost := make([][]float64, n)
	for _, twist := range []int{1, 2} { // the same from either side, and not
		ptr, index, value, largest := []int32{0}, []int32(nil), []float64(nil), 0.0
		for i := range d {
			cost[i] = make([]float64, n)
			for j, v := range d[i] {
				if (i+twist*j)%7 < 3 {
					s := math.Exp(-v / 3)
					cost[i][j] = -s
					index, value, largest = append(index, int32(j)), append(value, s), max(largest, s)
				}
			}
			ptr = append(ptr, int32(len(index)))
		}
		_, gains, loss := ref.FacilityGreedy(cost, ones(n), 0, 15)
		f := choose(t, Graph(n, ptr, index, value), &FacilityOptions{Budget: 15})
		checkFacilities(t, f, n, 15)
		require.InEpsilon(t, largest*n+loss, f.Loss, 1e-9)
		for p := range gains {
			require.InDelta(t, gains[p], f.Gains[p], 1e-9)
		}
	}
	f := choose(t, Graph(4, []int64{0, 1, 2, 2, 3}, []int64{0, 0, 3}, []float32{1, 2, 1}), &FacilityOptions{Budget: 1})
	require.Equal(t, []int{0}, f.Indices)
	require.Equal(t, []int{0, 0, -1, -1}, f.Assignment)
	require.Equal(t, 2, f.Uncovered)
	twice := choose(t, Graph(4, []int64{0, 2, 4, 5, 8}, []int64{3, 0, 3, 1, 2, 3, 0, 3}, []float32{4, 1, 1, 1, 3, 1, 2, 1}), &FacilityOptions{Budget: 2})
	once := choose(t, Graph(4, []int64{0, 2, 4, 5, 7}, []int64{0, 3, 1, 3, 2, 0, 3}, []float32{1, 4, 1, 1, 3, 2, 2}), &FacilityOptions{Budget: 2})
	require.Equal(t, once.Indices, twice.Indices)
	require.Equal(t, once.Loss, twice.Loss)
	_, err := SelectFacilities(context.Background(), Graph(2, []int32{0, 1, 2}, []int32{0, 2}, []float64{1, 1}), &FacilityOptions{Budget: 1})
	require.ErrorContains(t, err, "row 1 of the graph has column 2")
	_, err = SelectFacilities(context.Background(), Graph(2, []int32{0, 1, 2}, []int32{0, 1}, []float64{1, -1}), &FacilityOptions{Budget: 1})
	require.ErrorContains(t, err, "row 1, column 1")
}

func TestGroupsAreSelectedFromByThemselves(t *testing.T) {
	x := cloud[float32](500, 4, 3)
	groups := make([]int32, 500)
	for i := range groups {
		groups[i] = int32(min(i%10, 3)) // 50, 50, 50 and 350 rows
	}
	f := choose(t, Rows(x), &FacilityOptions{Budget: 50, Groups: groups})
	checkFacilities(t, f, 500, 50)
	count := make([]int, 4)
	for _, j := range f.Indices {
		count[groups[j]]++
	}
	require.Equal(t, []int{5, 5, 5, 35}, count)
	for i, at := range f.Assignment {
		require.Equal(t, groups[i], groups[f.Indices[at]])
	}
	loss, bound := 0.0, 0.0
	for g := range int32(4) {
		own := core.Matrix[float32]{Cols: 4, Stride: 4}
		for i := range 500 {
			if groups[i] == g {
				own.Data, own.Rows = append(own.Data, x.Row(i)...), own.Rows+1
			}
		}
		alone := choose(t, Rows(own), &FacilityOptions{Budget: count[g]})
		loss, bound = loss+alone.Loss, bound+alone.LossBound
	}
	require.InEpsilon(t, loss, f.Loss, 1e-5)
	require.InEpsilon(t, bound, f.LossBound, 1e-5)
	budgets, err := GroupBudgets([]int32{0, 2, 2, 2, 2, 2, 2, 2}, 3)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0, 2}, budgets)
	budgets, err = GroupBudgets([]int32{0, 1, 2, 2, 2, 2}, 2)
	require.NoError(t, err)
	require.Equal(t, 2, budgets[0]+budgets[1]+budgets[2])
}

func TestInitialRowsWeightsAndCandidates(t *testing.T) {
	x := cloud[float64](150, 3, 4)
	w := ones(150)
	for i := range w {
		w[i] = float64(i % 4)
	}
	f := choose(t, Rows(x), &FacilityOptions{Budget: 12, Initial: []int{7, 3}, ClientWeights: w})
	require.Equal(t, []int{7, 3}, f.Indices[:2])
	served := make([]float64, 12)
	for i, at := range f.Assignment {
		served[at] += w[i]
	}
	require.InDeltaSlice(t, served, f.Weights, 1e-9)
	_, _, want := ref.FacilityGreedy(ref.Euclidean(rowsOf(x)), w, 1e3, 12)
	require.InEpsilon(t, want, choose(t, Rows(x), &FacilityOptions{Budget: 12, ClientWeights: w}).Loss, 1e-9)
	for _, engine := range []string{Decremental, Neighbors, Partitioned, Stochastic, Threshold, Streaming} {
		f := choose(t, Rows(x), &FacilityOptions{Budget: 5, Candidates: []int{9, 1, 50, 33, 20, 9, 70, 71}, Initial: []int{50}, Engine: engine})
		checkFacilities(t, f, 150, 5)
		require.Equal(t, 50, f.Indices[0], engine)
		require.Subset(t, []int{9, 1, 50, 33, 20, 70, 71}, f.Indices, engine)
	}
}

func TestCoverStopsAtTheLoss(t *testing.T) {
	x := cloud[float64](300, 3, 8)
	for _, engine := range []string{Decremental, Lazy, Neighbors, Stochastic, Threshold} {
		f := choose(t, Rows(x), &FacilityOptions{CoverLoss: 200, Engine: engine, Neighbors: 300})
		require.LessOrEqual(t, f.Loss, 200.0, engine)
		f = choose(t, Rows(x), &FacilityOptions{CoverLoss: 200, Engine: engine, Neighbors: 6})
		require.LessOrEqual(t, f.Loss, 200.0, engine+" with short lists")
		if engine == Decremental {
			before := choose(t, Rows(x), &FacilityOptions{Budget: len(f.Indices) - 1})
			require.Greater(t, before.Loss, 200.0)
		}
	}
	require.LessOrEqual(t, choose(t, Rows(x), &FacilityOptions{CoverLoss: 1e-9}).Loss, 1e-9)
	few := []int{4, 80, 200}
	require.Len(t, choose(t, Rows(x), &FacilityOptions{CoverLoss: 1e-9, Candidates: few, Engine: Neighbors}).Indices, 3)
}

func TestExtremesOfTheBudgetAndOfTheData(t *testing.T) {
	x := cloud[float32](90, 3, 5)
	for i := range 30 {
		copy(x.Row(60+i), x.Row(i))
	}
	constant := core.NewMatrix[float32](90, 3)
	for _, engine := range []string{Decremental, Lazy, Stochastic, Threshold, Partitioned, Neighbors, Streaming} {
		for _, k := range []int{1, 60, 90} {
			f := choose(t, Rows(x), &FacilityOptions{Budget: k, Engine: engine})
			checkFacilities(t, f, 90, k)
			if k == 90 {
				require.Zero(t, f.Loss, engine)
			}
			checkFacilities(t, choose(t, Rows(constant), &FacilityOptions{Budget: k, Engine: engine}), 90, k)
			checkFacilities(t, choose(t, Rows(constant), &FacilityOptions{Budget: k, Engine: engine, Metric: Cosine}), 90, k)
		}
	}
	_, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 91})
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "only 90 rows")
}

func TestFacilitiesAreInvariant(t *testing.T) {
	x := cloud[float64](250, 2, 12)
	want := choose(t, Rows(x), &FacilityOptions{Budget: 20})
	rotated, strided := core.NewMatrix[float64](250, 2), core.Matrix[float64]{Data: make([]float64, 250*5), Rows: 250, Cols: 2, Stride: 5}
	for i := range x.Rows {
		a, b := x.Row(i)[0], x.Row(i)[1]
		copy(rotated.Row(i), []float64{0.6*a - 0.8*b + 100, 0.8*a + 0.6*b})
		copy(strided.Row((i*7)%250), []float64{a, b})
	}
	// Two rows that are each other's nearest have the same gain once they have no others, so selections may differ by such.
	for _, x := range []core.Matrix[float64]{rotated, strided} {
		f := choose(t, Rows(x), &FacilityOptions{Budget: 20})
		require.InEpsilon(t, want.Loss, f.Loss, 1e-9)
		require.InEpsilonSlice(t, want.Gains[1:], f.Gains[1:], 1e-9)
	}
}

func TestTroubleWithRows(t *testing.T) {
	x := cloud[float64](20, 2, 1)
	for _, c := range []struct {
		o    FacilityOptions
		want string
	}{
		{FacilityOptions{}, "set n_samples"},
		{FacilityOptions{Budget: 2, Engine: "quick"}, "engine must be one of"},
		{FacilityOptions{Budget: 2, ClientWeights: []float64{1}}, "1 client weights for 20 rows"},
		{FacilityOptions{Budget: 2, Initial: []int{3, 3}}, "twice"},
		{FacilityOptions{Budget: 2, Groups: make([]int32, 3)}, "3 group labels"},
		{FacilityOptions{Budget: 2, MemoryLimit: 10}, "raise it"},
		{FacilityOptions{CoverLoss: 2, Engine: Partitioned}, "needs n_samples"},
	} {
		_, err := SelectFacilities(context.Background(), Rows(x), &c.o)
		require.ErrorContains(t, err, c.want)
	}
	w := ones(20)
	w[4] = -1
	_, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 2, ClientWeights: w})
	require.ErrorContains(t, err, "client 4")
	x.Row(3)[1] = math.NaN()
	_, err = SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 2})
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 3, column 1")
	big := core.NewMatrix[float32](200000, 4)
	_, err = SelectFacilities(context.Background(), Rows(big), &FacilityOptions{Budget: 100, Engine: Decremental, MemoryLimit: 5e6})
	require.ErrorContains(t, err, `engine "streaming" would fit`)
	plan, err := PlanFacilities(context.Background(), Rows(big), &FacilityOptions{Budget: 100, MemoryLimit: 5e6})
	require.NoError(t, err)
	require.Equal(t, Streaming, plan.Engine)
	plan, err = PlanFacilities(context.Background(), Rows(big), &FacilityOptions{Budget: 100})
	require.NoError(t, err)
	require.Equal(t, Neighbors, plan.Engine)
}

func TestSelectionIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := SelectFacilities(ctx, Rows(cloud[float32](2000, 3, 1)), &FacilityOptions{Budget: 500, Progress: func(p core.Progress) {
		if p.Iteration == 20 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
}

// Initial rows can leave too few for one row of each group.
func TestInitialRowsCountInTheBudgetsOfGroups(t *testing.T) {
	x := cloud[float64](9, 2, 4)
	f := choose(t, Rows(x), &FacilityOptions{Budget: 4, Initial: []int{0, 1, 2, 3}, Groups: []int32{0, 0, 0, 0, 0, 1, 1, 2, 2}})
	require.Equal(t, []int{0, 1, 2, 3}, f.Indices)
	require.Equal(t, 4, f.Uncovered)
}
