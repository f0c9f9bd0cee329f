package gp

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestPreconditionerIsChosenByTheKernel(t *testing.T) {
	const n = 900
	ctx := context.Background()
	x := cloud(n, 2, 3)
	rough, smooth := Matern{LengthScale: []float64{0.3}}, RBF{LengthScale: []float64{3}}
	for _, c := range []struct {
		name   string
		kernel Kernel
		noise  float64
		o      PreconditionerOptions
		want   string
	}{
		{"rough", rough, 0.01, PreconditionerOptions{}, NearestPoints},
		{"smooth", smooth, 0.1, PreconditionerOptions{}, RandomPivots},
		{"periodic", Multiply(rough, Periodic{LengthScale: []float64{1}, Period: []float64{1}}), 0.01, PreconditionerOptions{}, RandomPivots},
		{"rank", rough, 0.01, PreconditionerOptions{Rank: 50}, RandomPivots},
		{"asked for", smooth, 0.1, PreconditionerOptions{Method: NearestPoints}, NearestPoints},
		{"greedy", rough, 0.01, PreconditionerOptions{Method: GreedyPivots}, GreedyPivots},
	} {
		p, method, err := newMatchedBy(ctx, newOperator(t, x, c.kernel, []float64{c.noise}, Float32), &c.o)
		require.NoError(t, err)
		require.Equal(t, c.want, method, c.name)
		_, near := p.(*Vecchia)
		require.Equal(t, c.want == NearestPoints, near, c.name)
	}
}

// TestModelsKnowTheirPreconditioner, whose neighbors are its rank.
func TestModelsKnowTheirPreconditioner(t *testing.T) {
	x, y := surface(1200, 2, 0.2, 6)
	o := RegressionOptions{Solver: MethodCG, Optimizer: OptimizerNone, Noise: 0.04, Preconditioner: NearestPoints, Rank: 17}
	m, err := FitRegression(context.Background(), x, y, Matern{LengthScale: []float64{0.5}}, &o)
	require.NoError(t, err)
	require.Equal(t, 17, m.PreconditionerRank)
	require.Equal(t, NearestPoints, m.Preconditioner)
	o.Solver = MethodCholesky
	exact, err := FitRegression(context.Background(), x, y, Matern{LengthScale: []float64{0.5}}, &o)
	require.NoError(t, err)
	require.InDelta(t, exact.LogLikelihood, m.LogLikelihood, 2e-3*1200)
	require.LessOrEqual(t, m.Lower, exact.LogLikelihood)
	require.GreaterOrEqual(t, m.Upper, exact.LogLikelihood)

	o.Solver, o.ProbeLaw = MethodCG, ProbesReduced
	require.ErrorIs(t, o.Validate(), core.ErrOption)
	o.Preconditioner, o.Rank, o.Optimizer, o.MaxIter = Auto, 0, OptimizerLBFGS, 1
	_, err = FitRegression(context.Background(), x, y, Matern{LengthScale: []float64{0.5}}, &o)
	require.NoError(t, err)
}

// TestTrainingLeavesNearestPointsThatSayLittle, after an evaluation of too many iterations.
func TestTrainingLeavesNearestPointsThatSayLittle(t *testing.T) {
	x, y := surface(900, 2, 0.1, 6)
	k := Matern{LengthScale: []float64{0.3, 0.3}}
	for _, c := range []struct {
		method string
		most   int
		near   bool
	}{{Auto, mostNear, true}, {Auto, mostNear + 1, false}, {NearestPoints, mostNear + 1, true}} {
		s, err := newSpace(k, Bounds{Lower: 1e-5, Upper: 10}, 2, nil)
		require.NoError(t, err)
		o := (&RegressionOptions{Preconditioner: c.method}).withDefaults()
		e := newIterativeObjective(newOperator(t, x, k, nil, Float64), x, s, y, 0, o)
		theta := append(Theta(k), math.Log(1e-2))
		for range 2 {
			_, err = e.evaluate(context.Background(), theta, make([]float64, len(theta)))
			require.NoError(t, err)
			e.spent(&Solution{Iterations: []int{3, c.most}, Residuals: make([]float64, 2)})
		}
		_, near := e.pre.(*Vecchia)
		require.Equal(t, c.near, near, "%+v", c)
	}
}

// TestColumnsOfTheChoiceAreKept as the first ones of the preconditioner, whose rank then grows.
func TestColumnsOfTheChoiceAreKept(t *testing.T) {
	ctx := context.Background()
	x := cloud(2400, 2, 3)
	for _, precision := range []string{Float32, Float64} {
		op := newOperator(t, x, Matern{LengthScale: []float64{1}}, []float64{1e-2}, precision)
		o := &PreconditionerOptions{Seed: 4}
		method, trial, err := choosePreconditioner(ctx, op, o)
		require.NoError(t, err)
		require.Equal(t, RandomPivots, method)
		require.Len(t, trial.pivots, trialRank)
		p, _, err := newMatchedBy(ctx, op, &PreconditionerOptions{Seed: 4, from: 400})
		require.NoError(t, err)
		low := p.(*LowRank)
		require.GreaterOrEqual(t, low.Rank(), 400)
		require.Equal(t, trial.pivots, low.Pivots()[:trialRank])
		require.Equal(t, trial.f.Data, low.Factor().Data[:trialRank*2400])
	}
}

// TestTheChoiceStandsUntilParametersAreElsewhere, in training.
func TestTheChoiceStandsUntilParametersAreElsewhere(t *testing.T) {
	x, y := surface(900, 2, 0.1, 6)
	k := Matern{LengthScale: []float64{0.3, 0.3}}
	s, err := newSpace(k, Bounds{Lower: 1e-5, Upper: 10}, 2, nil)
	require.NoError(t, err)
	e := newIterativeObjective(newOperator(t, x, k, nil, Float64), x, s, y, 0, (&RegressionOptions{}).withDefaults())
	start := append(Theta(k), math.Log(1e-2))
	for _, c := range []struct{ factor, judged float64 }{{1, 1}, {0.4, 1}, {1, 1}, {0.2, 0.2}} {
		theta := slices.Clone(start)
		theta[0] += math.Log(c.factor)
		_, err := e.evaluate(context.Background(), theta, make([]float64, len(theta)))
		require.NoError(t, err)
		require.Equal(t, theta, e.builtAt)
		require.InDelta(t, start[0]+math.Log(c.judged), e.judged[0], 1e-12)
		require.Equal(t, NearestPoints, e.verdict)
	}
}
