package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Products with a matrix that has zero rows and columns never leave the other coordinates, not even by rounding, so that
// the last block of a basis of everything has to be drawn at random.
func TestBasisOfEverythingIsOrthonormal(t *testing.T) {
	const n, dead = 64, 21
	ctx := context.Background()
	a := core.NewMatrix[float64](n, n)
	for i := range n {
		draw := rng.New(1, 2, uint64(i))
		for j := range n {
			if v := draw.NormFloat64(); i%dead != 0 && j%dead != 0 {
				a.Row(i)[j] = v * math.Pow(0.8, float64(i))
			}
		}
	}
	op, err := NewDense(a, 2)
	require.NoError(t, err)
	c, err := newJob(op, &Options{Rank: 20})
	require.NoError(t, err)
	k := newKrylov(c, n, 30)
	require.NoError(t, k.start(ctx))
	for k.room() > 0 {
		require.NoError(t, k.grow(ctx))
	}
	require.Equal(t, n, k.have)
	for p := range n {
		for q := range n {
			sum := 0.0
			for i := range n {
				sum += k.q.Row(i)[p] * k.q.Row(i)[q]
			}
			if p == q {
				sum--
			}
			require.InDelta(t, 0, sum, 1e-13, "columns %d and %d", p, q)
		}
	}
}
