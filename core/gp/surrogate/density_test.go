package surrogate

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestNormalDensities(t *testing.T) {
	for _, c := range []struct{ d, most int }{{1, 20}, {2, 40}, {4, 100}, {8, 300}} {
		t.Run(fmt.Sprint(c.d), func(t *testing.T) {
			f := newNormal(t, c.d, 2)
			s := search(t, f.target, &Options{Seed: 2})
			require.True(t, s.Converged())
			require.Empty(t, s.Diagnostics())
			x, y := s.Evaluations()
			require.LessOrEqual(t, x.Rows, c.most)
			require.Len(t, y, x.Rows)
			require.Len(t, s.Theta(), c.d+2)

			found, err := s.Sample(nil, 4000, 7)
			require.NoError(t, err)
			require.Less(t, f.divergence(t, found), 0.05)
			require.Less(t, f.distance(found), 0.02)
			require.InDelta(t, 0, found.LogEvidence, 0.3)
		})
	}
}

// TestShapes searches densities that are not normal. most is the number of evaluations, evidence that of the density.
func TestShapes(t *testing.T) {
	bimodal := func(x []float64) float64 {
		a, b := 0.0, math.Log(0.5)
		for _, v := range x {
			a -= 2 * (v - 2) * (v - 2)
			b -= 2 * (v + 2) * (v + 2)
		}
		return max(a, b) + math.Log1p(math.Exp(-math.Abs(a-b)))
	}
	for _, c := range []struct {
		name     string
		f        target
		most     int
		evidence float64
		within   float64
	}{
		{"banana", target{-5, 5, 2, func(x []float64) float64 {
			v := x[1] + 0.3*x[0]*x[0] - 1
			return -x[0]*x[0]/4 - v*v/0.18
		}}, 60, math.Log(2 * math.Pi * math.Sqrt(2) * 0.3), 0.15},
		{"ring", target{-5, 5, 2, func(x []float64) float64 {
			r := math.Hypot(x[0], x[1]) - 3
			return -r * r / 0.08
		}}, 140, math.Log(6 * math.Pi * math.Sqrt(0.08*math.Pi)), 0.1},
		{"two modes", target{-5, 5, 2, bimodal}, 80, math.Log(0.75 * math.Pi), 0.1},
		{"cut", target{-5, 5, 2, func(x []float64) float64 {
			if x[0] < 0 {
				return math.Inf(-1)
			}
			return -(x[0]*x[0] + x[1]*x[1]) / 2
		}}, 120, math.Log(math.Pi), 0.15},
		{"narrow", target{-5, 5, 3, func(x []float64) float64 {
			return -((x[0]-1)*(x[0]-1) + (x[1]+2)*(x[1]+2) + x[2]*x[2]) / 0.005
		}}, 120, 1.5 * math.Log(0.005*math.Pi), 0.3},
		{"uniform", target{-5, 5, 2, func([]float64) float64 { return 3 }}, 40, 3 + math.Log(100), 0.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := search(t, c.f, &Options{Seed: 1})
			require.True(t, s.Converged())
			require.LessOrEqual(t, len(s.y), c.most)
			found, err := s.Sample(nil, 4000, 7)
			require.NoError(t, err)
			require.InDelta(t, c.evidence, found.LogEvidence, c.within)
			require.Less(t, c.f.distance(found), 0.2)
		})
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	f := newNormal(t, 3, 1)
	cut := target{f.lower, f.upper, 3, func(x []float64) float64 {
		if x[0] > f.mean[0]+0.3 {
			return math.Inf(-1)
		}
		return f.logp(x)
	}}
	var want *Samples
	for _, threads := range []int{1, 2, 5} {
		s := search(t, cut, &Options{Seed: 5, Threads: threads, MaxEvaluations: 40})
		found, err := s.Sample(nil, 500, 1)
		require.NoError(t, err)
		if want == nil {
			want = found
		}
		require.Equal(t, want, found)
	}
}

