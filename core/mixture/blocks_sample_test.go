package mixture

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Blocks are fitted as well as rows in memory, because splits and merges take place in their sample.
func TestSplitsAndMergesOfBlocks(t *testing.T) {
	const C, D, H = 30, 6, 1
	m := truth(1, C, D, H, 4)
	x, fresh := matrix[float64](draw(m, 2, scaled(8000)), D), matrix[float64](draw(m, 3, 2000), D)
	o := Options{Components: C, Factors: H, InitParams: "random_from_data", Tol: 1e-2}
	whole := mean(scores(t, mustFit(t, x, &o), fresh))
	got := mustFitBlocks(t, inBlocks(x, 900), &o)
	requireMonotone(t, got, 1e-9)
	require.InDelta(t, whole, mean(scores(t, got, fresh)), 0.1)
	o.Threads = 3
	requireBits(t, got, mustFitBlocks(t, inBlocks(x, 900), &o), "threads")
	o.SplitMerge = "off"
	require.Less(t, mean(scores(t, mustFitBlocks(t, inBlocks(x, 900), &o), fresh)), whole-0.2)
}

func TestSamplesForSplitsAreLargeEnoughOrNone(t *testing.T) {
	o := (&Options{Components: 100}).withDefaults()
	require.Equal(t, splitBytes/4/64, splitSample[float32](&o, 64))
	require.Equal(t, splitBytes/8/64, splitSample[float64](&o, 64))
	o.Components = splitBytes/4/64/(2*leastRows*7) + 1
	require.Zero(t, splitSample[float32](&o, 64))
	o.Components, o.SplitMerge = 100, "off"
	require.Zero(t, splitSample[float32](&o, 64))
}

func TestBlocksShareWhatComponentsShare(t *testing.T) {
	const C, D, H = 20, 6, 2
	for name, p := range sharedTruths(t, 1, C, D, H, 4) {
		x := matrix[float32](draw(p.m, 2, 1500), D)
		o := p.o
		o.Components, o.Factors, o.InitParams = C, H, "random_from_data"
		want, got := mustFit(t, x, &o), mustFitBlocks(t, inBlocks(x, 400), &o)
		requireMonotone(t, got, 1e-5)
		require.InDelta(t, want.LowerBound, got.LowerBound, 0.1, name)
		require.Equal(t, want.Parameters(), got.Parameters(), name)
		o.Threads = 3
		requireBits(t, got, mustFitBlocks(t, inBlocks(x, 400), &o), name)
		o.Start, o.SplitMerge, o.MaxIter = got.Start(), "off", 1
		require.InDelta(t, got.LowerBound, mustFitBlocks(t, inBlocks(x, 400), &o).LowerBound, 0.05, name)
	}
}
