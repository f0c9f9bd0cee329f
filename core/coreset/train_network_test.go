package coreset

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// The velocity after one step without momentum is the gradient: it must be that of the weighted mean loss by differences.
func TestNetworkStepsAlongTheGradient(t *testing.T) {
	draw := rng.New(1)
	const n, d = 7, 4
	net := newNetwork[float64]([]int{d, 6, 5, 3}, n, 1, 1)
	x, labels, weights := core.NewMatrix[float64](n, d), make([]int32, n), make([]float64, n)
	for i := range n {
		labels[i], weights[i] = int32(i%3), draw.Float64()
		for j := range d {
			x.Row(i)[j] = draw.NormFloat64()
		}
	}
	for l := range net.w {
		for k := range net.w[l] {
			net.w[l][k] = draw.NormFloat64()
		}
		for k := range net.b[l] {
			net.b[l][k] = 0.1 * draw.NormFloat64()
		}
	}
	value := func() float64 {
		net.forward(x.Data, d, n)
		loss := 0.0
		for i := range n {
			loss -= weights[i] / n * math.Log(net.a[3][i*3+int(labels[i])])
		}
		return loss
	}
	o := &TrainOptions{}
	net.step(x.Data, n, labels, weights, nil, 0, o)
	for l := range net.w {
		for _, p := range []struct{ at, gradient []float64 }{{net.w[l], net.vw[l]}, {net.b[l], net.vb[l]}} {
			for k := range p.at {
				was := p.at[k]
				p.at[k] = was + 1e-6
				up := value()
				p.at[k] = was - 1e-6
				down := value()
				p.at[k] = was
				require.InDelta(t, (up-down)/2e-6, p.gradient[k], 1e-7)
			}
		}
	}
}
