package gp

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

var givenNoise = RegressionOptions{Noise: 0.02, NoiseFixed: true, Optimizer: OptimizerNone, Precision: Float64, NormalizeY: true}

// TestEverySolverPredictsTheSame holds all of them against Cholesky.
func TestEverySolverPredictsTheSame(t *testing.T) {
	x, y := surface(250, 2, 0.1, 5)
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{1, 2}})
	test := shifted(x, 20, 0.1)
	o := givenNoise
	o.Solver = MethodCholesky
	want := predict(t, fit(t, x, y, k, o), test, PredictOptions{})
	for _, solver := range []string{MethodCG, MethodLowCG, MethodProjections, MethodDual, MethodIterGP} {
		o.Solver, o.Actions = solver, 250
		m := fit(t, x, y, k, o)
		require.Equal(t, solver, m.Solver)
		require.Positive(t, m.Memory)
		require.Positive(t, m.PreconditionerRank)
		p := predict(t, m, test, PredictOptions{Neighbors: 250})
		require.InDeltaSlice(t, want.Mean, p.Mean, 0.03, solver)
		for i, v := range p.Variance {
			require.GreaterOrEqual(t, v, want.Variance[i]*(1-1e-6), solver)
			require.LessOrEqual(t, v, 1.05*want.Variance[i]+1e-4, solver)
		}
	}
}

func TestCombinedUncertaintyIsNeverLess(t *testing.T) {
	x, y := surface(200, 2, 0.1, 6)
	k := Multiply(Constant{Value: 1.2}, Matern{LengthScale: []float64{0.6, 0.8}})
	test := shifted(x, 25, 0.07)
	exactly := givenNoise
	want := predict(t, fit(t, x, y, k, exactly), test, PredictOptions{Uncertainty: Combined})
	none := predict(t, fit(t, x, y, k, exactly), test, PredictOptions{Uncertainty: Computational})
	require.Equal(t, make([]float64, 25), none.Variance)
	for _, policy := range []string{PolicyCG, PolicyCholesky, PolicyInducing, PolicyMixed} {
		before := make([]float64, 25)
		for round, actions := range []int{10, 60} {
			o := givenNoise
			o.Solver, o.Policy, o.Actions = MethodIterGP, policy, actions
			m := fit(t, x, y, k, o)
			require.LessOrEqual(t, m.Directions.Rows, actions)
			own := predict(t, m, test, PredictOptions{})
			combined := predict(t, m, test, PredictOptions{Uncertainty: Combined})
			mathematical := predict(t, m, test, PredictOptions{Uncertainty: Mathematical})
			computational := predict(t, m, test, PredictOptions{Uncertainty: Computational})
			require.Equal(t, own.Variance, combined.Variance)
			require.Equal(t, own.Mean, mathematical.Mean)
			covariance := core.NewMatrix[float64](25, 25)
			require.NoError(t, PredictCovariance(context.Background(), m, covariance, test))
			for i, v := range combined.Variance {
				require.GreaterOrEqual(t, v, want.Variance[i]*(1-1e-9))
				require.GreaterOrEqual(t, v, mathematical.Variance[i])
				require.InDelta(t, v, mathematical.Variance[i]+computational.Variance[i], 1e-12)
				require.InDelta(t, want.Variance[i], mathematical.Variance[i], 0.05*v)
				require.InDelta(t, v, covariance.Row(i)[i], 1e-9)
				if round > 0 {
					require.Less(t, v, before[i]+1e-12, policy)
				}
				before[i] = v
			}
			cg := o
			cg.Solver = MethodCG
			other := predict(t, fit(t, x, y, k, cg), test, PredictOptions{Uncertainty: Combined})
			require.InDeltaSlice(t, combined.Variance, other.Variance, 1e-9, "at first use")
			require.InDeltaSlice(t, combined.Mean, other.Mean, 1e-9)
		}
	}
}

