package gp

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// waves is a small data set that scikit-learn's numbers below are for.
func waves() (x core.Matrix[float64], y []float64) {
	const n, d = 40, 3
	x, y = core.NewMatrix[float64](n, d), make([]float64, n)
	for i := range n {
		row := x.Row(i)
		for q := range row {
			row[q] = math.Sin(1.7*float64(i)+2.3*float64(q*q)+0.9) + 0.01*float64(i)*float64(q+1)
		}
		y[i] = math.Sin(2*row[0]) + row[1]*row[2] + 0.1*math.Cos(37*float64(i))
	}
	return x, y
}

// reference is a kernel with what scikit-learn 1.9 gives for the data of waves with alpha = 1e-3.
type reference struct {
	name      string
	kernel    Kernel
	value     float64
	gradient  []float64
	mean, std []float64 // at the first three points, shifted by 1/4; std with the noise of White
	white     float64
}

func references() []reference {
	return []reference{
		{"ard", Add(Multiply(Constant{Value: 1.3}, Matern{LengthScale: []float64{0.7, 1.5, 2}}), White{Noise: 0.05}),
			-20.835873692468553,
			[]float64{-5.867489758570591, 11.248455790106814, 4.362181947938802, 2.6820759517422075, -5.181297060270946},
			[]float64{0.861645085657461, 1.2966039697964598, -0.3662207694007489},
			[]float64{0.3395096225701405, 0.28902444491136314, 0.3080493372205825}, 0.05},
		{"sum", Add(Multiply(Constant{Value: 0.8}, RBF{LengthScale: []float64{1.2}}),
			Multiply(Constant{Value: 0.5}, RationalQuadratic{LengthScale: []float64{0.9}, Alpha: 0.7}), White{Noise: 0.05}),
			-14.233850266943527,
			[]float64{0.3945737652130328, 2.7175905553962476, -2.162675588376163, 0.6278231265048725, 8.531712166801148, -7.455106381452312},
			[]float64{0.84435624651791, 1.2656578668499756, -0.32466247828074746},
			[]float64{0.2878093872263265, 0.2640625395397808, 0.2649769995278341}, 0.05},
		{"linear", Add(Linear{Sigma0: 0.7}, Matern{LengthScale: []float64{0.9}, Nu: 2.5}, White{Noise: 0.1}),
			-24.790108490890695,
			[]float64{-0.27418722768900183, 15.65513310507284, -7.816111778021486},
			[]float64{0.8870783881583182, 1.281468132874866, -0.3493343904680408},
			[]float64{0.42399123530449284, 0.3829485038909955, 0.3897239499398578}, 0.1},
	}
}

func exactOf(t *testing.T, x core.Matrix[float64], y []float64, k Kernel, noise Bounds, fixed float64) *exactObjective {
	t.Helper()
	op := newOperator(t, x, k, nil, Float64)
	s, err := newSpace(k, noise, x.Cols, nil)
	require.NoError(t, err)
	return newExactObjective(op, s, tall(y, x.Rows), nil, fixed, 0)
}

func TestExactLikelihoodIsThatOfScikitLearn(t *testing.T) {
	for _, level := range cpu.Levels() {
		t.Run(fmt.Sprint(level), func(t *testing.T) {
			defer cpu.Force(level)()
			x, y := waves()
			for _, r := range references() {
				e := exactOf(t, x, y, r.kernel, Bounds{Fixed: true}, 1e-3)
				g := make([]float64, len(r.gradient))
				v, err := e.evaluate(context.Background(), Theta(r.kernel), g)
				require.NoError(t, err)
				require.InEpsilon(t, r.value, v, 1e-10, r.name)
				require.InDeltaSlice(t, r.gradient, g, 1e-8, r.name)
			}
		})
	}
}

