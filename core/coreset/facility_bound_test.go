package coreset

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// leastLoss returns the smallest loss of k of the first rows, by trying all.
func leastLoss(cost [][]float64, weights []float64, from []int, k int) float64 {
	best := math.Inf(1)
	for set := range 1 << len(from) {
		if bits.OnesCount(uint(set)) != k {
			continue
		}
		loss := 0.0
		for i, row := range cost {
			least := math.Inf(1)
			for c, j := range from {
				if set>>c&1 == 1 {
					least = min(least, row[j])
				}
			}
			loss += weights[i] * least
		}
		best = min(best, loss)
	}
	return best
}

func TestBoundsAreBelowTheBestOfAllSets(t *testing.T) {
	for seed := range uint64(6) {
		x := cloud[float64](14, 2, seed)
		copy(x.Row(3), x.Row(9))
		cost, w := ref.Euclidean(rowsOf(x)), ones(14)
		for i := range w {
			w[i] = float64((i*int(seed+1))%4) + 0.5
		}
		all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
		some := []int{1, 3, 4, 6, 8, 9, 11, 13}
		for _, k := range []int{1, 3, 6, 13} {
			for _, engine := range []string{Neighbors, Partitioned, Streaming} {
				f := choose(t, Rows(x), &FacilityOptions{Budget: k, Engine: engine, ClientWeights: w})
				require.LessOrEqual(t, f.LossBound, leastLoss(cost, w, all, k)*(1+1e-9), "%s, k = %d", engine, k)
				require.Zero(t, f.BoundRisk)
				if k > len(some) { // where losses are those of the nearest rows
					continue
				}
				require.Greater(t, f.Certificate(), 0.1, "%s, k = %d", engine, k)
				f = choose(t, Rows(x), &FacilityOptions{Budget: k, Engine: engine, ClientWeights: w, Candidates: some})
				require.LessOrEqual(t, f.LossBound, leastLoss(cost, w, some, k)*(1+1e-9), "%s, k = %d", engine, k)
				require.Positive(t, f.LossBound)
			}
		}
	}
}

func TestBoundsOfOtherMetrics(t *testing.T) {
	x := cloud[float32](12, 3, 4)
	square := ref.Euclidean(rowsOf(x))
	for i := range square {
		for j, v := range square[i] {
			square[i][j] = 1 - math.Exp(-0.1*v*v)
		}
	}
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	for _, k := range []int{1, 4} {
		f := choose(t, Rows(x), &FacilityOptions{Budget: k, Engine: Neighbors, Metric: RBF, Gamma: 0.1})
		require.LessOrEqual(t, f.LossBound, leastLoss(square, ones(12), all, k)*(1+1e-5))
		require.Greater(t, f.Certificate(), 0.2)
	}
}

func TestBoundsOfMatrices(t *testing.T) {
	d := ref.Euclidean(rowsOf(cloud[float64](14, 2, 3)))
	similar := make([][]float64, len(d))
	for i := range d {
		for _, v := range d[i] {
			similar[i] = append(similar[i], 6-v)
		}
	}
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	some := []int{1, 3, 4, 6, 8, 9, 11, 13}
	for _, k := range []int{1, 3, 6} {
		for _, engine := range []string{Partitioned, Streaming} {
			for _, ground := range []Ground{Distances(packed(d)), Similarities(packed(similar))} {
				f := choose(t, ground, &FacilityOptions{Budget: k, Engine: engine})
				require.LessOrEqual(t, f.LossBound, leastLoss(d, ones(14), all, k)*(1+1e-9), "%s, k = %d", engine, k)
				f = choose(t, ground, &FacilityOptions{Budget: k, Engine: engine, Candidates: some})
				require.LessOrEqual(t, f.LossBound, leastLoss(d, ones(14), some, k)*(1+1e-9), "%s, k = %d", engine, k)
			}
		}
	}
	d = ref.Euclidean(rowsOf(cloud[float64](400, 3, 3)))
	f := choose(t, Distances(packed(d)), &FacilityOptions{Budget: 20, Engine: Partitioned, Partitions: 2})
	exact := choose(t, Distances(packed(d)), &FacilityOptions{Budget: 20, Engine: Lazy})
	require.Less(t, f.LossBound, exact.Loss)
	require.Greater(t, f.LossBound, 0.8*exact.LossBound)
}

