package coreset_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// unbalanced returns a logistic regression problem with about 3 % of ones and regressors of unequal scales; the last
// element of each plain row is 1.
func unbalanced[T core.Float](seed uint64, n, d int) (x core.Matrix[T], y []int32, rows [][]float64) {
	draw := rng.New(seed)
	x, y = core.NewMatrix[T](n, d), make([]int32, n)
	for i := range n {
		z := -4.0
		for j := range d {
			v := draw.NormFloat64() * math.Exp(0.5*draw.NormFloat64())
			x.Row(i)[j] = T(v * float64(j+1))
			z += v * math.Cos(float64(j))
		}
		if draw.Float64() < 1/(1+math.Exp(-z)) {
			y[i] = 1
		}
	}
	for _, row := range plain(x) {
		rows = append(rows, append(row, 1))
	}
	return x, y, rows
}

func TestLogisticSamplesBeatUniformOnes(t *testing.T) {
	x, y, rows := unbalanced[float64](1, 6000, 6)
	ones := slices.Repeat([]float64{1}, len(rows))
	best := ref.LogisticLoss(rows, y, ones, ref.LogisticFit(rows, y, ones, 0.1), 0.1)
	gap := func(indices []int, weights []float64) float64 {
		chosen, labels := make([][]float64, len(indices)), make([]int32, len(indices))
		for j, i := range indices {
			chosen[j], labels[j] = rows[i], y[i]
		}
		return ref.LogisticLoss(rows, y, ones, ref.LogisticFit(chosen, labels, weights, 0.1), 0.1)/best - 1
	}
	medians := map[string]float64{}
	for _, name := range []string{"uniform", "loss", "A", "L", coreset.Leverage, coreset.Lewis} {
		var gaps []float64
		for seed := range uint64(9) {
			var s *coreset.Sample
			var err error
			switch name {
			case "uniform":
				s, err = coreset.Stratified(make([]int32, len(rows)), &coreset.SampleOptions{Size: 300, Seed: seed})
			case "loss", "A", "L":
				s, err = coreset.Logistic(context.Background(), x, y, &coreset.LogisticOptions{Size: 300, Criterion: name, Seed: seed})
			default:
				s, err = coreset.Logistic(context.Background(), x, y, &coreset.LogisticOptions{Size: 300, Method: name, Penalty: 1e-4, Seed: seed})
			}
			require.NoError(t, err)
			require.InEpsilon(t, 6000, sum(s.Weights), 0.5)
			gaps = append(gaps, gap(s.Indices, s.Weights))
		}
		slices.Sort(gaps)
		medians[name] = gaps[len(gaps)/2]
	}
	t.Log(medians)
	require.Less(t, medians["loss"], medians["uniform"]/2)
	require.Less(t, medians["A"], medians["uniform"]/2)
	require.Less(t, medians["L"], medians["uniform"]/2)
	require.Less(t, medians[coreset.Lewis], medians["uniform"])
	require.Less(t, medians[coreset.Leverage], medians["uniform"])
}

// Without the part spread evenly, draws fall with probabilities proportional to the scores: many draws show them.
func TestLogisticLeverageProbabilities(t *testing.T) {
	x, _, rows := unbalanced[float32](2, 400, 3)
	found, err := coreset.Logistic(context.Background(), widened(x), nil,
		&coreset.LogisticOptions{Size: 5000, Method: coreset.Leverage, Uniform: 1e-9, Penalty: 1e-12})
	require.NoError(t, err)
	ones := slices.Repeat([]float64{1}, len(rows))
	scores, total := ref.Leverages(rows, ones), 0.0
	for i := range scores {
		scores[i] = math.Sqrt(scores[i])
		total += scores[i]
	}
	for j, i := range found.Indices {
		times := found.Weights[j] * 5000 * scores[i] / total
		require.InDelta(t, math.Round(times), times, 1e-5)
	}
}

func TestLogisticLewisWeightsAreAFixedPoint(t *testing.T) {
	x, _, rows := unbalanced[float64](3, 300, 4)
	found, err := coreset.Logistic(context.Background(), x, nil,
		&coreset.LogisticOptions{Size: 20000, Method: coreset.Lewis, Uniform: 1e-9, Penalty: 1e-12})
	require.NoError(t, err)
	weights := slices.Repeat([]float64{1}, len(rows))
	total := 0.0
	for range 60 {
		for i, v := range ref.Leverages(rows, weights) {
			weights[i] = math.Sqrt(v)
		}
	}
	total = sum(weights)
	require.InDelta(t, 5, total, 1e-6) // as many as there are columns
	for j, i := range found.Indices {
		times := found.Weights[j] * 20000 * weights[i] / total
		require.InDelta(t, math.Round(times), times, 0.02*times+1e-9)
	}
}

func TestLogisticDoesNotDependOnThreads(t *testing.T) {
	x, y, _ := unbalanced[float32](4, 5000, 5)
	var want *coreset.Sample
	for _, threads := range []int{1, 2, 3} {
		found, err := coreset.Logistic(context.Background(), x, y, &coreset.LogisticOptions{Size: 200, Threads: threads})
		require.NoError(t, err)
		if want == nil {
			want = found
		}
		require.Equal(t, want.Indices, found.Indices)
		require.Equal(t, want.Weights, found.Weights)
	}
}

func TestLogisticRefusesWhatIsImpossible(t *testing.T) {
	x := core.NewMatrix[float64](4, 2)
	x.Data[0] = 1
	ok := []int32{0, 1, 0, 1}
	for _, o := range []*coreset.LogisticOptions{nil, {Size: 1}, {Size: 3, Method: "x"}, {Size: 3, Criterion: "D"}, {Size: 3, Pilot: 3},
		{Size: 3, Uniform: 2}, {Size: 3, Penalty: -1}} {
		_, err := coreset.Logistic(context.Background(), x, ok, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := coreset.Logistic(context.Background(), x, []int32{0, 1, 2, 0}, &coreset.LogisticOptions{Size: 3})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Logistic(context.Background(), x, []int32{1, 1, 1, 1}, &coreset.LogisticOptions{Size: 3})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.Logistic(context.Background(), x, []int32{0, 1}, &coreset.LogisticOptions{Size: 3})
	require.ErrorIs(t, err, core.ErrShape)
	_, err = coreset.Logistic(context.Background(), core.NewMatrix[float64](4, 2), ok, &coreset.LogisticOptions{Size: 3, NoIntercept: true})
	require.ErrorIs(t, err, core.ErrNumerical)
}
