package gp

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// surface returns n points of d features and noisy values of a smooth function of the first two.
func surface(n, d int, noise float64, seed uint64) (x core.Matrix[float64], y []float64) {
	x, y = cloud(n, d, seed), make([]float64, n)
	r := rng.New(seed, 99)
	for i := range y {
		row := x.Row(i)
		y[i] = math.Sin(2*row[0]) + noise*r.NormFloat64()
		if d > 1 {
			y[i] += 0.5 * row[1] * row[1]
		}
	}
	return x, y
}

func shifted(x core.Matrix[float64], rows int, by float64) core.Matrix[float64] {
	out := core.NewMatrix[float64](rows, x.Cols)
	for i := range rows {
		for q, v := range x.Row(i) {
			out.Row(i)[q] = v + by
		}
	}
	return out
}

func fit(t *testing.T, x core.Matrix[float64], y []float64, k Kernel, o RegressionOptions) *Regression {
	t.Helper()
	m, err := FitRegression(context.Background(), x, y, k, &o)
	require.NoError(t, err)
	return m
}

func predict(t *testing.T, m *Regression, x core.Matrix[float64], o PredictOptions) *Prediction {
	t.Helper()
	p, err := Predict(context.Background(), m, x, &o)
	require.NoError(t, err)
	return p
}

func TestPredictionsAreThoseOfScikitLearn(t *testing.T) {
	x, y := waves()
	for _, r := range references() {
		m := fit(t, x, y, r.kernel, RegressionOptions{Noise: 1e-3, NoiseFixed: true, Optimizer: OptimizerNone})
		require.InEpsilon(t, r.value, m.LogLikelihood, 1e-10)
		p := predict(t, m, shifted(x, 3, 0.25), PredictOptions{})
		require.InDeltaSlice(t, r.mean, p.Mean, 1e-8, r.name)
		for i, v := range p.Variance {
			require.InDelta(t, r.std[i], math.Sqrt(v+r.white), 1e-8, r.name)
		}
		noisy := predict(t, m, shifted(x, 3, 0.25), PredictOptions{WithNoise: true})
		require.InDelta(t, p.Variance[0]+r.white+1e-3, noisy.Variance[0], 1e-12)
	}
}

func TestTrainingReachesTheOptimumOfScikitLearn(t *testing.T) {
	x, y := waves()
	k := Add(Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1, 1}}), White{Noise: 0.1})
	m := fit(t, x, y, k, RegressionOptions{Noise: 1e-10, NoiseFixed: true, NormalizeY: true})
	require.True(t, m.Converged)
	require.Greater(t, m.LogLikelihood, -9.666683501609938-1e-4)
	require.InDeltaSlice(t, []float64{2.7126332668137856, 1.194256281323493, 1.2931477026530966, 2.0898753033306186, -11.512925464970229},
		Theta(m.Kernel), 0.02)
	p := predict(t, m, shifted(x, 3, 0.25), PredictOptions{})
	require.InDeltaSlice(t, []float64{0.9187132118433371, 1.2083422848730503, -0.41285614914963187}, p.Mean, 2e-3)
}

func TestRestartsEscapeAPoorStart(t *testing.T) {
	x, y := surface(120, 2, 0.05, 3)
	bad := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{1e-3, 1e-3}})
	once := fit(t, x, y, bad, RegressionOptions{Noise: 1, NormalizeY: true})
	more := fit(t, x, y, bad, RegressionOptions{Noise: 1, NormalizeY: true, Restarts: 5, Seed: 1})
	require.Greater(t, more.LogLikelihood, once.LogLikelihood+10)
	o := RegressionOptions{Noise: 1, NormalizeY: true, Solver: MethodCG, BatchSize: 50, BatchSteps: 10, Seed: 1}
	once = fit(t, x, y, bad, o)
	o.Restarts = 5
	more = fit(t, x, y, bad, o)
	require.Greater(t, more.LogLikelihood, once.LogLikelihood+10)
}

func TestPriorsMoveTheOptimum(t *testing.T) {
	x, y := surface(60, 1, 0.3, 4)
	k := Multiply(Constant{Value: 1}, Matern{})
	free := fit(t, x, y, k, RegressionOptions{})
	held := fit(t, x, y, k, RegressionOptions{Priors: []Prior{{"noise", LogNormalPrior, math.Log(1e-3), 0.05}}})
	require.InDelta(t, math.Log(1e-3), math.Log(held.Noise), 0.5)
	require.Greater(t, free.Noise, 0.02)
	require.Less(t, held.LogLikelihood, free.LogLikelihood)
}

