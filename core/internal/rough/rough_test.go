package rough

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func normals(n int, path ...uint64) []float64 {
	r := rng.New(7, path...)
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

// search finds points near rows; the last tile is filled up with the origin.
func search(p *Points, rows []float64, n, d int) []uint32 {
	padded := (n + Tile - 1) / Tile * Tile
	codes, keys, near := make([]int8, padded*p.Width()), make([]int32, padded*Keys), make([]uint32, padded*Found)
	for i := range n {
		Encode(p, codes[i*p.Width():], rows[i*d:(i+1)*d])
	}
	p.Nearest(near, keys, codes, padded)
	return near[:n*Found]
}

// Sums are of integers, so every kernel finds the same points in the same order.
func TestEveryPathFindsTheSamePoints(t *testing.T) {
	for _, c := range []struct{ n, d, rows int }{{1, 1, 1}, {5, 3, 9}, {31, 4, 8}, {90, 17, 16}, {1000, 32, 24}, {300, 200, 8}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			points, rows := normals(c.n*c.d, 1), normals(c.rows*c.d, 2)
			rows[0] = 1e30 // beyond reach
			p := NewPoints(c.n, c.d, 3, func(i int, x []float64) { copy(x, points[i*c.d:]) })
			var want []uint32
			for _, level := range cpu.Levels() {
				restore := cpu.Force(level)
				got := search(p, rows, c.rows, c.d)
				restore()
				if level == cpu.Generic {
					want = got
				}
				for i := range c.rows {
					k := min(c.n, Found)
					require.Equal(t, want[i*Found:i*Found+k], got[i*Found:i*Found+k], "%v, row %d", level, i)
				}
			}
		})
	}
}

// What is found is near: the nearest point is among the first few, and distances rise but for rounding.
func TestWhatIsFoundIsNear(t *testing.T) {
	const n, rows = 500, 40
	for _, d := range []int{2, 33, 400} {
		points, x := normals(n*d, 3), normals(rows*d, 4)
		p := NewPoints(n, d, 4, func(i int, m []float64) { copy(m, points[i*d:]) })
		near := search(p, x, rows, d)
		for i := range rows {
			distance := make([]float64, n)
			for c := range distance {
				for j := range d {
					e := x[i*d+j] - points[c*d+j]
					distance[c] += e * e
				}
			}
			found := near[i*Found : (i+1)*Found]
			nearest := uint32(slices.Index(distance, slices.Min(distance)))
			require.Contains(t, found[:5], nearest)
			require.Len(t, slices.Compact(slices.Sorted(slices.Values(found))), Found)
			for k := 1; k < Found; k++ {
				require.Greater(t, distance[found[k]], 0.93*distance[found[k-1]]-0.05)
			}
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	for _, c := range []struct{ n, d int }{{2000, 32}, {2000, 64}, {8000, 32}} {
		b.Run(fmt.Sprint(c), func(b *testing.B) {
			const rows = 128
			points, x := normals(c.n*c.d, 1), normals(rows*c.d, 2)
			p := NewPoints(c.n, c.d, 4, func(i int, m []float64) { copy(m, points[i*c.d:]) })
			codes, keys, near := make([]int8, rows*p.Width()), make([]int32, rows*Keys), make([]uint32, rows*Found)
			for b.Loop() {
				for i := range rows {
					Encode(p, codes[i*p.Width():], x[i*c.d:(i+1)*c.d])
				}
				p.Nearest(near, keys, codes, rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
