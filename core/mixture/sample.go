package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// sampleTile is the number of rows drawn from one random stream.
const sampleTile = 1024

// leastGamma keeps a row of a t component of few degrees of freedom finite where the draw of its precision underflows.
const leastGamma = 1e-300

// Sample fills x (n x Features) with rows drawn from m, and labels (n, or nil) with the component of each. The draw
// depends on the seed and the parameters alone, and the first rows do not depend on how many follow. O(n D H).
func Sample[T core.Float](ctx context.Context, m *Model, seed uint64, threads int, x core.Matrix[T], labels []int64) error {
	if err := checkOutput("the sample", x, x.Rows, m.Features); err != nil {
		return err
	}
	if m.Family == Tyler {
		return fmt.Errorf("mixture: %w: a tyler mixture describes directions, not distances, and cannot be sampled; "+
			"fit family %q", core.ErrOption, StudentT)
	}
	if labels != nil {
		if err := checkLength("the labels", len(labels), x.Rows); err != nil {
			return err
		}
	}
	mass, total := make([]float64, m.Components), 0.0
	for c, w := range m.Weights {
		total += w
		mass[c] = total
	}
	return par.For(ctx, threads, par.Tiles(x.Rows, sampleTile), func(_, t int) {
		draw := rng.New(seed, streamSample, uint64(t))
		z := make([]float64, m.Factors)
		lo, hi := par.Span(t, x.Rows, sampleTile)
		for i := lo; i < hi; i++ {
			c := searchMass(mass, draw.Float64()*total)
			if labels != nil {
				labels[i] = int64(c)
			}
			for h := range z {
				z[h] = draw.NormFloat64()
			}
			stretch := 1.0 // 1/sqrt of the latent precision of a t component
			if m.DOF != nil {
				stretch = math.Sqrt(m.DOF[c] / 2 / max(rng.Gamma(draw, m.DOF[c]/2), leastGamma))
			}
			row := x.Row(i)
			for d := range row {
				j := c*m.Features + d
				v := m.Means[j] + stretch*math.Sqrt(m.NoiseVariance[j])*draw.NormFloat64()
				for h, zh := range z {
					v += stretch * m.Loadings[j*m.Factors+h] * zh
				}
				row[d] = T(v)
			}
		}
	})
}

// Sample draws n rows and the component of each: x (n x Features, row-major) and labels (n); see the function [Sample].
func (m *Model) Sample(seed uint64, n int) (x []float64, labels []int64, err error) {
	if n < 0 {
		return nil, nil, fmt.Errorf("mixture: %w: the number of samples must not be negative, got %d", core.ErrShape, n)
	}
	x, labels = make([]float64, n*m.Features), make([]int64, n)
	view := core.Matrix[float64]{Data: x, Rows: n, Cols: m.Features, Stride: m.Features}
	return x, labels, Sample(context.Background(), m, seed, 0, view, labels)
}