// TestIterativePathIsTheExactOne compares everything that conjugate gradients predict with Cholesky.
func TestIterativePathIsTheExactOne(t *testing.T) {
	x, y := surface(400, 3, 0.1, 5)
	k := Multiply(Constant{Value: 1.5}, Matern{LengthScale: []float64{1, 2, 4}})
	o := RegressionOptions{Noise: 0.02, NoiseFixed: true, Optimizer: OptimizerNone, PredictTol: 1e-6}
	exact := fit(t, x, y, k, o)
	o.Solver, o.Rank, o.Precision = MethodCG, 60, Float64
	m := fit(t, x, y, k, o)
	require.LessOrEqual(t, m.Residual, 1e-6)
	require.True(t, m.Lower <= exact.LogLikelihood && exact.LogLikelihood <= m.Upper, "%v in [%v, %v]", exact.LogLikelihood, m.Lower, m.Upper)
	require.Less(t, m.Upper-m.Lower, 0.2*400)

	z := shifted(x, 70, 0.3)
	want := predict(t, exact, z, PredictOptions{})
	got := predict(t, m, z, PredictOptions{Variance: VarianceExact})
	require.InDeltaSlice(t, want.Mean, got.Mean, 1e-4)
	for i, v := range got.Variance {
		require.GreaterOrEqual(t, v, want.Variance[i]-1e-12)
		require.LessOrEqual(t, v, want.Variance[i]+got.Bound[i]+1e-12)
		require.Less(t, got.Bound[i], 2e-3*(v+0.02))
	}
	for _, way := range []PredictOptions{{Variance: VarianceNeighbors, Neighbors: 100}, {Variance: VarianceLanczos, Lanczos: 80}} {
		p := predict(t, m, z, way)
		require.Nil(t, p.Bound)
		for i, v := range p.Variance {
			require.GreaterOrEqual(t, v, want.Variance[i]-1e-12, way.Variance)
		}
	}
	require.InDeltaSlice(t, want.Variance, predict(t, m, z, PredictOptions{Neighbors: 400}).Variance, 1e-10)
	paths := predict(t, m, z, PredictOptions{Variance: VariancePathwise, Draws: 128})
	ratio := 0.0
	for i, v := range paths.Variance {
		ratio += v / want.Variance[i] / float64(len(want.Variance))
	}
	require.InDelta(t, 1, ratio, 0.15)

	full, other := core.NewMatrix[float64](70, 70), core.NewMatrix[float64](70, 70)
	require.NoError(t, PredictCovariance(context.Background(), exact, full, z))
	require.NoError(t, PredictCovariance(context.Background(), m, other, z))
	for i := range 70 {
		require.InDelta(t, want.Variance[i], full.Row(i)[i], 1e-10)
		require.InDeltaSlice(t, full.Row(i), other.Row(i), 1e-5)
	}
}

// TestTrainingWithoutMatricesFindsTheOptimum trains both ways and compares exact likelihoods.
func TestTrainingWithoutMatricesFindsTheOptimum(t *testing.T) {
	x, y := surface(400, 3, 0.2, 6)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1, 1}})
	best := fit(t, x, y, k, RegressionOptions{})
	// What 15 matched probes cost is about p / 30 nats for p parameters; other laws have more variance.
	for law, loss := range map[string]float64{ProbesMatched: 2, ProbesPreconditioned: 4, ProbesPathwise: 20} {
		m := fit(t, x, y, k, RegressionOptions{Solver: MethodCG, ProbeLaw: law, BatchSize: 128, BatchSteps: 60, Seed: 2})
		again := fit(t, x, y, m.Kernel, RegressionOptions{Noise: m.Noise, NoiseFixed: true, Optimizer: OptimizerNone})
		require.Greater(t, again.LogLikelihood, best.LogLikelihood-loss, law)
		require.Less(t, again.LogLikelihood, best.LogLikelihood+0.01, law)
	}
	m := fit(t, x, y, k, RegressionOptions{Solver: MethodCG, Optimizer: OptimizerAdam, BatchSize: 128, MaxIter: 40})
	again := fit(t, x, y, m.Kernel, RegressionOptions{Noise: m.Noise, NoiseFixed: true, Optimizer: OptimizerNone})
	require.Greater(t, again.LogLikelihood, best.LogLikelihood-5)
}

