package gp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// rings returns n points of d features in rings around the origin, and which ring each is of.
func rings(n, d, classes int) (core.Matrix[float64], []int) {
	r := rand.New(rand.NewPCG(3, 5))
	x, labels := core.NewMatrix[float64](n, d), make([]int, n)
	for i := range n {
		labels[i] = i % classes
		norm := 0.0
		for q := range d {
			x.Row(i)[q] = r.NormFloat64()
			norm += x.Row(i)[q] * x.Row(i)[q]
		}
		for q := range d {
			x.Row(i)[q] *= (1 + 2*float64(labels[i]) + 0.8*r.NormFloat64()) / math.Sqrt(norm)
		}
	}
	return x, labels
}

// bordered solves the system of Suykens and Vandewalle, [K + diag(noise), 1; 1^T, 0] [a; b] = [y; 0].
func bordered(t *testing.T, k func(i, j int) float64, noise, y []float64) (a []float64, b float64) {
	n := len(y)
	m, right := mat.NewDense(n+1, n+1, nil), mat.NewVecDense(n+1, nil)
	for i := range n {
		for j := range n {
			m.Set(i, j, k(i, j))
		}
		m.Set(i, i, m.At(i, i)+noise[i])
		m.Set(i, n, 1)
		m.Set(n, i, 1)
		right.SetVec(i, y[i])
	}
	var out mat.VecDense
	require.NoError(t, out.SolveVec(m, right))
	return out.RawVector().Data[:n], out.AtVec(n)
}

func kernels(x core.Matrix[float64]) map[string]func(i, j int) float64 {
	dot := func(i, j int) float64 {
		s := 0.0
		for q, v := range x.Row(i) {
			s += v * x.Row(j)[q]
		}
		return s
	}
	return map[string]func(i, j int) float64{
		SVMRBF:    func(i, j int) float64 { return math.Exp(-0.3 * (dot(i, i) + dot(j, j) - 2*dot(i, j))) },
		SVMLinear: dot,
		SVMPoly:   func(i, j int) float64 { return math.Pow(0.3*dot(i, j)+0.5, 2) },
	}
}

func TestSVMSolvesTheBorderedSystem(t *testing.T) {
	x, labels := rings(60, 3, 2)
	weights, noise, y := make([]float64, 60), make([]float64, 60), make([]float64, 60)
	for i := range weights {
		weights[i] = 0.5 + float64(i%4)
		noise[i] = 1 / (2.5 * weights[i])
		y[i] = float64(2*labels[i] - 1)
	}
	for name, k := range kernels(x) {
		o := &SVMOptions{Kernel: name, C: 2.5, Gamma: 0.3, Coef0: 0.5, Degree: 2, Weights: weights}
		want, b := bordered(t, k, noise, y)
		m, err := FitSVM(context.Background(), x, labels, nil, o)
		require.NoError(t, err)
		require.Equal(t, MethodCholesky, m.Solver)
		require.InDelta(t, b, m.Intercept[0], 1e-6*(1+math.Abs(b)), name)
		require.InDeltaSlice(t, want, m.Dual.Data, 1e-6, name)

		o.Solver, o.Precision, o.Tol = MethodCG, Float64, 1e-9
		cg, err := FitSVM(context.Background(), x, labels, nil, o)
		require.NoError(t, err)
		require.Positive(t, cg.Iterations)
		require.InDeltaSlice(t, want, cg.Dual.Data, 1e-6, name)

		// y_i - f(x_i) = a_i / (C w_i) at the points of the training set.
		f := core.NewMatrix[float64](60, 1)
		require.NoError(t, Decide(context.Background(), m, f, x))
		for i := range y {
			require.InDelta(t, m.Dual.Data[i]*noise[i], y[i]-f.Data[i], 1e-6, name)
		}
	}
}

func TestSVMOneAgainstAll(t *testing.T) {
	x, labels := rings(150, 2, 3)
	m, err := FitSVM(context.Background(), x, labels, nil, &SVMOptions{C: 10})
	require.NoError(t, err)
	require.Equal(t, 3, m.Classes)
	f := core.NewMatrix[float64](150, 3)
	require.NoError(t, Decide(context.Background(), m, f, x))
	right := 0
	for i := range labels {
		best := 0
		for c, v := range f.Row(i) {
			if v > f.Row(i)[best] {
				best = c
			}
		}
		if best == labels[i] {
			right++
		}
	}
	require.Greater(t, right, 130)
	for c := range 3 {
		two := make([]int, len(labels))
		for i, label := range labels {
			if label == c {
				two[i] = 1
			}
		}
		single, err := FitSVM(context.Background(), x, two, nil, &SVMOptions{C: 10})
		require.NoError(t, err)
		require.InDelta(t, single.Intercept[0], m.Intercept[c], 1e-9)
		for i := range labels {
			require.InDelta(t, single.Dual.Data[i], m.Dual.Row(i)[c], 1e-9)
		}
	}
}

// A point of weight 2 is two points, one of weight 0 none, for the scale of the kernel too.
func TestSVMWeightsAreRepetitions(t *testing.T) {
	x, labels := rings(40, 2, 2)
	weights := make([]float64, 40)
	twice, more := core.Matrix[float64]{Cols: 2, Stride: 2}, []int{}
	for i := range weights {
		weights[i] = float64(i % 3)
		for range i % 3 {
			twice.Data, more = append(twice.Data, x.Row(i)...), append(more, labels[i])
		}
	}
	twice.Rows = len(more)
	a, err := FitSVM(context.Background(), x, labels, nil, &SVMOptions{Weights: weights})
	require.NoError(t, err)
	b, err := FitSVM(context.Background(), twice, more, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 4, 5}, a.Support[:4])
	require.Equal(t, len(a.Support), a.X.Rows)
	fa, fb := core.NewMatrix[float64](40, 1), core.NewMatrix[float64](40, 1)
	require.NoError(t, Decide(context.Background(), a, fa, x))
	require.NoError(t, Decide(context.Background(), b, fb, x))
	require.InDeltaSlice(t, fb.Data, fa.Data, 1e-9)
}

