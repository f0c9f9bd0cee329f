package gp

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// rounded is a kernel matrix of elements with errors, as a system.
type rounded struct {
	k     core.Matrix[float32]
	sigma []float64
}

func (s *rounded) Size() int        { return s.k.Rows }
func (s *rounded) Sigma() []float64 { return s.sigma }

func (s *rounded) Mul(_ context.Context, dst, v core.Matrix[float64]) error {
	for i := range dst.Rows {
		for j := range dst.Cols {
			sum := s.sigma[i] * v.Row(i)[j]
			for q, x := range s.k.Row(i) {
				sum += float64(x) * v.Row(q)[j]
			}
			dst.Row(i)[j] = sum
		}
	}
	return nil
}

func (s *rounded) Diagonal(_ context.Context, dst []float64) error {
	for i := range dst {
		dst[i] = float64(s.k.Row(i)[i])
	}
	return nil
}

func (s *rounded) Columns(_ context.Context, dst core.Matrix[float32], ids []int) error {
	for i, id := range ids {
		copy(dst.Row(i), s.k.Row(id))
	}
	return nil
}

// TestFactorsEndWhereElementsAreRounding, and fail where they are wrong by more.
func TestFactorsEndWhereElementsAreRounding(t *testing.T) {
	const n = 600
	exact := core.NewMatrix[float64](n, n)
	x := cloud(n, 2, 5)
	require.NoError(t, Evaluate(context.Background(), RBF{LengthScale: []float64{1}}, exact, x, x, 0))
	for _, wrong := range []float64{1e-5, 0.3} {
		s := &rounded{k: core.NewMatrix[float32](n, n), sigma: make([]float64, n)}
		r := rand.New(rand.NewPCG(1, 2))
		for i := range n {
			s.sigma[i] = 0.1
			for j := range i + 1 {
				v := exact.Row(i)[j]
				if j < i {
					v *= 1 + wrong*r.NormFloat64()
				}
				s.k.Row(i)[j], s.k.Row(j)[i] = float32(v), float32(v)
			}
		}
		p, err := NewPreconditioner(context.Background(), s, &PreconditionerOptions{Rank: 300})
		if wrong > 0.1 {
			require.ErrorIs(t, err, core.ErrNumerical)
			continue
		}
		require.NoError(t, err)
		require.Less(t, p.Rank(), 300)
		left, f := 0.0, p.Factor()
		for i := range n {
			left += 1.0 / n
			for q := range p.Rank() {
				v := float64(f.Row(q)[i])
				left -= v * v / n
			}
		}
		require.Less(t, math.Abs(left), 4*widerTol*roundingTrace)
	}
}
