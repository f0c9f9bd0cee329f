package coreset

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// Guesses change the time that a selection takes, and nothing else: those that are right, and those that are not.
func TestGuessesChangeNothing(t *testing.T) {
	t.Run("float32", func(t *testing.T) { foreseen[float32](t, 1e-5) })
	t.Run("float64", func(t *testing.T) { foreseen[float64](t, 1e-10) })
}

func foreseen[T core.Float](t *testing.T, tol float64) {
	const n, k = guessFrom + 70, 2*guessMost + 12
	x := cloud[T](n, costlyFeatures+1, 6)
	weights, everyone := make([]float64, n), make([]int, n)
	for i := range weights {
		weights[i], everyone[i] = 1+float64(i%4), i
	}
	for _, metric := range []string{Euclidean, RBF} {
		o := &FacilityOptions{Budget: k, Metric: metric, ClientWeights: weights, Engine: Decremental, Threads: 3}
		f := choose(t, Rows(x), o)
		o.Candidates = everyone // no guesses are made
		want := choose(t, Rows(x), o)
		require.InEpsilon(t, want.Loss, f.Loss, tol)
		o.Candidates, o.Threads = nil, 1
		alone := choose(t, Rows(x), o)
		require.Equal(t, f.Indices, alone.Indices)
		require.Equal(t, f.Gains, alone.Gains)
		require.Less(t, float64(f.Evaluations), 0.9*float64(want.Evaluations))

		q := request{budget: k, engine: Decremental, selected: func(int, float64) {}}
		s := begun[T](t, Rows(x), o)
		guess, err := s.foresee(q)
		require.NoError(t, err)
		rows := slices.Clone(guess.rows)
		slices.Reverse(rows[:min(4, len(rows))])
		for _, wrong := range [][]int32{rows, {7, 300, 1000}, append([]int32{guess.rows[0], 5}, guess.rows[1:]...)} {
			s := begun[T](t, Rows(x), o)
			require.NoError(t, s.start(q))
			s.ahead = guessing(t, s, wrong)
			require.NoError(t, s.search(q))
			require.NotNil(t, s.lists)
			require.InEpsilon(t, want.Loss, s.finish(q).loss, tol)
		}
	}
}

// begun returns a selection before its first row.
func begun[T core.Float](t *testing.T, ground Ground, o *FacilityOptions) *greedy[T] {
	r, err := newSelecting(context.Background(), ground, o)
	require.NoError(t, err)
	s, err := r.ground.begin(r.ctx, nil, r.o)
	require.NoError(t, err)
	return s.(*greedy[T])
}

// guessing returns what is true of a guess.
func guessing[T core.Float](t *testing.T, s *greedy[T], rows []int32) *foresight[T] {
	f, covers := &foresight[T]{rows: rows}, slices.Clone(s.cover)
	for _, j := range rows {
		values, sign, err := s.op.row(j)
		require.NoError(t, err)
		for i, v := range values {
			covers[i] = min(covers[i], -sign*v)
		}
		f.covers = append(f.covers, slices.Clone(covers))
	}
	var err error
	f.gains, f.lists, err = s.op.(foreseeing[T]).ahead(f.covers, true)
	require.NoError(t, err)
	return f
}
