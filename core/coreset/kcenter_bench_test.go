package coreset

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func benchmarkPoints(d int) core.Matrix[float32] {
	x, draw := core.NewMatrix[float32](200000, d), rng.New(1)
	for i := range x.Data {
		x.Data[i] = float32(draw.NormFloat64())
	}
	return x
}

func BenchmarkKCenter(b *testing.B) {
	for _, d := range []int{3, 16} {
		x := benchmarkPoints(d)
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("D=%d,threads=%d", d, threads), func(b *testing.B) {
				for range b.N {
					found, err := KCenter(context.Background(), x, &KCenterOptions{Centers: 2000, Threads: threads})
					require.NoError(b, err)
					b.ReportMetric(found.Radius, "radius")
					b.ReportMetric(float64(found.Evaluations)/(200000*2000), "evaluated/nk")
				}
			})
		}
	}
}

// BenchmarkKCenterPlain passes over all points for every centre, with the same kernel.
func BenchmarkKCenterPlain(b *testing.B) {
	x := benchmarkPoints(16)
	b.ResetTimer()
	for range b.N {
		p := newPointPanels(x, nil, 1)
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
