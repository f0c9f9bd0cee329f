package gp

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

// TestPrecisionFollowsLengthScales: groups of points that are a hundred-thousandth of the spread apart, at whose distances
// features lose their digits in float32, and a function of that distance.
func TestPrecisionFollowsLengthScales(t *testing.T) {
	const short = 1e-5
	x, y := cloud(600, 2, 3), make([]float64, 600)
	r := rng.New(3, 1)
	for i := range y {
		x.Row(i)[0] = x.Row(i / 6 * 6)[0] + short*r.NormFloat64()
		x.Row(i)[1] = x.Row(i / 6 * 6)[1]
		y[i] = math.Sin(x.Row(i)[0]/short) + 0.03*r.NormFloat64()
	}
	k := Matern{LengthScale: []float64{short, 1}, Nu: 2.5}
	o := RegressionOptions{Noise: 1e-3, NoiseFixed: true, Optimizer: OptimizerNone, NoLikelihood: true}
	exact := fit(t, x, y, k, o)
	o.Solver, o.PredictTol = MethodCG, 1e-6
	off := map[string]float64{}
	for _, precision := range []string{Auto, Float32} {
		o.Precision = precision
		m := fit(t, x, y, k, o)
		if precision == Auto {
			require.Equal(t, Float64, m.Precision)
		}
		for i, v := range exact.Weights {
			off[precision] = max(off[precision], math.Abs(m.Weights[i]-v))
		}
	}
	require.Less(t, off[Auto], off[Float32]/100)
	o.Precision = Auto
	for _, c := range []struct {
		length, noise float64
		want          string
	}{{0.2, 0.1, Float32}, {short, 10, Float32}, {0.2, 1e-5, Float64}, {short, 1e-3, Float64}} {
		o.Noise = c.noise
		require.Equal(t, c.want, fit(t, x, y, Matern{LengthScale: []float64{c.length, 1}, Nu: 2.5}, o).Precision, "%+v", c)
	}
}
