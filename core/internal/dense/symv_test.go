package dense

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// symv must not read below the diagonal nor write beyond y.
func TestSymv(t *testing.T) {
	onEveryLevel64(t, func(t *testing.T) {
		r := newRand(50)
		for n := range 45 {
			const pad = 3
			a, x := normals[float64](r, n, n, pad), float64s(normals[float64](r, 1, n, 0))
			full := float64s(a)
			for i := range n {
				for j := range i {
					full[i*n+j] = full[j*n+i]
					a.Row(i)[j] = math.NaN()
				}
			}
			y := make([]float64, n+1)
			y[n] = 7
			symv(n, a.Data, n+pad, x, y)
			require.InDeltaSlice(t, times(full, n, n, x, 1), y[:n], 1e-13)
			require.Equal(t, 7.0, y[n])
		}
		require.Panics(t, func() { symvKernel(make([]float64, 4*9-1), 9, make([]float64, 9), make([]float64, 9), &symvTile{}) })
	})
}

func BenchmarkSymv(b *testing.B) {
	const n = 400
	r := newRand(51)
	a, x, y := float64s(normals[float64](r, n, n, 0)), float64s(normals[float64](r, 1, n, 0)), make([]float64, n)
	for b.Loop() {
		symv(n, a, n, x, y)
	}
	b.ReportMetric(4*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
}
