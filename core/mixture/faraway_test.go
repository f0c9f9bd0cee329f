package mixture

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// A missing-value code left in the data must not turn into NaN or infinity.
func TestAbsurdlyFarRowsKeepFiniteDensities(t *testing.T) {
	m, err := NewModel(Factor, 2, 3, 1, []float64{0.5, 0.5}, []float64{0, 0, 0, 4, 4, 4}, []float64{1, 0, 1, 0, 1, 1},
		[]float64{1, 1, 1, 1, 1, 1e-6})
	require.NoError(t, err)
	rows := []float32{1e30, 0, 0, -3e38, 3e38, 1, 1, 2, 3}
	absurd[float32](t, m, rows)
	wide := make([]float64, len(rows))
	for i, v := range rows {
		wide[i] = float64(v)
	}
	wide[0], wide[3] = 1e300, -1e308
	absurd(t, m, wide)
}

func absurd[T core.Float](t *testing.T, m *Model, rows []T) {
	x := core.Matrix[T]{Data: rows, Rows: 3, Cols: 3, Stride: 3}
	score, q := make([]float64, 3), core.NewMatrix[T](3, 2)
	require.NoError(t, ScoreSamples(context.Background(), m, x, 1, score))
	require.NoError(t, Posterior(context.Background(), m, x, 1, q))
	for i := range 3 {
		require.False(t, math.IsNaN(score[i]) || math.IsInf(score[i], 0), "row %d: %v", i, score[i])
		require.InDelta(t, 1, float64(q.Row(i)[0]+q.Row(i)[1]), 1e-5)
	}
	require.Less(t, score[0], -1e10)
	require.Greater(t, score[2], -1e7)
}