// TestExactGradientIsThatOfDifferences has more points than a block of any kind.
func TestExactGradientIsThatOfDifferences(t *testing.T) {
	x := cloud(700, 3, 1)
	y := make([]float64, x.Rows)
	for i := range y {
		y[i] = math.Sin(x.Row(i)[0]) + 0.1*x.Row(i)[2]
	}
	k := Sum{Multiply(Constant{Value: 1.1}, Matern{LengthScale: []float64{1, 2, 3}}), White{Noise: 0.02}}
	e := exactOf(t, x, y, k, Bounds{Lower: 1e-5, Upper: 10}, 0)
	e.known = make([]float64, x.Rows)
	for i := range e.known {
		e.known[i] = 0.01 * float64(i%3)
	}
	theta := append(Theta(k), math.Log(0.05))
	g, scratch := make([]float64, len(theta)), make([]float64, len(theta))
	_, err := e.evaluate(context.Background(), theta, g)
	require.NoError(t, err)
	const h = 1e-4
	for p := range theta {
		at := theta[p]
		theta[p] = at + h
		up, err := e.evaluate(context.Background(), theta, scratch)
		require.NoError(t, err)
		theta[p] = at - h
		down, err := e.evaluate(context.Background(), theta, scratch)
		require.NoError(t, err)
		theta[p] = at
		require.InDelta(t, (up-down)/(2*h), g[p], 1e-5*(1+math.Abs(g[p])), "parameter %d", p)
	}
}

func TestInverseOfAFactor(t *testing.T) {
	for _, n := range []int{1, 5, 128, 129, 700} {
		a := make([]float64, n*n)
		x := cloud(n, 5, 2)
		op := newOperator(t, x, Matern{}, []float64{0.3}, Float64)
		require.NoError(t, fillMatrix(context.Background(), a, op))
		l := append([]float64(nil), a...)
		require.True(t, choleskyLower(0, l, n))
		require.NoError(t, invertFactor(context.Background(), 2, l, n))
		for _, i := range []int{0, n / 2, n - 1} {
			for j := range n {
				sum := 0.0
				for k := range n {
					sum += a[j*n+k] * l[max(i, k)*n+min(i, k)]
				}
				want := 0.0
				if i == j {
					want = 1
				}
				require.InDelta(t, want, sum, 1e-10, "n=%d (%d, %d)", n, i, j)
			}
		}
	}
}

func TestPriorsAreDensitiesWithTheirSlopes(t *testing.T) {
	for _, p := range []Prior{{"noise", GammaPrior, 1.1, 0.05}, {"noise", LogNormalPrior, -4, 1}, {"noise", HalfCauchyPrior, 2, 0},
		{"length_scale", DimensionsScaled, 0, 0}} {
		require.NoError(t, p.validate())
		sum := 0.0
		const h = 1e-3
		for u := -60.0; u < 60; u += h { // over the logarithm; half-Cauchy has heavy tails
			v, _ := p.logDensity(math.Exp(u), 7)
			sum += math.Exp(v+u) * h
		}
		require.InDelta(t, 1, sum, 1e-6, "%v", p)
		for _, x := range []float64{0.01, 1, 30} {
			up, _ := p.logDensity(x*math.Exp(h), 7)
			down, _ := p.logDensity(x*math.Exp(-h), 7)
			_, slope := p.logDensity(x, 7)
			require.InDelta(t, (up-down)/(2*h), slope, 1e-4*(1+math.Abs(slope)), "%v", p)
		}
	}
	require.True(t, (&Prior{Parameter: "length_scale"}).concerns("k1__k2__length_scale[3]"))
	require.False(t, (&Prior{Parameter: "k1__length_scale"}).concerns("k1__k2__length_scale"))
}

func TestRegressionOptionsAreChecked(t *testing.T) {
	for _, o := range []RegressionOptions{{Solver: "svd"}, {Tol: 1}, {Tol: math.NaN()}, {Probes: -1}, {Noise: -1}, {Optimizer: "sgd"},
		{Restarts: 1, Solver: MethodCG, Init: InitNone}, {Priors: []Prior{{"noise", "flat", 0, 0}}}, {Priors: []Prior{{"noise", GammaPrior, 0, 1}}},
		{Precision: "float16"}, {ProbeLaw: "no"}, {Init: "no"}, {BatchSize: 1}} {
		require.ErrorIs(t, o.Validate(), core.ErrOption, "%+v", o)
	}
	require.NoError(t, (*RegressionOptions)(nil).Validate())
	_, err := newSpace(RBF{}, Bounds{Fixed: true}, 2, []Prior{{"noise", GammaPrior, 1, 1}})
	require.ErrorContains(t, err, "[length_scale]")
}
