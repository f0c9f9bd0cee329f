package coreset

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

func packed(rows [][]float64) core.Matrix[float64] {
	m := core.NewMatrix[float64](len(rows), len(rows[0]))
	for i, row := range rows {
		copy(m.Row(i), row)
	}
	return m
}

func TestMatricesMatchTheReference(t *testing.T) {
	x := cloud[float64](333, 5, 2)
	d := ref.Euclidean(rowsOf(x))
	similar := make([][]float64, len(d))
	negative := make([][]float64, len(d))
	for i := range d {
		for _, v := range d[i] {
			similar[i] = append(similar[i], math.Exp(-v))
			negative[i] = append(negative[i], -math.Exp(-v))
		}
	}
	_, _, want := ref.FacilityGreedy(d, ones(333), 1e3, 40)
	_, _, minus := ref.FacilityGreedy(negative, ones(333), 0, 40)
	for _, engine := range []string{Lazy, Decremental} {
		o := &FacilityOptions{Budget: 40, Engine: engine}
		f, err := SelectFacilities(context.Background(), Distances(packed(d)), o)
		require.NoError(t, err)
		checkFacilities(t, f, 333, 40)
		require.InEpsilon(t, want, f.Loss, 1e-9)
		f, err = SelectFacilities(context.Background(), Similarities(packed(similar)), o)
		require.NoError(t, err)
		checkFacilities(t, f, 333, 40)
		require.InEpsilon(t, 333+minus, f.Loss, 1e-9, "the largest similarity is 1, of every row with itself")
	}
}

func TestTroubleWithMatrices(t *testing.T) {
	m := packed(ref.Euclidean(rowsOf(cloud[float64](70, 2, 1))))
	o := &FacilityOptions{Budget: 3}
	_, err := SelectFacilities(context.Background(), Distances(core.Matrix[float64]{Data: m.Data, Rows: 69, Cols: 70, Stride: 70}), o)
	require.ErrorIs(t, err, core.ErrShape)
	require.ErrorContains(t, err, "square")
	m.Row(66)[3] += 1
	_, err = SelectFacilities(context.Background(), Distances(m), o)
	require.ErrorIs(t, err, core.ErrShape)
	require.ErrorContains(t, err, "(66, 3)")
	m.Row(3)[66] = math.NaN()
	_, err = SelectFacilities(context.Background(), Distances(m), o)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 3, column 66")
	m.Row(3)[66], m.Row(66)[3] = -1, -1
	_, err = SelectFacilities(context.Background(), Distances(m), o)
	require.ErrorContains(t, err, "row 3, column 66")
}
