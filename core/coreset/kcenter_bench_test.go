package coreset

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func benchmarkPoints() core.Matrix[float32] {
	x, draw := core.NewMatrix[float32](200000, 16), rng.New(1)
	for i := range x.Data {
		x.Data[i] = float32(draw.NormFloat64())
	}
	return x
}

func BenchmarkKCenter(b *testing.B) {
	x := benchmarkPoints()
	b.ResetTimer()
	for range b.N {
		found, err := KCenter(context.Background(), x, &KCenterOptions{Centers: 2000, Threads: 1})
		require.NoError(b, err)
		b.ReportMetric(found.Radius, "radius")
	}
}

// BenchmarkKCenterPlain passes over all points for every centre, with the same kernel.
func BenchmarkKCenterPlain(b *testing.B) {
	x := benchmarkPoints()
	b.ResetTimer()
	for range b.N {
		p := newPointPanels(x, nil)
		near, l := make([]float32, len(p.x)/p.d), make([]float32, p.lanes)
		for k := range near {
			near[k] = -1e30
		}
		next := outermost(x)
		for range 2000 {
			id := p.addTarget(x.Row(next))
			for k := range p.panels() {
				p.distances(l, k, []uint32{id})
				for lane, v := range l {
					at := k*p.lanes + lane
					near[at] = max(near[at], v)
				}
			}
			next = 0
			for i, v := range near[:p.n] {
				if v < near[next] {
					next = i
				}
			}
		}
		b.ReportMetric(float64(-2*near[next]), "squared-radius")
	}
}
