package mixture

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Numbering anew changes nothing but the numbers: every row of the caller keeps its weight and its candidates.
func TestRenumberingKeepsWhatBelongsToARow(t *testing.T) {
	const n, components = 9_000, 7
	x := matrix[float64](make([]float64, n*2), 2)
	weight := make([]float64, n)
	draw := rng.New(5)
	for i := range weight {
		x.Data[2*i], x.Data[2*i+1] = float64(i), float64(i%13)
		weight[i] = float64(draw.IntN(4)) // rows of weight 0 take no part
	}
	for _, weights := range [][]float64{nil, weight} {
		var first []uint32
		for _, threads := range []int{1, 3} {
			d, err := newData(background, x, weights, false, threads)
			require.NoError(t, err)
			s := newSearch(d.n, components, &Options{Candidates: 3, Neighbors: 5, Algorithm: "truncated"})
			draw := rng.New(8)
			for i := range s.candidates {
				s.candidates[i] = uint32(draw.IntN(components))
			}
			type belongings struct {
				weight     float64
				candidates [3]uint32
			}
			inventory := func() map[float64]belongings {
				all := map[float64]belongings{}
				for i := range uint32(d.n) {
					all[d.row(i)[0]] = belongings{d.weight(i), [3]uint32(s.candidates[3*i:])}
				}
				return all
			}
			before := inventory()
			require.Len(t, before, d.n)
			r := newRenumbering(d, s)
			require.NoError(t, s.sort(background, threads))
			visited := make([]float64, d.n)
			for j, i := range s.order {
				visited[j] = d.row(i)[0]
			}
			require.NoError(t, r.run(background, threads))
			require.Equal(t, before, inventory())
			for j, i := range s.order {
				require.EqualValues(t, j, i)
				require.Equal(t, visited[j], d.row(i)[0], "place %d of the order of visits", j)
			}
			if first == nil {
				first = slices.Clone(d.rows)
			}
			require.Equal(t, first, d.rows)

			// A few that are elsewhere now are not worth it.
			for k := range 10 {
				s.candidates[3*600*k] = components - 1
			}
			require.NoError(t, s.sort(background, threads))
			kept := slices.Clone(d.rows)
			require.NoError(t, r.run(background, threads))
			require.Equal(t, kept, d.rows)
			require.False(t, slices.IsSorted(s.order))
		}
	}
}
