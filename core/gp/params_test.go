package gp

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestParametersFollowScikitLearn(t *testing.T) {
	k := Add(Multiply(Constant{Value: 2}, RBF{LengthScale: []float64{1, 3}, Bounds: Bounds{Lower: 0.1, Upper: 10}}),
		RationalQuadratic{Alpha: 0.5}, Periodic{Period: []float64{7}, Bounds: Bounds{Fixed: true}}, White{Noise: 0.1})
	var names []string
	for _, p := range Params(k) {
		names = append(names, p.Name)
	}
	require.Equal(t, []string{
		"k1__k1__k1__k1__constant_value", "k1__k1__k1__k2__length_scale[0]", "k1__k1__k1__k2__length_scale[1]",
		"k1__k1__k2__alpha", "k1__k1__k2__length_scale", "k1__k2__length_scale", "k1__k2__periodicity", "k2__noise_level",
	}, names)
	theta := Theta(k)
	require.InDeltaSlice(t, []float64{math.Log(2), 0, math.Log(3), math.Log(0.5), 0, math.Log(7), math.Log(0.1)}, theta, 1e-15)
	lower, upper := ThetaBounds(k)
	require.Equal(t, math.Log(0.1), lower[1])
	require.Equal(t, math.Log(1e5), upper[0])
	require.Equal(t, "2 * RBF(length_scale=[1, 3]) + RationalQuadratic(alpha=0.5, length_scale=1) + "+
		"Periodic(length_scale=1, periodicity=7) + White(noise_level=0.1)", k.(Kernel).String())

	for i := range theta {
		theta[i] = float64(i) / 10
	}
	moved, err := WithTheta(k, theta)
	require.NoError(t, err)
	require.InDeltaSlice(t, theta, Theta(moved), 1e-15)
	require.Equal(t, 2.0, Params(k)[0].Value)
	require.Equal(t, 1.0, Params(moved)[5].Value) // fixed

	_, err = WithTheta(k, theta[1:])
	require.ErrorIs(t, err, core.ErrShape)
	theta[2] = math.NaN()
	_, err = WithTheta(k, theta)
	require.ErrorIs(t, err, core.ErrNotFinite)
	theta[2] = 1e4
	_, err = WithTheta(k, theta)
	require.ErrorIs(t, err, core.ErrNotFinite)
}

func TestProductsOfSumsAreWrittenWithBrackets(t *testing.T) {
	require.Equal(t, "(1 + Linear(sigma_0=1)) * Matern(length_scale=1, nu=1.5, dims=[0, 2])",
		Product{Add(Constant{Value: 1}, Linear{Sigma0: 1}), Matern{Dims: []int{0, 2}}}.String())
}

func TestImpossibleKernels(t *testing.T) {
	for _, c := range []struct {
		kernel  Kernel
		message string
	}{
		{nil, "there is no kernel"},
		{Sum{RBF{}, nil}, "lacks a part"},
		{Constant{}, "constant_value"},
		{Constant{Value: math.NaN()}, "constant_value"},
		{White{Noise: -1}, "noise_level"},
		{RBF{LengthScale: []float64{1, 2}}, "2 values of length_scale for 3 features"},
		{RBF{LengthScale: []float64{0}}, "length_scale"},
		{Matern{Nu: 1}, "nu must be 0.5, 1.5 or 2.5"},
		{Periodic{Period: []float64{1, 2}}, "periodicity"},
		{Linear{Sigma0: 1, Dims: []int{3}}, "features 0 to 2"},
		{RBF{Dims: []int{1, 1}}, "twice"},
		{RBF{Bounds: Bounds{Lower: 2, Upper: 1}}, "ascending"},
	} {
		_, err := NewOperator(cloud(4, 3, 1), c.kernel, nil, nil)
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, c.message)
	}
}

func TestImpossibleInput(t *testing.T) {
	x := cloud(4, 2, 1)
	bad := cloud(4, 2, 1)
	bad.Row(2)[1] = math.NaN()
	_, err := NewOperator(bad, RBF{}, nil, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 2, column 1")
	_, err = NewOperator(core.Matrix[float64]{}, RBF{}, nil, nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewOperator(x, RBF{}, []float64{1, 2}, nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewOperator(x, RBF{}, []float64{-1}, nil)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = NewOperator(x, RBF{}, nil, &OperatorOptions{Precision: "float8"})
	require.ErrorIs(t, err, core.ErrOption)

	op, err := NewOperator(x, RBF{}, nil, nil)
	require.NoError(t, err)
	four, five := core.NewMatrix[float64](4, 2), core.NewMatrix[float64](5, 2)
	require.ErrorIs(t, op.Mul(nil, four, five), core.ErrShape)
	require.ErrorIs(t, op.Mul(nil, five, four), core.ErrShape)
	require.ErrorIs(t, op.Gradient(nil, nil, four, four), core.ErrShape)
	require.ErrorIs(t, Cross(nil, op, four, cloud(4, 3, 1), four), core.ErrShape)
	require.ErrorIs(t, Cross(nil, op, four, bad, four), core.ErrNotFinite)
	require.ErrorIs(t, op.Submatrix(nil, core.NewMatrix[float64](1, 1), []int{4}, []int{0}), core.ErrOption)
	require.ErrorIs(t, op.Diagonal(nil, nil), core.ErrShape)
	require.ErrorIs(t, op.SetNoise([]float64{1, 2, 3}), core.ErrShape)
	require.ErrorIs(t, op.SetTheta(nil), core.ErrShape)
}