// TestLittleNoiseIsTrainedInFloat64 has a smooth function with almost no noise, for which K + Sigma in float32 is not positive.
func TestLittleNoiseIsTrainedInFloat64(t *testing.T) {
	x, y := surface(400, 1, 1e-4, 15)
	k := Multiply(Constant{Value: 1}, RBF{})
	o := RegressionOptions{Solver: MethodCG, Noise: 1e-6, NoiseLower: 1e-8, Init: InitNone, MaxIter: 4, Rank: 30, NoLikelihood: true}
	m := fit(t, x, y, k, o)
	require.Equal(t, Float64, m.Precision)
	require.Less(t, m.Residual, 1e-3)
	p := predict(t, m, x, PredictOptions{Variance: VarianceNone})
	require.InDeltaSlice(t, y, p.Mean, 0.01)
}

func TestGradientOfProbesIsUnbiased(t *testing.T) {
	x, y := surface(200, 2, 0.2, 7)
	k := Add(Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 2}}), White{Noise: 0.01})
	bounds := Bounds{Lower: 1e-5, Upper: 10}
	exact := exactOf(t, x, y, k, bounds, 0)
	theta := append(Theta(k), math.Log(0.05))
	want := make([]float64, len(theta))
	_, err := exact.evaluate(context.Background(), theta, want)
	require.NoError(t, err)
	for _, law := range []string{ProbesMatched, ProbesPreconditioned, ProbesPathwise} {
		const runs = 8
		sum, square := make([]float64, len(theta)), make([]float64, len(theta))
		for seed := range uint64(runs) {
			o := (&RegressionOptions{ProbeLaw: law, Seed: seed, Tol: 1e-4, Rank: 40, Probes: 8}).withDefaults()
			e := newIterativeObjective(newOperator(t, x, k, nil, Float64), x, exact.space, y, 0, o)
			g := make([]float64, len(theta))
			_, err := e.evaluate(context.Background(), theta, g)
			require.NoError(t, err)
			for p := range g {
				sum[p] += g[p] / runs
				square[p] += g[p] * g[p] / runs
			}
		}
		for p := range want {
			deviation := math.Sqrt((square[p] - sum[p]*sum[p]) / (runs - 1))
			require.InDelta(t, want[p], sum[p], 6*deviation+1e-3*math.Abs(want[p]), "%s, parameter %d", law, p)
		}
	}
}

func TestThreadsDoNotChangeAFit(t *testing.T) {
	x, y := surface(700, 3, 0.2, 8)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1, 1}})
	z := shifted(x, 20, 0.1)
	for _, solver := range []string{MethodCholesky, MethodCG} {
		var first *Regression
		var at *Prediction
		for _, threads := range []int{1, 2, 5} {
			m := fit(t, x, y, k, RegressionOptions{Solver: solver, Threads: threads, MaxIter: 3, BatchSteps: 3, BatchSize: 100})
			p := predict(t, m, z, PredictOptions{})
			q := predict(t, m, z, PredictOptions{Variance: VariancePathwise, Draws: 4, Chunk: 7})
			if first == nil {
				first, at = m, p
				at.Bound = q.Variance
				continue
			}
			require.Equal(t, first.Weights, m.Weights)
			require.Equal(t, first.LogLikelihood, m.LogLikelihood)
			require.Equal(t, Theta(first.Kernel), Theta(m.Kernel))
			require.Equal(t, at.Mean, p.Mean)
			require.Equal(t, at.Variance, p.Variance)
			require.InDeltaSlice(t, at.Bound, q.Variance, 1e-9)
		}
	}
}

