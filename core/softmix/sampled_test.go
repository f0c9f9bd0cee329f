package softmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// rare is a problem of which most cells have not been drawn, with its index.
func rare(t *testing.T) (*problem, *cells[float64], *index) {
	t.Helper()
	d := simulate(31, 900, 4, 2, 250, 1.5)
	c, err := newCells(t.Context(), d.x, d.counts, 1)
	require.NoError(t, err)
	x, err := newIndex(t.Context(), c, rng.New(1), 2)
	require.NoError(t, err)
	return d, c, x
}

// nearest returns the code that is nearest to v in units of scale, by its definition.
func nearest(codes []float64, v, scale []float64) []float64 {
	L, least := len(v), math.Inf(1)
	var best []float64
	for ; len(codes) > 0; codes = codes[L:] {
		sum := 0.0
		for i, x := range v {
			sum += (x - codes[i]) * (x - codes[i]) / (scale[i] * scale[i])
		}
		if sum < least {
			least, best = sum, codes[:L]
		}
	}
	return best
}

// referenceProposal is the proposal cell by cell: the probabilities of softmaxes of x theta with x replaced by the sum of its codes.
func referenceProposal(c *cells[float64], x *index, theta [][]float64) map[int32]float64 {
	q := map[int32]float64{}
	unseen := float64(c.x.Rows - c.seen)
	for _, t := range append([][]float64{make([]float64, x.L)}, theta...) {
		weights, total := map[int32]float64{}, 0.0
		for j := range c.x.Rows {
			if c.q[j] > 0 {
				continue
			}
			first := nearest(x.codes[:x.M*x.L], c.x.Row(j), c.scale)
			left := append([]float64(nil), c.x.Row(j)...)
			for i, v := range first {
				left[i] -= v
			}
			second := nearest(x.codes[x.M*x.L:], left, c.scale)
			weights[int32(j)] = math.Exp(dot(first, t) + dot(second, t))
			total += weights[int32(j)]
		}
		for j, w := range weights {
			q[j] += w / total / float64(len(theta)+1)
		}
	}
	if len(q) != int(unseen) {
		panic("a cell is missing")
	}
	return q
}

func TestProposalIsTheSoftmaxOfCodes(t *testing.T) {
	d, c, x := rare(t)
	q, total, quantised := x.proposal(d.theta), 0.0, 0.0
	want := referenceProposal(c, x, split(d.theta, d.L))
	require.Len(t, x.cells, len(want))
	for b, own := range q {
		for _, j := range x.cells[x.bucket[b]:x.bucket[b+1]] {
			require.InEpsilon(t, want[j], own, 1e-9)
			total += own
			quantised += math.Abs(own*float64(len(want)) - 1)
		}
	}
	require.InDelta(t, 1, total, 1e-12)
	require.Greater(t, quantised/float64(len(want)), 0.2) // far from uniform
}

func TestEstimatesAreUnbiasedAndBetterFromMoreCells(t *testing.T) {
	d, c, x := rare(t)
	q, theta := x.proposal(d.theta), d.theta[:d.L]
	exact := 0.0
	for _, j := range x.cells {
		exact += math.Exp(dot(c.x.Row(int(j)), theta))
	}
	const trials = 400
	before := math.Inf(1)
	for _, size := range []int{20, 80, 320, len(x.cells)} {
		mean, spread := 0.0, 0.0
		for trial := range trials {
			chosen, chance := x.draw(q, size, (float64(trial)+0.5)/trials)
			require.InDelta(t, size, len(chosen), 1)
			estimate := 0.0
			for i, j := range chosen {
				require.True(t, chance[i] > 0 && chance[i] <= 1)
				estimate += math.Exp(dot(c.x.Row(int(j)), theta)) / chance[i]
			}
			mean += estimate / exact / trials
			spread += (estimate/exact - 1) * (estimate/exact - 1) / trials
		}
		require.InDelta(t, 1, mean, 1e-2, size)
		require.Less(t, spread, before/2)
		before = spread
	}
	require.Less(t, before, 1e-20)
}

func TestOffsetsCountCellsSeveralTimes(t *testing.T) {
	d := simulate(32, 50, 3, 2, 60, 1)
	d.counts[7] = 0
	c, err := newCells(t.Context(), d.x, d.counts, 1)
	require.NoError(t, err)
	c.offset = make([]float64, 50)
	c.offset[7] = math.Log(3)
	again := core.Matrix[float64]{Data: append(append(append([]float64(nil), d.x.Data...), d.x.Row(7)...), d.x.Row(7)...), Rows: 52, Cols: 3, Stride: 3}
	thrice, err := newCells(t.Context(), again, append(append([]float64(nil), d.counts...), 0, 0), 1)
	require.NoError(t, err)
	k, other := newKernel[float64](c, 1, 2, 1), newKernel[float64](thrice, 1, 2, 1)
	require.NoError(t, k.evaluate(t.Context(), d.theta, d.alpha))
	require.NoError(t, other.evaluate(t.Context(), d.theta, d.alpha))
	require.InDeltaSlice(t, other.lse, k.lse, 1e-12)
	require.InDelta(t, other.l[0], k.l[0], 1e-12)
	require.InDeltaSlice(t, other.g, k.g, 1e-12)
}

func TestSampledFitsEndAtTheExactMaximum(t *testing.T) {
	for _, s := range []struct{ L, K int }{{12, 5}, {4, 2}} { // L-BFGS and Newton's method
		d := simulate(33, 4000, s.L, s.K, 1500, 2)
		o := Options{Components: s.K, Ridge: 1, Normalizer: Exact, Certificate: -1}
		exact := fitted(t, d, o)
		o.Normalizer, o.Sample = Sampled, 500
		m := fitted(t, d, o)
		require.True(t, m.Converged)
		require.Equal(t, 500, m.Sampled)
		require.Zero(t, exact.Sampled)
		require.InDelta(t, exact.Objective, m.Objective, 1e-5)
		require.InDeltaSlice(t, exact.Theta, m.Theta, 1e-3)
		o.Threads = 3
		require.Equal(t, m.Theta, fitted(t, d, o).Theta)
	}
}

func TestAutoSamplesWhereCellsAreManyAndDrawsEnough(t *testing.T) {
	for _, s := range []struct {
		draws        float64
		sample, want int
	}{{500, 300, 300}, {500, 0, 0}, {500, 800, 0}, {100, 300, 0}} {
		d := simulate(34, 4000, 2, 2, s.draws, 2)
		require.Equal(t, s.want, fitted(t, d, Options{Sample: s.sample, Ridge: 1, NInit: 2, Certificate: -1}).Sampled)
	}
}
