package neighbors

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

func TestMasksAgree(t *testing.T) {
	for _, l := range cpu.Levels() {
		restore := cpu.Force(l)
		masks[float32](t, l.String())
		masks[float64](t, l.String())
		restore()
	}
}

func masks[T core.Float](t *testing.T, name string) {
	g := rand.New(rand.NewPCG(1, 1))
	tile, limit := make([]T, 64*64), make([]T, 64)
	for i := range tile {
		tile[i] = T(g.IntN(20))
	}
	for i := range limit {
		limit[i] = T(g.IntN(20))
	}
	want, got := make([]uint64, 64), make([]uint64, 64)
	below(want, tile, limit)
	Below(got, tile, limit)
	require.Equal(t, want, got, name)
}

func gaussians(n, d int) core.Matrix[float32] {
	g := rand.New(rand.NewPCG(3, 1))
	x := core.NewMatrix[float32](n, d)
	for i := range x.Data {
		x.Data[i] = float32(g.NormFloat64())
	}
	return x
}

// exact returns the squared distances of the k nearest candidates of row i.
func exact(x core.Matrix[float32], candidates []bool, i, k int) []float64 {
	var squares []float64
	for j := range x.Rows {
		if candidates != nil && !candidates[j] {
			continue
		}
		sum := 0.0
		for q, v := range x.Row(j) {
			e := float64(v) - float64(x.Row(i)[q])
			sum += e * e
		}
		squares = append(squares, sum)
	}
	slices.Sort(squares)
	return squares[:k]
}

func TestSearchFindsNeighbours(t *testing.T) {
	for _, d := range []int{3, 40} {
		for _, sampled := range []bool{false, true} {
			x := gaussians(901, d)
			var candidates []bool
			if sampled {
				candidates = make([]bool, x.Rows)
				for i := range candidates {
					candidates[i] = i%3 == 0
				}
			}
			l, err := Search(context.Background(), x, &Options{K: 10, Recall: 0.95, Candidates: candidates, Seed: 1})
			require.NoError(t, err)
			found := 0
			for i := range x.Rows {
				want := exact(x, candidates, i, 10)
				ids, squares := l.IDs[i*10:i*10+10], l.Squares[i*10:i*10+10]
				require.True(t, slices.IsSorted(squares))
				seen := map[int32]bool{}
				for c, j := range ids {
					require.False(t, seen[j])
					seen[j] = true
					require.True(t, candidates == nil || candidates[j])
					if float64(squares[c]) <= want[9]*(1+1e-4) {
						found++
					}
				}
			}
			require.Greater(t, float64(found), 0.9*float64(10*x.Rows))
			require.GreaterOrEqual(t, l.Recall, 0.95)
		}
	}
}

func TestSearchDoesNotDependOnThreads(t *testing.T) {
	x := gaussians(2000, 5)
	var first *Lists[float32]
	for _, threads := range []int{1, 3} {
		l, err := Search(context.Background(), x, &Options{K: 6, Recall: 0.9, Threads: threads})
		require.NoError(t, err)
		if first == nil {
			first = l
		}
		require.Equal(t, first, l)
	}
}

func TestCompleteSearchMissesNothing(t *testing.T) {
	x := gaussians(900, 4)
	candidates := make([]bool, x.Rows)
	for i := range 200 {
		candidates[4*i] = true
	}
	l, err := Search(context.Background(), x, &Options{K: 1, Recall: 1, Candidates: candidates})
	require.NoError(t, err)
	for i := range x.Rows {
		require.InDelta(t, exact(x, candidates, i, 1)[0], float64(l.Squares[i]), 1e-5)
	}
}
