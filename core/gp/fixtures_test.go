package gp

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// expression is a kernel and what it should be.
type expression struct {
	name   string
	kernel Kernel
	want   ref.Covariance
	d      int
}

var expressions = func() []expression {
	one, two, three := []int{0}, []int{0, 1}, []int{0, 1, 2}
	nine := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	ard := []float64{0.7, 1.5, 2}
	long := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	return []expression{
		{"constant", Constant{Value: 2.5}, ref.ConstantCovariance(), 2},
		{"rbf", RBF{LengthScale: []float64{0.8}}, ref.Stationary(ref.RBF, one, 1), 1},
		{"rbf ard", RBF{LengthScale: ard}, ref.Stationary(ref.RBF, three, 3), 3},
		{"rbf ard nine", RBF{LengthScale: long}, ref.Stationary(ref.RBF, nine, 9), 9},
		{"matern 1/2", Matern{Nu: 0.5, LengthScale: ard}, ref.Stationary(ref.Matern12, three, 3), 3},
		{"matern 3/2", Matern{LengthScale: ard}, ref.Stationary(ref.Matern32, three, 3), 3},
		{"matern 3/2 nine", Matern{LengthScale: long}, ref.Stationary(ref.Matern32, nine, 9), 9},
		{"matern 5/2 one scale", Matern{Nu: 2.5, LengthScale: []float64{2}}, ref.Stationary(ref.Matern52, nine, 1), 9},
		{"rational quadratic", RationalQuadratic{Alpha: 0.6, LengthScale: ard}, ref.RationalQuadratic(three, 3), 3},
		{"rational quadratic, almost RBF", RationalQuadratic{Alpha: 1e4}, ref.RationalQuadratic(three, 1), 3},
		{"periodic", Periodic{LengthScale: []float64{0.9}, Period: []float64{1.3}}, ref.Periodic(one, 1, 1), 1},
		{"periodic, two", Periodic{LengthScale: []float64{0.9, 1.5}, Period: []float64{1.3}}, ref.Periodic(two, 2, 1), 2},
		{"linear", Linear{Sigma0: 0.5}, ref.LinearCovariance(three), 3},
		{"scaled matern", Product{Constant{Value: 3}, Matern{LengthScale: ard}},
			ref.ProductOf(ref.ConstantCovariance(), ref.Stationary(ref.Matern32, three, 3)), 3},
		{"matern + white", Add(Multiply(Constant{Value: 3}, Matern{Nu: 2.5}), White{Noise: 0.3}),
			ref.SumOf(ref.ProductOf(ref.ConstantCovariance(), ref.Stationary(ref.Matern52, two, 1)), ref.WhiteCovariance()), 2},
		{"sums and products", Product{Sum{Sum{Constant{Value: 0.5}, RBF{Dims: []int{1}}}, White{Noise: 0.1}},
			Product{Constant{Value: 2}, Sum{Linear{Sigma0: 1, Dims: []int{2}}, Product{Constant{Value: 0.7}, Matern{Dims: []int{0, 2}}}}}},
			ref.ProductOf(ref.SumOf(ref.SumOf(ref.ConstantCovariance(), ref.Stationary(ref.RBF, []int{1}, 1)), ref.WhiteCovariance()),
				ref.ProductOf(ref.ConstantCovariance(), ref.SumOf(ref.LinearCovariance([]int{2}),
					ref.ProductOf(ref.ConstantCovariance(), ref.Stationary(ref.Matern32, []int{0, 2}, 1))))), 3},
		{"locally periodic", Multiply(Constant{Value: 1.5}, Periodic{Period: []float64{0.7}}, RBF{LengthScale: []float64{3}}),
			ref.ProductOf(ref.ProductOf(ref.ConstantCovariance(), ref.Periodic(one, 1, 1)), ref.Stationary(ref.RBF, one, 1)), 1},
	}
}()

// cloud returns n points of d features, row-major.
func cloud(n, d int, seed uint64) core.Matrix[float64] {
	r := rng.New(seed)
	x := core.NewMatrix[float64](n, d)
	for i := range x.Data {
		x.Data[i] = r.NormFloat64()
	}
	return x
}

func rowsOf(x core.Matrix[float64]) [][]float64 {
	all := make([][]float64, x.Rows)
	for i := range all {
		all[i] = x.Row(i)
	}
	return all
}

func natural(k Kernel) []float64 {
	var all []float64
	for _, p := range Params(k) {
		all = append(all, p.Value)
	}
	return all
}

// tolerance is that of a sum relative to the sum of absolute values.
func tolerance(precision string) float64 {
	if precision == Float64 {
		return 1e-14
	}
	return 2e-6
}

// everywhere runs a test in both precisions and on every level of kernels.
func everywhere(t *testing.T, test func(t *testing.T, precision string)) {
	for _, level := range cpu.Levels() {
		for _, precision := range []string{Float32, Float64} {
			t.Run(fmt.Sprint(level, "/", precision), func(t *testing.T) {
				defer cpu.Force(level)()
				test(t, precision)
			})
		}
	}
}

// requireProduct compares got with the product of the matrix k and v, with an error relative to the largest row of absolute
// values.
func requireProduct(t *testing.T, k [][]float64, v, got core.Matrix[float64], tol float64, text string) {
	t.Helper()
	for c := range v.Cols {
		worst, size := 0.0, 0.0
		for i, row := range k {
			sum, absolute := 0.0, 0.0
			for j, e := range row {
				sum += e * v.Row(j)[c]
				absolute += math.Abs(e * v.Row(j)[c])
			}
			worst, size = max(worst, math.Abs(sum-got.Row(i)[c])), max(size, absolute)
			if sum != sum != (got.Row(i)[c] != got.Row(i)[c]) {
				worst = math.NaN()
			}
		}
		if !(worst <= tol*size) {
			require.FailNow(t, text, "column %d: error %.3g of %.3g", c, worst, size)
		}
	}
}
