package coreset

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// residuals returns what softmax regression leaves: probabilities less one label, of which a few are far off.
func residuals(n, classes int, seed uint64) core.Matrix[float32] {
	g := rand.New(rand.NewPCG(seed, 11))
	x := core.NewMatrix[float32](n, classes)
	for i := range n {
		row, sum, label := x.Row(i), 0.0, g.IntN(classes)
		sharp := 6 * g.Float64()
		for c := range row {
			v := g.NormFloat64()
			if c == label {
				v += sharp
			}
			row[c] = float32(math.Exp(v))
			sum += float64(row[c])
		}
		for c := range row {
			row[c] /= float32(sum)
		}
		row[label]--
	}
	return x
}

// Q2: what approximate engines may lose.
func TestApproximateEnginesLoseLittle(t *testing.T) {
	x := residuals(4000, 10, 1)
	for _, k := range []int{40, 400} {
		exact, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: k, Engine: Decremental})
		require.NoError(t, err)
		for engine, limit := range map[string]float64{Auto: 1.02, Stochastic: 1.035, Threshold: 1.01, Neighbors: 1.02, Partitioned: 1.015} {
			f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: k, Engine: engine, Partitions: 4})
			require.NoError(t, err)
			checkFacilities(t, f, x.Rows, k)
			require.Less(t, f.Loss, limit*exact.Loss, "%s, k = %d", engine, k)
			require.InEpsilon(t, lossOf(x, f), f.Loss, 1e-5, engine)
		}
	}
}

func TestStreamingKeepsWhatMatters(t *testing.T) {
	x := residuals(12000, 5, 2)
	exact, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 40, Engine: Decremental})
	require.NoError(t, err)
	f, err := SelectFacilities(context.Background(), Rows(x), &FacilityOptions{Budget: 40, Engine: Streaming})
	require.NoError(t, err)
	checkFacilities(t, f, x.Rows, 40)
	require.Less(t, f.Loss, 1.05*exact.Loss)
	require.InEpsilon(t, lossOf(x, f), f.Loss, 1e-5)
}

// lossOf evaluates the loss and holds the assignment against it.
func lossOf(x core.Matrix[float32], f *Facilities) float64 {
	loss := 0.0
	for i := range x.Rows {
		least := math.Inf(1)
		for _, j := range f.Indices {
			sum := 0.0
			for q, v := range x.Row(j) {
				e := float64(v) - float64(x.Row(i)[q])
				sum += e * e
			}
			least = min(least, sum)
		}
		loss += math.Sqrt(least)
	}
	return loss
}

func TestLongPassesReport(t *testing.T) {
	var seen []int
	s := &tiles[float32]{ctx: context.Background(), progress: func(p core.Progress) {
		require.Equal(t, 100, p.MaxIterations)
		seen = append(seen, p.Iteration)
	}}
	done := make([]int, 100)
	require.NoError(t, s.reported(2*longPairs, 1, 100, func(_, task int) { done[task]++ }))
	require.Len(t, seen, 32)
	require.Equal(t, 100, seen[31])
	for _, times := range done {
		require.Equal(t, 1, times)
	}
	require.NoError(t, s.reported(1000, 1, 100, func(_, task int) { done[task]++ }))
	require.Len(t, seen, 32)
}

// Candidates may all be in one part of the rows: in the last block of a stream, or in one random part.
func TestCandidatesInOnePart(t *testing.T) {
	x := cloud[float32](chunkRows(3)+200, 2, 8)
	late := make([]int, 40)
	for i := range late {
		late[i] = x.Rows - 1 - 2*i
	}
	f := choose(t, Rows(x), &FacilityOptions{Budget: 3, Engine: Streaming, Candidates: late})
	exact := choose(t, Rows(x), &FacilityOptions{Budget: 3, Engine: Decremental, Candidates: late})
	require.Subset(t, late, f.Indices)
	require.Less(t, f.Loss, 1.1*exact.Loss)
	require.Less(t, f.Evaluations, 4*x.Rows*x.Rows) // as for any candidates, not a selection of every row

	x = cloud[float32](60, 2, 8)
	for part := range 40 {
		some := []int{part, part + 5, part + 7, part + 11, part + 19}
		f := choose(t, Rows(x), &FacilityOptions{Budget: 5, Engine: Partitioned, Partitions: 6, Candidates: some, Initial: some[2:3], Seed: uint64(part)})
		require.ElementsMatch(t, some, f.Indices)
	}
}
