package mixture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// A trend over the rows gives every tile another mean; far from the origin, nothing may cancel.
func TestStandardisationIsTheMeanAndTheSpread(t *testing.T) {
	const N, D = 3*momentTile + 17, 2
	x, w := make([]float64, 0, N*D), make([]float64, N)
	for i := range w {
		x = append(x, 1e6+float64(i)/100, math.Sin(float64(i)))
		w[i] = float64(i % 3)
	}
	for _, weight := range [][]float64{nil, w} {
		plain := weight
		if plain == nil {
			plain = ones(N)
		}
		for j := range D {
			mean, square, total := 0.0, 0.0, 0.0
			for i, v := range plain {
				total += v
				mean += v * x[i*D+j]
			}
			mean /= total
			for i, v := range plain {
				square += v * (x[i*D+j] - mean) * (x[i*D+j] - mean)
			}
			for _, threads := range []int{1, 3} {
				d, err := newData(background, matrix[float64](x, D), weight, false, threads)
				require.NoError(t, err)
				require.InDelta(t, mean, d.shift[j], 1e-13*(1+math.Abs(mean)))
				require.InEpsilon(t, math.Sqrt(total/square), d.scale[j], 1e-10)
				require.InDelta(t, math.Log(d.scale[0])+math.Log(d.scale[1]), d.logJac, 1e-12)
				common, err := newData(background, matrix[float64](x, D), weight, true, threads)
				require.NoError(t, err)
				require.Equal(t, common.scale[0], common.scale[1])
				require.InEpsilon(t, math.Pow(d.scale[0], -2)+math.Pow(d.scale[1], -2), 2*math.Pow(common.scale[0], -2), 1e-10)
			}
		}
	}
}

// A column whose spread is rounding of its mean is constant: it takes the scale of the others.
func TestConstantColumnsTakeTheCommonScale(t *testing.T) {
	x := core.NewMatrix[float64](100, 3)
	for i := range x.Rows {
		copy(x.Row(i), []float64{1e9 / 7.0, float64(i % 2), 1e9/7.0 + 1e-8*float64(i%2)})
	}
	d, err := newData(background, x, nil, false, 1)
	require.NoError(t, err)
	require.InDelta(t, 2, d.scale[1], 1e-12)
	require.InDelta(t, 2, d.scale[0], 1e-12)
	require.InDelta(t, 2, d.scale[2], 1e-12)
	all, err := newData(background, core.NewMatrix[float64](5, 2), nil, false, 1)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1}, all.scale)
}

func TestWeightsAreBroughtToMeanOne(t *testing.T) {
	x := matrix[float64]([]float64{1, 2, 3, 4}, 1)
	d, err := newData(background, x, []float64{0, 1e-300, 3e-300, 0}, false, 1)
	require.NoError(t, err)
	require.Equal(t, []uint32{1, 2}, d.rows)
	requireNear(t, []float64{0.5, 1.5}, d.w, 1e-15, "weights")
	require.Equal(t, 2, d.n)
	require.InDelta(t, 2, d.total, 1e-15)
	require.InEpsilon(t, 4e-300, d.mass, 1e-12)
	require.Equal(t, []float64{3}, d.row(1))
	plain, err := newData(background, x, ones(4), false, 1)
	require.NoError(t, err)
	require.Nil(t, plain.w)
	require.Nil(t, plain.rows)
}
