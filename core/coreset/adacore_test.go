package coreset_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// errorOf is the relative error of a weighted sum of rows, each column divided by its denominator.
func errorOf(rows [][]float64, indices []int, weights, denominator []float64) float64 {
	weight := map[int]float64{}
	for j, i := range indices {
		weight[i] = weights[j]
	}
	all := total(rows, func(int) float64 { return 1 })
	part := total(rows, func(i int) float64 { return weight[i] })
	for j := range all {
		all[j] /= denominator[j]
		part[j] /= denominator[j]
	}
	return ref.Distance(all, part) / ref.Distance(all, make([]float64, len(all)))
}

func TestCRAIGOfLastLayerIsThatOfItsRows(t *testing.T) {
	r, a, labels, rows := gradientsOf[float64](1, 400, 3, 5)
	o := &coreset.GradientOptions{Size: 40, Groups: labels}
	short, err := coreset.CRAIG(context.Background(), coreset.LastLayer(r, a), o)
	require.NoError(t, err)
	long, err := coreset.CRAIG(context.Background(), coreset.GradientRows(matrixOf[float64](rows)), o)
	require.NoError(t, err)
	require.Equal(t, long.Indices[:8], short.Indices[:8]) // later two gradients nearest to each other may tie
	require.InEpsilon(t, long.Loss, short.Loss, 1e-3)
	require.InDelta(t, 400, sum(short.Weights), 1e-9)
	ones := slices.Repeat([]float64{1}, len(rows[0]))
	require.InEpsilon(t, errorOf(rows, short.Indices, short.Weights, ones), short.Error, 1e-9)
	require.Equal(t, short.Error, short.PreconditionedError)
	scale := ref.Distance(total(rows, func(int) float64 { return 1 }), make([]float64, len(rows[0])))
	require.LessOrEqual(t, short.Error*scale, short.Loss)
	for i, j := range short.Assignment {
		require.Equal(t, labels[i], labels[short.Indices[j]])
	}
}

func TestAdaCoreMeasuresWithTheCurvature(t *testing.T) {
	r, a, labels, rows := gradientsOf[float64](2, 300, 3, 4)
	fisher, err := coreset.FisherDiagonal(context.Background(), coreset.LastLayer(r, a), nil, 0)
	require.NoError(t, err)
	curvature := coreset.NewCurvature(len(fisher))
	require.NoError(t, curvature.Update(fisher, nil))
	h, err := curvature.Denominator(nil)
	require.NoError(t, err)
	for _, preconditioner := range []string{coreset.Factored, coreset.Full} {
		found, err := coreset.AdaCore(context.Background(), coreset.LastLayer(r, a), h,
			&coreset.GradientOptions{Size: 30, Groups: labels, Preconditioner: preconditioner})
		require.NoError(t, err)
		require.InEpsilon(t, errorOf(rows, found.Indices, found.Weights, h), found.PreconditionedError, 1e-9)
		require.InEpsilon(t, errorOf(rows, found.Indices, found.Weights, slices.Repeat([]float64{1}, len(h))), found.Error, 1e-9)
	}
	long, err := coreset.AdaCore(context.Background(), coreset.GradientRows(matrixOf[float64](rows)), h, &coreset.GradientOptions{Size: 30, Groups: labels})
	require.NoError(t, err)
	full, err := coreset.AdaCore(context.Background(), coreset.LastLayer(r, a), h,
		&coreset.GradientOptions{Size: 30, Groups: labels, Preconditioner: coreset.Full})
	require.NoError(t, err)
	require.Equal(t, long.Indices[:6], full.Indices[:6])
	require.InEpsilon(t, long.Loss, full.Loss, 1e-3)
	// A curvature of rank one leaves nothing for the full one to add.
	for k := range h {
		h[k] = (1 + float64(k/5)) * (2 + float64(k%5))
	}
	factored, err := coreset.AdaCore(context.Background(), coreset.LastLayer(r, a), h, &coreset.GradientOptions{Size: 30, Groups: labels})
	require.NoError(t, err)
	full, err = coreset.AdaCore(context.Background(), coreset.LastLayer(r, a), h,
		&coreset.GradientOptions{Size: 30, Groups: labels, Preconditioner: coreset.Full})
	require.NoError(t, err)
	require.Equal(t, full.Indices[:6], factored.Indices[:6])
	require.InEpsilon(t, full.Loss, factored.Loss, 1e-3)
}

func TestWeightsAreCutAtALimit(t *testing.T) {
	r, a, _, _ := gradientsOf[float64](3, 500, 2, 3)
	free, err := coreset.CRAIG(context.Background(), coreset.LastLayer(r, a), &coreset.GradientOptions{Size: 25})
	require.NoError(t, err)
	require.Greater(t, slices.Max(free.Weights), 30.0)
	cut, err := coreset.CRAIG(context.Background(), coreset.LastLayer(r, a), &coreset.GradientOptions{Size: 25, MaxWeight: 1.5})
	require.NoError(t, err)
	require.Equal(t, free.Indices, cut.Indices)
	require.InDelta(t, 500, sum(cut.Weights), 1e-9)
	require.LessOrEqual(t, slices.Max(cut.Weights), 30+1e-9)
	require.Greater(t, cut.EffectiveSize, free.EffectiveSize)
}

