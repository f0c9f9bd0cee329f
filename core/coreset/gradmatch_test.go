package coreset_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// gradientsOf returns last-layer gradients of a made-up classifier: residuals (n x C), activations (n x h), labels and the
// gradients as plain rows.
func gradientsOf[T core.Float](seed uint64, n, classes, h int) (r, a core.Matrix[T], labels []int32, rows [][]float64) {
	draw := rng.New(seed)
	a, labels = clusters[T](seed, n, h, classes)
	r = core.NewMatrix[T](n, classes)
	for i := range n {
		total, p := 0.0, make([]float64, classes)
		for c := range p {
			p[c] = math.Exp(draw.NormFloat64())
			if int32(c) == labels[i] {
				p[c] *= 6
			}
			total += p[c]
		}
		for c := range p {
			r.Row(i)[c] = T(p[c] / total)
		}
		r.Row(i)[labels[i]]--
		g := []float64{}
		for c := range classes {
			for _, v := range a.Row(i) {
				g = append(g, float64(r.Row(i)[c])*float64(v))
			}
			g = append(g, float64(r.Row(i)[c]))
		}
		rows = append(rows, g)
	}
	return r, a, labels, rows
}

func total(rows [][]float64, weight func(i int) float64) []float64 {
	sum := make([]float64, len(rows[0]))
	for i, row := range rows {
		for j, v := range row {
			sum[j] += weight(i) * v
		}
	}
	return sum
}

func TestGradMatchIsThePlainPursuit(t *testing.T) {
	r, a, _, rows := gradientsOf[float64](1, 200, 4, 6)
	sums := total(rows, func(int) float64 { return 1 })
	square := 0.0
	for _, g := range rows {
		square += ref.Distance(g, make([]float64, len(g))) * ref.Distance(g, make([]float64, len(g))) / 200
	}
	for _, alpha := range []float64{0, 0.5} {
		want, weights := ref.GradMatch(rows, sums, alpha*square, 15)
		for name, g := range map[string]coreset.Gradients{"last layer": coreset.LastLayer(widened(r), widened(a)), "rows": coreset.GradientRows(matrixOf[float64](rows))} {
			found, err := coreset.GradMatch(context.Background(), g, &coreset.GradMatchOptions{Size: 15, Penalty: alpha})
			require.NoError(t, err)
			require.Equal(t, want, found.Indices, name)
			require.InDeltaSlice(t, weights, found.Weights, 1e-5*sum(weights), name)
		}
	}
}

func matrixOf[T core.Float](rows [][]float64) core.Matrix[T] {
	m := core.NewMatrix[T](len(rows), len(rows[0]))
	for i, row := range rows {
		for j, v := range row {
			m.Row(i)[j] = T(v)
		}
	}
	return m
}

// Many picks on few parameters let weights come out as zero, so that the factor shrinks, and grow again.
func TestGradMatchSolvesForTheWeights(t *testing.T) {
	x, _ := clusters[float64](2, 300, 12, 300)
	rows := plain(x)
	target := total(rows, func(i int) float64 { return math.Sin(float64(i)) })
	found, err := coreset.GradMatch(context.Background(), coreset.GradientRows(x), &coreset.GradMatchOptions{Size: 40, Penalty: 1e-3, Target: target, Tol: 1e-12})
	require.NoError(t, err)
	require.Greater(t, found.Picks, len(found.Indices))
	chosen, square := [][]float64{}, 0.0
	for _, i := range found.Indices {
		chosen = append(chosen, rows[i])
	}
	for _, g := range rows {
		square += ref.Distance(g, make([]float64, 12)) * ref.Distance(g, make([]float64, 12)) / 300
	}
	weights := ref.NonNegative(chosen, target, 1e-3*square)
	require.InDeltaSlice(t, weights, found.Weights, 1e-6*sum(weights))
}

func TestGradMatchByClass(t *testing.T) {
	r, a, labels, rows := gradientsOf[float32](3, 600, 3, 10)
	found, err := coreset.GradMatch(context.Background(), coreset.LastLayer(r, a), &coreset.GradMatchOptions{Size: 30, Groups: labels})
	require.NoError(t, err)
	require.LessOrEqual(t, len(found.Indices), 30)
	sums := total(rows, func(int) float64 { return 1 })
	weight := map[int]float64{}
	for j, i := range found.Indices {
		weight[i] = found.Weights[j]
		require.Positive(t, found.Weights[j])
	}
	matched := total(rows, func(i int) float64 { return weight[i] })
	require.InEpsilon(t, ref.Distance(sums, matched), found.Error, 1e-3)
	require.Less(t, found.RelativeError, 0.5)
}

func TestGradMatchOfZeroGradientsAndDuplicates(t *testing.T) {
	x := core.NewMatrix[float64](10, 3)
	found, err := coreset.GradMatch(context.Background(), coreset.GradientRows(x), &coreset.GradMatchOptions{Size: 4})
	require.NoError(t, err)
	require.Empty(t, found.Indices)
	for i := range 10 {
		x.Row(i)[1] = 2
	}
	found, err = coreset.GradMatch(context.Background(), coreset.GradientRows(x), &coreset.GradMatchOptions{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []int{0}, found.Indices)
	require.InDelta(t, 10, found.Weights[0], 1e-9)
	require.Less(t, found.RelativeError, 1e-9)
}

func TestGradMatchDoesNotDependOnThreads(t *testing.T) {
	r, a, _, _ := gradientsOf[float32](4, 3000, 5, 20)
	var want *coreset.Matched
	for _, threads := range []int{1, 2, 3} {
		found, err := coreset.GradMatch(context.Background(), coreset.LastLayer(r, a), &coreset.GradMatchOptions{Size: 20, Threads: threads})
		require.NoError(t, err)
		if want == nil {
			want = found
		}
		require.Equal(t, want.Indices, found.Indices)
		require.Equal(t, want.Weights, found.Weights)
	}
}

func TestGradMatchRefusesWhatIsImpossible(t *testing.T) {
	x, _ := clusters[float64](5, 6, 2, 1)
	g := coreset.GradientRows(x)
	for _, o := range []*coreset.GradMatchOptions{nil, {}, {Size: 7}, {Size: 2, Penalty: math.NaN()}, {Size: 2, Tol: 1},
		{Size: 2, Groups: make([]int32, 6), Target: make([]float64, 2)}, {Size: 2, SampleWeight: []float64{1, 1, 1, 1, 1, -1}}} {
		_, err := coreset.GradMatch(context.Background(), g, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	for _, o := range []*coreset.GradMatchOptions{{Size: 2, Groups: make([]int32, 5)}, {Size: 2, Target: make([]float64, 3)}} {
		_, err := coreset.GradMatch(context.Background(), g, o)
		require.ErrorIs(t, err, core.ErrShape)
	}
	_, err := coreset.GradMatch(context.Background(), coreset.LastLayer(x, core.NewMatrix[float64](5, 2)), &coreset.GradMatchOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrShape)
	x.Data[4] = math.NaN()
	_, err = coreset.GradMatch(context.Background(), g, &coreset.GradMatchOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrNotFinite)
}

func BenchmarkGradMatch(b *testing.B) {
	x, _ := clusters[float32](1, 20000, 512, 30)
	b.ResetTimer()
	for range b.N {
		found, err := coreset.GradMatch(context.Background(), coreset.GradientRows(x), &coreset.GradMatchOptions{Size: 500, Tol: 1e-12})
		require.NoError(b, err)
		b.ReportMetric(found.RelativeError, "residual")
		b.ReportMetric(float64(len(found.Indices)), "samples")
	}
}