func TestCancellationKeepsTheLastParameters(t *testing.T) {
	x, y := surface(300, 2, 0.2, 9)
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{1, 1}})
	for _, solver := range []string{MethodCholesky, MethodCG} {
		ctx, cancel := context.WithCancel(context.Background())
		m, err := FitRegression(ctx, x, y, k, &RegressionOptions{Solver: solver, BatchSteps: 5, BatchSize: 50, Progress: func(p core.Progress) {
			if p.Phase == "training" && p.Iteration == 2 {
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.NotNil(t, m)
		require.Equal(t, 2, m.Iterations)
		var stopped *Interrupted
		require.ErrorAs(t, err, &stopped)
		require.Equal(t, Theta(m.Kernel), Theta(stopped.Kernel))
		require.Equal(t, m.Noise, stopped.Noise)
		require.Equal(t, 2, stopped.Iterations)
		require.Equal(t, "training", stopped.Phase)
		require.Equal(t, solver == MethodCG, math.IsNaN(stopped.LogLikelihood))
		if solver == MethodCholesky {
			again := fit(t, x, y, stopped.Kernel, RegressionOptions{Noise: stopped.Noise, NoiseFixed: true, Optimizer: OptimizerNone})
			require.InDelta(t, again.LogLikelihood, stopped.LogLikelihood, 1e-9)
		}
		p := predict(t, m, shifted(x, 5, 0), PredictOptions{Variance: VarianceNone})
		require.InDeltaSlice(t, y[:5], p.Mean, 1)
		require.Nil(t, p.Variance)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m, err := FitRegression(ctx, x, y, k, &RegressionOptions{Solver: MethodCG, MaxIter: 2, BatchSteps: 5, BatchSize: 50, Progress: func(p core.Progress) {
		if p.Phase == "likelihood" {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, m.Weights, 300)
	m, err = FitRegression(ctx, x, y, k, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, m)
	var stopped *Interrupted
	require.False(t, errors.As(err, &stopped), "nothing was evaluated")
	ctx, cancel = context.WithCancel(context.Background())
	m, err = FitRegression(ctx, x, y, k, &RegressionOptions{Solver: MethodCG, BatchSize: 50, Progress: func(p core.Progress) {
		if p.Phase == "minibatch" && p.Iteration == 3 {
			cancel()
		}
	}})
	require.Nil(t, m)
	require.ErrorAs(t, err, &stopped)
	require.Equal(t, "minibatch", stopped.Phase)
	require.NotEqual(t, Theta(k), Theta(stopped.Kernel))
}

func TestAModelIsPlainData(t *testing.T) {
	x, y := surface(200, 2, 0.2, 10)
	m := fit(t, x, y, Multiply(Constant{Value: 1}, RBF{}), RegressionOptions{NormalizeX: true, NormalizeY: true})
	z := shifted(x, 9, 0.2)
	want := predict(t, m, z, PredictOptions{WithNoise: true})
	again := &Regression{Kernel: m.Kernel, Noise: m.Noise, X: m.X, Y: m.Y, XMean: m.XMean, XScale: m.XScale, YMean: m.YMean,
		YScale: m.YScale, Weights: m.Weights, Solver: m.Solver, Precision: m.Precision}
	require.Equal(t, want, predict(t, again, z, PredictOptions{WithNoise: true}))

	single := core.NewMatrix[float32](9, 2)
	for i, v := range z.Data {
		single.Data[i] = float32(v)
	}
	p, err := Predict(context.Background(), m, single, nil)
	require.NoError(t, err)
	require.InDeltaSlice(t, want.Mean, p.Mean, 1e-5)
}

func TestTroubledData(t *testing.T) {
	ctx := context.Background()
	k := Multiply(Constant{Value: 1}, Matern{})
	one := core.NewMatrix[float64](1, 1)
	m, err := FitRegression(ctx, one, []float64{3}, k, nil)
	require.NoError(t, err)
	p := predict(t, m, one, PredictOptions{})
	require.False(t, math.IsNaN(p.Mean[0]) || math.IsNaN(p.Variance[0]))

	x, y := surface(100, 1, 0, 11)
	for i := range y {
		y[i] = 7
	}
	for _, solver := range []string{MethodCholesky, MethodCG} {
		m = fit(t, x, y, k, RegressionOptions{Solver: solver, NormalizeY: true, BatchSteps: 5})
		require.InDelta(t, 7, predict(t, m, x, PredictOptions{}).Mean[3], 1e-6)
		m = fit(t, core.NewMatrix[float64](100, 1), y, k, RegressionOptions{Solver: solver, Noise: 0.1, BatchSteps: 5}) // one point a hundred times
		require.InDelta(t, 7, predict(t, m, core.NewMatrix[float64](1, 1), PredictOptions{}).Mean[0], 0.5)
	}

	_, err = FitRegression(ctx, core.NewMatrix[float64](100, 1), y, k, &RegressionOptions{NoiseFixed: true})
	require.ErrorIs(t, err, core.ErrNumerical)
	require.ErrorContains(t, err, "raise the noise")
	y[4] = math.NaN()
	_, err = FitRegression(ctx, x, y, k, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)
	_, err = FitRegression(ctx, x, y[:50], k, nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = FitRegression(ctx, x, make([]float64, 100), k, &RegressionOptions{Known: []float64{1}})
	require.ErrorIs(t, err, core.ErrShape)
	_, err = FitRegression(ctx, x, make([]float64, 100), RBF{LengthScale: []float64{1, 2}}, nil)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = Predict(ctx, m, core.NewMatrix[float64](3, 2), nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = Predict(ctx, m, core.NewMatrix[float64](3, 1), &PredictOptions{Variance: "all"})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = Predict(ctx, &Regression{}, core.NewMatrix[float64](3, 1), nil)
	require.Error(t, err)
	empty, err := Predict(ctx, m, core.NewMatrix[float64](0, 1), nil)
	require.NoError(t, err)
	require.Empty(t, empty.Mean)
	require.False(t, errors.Is(err, core.ErrShape))
}