func TestBoundsFromASample(t *testing.T) {
	x := cloud[float32](mostDrawn+200, 3, 5)
	f := choose(t, Rows(x), &FacilityOptions{Budget: 200, Engine: Neighbors})
	require.Equal(t, boundRisk, f.BoundRisk)
	require.Greater(t, f.Certificate(), 0.35)
	// As many selected as leaves few clients of a sample for each: what tells is how near other rows are.
	f = choose(t, Rows(x), &FacilityOptions{Budget: 5000, Engine: Neighbors})
	require.Equal(t, boundRisk, f.BoundRisk)
	require.Greater(t, f.Certificate(), 0.2)
	r, a := cloud[float32](600, 3, 1), cloud[float32](600, 4, 2)
	f = choose(t, ProductRows(r, a), &FacilityOptions{Budget: 20, Engine: Partitioned, Partitions: 2})
	exact := choose(t, ProductRows(r, a), &FacilityOptions{Budget: 20, Engine: Decremental})
	require.Less(t, f.LossBound, exact.Loss)
	require.Greater(t, f.LossBound, 0.8*exact.LossBound)
	require.Equal(t, 0.0, choose(t, Rows(core.NewMatrix[float32](50, 2)), &FacilityOptions{Budget: 3, Engine: Neighbors}).LossBound)
}

// Each bound is wrong with a risk of its own, so that risks of groups add as well.
func TestRisksOfGroupsAdd(t *testing.T) {
	r := &selecting{o: &FacilityOptions{}, unit: 1, found: &Facilities{}}
	for _, risk := range []float64{1e-6, 2e-6} {
		r.join(group{}, &part{loss: 3, bound: 2, risk: risk})
	}
	require.InDelta(t, 3e-6, r.found.BoundRisk, 1e-18)
	require.Equal(t, 4.0, r.found.LossBound)
}

// rowsOnly is a geometry that only knows its size.
type rowsOnly struct {
	geometry[float64]
	n int
}

func (g rowsOnly) size() int { return g.n }

func TestBoundsHoldForEverySampleThatIsDrawn(t *testing.T) {
	const n, m = 100_000, 2048
	s := &bounding[float64]{g: rowsOnly{n: n}, clients: make([]int32, m), gains: []float64{0}, limit: 1}
	draw := rng.New(3)
	for range 200 {
		s.value = 0
		for range m {
			s.value += draw.Float64() // radii with a mean of 1/2
		}
		require.Less(t, s.dual(1), 0.5*n)
		require.Greater(t, s.dual(1), 0.4*n)
	}
	// Radii that are 0 for one row in m and 1 for the others are all 1 in a third of the samples.
	require.Less(t, s.mean(ones(m), 1, m, 0), (1-1.0/m)*n)
	// Of all rows: nearest others at 1, 2 and 1, the last of which counts twice. Each one selected saves its own.
	s = &bounding[float64]{all: true, clients: make([]int32, 3), weights: []float64{1, 1, 2}, top: 9,
		workers: []boundWorker[float64]{{least: []float64{5, 2, 1}}, {least: []float64{1, 3, 9}}}}
	require.Equal(t, 3.0, s.own(1))
	require.Equal(t, 1.0, s.own(2))
}

// By diminishing returns no two more rows gain more than the two largest gains of single ones.
func TestBoundsFromGains(t *testing.T) {
	s := &greedy[float64]{loss: 10, lossBound: math.Inf(-1), candidates: []int32{0, 1, 2, 3}, taken: []bool{false, true, false, false}}
	s.raiseBound(2, []float64{4, 5, 3, 1})
	require.Equal(t, 3.0, s.lossBound)
}
