package coreset_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

func TestTrainLearnsOnEverySubset(t *testing.T) {
	x, y := clusters[float32](1, 2000, 6, 4)
	for _, hidden := range [][]int{nil, {16}} {
		for _, subset := range []string{"full", "random", "fresh", "stratified", "adacore", "craig", "importance", "crest", "glister"} {
			for _, proxy := range []string{"logits", "last_layer"} {
				o := &coreset.TrainOptions{Hidden: hidden, Subset: subset, Proxy: proxy, Epochs: 12, LearningRate: 0.02, BatchSize: 20}
				found, err := coreset.Train(context.Background(), x, y, x, y, o)
				require.NoError(t, err)
				require.Greater(t, found.Trace.Row(11)[5], 0.9, "%s %s %v", subset, proxy, hidden)
				require.Equal(t, found.Trace.Row(11)[5], found.Trace.Row(11)[6])
				want, selections := 2400, 0
				if subset == "full" {
					want = 24000
				}
				if subset == "adacore" || subset == "craig" {
					selections = 3 // in epochs 1, 6 and 11
				}
				require.InDelta(t, want, found.Trace.Row(11)[0], 0)
				switch subset {
				case "crest": // every five epochs at least
					require.GreaterOrEqual(t, found.Selections, 3)
					require.Greater(t, found.Trace.Row(11)[1], 0.0)
					continue
				case "glister", "importance":
					selections = 3
				}
				require.InDelta(t, 2000*selections, found.Trace.Row(11)[1], 0)
				require.Equal(t, selections, found.Selections)
			}
		}
	}
}

func TestTrainDoesNotDependOnThreads(t *testing.T) {
	x, y := clusters[float32](2, 1500, 40, 3)
	for _, o := range []coreset.TrainOptions{{}, {Subset: "importance", Correction: true}} {
		var want *coreset.Trained
		for _, threads := range []int{1, 2, 3} {
			o.Hidden, o.Epochs, o.Refresh, o.Threads = []int{64}, 4, 2, threads
			found, err := coreset.Train(context.Background(), x, y, core.Matrix[float32]{}, nil, &o)
			require.NoError(t, err)
			if want == nil {
				want = found
			}
			require.Equal(t, want.Parameters, found.Parameters)
			require.True(t, math.IsNaN(found.Trace.Row(3)[6]))
		}
	}
}

// With the correction the loss of softmax regression over all samples goes to its least, which a fixed subset alone does not find.
func TestCorrectionReachesTheLeastLoss(t *testing.T) {
	x, y := clusters[float64](7, 600, 4, 3)
	for i := range x.Data {
		x.Data[i] /= 3
	}
	train := func(subset string, correction bool) *coreset.Trained {
		o := &coreset.TrainOptions{Subset: subset, Correction: correction, Epochs: 120, LearningRate: 0.6, BatchSize: 10, Momentum: 0.5, Penalty: 1e-2}
		if subset == "full" {
			o.Epochs = 60
		}
		found, err := coreset.Train(context.Background(), x, y, core.Matrix[float64]{}, nil, o)
		require.NoError(t, err)
		return found
	}
	penalized := func(found *coreset.Trained) float64 {
		square := 0.0
		for _, w := range found.Parameters[:12] {
			square += w * w
		}
		return found.Loss + 1e-2/2*square
	}
	least := penalized(train("full", false))
	for _, subset := range []string{"random", "craig", "fresh", "importance", "stratified"} {
		corrected := train(subset, true)
		require.Less(t, penalized(corrected), least*(1+2e-3), subset)
		require.InDelta(t, 120*60+24*600, corrected.Trace.Row(119)[0], 0) // steps, and an anchor in every fifth epoch from the second on
		require.Zero(t, corrected.Trace.Row(119)[1], subset)
	}
	require.Greater(t, penalized(train("random", false)), least*(1+1e-2))
}

func TestTrainStopsAtTargetLoss(t *testing.T) {
	x, y := clusters[float64](3, 800, 5, 3)
	found, err := coreset.Train(context.Background(), x, y, core.Matrix[float64]{}, nil,
		&coreset.TrainOptions{Subset: "full", TargetLoss: 0.3, Schedule: "constant", LearningRate: 0.01})
	require.NoError(t, err)
	require.Less(t, found.Epochs, 30)
	require.LessOrEqual(t, found.Loss, 0.3)
}

func TestTrainRefusesWhatIsImpossible(t *testing.T) {
	x, y := clusters[float64](4, 30, 2, 2)
	none := core.Matrix[float64]{}
	for _, o := range []*coreset.TrainOptions{{Subset: "x"}, {Proxy: "x"}, {Schedule: "x"}, {Fraction: 2}, {Epochs: -1}, {Hidden: []int{0}},
		{Momentum: 1}, {Pool: 2}, {Trust: -1}, {Held: 1}, {Subset: "glister", Fraction: 1}, {LearningRate: -1}, {Penalty: -1}, {MaxWeight: 0.1}, {WarmUp: -1}, {TargetLoss: math.NaN()},
		{Subset: "crest", Correction: true}, {Subset: "glister", Correction: true}} {
		_, err := coreset.Train(context.Background(), x, y, none, nil, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := coreset.Train(context.Background(), x, y[:3], none, nil, nil)
	require.ErrorIs(t, err, core.ErrShape)
	y[3] = -1
	_, err = coreset.Train(context.Background(), x, y, none, nil, nil)
	require.ErrorIs(t, err, core.ErrOption)
	y[3] = 1
	for i := range x.Data {
		x.Data[i] *= 1e200
	}
	_, err = coreset.Train(context.Background(), x, y, none, nil, &coreset.TrainOptions{Hidden: []int{5}, LearningRate: 1e100})
	require.ErrorIs(t, err, core.ErrNumerical)
}
