package optimize

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// rosenbrock is the chain of banana valleys; its minimum is 0 at (1, ..., 1).
func rosenbrock(_ context.Context, x, g []float64) (float64, error) {
	clear(g)
	f := 0.0
	for i := range len(x) - 1 {
		a, b := x[i+1]-x[i]*x[i], 1-x[i]
		f += 100*a*a + b*b
		g[i] += -400*a*x[i] - 2*b
		g[i+1] += 200 * a
	}
	return f, nil
}

func constant(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

func TestMinimizeReachesTheMinimum(t *testing.T) {
	for _, slopes := range []bool{false, true} {
		for _, n := range []int{2, 10, 50} {
			r, err := Minimize(context.Background(), func(ctx context.Context, x, g []float64) (float64, error) {
				f, err := rosenbrock(ctx, x, g)
				if slopes {
					f = math.NaN()
				}
				return f, err
			}, constant(n, -0.8), Options{Iterations: 2000, Gradient: 1e-8, SlopesOnly: slopes})
			require.NoError(t, err)
			require.True(t, r.Converged(), "%v", r.Reason)
			f, _ := rosenbrock(nil, r.X, make([]float64, n))
			// From this start the chain of more than three valleys may end in its other minimum.
			require.True(t, f < 1e-12 || n > 3 && f < 4, "n=%d slopes=%v f=%v", n, slopes, f)
			require.Less(t, r.Evaluations, 3*r.Iterations+20)
		}
	}
}

// TestBoundsHoldTheMinimum compares with the solution of a convex quadratic in a box, which the conditions of optimality
// characterise: the gradient is zero in the inside and points outwards at a bound.
func TestBoundsHoldTheMinimum(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for trial := range 50 {
		n := 2 + trial%20
		a := make([]float64, n*n)
		for i := range a {
			a[i] = draw.NormFloat64()
		}
		b := make([]float64, n)
		for i := range b {
			b[i] = 3 * draw.NormFloat64()
		}
		f := func(_ context.Context, x, g []float64) (float64, error) {
			v := 0.0
			for i := range g {
				g[i] = 0.1*x[i] - b[i]
				v += 0.05*x[i]*x[i] - b[i]*x[i]
			}
			for k := range n {
				row := a[k*n : (k+1)*n]
				p := dot(row, x)
				v += p * p / 2
				for i := range g {
					g[i] += p * row[i]
				}
			}
			return v, nil
		}
		for _, slopes := range []bool{false, true} {
			lower, upper := constant(n, -1), constant(n, 0.5)
			r, err := Minimize(context.Background(), f, constant(n, 0), Options{Lower: lower, Upper: upper, Iterations: 5000,
				Gradient: 1e-7, SlopesOnly: slopes, Longest: 0.7})
			require.NoError(t, err)
			require.Equal(t, SmallGradient, r.Reason)
			for i, g := range r.Gradient {
				require.True(t, r.X[i] >= -1 && r.X[i] <= 0.5)
				switch r.X[i] {
				case -1:
					require.GreaterOrEqual(t, g, -1e-7)
				case 0.5:
					require.LessOrEqual(t, g, 1e-7)
				default:
					require.InDelta(t, 0, g, 1e-7)
				}
			}
		}
	}
}

func TestForbiddenPlacesTurnTheSearchBack(t *testing.T) {
	// -log(1 - x) + ... is defined for x < 1 only; its minimum is at 0.9.
	r, err := Minimize(context.Background(), func(_ context.Context, x, g []float64) (float64, error) {
		if x[0] >= 1 {
			return 0, core.ErrNumerical
		}
		g[0] = 1/(1-x[0]) - 10
		return -math.Log(1-x[0]) - 10*x[0], nil
	}, []float64{-5}, Options{Gradient: 1e-9})
	require.NoError(t, err)
	require.InDelta(t, 0.9, r.X[0], 1e-9)
}

func TestAnErrorLeavesTheLastPoint(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	r, err := Minimize(context.Background(), rosenbrock, constant(2, -1), Options{Accepted: func(int, []float64, []float64, float64) (bool, error) {
		if calls++; calls == 3 {
			return false, stop
		}
		return false, nil
	}})
	require.ErrorIs(t, err, stop)
	start, _ := rosenbrock(nil, constant(2, -1), make([]float64, 2))
	require.Less(t, r.Value, start)
	require.Equal(t, 3, r.Iterations)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err = Minimize(ctx, rosenbrock, constant(2, -1), Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, constant(2, -1), r.X)
}

func TestAFunctionMayChange(t *testing.T) {
	target := 1.0
	renewed := 0
	r, err := Minimize(context.Background(), func(_ context.Context, x, g []float64) (float64, error) {
		g[0] = 4 * math.Pow(x[0]-target, 3)
		return math.Pow(x[0]-target, 4), nil
	}, []float64{-0.7}, Options{Gradient: 1e-9, Accepted: func(iteration int, _, _ []float64, _ float64) (bool, error) {
		if iteration == 4 {
			target = 2
		}
		return iteration == 4, nil
	}, Converged: func() bool {
		renewed++
		target = 3
		return renewed < 2
	}})
	require.NoError(t, err)
	require.Equal(t, 2, renewed)
	require.InDelta(t, 3, r.X[0], 2e-3)
}

func TestAdamDescends(t *testing.T) {
	x, g := []float64{3, -2}, make([]float64, 2)
	a := Adam{Rate: 0.05, Lower: []float64{0.5, -5}, Upper: []float64{5, 5}}
	draw := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		g[0], g[1] = x[0]+0.1*draw.NormFloat64(), 4*(x[1]-1)+0.1*draw.NormFloat64()
		a.Step(x, g)
	}
	require.Equal(t, 0.5, x[0])
	require.InDelta(t, 1, x[1], 0.05)
}

// TestStepsOfASimilarFunctionSaveIterations minimises an ill-conditioned quadratic, and then one with half of its curvature
// and another minimum.
func TestStepsOfASimilarFunctionSaveIterations(t *testing.T) {
	const n = 8
	bowl := func(scale, center float64) Function {
		return func(_ context.Context, x, g []float64) (float64, error) {
			f := 0.0
			for i := range x {
				c := scale * math.Pow(4, float64(i))
				f += 0.5 * c * (x[i] - center) * (x[i] - center)
				g[i] = c * (x[i] - center)
			}
			return f, nil
		}
	}
	o := Options{Iterations: 200, Gradient: 1e-6, Memory: 2 * n}
	first, err := Minimize(context.Background(), bowl(1, 0), constant(n, 1), o)
	require.NoError(t, err)
	require.NotEmpty(t, first.Steps)
	cold, err := Minimize(context.Background(), bowl(0.5, 0.1), first.X, o)
	require.NoError(t, err)
	o.Steps = first.Steps
	warm, err := Minimize(context.Background(), bowl(0.5, 0.1), first.X, o)
	require.NoError(t, err)
	require.True(t, warm.Converged())
	require.Less(t, 2*warm.Iterations, cold.Iterations)
}