func TestCurvatureAveragesWithCorrection(t *testing.T) {
	c := coreset.NewCurvature(4)
	o := &coreset.CurvatureOptions{Decay: 0.9, Block: 2, Damping: 1e-300}
	first, second := []float64{1, 3, -4, -4}, []float64{0, 2, 5, 1}
	require.NoError(t, c.Update(first, o))
	h, err := c.Denominator(o)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{2, 2, 4, 4}, h, 1e-12)
	require.NoError(t, c.Update(second, o))
	h, err = c.Denominator(o)
	require.NoError(t, err)
	want := math.Sqrt((0.09*4 + 0.1*1) / (1 - 0.81))
	require.InDelta(t, want, h[0], 1e-12)
	o.Damping, o.Power = 0.5, 0.5
	damped, err := c.Denominator(o)
	require.NoError(t, err)
	require.InDelta(t, math.Sqrt(h[0])+0.5*(math.Sqrt(h[0])+math.Sqrt(h[2]))/2, damped[0], 1e-12)
	zero := coreset.NewCurvature(2)
	_, err = zero.Denominator(nil)
	require.ErrorIs(t, err, core.ErrOption)
	require.NoError(t, zero.Update([]float64{0, 0}, nil))
	h, err = zero.Denominator(nil)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1}, h)
	require.ErrorIs(t, zero.Update([]float64{0}, nil), core.ErrShape)
	require.ErrorIs(t, zero.Update([]float64{0, math.NaN()}, nil), core.ErrNotFinite)
	require.ErrorIs(t, zero.Update([]float64{0, 1}, &coreset.CurvatureOptions{Decay: 1}), core.ErrOption)
}

func TestDiagonals(t *testing.T) {
	r, a, _, rows := gradientsOf[float64](4, 700, 3, 6)
	fisher, err := coreset.FisherDiagonal(context.Background(), coreset.LastLayer(r, a), nil, 0)
	require.NoError(t, err)
	other, err := coreset.FisherDiagonal(context.Background(), coreset.GradientRows(matrixOf[float64](rows)), nil, 0)
	require.NoError(t, err)
	want := make([]float64, len(rows[0]))
	for _, g := range rows {
		for j, v := range g {
			want[j] += v * v / 700
		}
	}
	require.InDeltaSlice(t, want, fisher, 1e-9)
	require.InDeltaSlice(t, want, other, 1e-9)

	// The Hessian of a quadratic form is its matrix: probes of a diagonal one are exact.
	z := coreset.Probes[float64](3, 4, 1, 2)
	hz := core.NewMatrix[float64](3, 4)
	for i := range 3 {
		for j := range 4 {
			require.InDelta(t, 1, math.Abs(z.Row(i)[j]), 0)
			hz.Row(i)[j] = float64(j+1) * z.Row(i)[j]
		}
	}
	diagonal, err := coreset.HutchinsonDiagonal(z, hz)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1, 2, 3, 4}, diagonal, 1e-12)

	p := core.NewMatrix[float64](700, 3)
	for i := range p.Data {
		p.Data[i] = 0.5 + 0.4*math.Sin(float64(i))
	}
	exact, err := coreset.SoftmaxDiagonal(context.Background(), p, a, nil, 0)
	require.NoError(t, err)
	for _, k := range []int{0, 8, 13, 20} {
		c, j, sum := k/7, k%7, 0.0
		for i := range 700 {
			v := 1.0
			if j < 6 {
				v = a.Row(i)[j]
			}
			sum += p.Row(i)[c] * (1 - p.Row(i)[c]) * v * v / 700
		}
		require.InDelta(t, sum, exact[k], 1e-9)
	}
}

func TestGradientCoresetsOfTroublesomeData(t *testing.T) {
	ctx := context.Background()
	zero, err := coreset.CRAIG(ctx, coreset.GradientRows(core.NewMatrix[float64](10, 3)), &coreset.GradientOptions{Size: 4})
	require.NoError(t, err)
	require.Len(t, zero.Indices, 4)
	require.Zero(t, zero.Error)
	require.Zero(t, zero.Loss)
	r, a, _, _ := gradientsOf[float64](5, 20, 2, 3)
	g := coreset.LastLayer(r, a)
	all, err := coreset.CRAIG(ctx, g, &coreset.GradientOptions{Size: 20})
	require.NoError(t, err)
	require.Less(t, all.Error, 1e-9)
	_, err = coreset.AdaCore(ctx, g, make([]float64, 8), &coreset.GradientOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = coreset.AdaCore(ctx, g, make([]float64, 7), &coreset.GradientOptions{Size: 2})
	require.ErrorIs(t, err, core.ErrShape)
	for _, o := range []*coreset.GradientOptions{nil, {}, {Size: 21}, {Size: 2, MaxWeight: 0.5}, {Size: 2, Preconditioner: "x"},
		{Size: 2, Engine: "x"}, {Size: 2, SampleWeight: make([]float64, 20)}} {
		_, err = coreset.CRAIG(ctx, g, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err = coreset.CRAIG(ctx, g, &coreset.GradientOptions{Size: 2, Groups: make([]int32, 3)})
	require.ErrorIs(t, err, core.ErrShape)
	h := slices.Repeat([]float64{1}, 8)
	_, err = coreset.AdaCore(ctx, g, h, &coreset.GradientOptions{Size: 2, Preconditioner: coreset.Full, MemoryLimit: 100})
	require.ErrorIs(t, err, core.ErrOption)
}