// TestDrawsOfABeliefSpreadAsMuch holds draws against combined variances, which are large after few actions.
func TestDrawsOfABeliefSpreadAsMuch(t *testing.T) {
	x, y := surface(80, 2, 0.1, 6)
	o := givenNoise
	o.Solver, o.Actions = MethodIterGP, 8
	m := fit(t, x, y, Multiply(Constant{Value: 1.2}, RBF{LengthScale: []float64{0.4, 0.5}}), o)
	test := shifted(x, 10, 0.05)
	p := predict(t, m, test, PredictOptions{})
	const draws = 200
	d, err := DrawFunctions(context.Background(), m, draws, 1)
	require.NoError(t, err)
	values := core.NewMatrix[float64](10, draws)
	require.NoError(t, EvaluateDraws(context.Background(), m, d, values, test))
	for i, v := range p.Variance {
		sum := 0.0
		for _, f := range values.Row(i) {
			sum += (f - p.Mean[i]) * (f - p.Mean[i]) / draws
		}
		require.InEpsilon(t, v, sum, 0.35)
	}
}

func TestStorageIsGuarded(t *testing.T) {
	x, y := surface(300, 2, 0.1, 8)
	k := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{2, 2}})
	test := shifted(x, 10, 0.1)
	o := RegressionOptions{Solver: MethodCG, Precision: Float32, Noise: 0.1, NoiseFixed: true, Optimizer: OptimizerNone}
	want := predict(t, fit(t, x, y, k, o), test, PredictOptions{})
	for _, format := range []string{Float32, Float16, BFloat16} {
		o.Storage = format
		m := fit(t, x, y, k, o)
		require.InDeltaSlice(t, want.Mean, predict(t, m, test, PredictOptions{}).Mean, 0.02)
		if m.Storage == format {
			require.Equal(t, format != Float32, m.StorageError > 0)
			require.NotContains(t, codes(m.Diagnostics), StorageRefused)
		} else {
			require.Equal(t, BFloat16, format)
		}
	}
	o.Storage, o.Noise = BFloat16, 1e-4
	m := fit(t, x, y, k, o)
	require.Contains(t, codes(m.Diagnostics), StorageRefused)
	require.Equal(t, None, m.Storage)
	o.Precision = Float64
	_, err := FitRegression(context.Background(), x, y, k, &o)
	require.ErrorIs(t, err, core.ErrOption)
}

// TestEverySolverTrains ends near the parameters that the exact likelihood leads to.
func TestEverySolverTrains(t *testing.T) {
	x, y := surface(200, 2, 0.2, 5)
	k := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{1, 1}})
	want := fit(t, x, y, k, RegressionOptions{NormalizeY: true})
	for _, solver := range []string{MethodLowCG, MethodProjections, MethodIterGP} {
		m := fit(t, x, y, k, RegressionOptions{Solver: solver, NormalizeY: true, MaxExact: 10, NoLikelihood: true})
		require.InEpsilon(t, want.Noise, m.Noise, 0.3, solver)
		require.InDeltaSlice(t, Theta(want.Kernel)[1:], Theta(m.Kernel)[1:], 0.5, solver)
	}
}

func TestPreconditionersOfRegressions(t *testing.T) {
	x, y := surface(200, 2, 0.2, 5)
	k := Multiply(Constant{Value: 1}, RBF{LengthScale: []float64{1, 1}})
	o := givenNoise
	o.Solver = MethodCG
	want := predict(t, fit(t, x, y, k, o), shifted(x, 5, 0), PredictOptions{})
	for _, o.Preconditioner = range []string{GreedyPivots, NystromBasis} {
		m := fit(t, x, y, k, o)
		require.InDeltaSlice(t, want.Mean, predict(t, m, shifted(x, 5, 0), PredictOptions{}).Mean, 0.01)
		o.Optimizer, o.MaxIter = OptimizerLBFGS, 2
		require.Positive(t, fit(t, x, y, k, o).SolveIterations)
		o.Optimizer = OptimizerNone
		o.Solver, o.Policy = MethodIterGP, PolicyInducing
		require.Positive(t, fit(t, x, y, k, o).Directions.Rows)
		o.Solver = MethodCG
	}
}