func TestSVMBitsDoNotDependOnThreads(t *testing.T) {
	x, labels := rings(700, 3, 3)
	var want *SVM
	var first core.Matrix[float64]
	for _, threads := range []int{1, 3} {
		m, err := FitSVM(context.Background(), x, labels, nil, &SVMOptions{Solver: MethodCG, Rank: 20, Seed: 4, Threads: threads})
		require.NoError(t, err)
		f := core.NewMatrix[float64](700, 3)
		require.NoError(t, Decide(context.Background(), m, f, x))
		if want == nil {
			want, first = m, f
		}
		require.Equal(t, want.Dual.Data, m.Dual.Data)
		require.Equal(t, first.Data, f.Data)
	}
	literal := &SVM{Kernel: want.Kernel, X: want.X, Dual: want.Dual, Intercept: want.Intercept, Precision: want.Precision}
	f := core.NewMatrix[float64](700, 3)
	require.NoError(t, Decide(context.Background(), literal, f, x))
	require.Equal(t, first.Data, f.Data)
}

func TestSVMTrouble(t *testing.T) {
	x, labels := rings(30, 2, 2)
	for message, o := range map[string]*SVMOptions{
		"C must be a positive number":             {C: -1},
		"kernel must be one of":                   {Kernel: "sigmoid"},
		"gamma must be a positive number":         {Gamma: math.NaN()},
		"degree must be in [1, 12]":               {Degree: 13},
		"coef0 must not be negative":              {Coef0: -1},
		"tol must be in (0, 1)":                   {Tol: 1},
		"weight 1 is -1":                          {Weights: append([]float64{1, -1}, make([]float64, 28)...)},
		"there are 2 weights for 30 points":       {Weights: []float64{1, 2}},
		"all weights are zero":                    {Weights: make([]float64, 30)},
		"all points of positive weight belong":    {Weights: append([]float64{1}, make([]float64, 29)...)},
		"solver must be one of":                   {Solver: "smo"},
		"rank not negative, got 1000, 2000 and -": {Rank: -1},
	} {
		_, err := FitSVM(context.Background(), x, labels, nil, o)
		require.ErrorContains(t, err, message)
	}
	_, err := FitSVM(context.Background(), x, labels[:9], nil, nil)
	require.ErrorContains(t, err, "9 labels for 30 points")
	_, err = FitSVM(context.Background(), x, append([]int{-1}, labels[1:]...), nil, nil)
	require.ErrorContains(t, err, "label 0 is -1")
	_, err = FitSVM(context.Background(), x, labels, RBF{LengthScale: []float64{1, 2, 3}}, nil)
	require.Error(t, err)
	m, err := FitSVM(context.Background(), x, labels, nil, &SVMOptions{Solver: MethodCG, MaxIter: 1, Rank: 1, C: 1e3})
	require.NoError(t, err)
	require.Equal(t, NotConverged, m.Diagnostics[0].Code)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = FitSVM(ctx, x, labels, nil, nil)
	require.True(t, errors.Is(err, context.Canceled))
	require.ErrorContains(t, Decide(context.Background(), m, core.NewMatrix[float64](30, 2), x), "dst is 30 x 2")
	bad := core.NewMatrix[float64](1, 2)
	bad.Data[1] = math.NaN()
	require.ErrorIs(t, Decide(context.Background(), m, core.NewMatrix[float64](1, 1), bad), core.ErrNotFinite)
	m.Dual.Cols = 2
	m.Reset()
	require.Error(t, Decide(context.Background(), m, core.NewMatrix[float64](30, 2), x))

	// Points that are all the same decide for nothing but the larger class.
	same, err := FitSVM(context.Background(), core.NewMatrix[float64](4, 1), []int{0, 1, 1, 1}, nil, nil)
	require.NoError(t, err)
	f := core.NewMatrix[float64](1, 1)
	require.NoError(t, Decide(context.Background(), same, f, core.NewMatrix[float64](1, 1)))
	require.InDelta(t, 0.5, f.Data[0], 1e-9)
}

func TestSVMLeaveOneOut(t *testing.T) {
	x, labels := rings(40, 2, 3)
	weights := make([]float64, 40)
	for i := range weights {
		weights[i] = 1 + float64(i%2)
	}
	k := RBF{LengthScale: []float64{0.7}}
	m, err := FitSVM(context.Background(), x, labels, k, &SVMOptions{C: 3, Weights: weights, LeftOut: true})
	require.NoError(t, err)
	for _, i := range []int{0, 7, 39} {
		weights[i] = 0
		others, err := FitSVM(context.Background(), x, labels, k, &SVMOptions{C: 3, Weights: weights})
		require.NoError(t, err)
		weights[i] = 1 + float64(i%2)
		f := core.NewMatrix[float64](40, 3)
		require.NoError(t, Decide(context.Background(), others, f, x))
		require.InDeltaSlice(t, f.Row(i), m.LeftOut.Row(i), 1e-9)
	}
	_, err = FitSVM(context.Background(), x, labels, k, &SVMOptions{Solver: MethodCG, LeftOut: true})
	require.ErrorContains(t, err, "use cholesky")
}