func TestValuesThatCannotBe(t *testing.T) {
	s, err := New(target{d: 2, lower: -1, upper: 1}.bounds(), nil)
	require.NoError(t, err)
	point := core.Matrix[float64]{Data: []float64{0.5, -0.25}, Rows: 1, Cols: 2, Stride: 2}
	for _, v := range []float64{math.NaN(), math.Inf(1), 1e308, -1e308} {
		err := s.Tell(point, []float64{v})
		require.ErrorIs(t, err, core.ErrNotFinite)
		require.ErrorContains(t, err, "[0.5 -0.25]")
	}
	require.ErrorIs(t, s.Tell(point, []float64{1, 2}), core.ErrShape)
	outside := core.Matrix[float64]{Data: []float64{0.5, 1.25}, Rows: 1, Cols: 2, Stride: 2}
	err = s.Tell(outside, []float64{1})
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "x[0, 1] = 1.25 is outside of its bounds -1 and 1")
	x, y := s.Evaluations()
	require.Zero(t, x.Rows+len(y))
	_, err = s.Sample(nil, 10, 0)
	require.ErrorContains(t, err, "0 finite values")
	_, err = s.Ask(nil, -1)
	require.ErrorIs(t, err, core.ErrOption)
}

func TestBoundsAndOptions(t *testing.T) {
	for _, c := range []struct {
		bounds []float64
		rows   int
		o      *Options
		kind   error
	}{
		{[]float64{1, 0}, 1, nil, core.ErrOption},
		{[]float64{0, math.Inf(1)}, 1, nil, core.ErrNotFinite},
		{[]float64{0, math.NaN()}, 1, nil, core.ErrNotFinite},
		{nil, 0, nil, core.ErrShape},
		{[]float64{0, 1}, 1, &Options{Initial: 1}, core.ErrOption},
		{[]float64{0, 1}, 1, &Options{Tol: -1}, core.ErrOption},
		{[]float64{0, 1}, 1, &Options{Batch: -1}, core.ErrOption},
		{[]float64{0, 1}, 1, &Options{Particles: 4}, core.ErrOption},
		{[]float64{0, 1}, 1, &Options{Theta: []float64{0}}, core.ErrShape},
	} {
		_, err := New(core.Matrix[float64]{Data: c.bounds, Rows: c.rows, Cols: 2, Stride: 2}, c.o)
		require.ErrorIs(t, err, c.kind)
	}
}

func TestSearchesThatEndEarly(t *testing.T) {
	f := newNormal(t, 4, 2)
	s := search(t, f.target, &Options{MaxEvaluations: 18})
	require.False(t, s.Converged())
	require.Equal(t, BudgetSpent, s.Diagnostics()[0].Code)
	_, err := s.Sample(nil, 100, 0)
	require.NoError(t, err)

	nothing := search(t, target{0, 1, 2, func([]float64) float64 { return math.Inf(-1) }}, nil)
	require.Equal(t, FewFinite, nothing.Diagnostics()[0].Code)
	require.Len(t, nothing.y, 85)
	_, err = nothing.Sample(nil, 100, 0)
	require.ErrorIs(t, err, core.ErrOption)
}

// TestGoingOn tells a new search what an old one knew, and its kernel.
func TestGoingOn(t *testing.T) {
	f := newNormal(t, 2, 4)
	old := search(t, f.target, nil)
	x, y := old.Evaluations()
	s, err := New(f.bounds(), &Options{Theta: old.Theta()})
	require.NoError(t, err)
	require.NoError(t, s.Tell(x, y))
	want, got := make([]float64, 3), make([]float64, 3)
	deviation := make([]float64, 3)
	points := core.Matrix[float64]{Data: append(append(append([]float64(nil), f.mean...), x.Row(0)...), 9, 9), Rows: 3, Cols: 2, Stride: 2}
	require.NoError(t, old.Evaluate(nil, want, nil, points))
	require.NoError(t, s.Evaluate(nil, got, deviation, points))
	require.InDeltaSlice(t, want[:2], got[:2], 1e-2)
	require.InDelta(t, y[0], got[1], 0.1)
	require.Less(t, deviation[0], 0.1)
	require.True(t, math.IsInf(got[2], -1))

	more, err := s.Ask(nil, 5)
	require.NoError(t, err)
	require.Equal(t, 5, more.Rows)
	require.Equal(t, Unfinished, s.Diagnostics()[0].Code)
}

func TestCancelledCallsChangeNothing(t *testing.T) {
	f := newNormal(t, 2, 4)
	s, err := New(f.bounds(), nil)
	require.NoError(t, err)
	x, err := s.Ask(nil, 0)
	require.NoError(t, err)
	require.NoError(t, s.Tell(x, f.values(x)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Ask(ctx, 0)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.History())
	again, err := s.Ask(nil, 0)
	require.NoError(t, err)
	require.NotZero(t, again.Rows)
}
