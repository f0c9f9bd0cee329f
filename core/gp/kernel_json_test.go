package gp

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// awkward are numbers whose digits are easily lost.
var awkward = []float64{1. / 3, 0.1, math.Pi, math.SmallestNonzeroFloat64, math.MaxFloat64, 1e-300, 1e21, 5e-324,
	math.Nextafter(1, 2), 123456789.123456789}

func TestKernelsComeBackFromText(t *testing.T) {
	kernels := []Kernel{
		RBF{}, Matern{}, RationalQuadratic{}, Periodic{},
		Constant{Value: 1e-9, Bounds: Bounds{Fixed: true}},
		White{Noise: 0.1, Bounds: Bounds{Lower: 1e-10, Upper: 1. / 3}},
		Linear{Sigma0: 2, Dims: []int{3, 1}, Bounds: Bounds{Lower: 2, Upper: 2}},
		RBF{LengthScale: awkward}, Matern{Nu: 0.5, LengthScale: []float64{2}, Dims: []int{0, 7}},
		Matern{Nu: 2.5, LengthScale: awkward[:2], Dims: []int{1, 0}, Bounds: Bounds{Fixed: true}},
		RationalQuadratic{Alpha: 0.7, AlphaBounds: Bounds{Lower: 0.5, Upper: 2}, Bounds: Bounds{Fixed: true}},
		Periodic{Period: []float64{7}, PeriodBounds: Bounds{Fixed: true}, LengthScale: []float64{1, 2}, Dims: []int{0, 4}},
	}
	for _, e := range expressions {
		kernels = append(kernels, e.kernel)
	}
	for _, v := range awkward {
		kernels = append(kernels, Add(Constant{Value: v}, White{Noise: v}, Linear{Sigma0: v}, RationalQuadratic{Alpha: v}))
	}
	for _, k := range kernels {
		text, err := MarshalKernel(k)
		require.NoError(t, err)
		got, err := UnmarshalKernel(text)
		require.NoError(t, err, string(text))
		require.Equal(t, k, got, string(text))
		again, err := MarshalKernel(got)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
	}
}

func TestKernelText(t *testing.T) {
	k := Add(Multiply(Constant{Value: 2.5, Bounds: Bounds{Lower: 3, Upper: 4, Fixed: true}},
		Matern{Nu: 2.5, LengthScale: []float64{1, 0.5}, Bounds: Bounds{Lower: 0.01, Upper: 100}, Dims: []int{0, 3}}),
		White{Noise: 0.1})
	text, err := MarshalKernel(k)
	require.NoError(t, err)
	require.JSONEq(t, `{"type": "Sum",
		"k1": {"type": "Product",
		       "k1": {"type": "Constant", "constant_value": 2.5, "constant_value_bounds": "fixed"},
		       "k2": {"type": "Matern", "nu": 2.5, "length_scale": [1, 0.5], "length_scale_bounds": [0.01, 100], "dims": [0, 3]}},
		"k2": {"type": "White", "noise_level": 0.1}}`, string(text))

	got, err := UnmarshalKernel([]byte(" { \"type\" : \"Matern\", \"length_scale\":[ 2 ]\n} "))
	require.NoError(t, err)
	require.Equal(t, Matern{LengthScale: []float64{2}}, got)
}

func TestKernelsThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		kernel  Kernel
		message string
	}{
		{nil, "there is no kernel"},
		{&RBF{}, "*gp.RBF"},
		{Sum{RBF{}, nil}, "there is no kernel (in part k2)"},
		{Constant{}, "constant_value of the kernel 0 must be a positive number"},
		{White{Noise: math.NaN()}, "noise_level"},
		{RBF{LengthScale: []float64{1, math.Inf(1)}}, "length_scale[1]"},
		{RBF{LengthScale: []float64{1, 2, 3}, Dims: []int{0, 1}}, "3 values of length_scale for 2 features"},
		{RBF{Dims: []int{-1}}, "looks at feature -1"},
		{RBF{Dims: []int{math.MaxInt}}, "looks at feature"},
		{Product{RBF{}, Sum{Matern{Nu: 3}, RBF{}}}, "nu must be 0.5, 1.5 or 2.5, got 3; use RBF for very smooth functions (in part k2__k1)"},
		{Linear{Sigma0: 1, Bounds: Bounds{Lower: 2, Upper: 1}}, "ascending"},
		{Linear{Sigma0: 1, Bounds: Bounds{Upper: 1}}, "ascending"},
	} {
		text, err := MarshalKernel(c.kernel)
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, c.message)
		require.Nil(t, text)
	}
}

func TestNestedKernelText(t *testing.T) {
	var k Kernel = RBF{}
	for range maxNesting {
		k = Sum{k, White{Noise: 1}}
	}
	text, err := MarshalKernel(k)
	require.NoError(t, err)
	got, err := UnmarshalKernel(text)
	require.NoError(t, err)
	require.Equal(t, k, got)

	_, err = MarshalKernel(Product{White{Noise: 1}, k})
	require.ErrorContains(t, err, "more than 256 deep")
	deeper := `{"type":"Product","k2":{"type":"RBF"},"k1":` + string(text) + "}"
	_, err = UnmarshalKernel([]byte(deeper))
	require.ErrorContains(t, err, "more than 256 deep")
	for _, n := range []int{5000, 100000} {
		_, err = UnmarshalKernel([]byte(strings.Repeat(`{"type":"Sum","k1":`, n) + strings.Repeat("}", n)))
		require.ErrorIs(t, err, core.ErrOption)
	}
}

func FuzzUnmarshalKernel(f *testing.F) {
	g := golden(f)
	for _, c := range g.Kernels {
		f.Add([]byte(c.Kernel))
	}
	for _, c := range g.Refused {
		f.Add([]byte(c.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := UnmarshalKernel(text)
		if err != nil {
			require.ErrorIs(t, err, core.ErrOption)
			return
		}
		written, err := MarshalKernel(k)
		require.NoError(t, err)
		again, err := UnmarshalKernel(written)
		require.NoError(t, err)
		require.Equal(t, k, again)
		require.Equal(t, Params(k), Params(again))
	})
}
