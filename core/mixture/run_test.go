package mixture

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// pollContext is cancelled at its n-th poll, so that a test can end a call at every place that looks.
type pollContext struct{ left int }

func (c *pollContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c *pollContext) Done() <-chan struct{}       { return nil }
func (c *pollContext) Value(any) any               { return nil }
func (c *pollContext) Err() error {
	c.left--
	if c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancellationIsNoticedEverywhere(t *testing.T) {
	x := matrix[float64](draw(truth(1, 8, 3, 1, 1), 2, 150), 3)
	for name, call := range map[string]func(ctx context.Context) (any, error){
		"truncated": func(ctx context.Context) (any, error) {
			m, err := FitMatrix(ctx, x, &Options{Components: 8, Factors: 1, Algorithm: "truncated", MaxIter: 3, Threads: 1, NInit: 2})
			return m == nil, err
		},
		"exact": func(ctx context.Context) (any, error) {
			m, err := FitMatrix(ctx, x, &Options{Components: 8, Factors: 1, Algorithm: "exact", MaxIter: 3, Threads: 1, InitParams: "random"})
			return m == nil, err
		},
		"kmeans": func(ctx context.Context) (any, error) {
			m, err := FitKMeans(ctx, x, &KMeansOptions{Clusters: 5, MaxIter: 3, Threads: 1})
			return m == nil, err
		},
		"infer": func(ctx context.Context) (any, error) {
			return true, ScoreSamples(ctx, truth(1, 8, 3, 1, 1), x, 1, make([]float64, 150))
		},
	} {
		t.Run(name, func(t *testing.T) {
			counter := &pollContext{left: math.MaxInt}
			_, err := call(counter)
			require.NoError(t, err)
			polls := math.MaxInt - counter.left
			require.Greater(t, polls, 1)
			step := 1
			if testing.Short() {
				step = 11
			}
			for n := 0; n < polls; n += step {
				none, err := call(&pollContext{left: n})
				require.ErrorIs(t, err, context.Canceled, "poll %d of %d", n, polls)
				require.Equal(t, true, none, "no result with an error")
			}
		})
	}
}

func TestCancelledFitReportsNothingMore(t *testing.T) {
	x := matrix[float32](draw(truth(1, 40, 6, 1, 1), 2, 4000), 6)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	reports := 0
	m, err := FitMatrix(ctx, x, &Options{Components: 40, Factors: 1, MaxIter: 1000, Tol: -1, Progress: func(p core.Progress) {
		if p.Phase == "em" {
			reports++
			if p.Iteration == 2 {
				cancel()
			}
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, m)
	require.Equal(t, 3, reports)
	// An expired deadline is told apart from a cancellation.
	late, stop := context.WithTimeout(background, 0)
	defer stop()
	_, err = FitMatrix(late, x, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestProgressTellsTheStory(t *testing.T) {
	x := matrix[float64](draw(truth(1, 20, 3, 1, 1), 2, 400), 3)
	var all []core.Progress
	o := Options{Components: 20, Factors: 1, MaxIter: 5, Tol: -1, NInit: 2, Progress: func(p core.Progress) { all = append(all, p) }}
	m := mustFit(t, x, &o)
	var em []core.Progress
	for i, p := range all {
		if i > 0 {
			require.GreaterOrEqual(t, p.Seconds, all[i-1].Seconds)
			require.GreaterOrEqual(t, p.Evaluations, all[i-1].Evaluations)
		}
		switch p.Phase {
		case "seeding":
			require.Equal(t, p.Iteration == 0, math.IsNaN(p.Objective), "%+v", p)
		case "em":
			require.Equal(t, 5, p.MaxIterations)
			require.Equal(t, len(em)%6, p.Iteration)
			em = append(em, p)
		default:
			require.Failf(t, "phase", "unknown phase %q", p.Phase)
		}
	}
	require.Len(t, em, 12) // two starts of five iterations, each with the bound it began with
	require.Equal(t, m.LowerBound, max(em[5].Objective, em[11].Objective))
	require.Equal(t, "seeding", all[0].Phase)

	var lloyd []core.Progress
	km, err := FitKMeans(background, x, &KMeansOptions{Clusters: 5, Progress: func(p core.Progress) { lloyd = append(lloyd, p) }})
	require.NoError(t, err)
	require.Len(t, lloyd, 1+km.Iterations)
	require.Equal(t, "seeding", lloyd[0].Phase)
	for i, p := range lloyd[1:] {
		require.Equal(t, "lloyd", p.Phase)
		require.Equal(t, i+1, p.Iteration)
		if i > 0 {
			require.LessOrEqual(t, p.Objective, lloyd[i].Objective*(1+1e-12))
		}
	}
}

func TestPanicInProgressReachesTheCaller(t *testing.T) {
	x := matrix[float64](draw(truth(1, 20, 3, 1, 1), 2, 400), 3)
	for _, threads := range []int{1, 4} {
		require.PanicsWithValue(t, "stop", func() {
			_, _ = FitMatrix(background, x, &Options{Components: 5, CovarianceType: Diag, Threads: threads, Progress: func(core.Progress) { panic("stop") }})
		})
		require.PanicsWithValue(t, "stop", func() {
			_, _ = FitKMeans(background, x, &KMeansOptions{Clusters: 5, Threads: threads, Progress: func(core.Progress) { panic("stop") }})
		})
	}
}

func TestHistoryAccountsForTheWork(t *testing.T) {
	const N, C = 400, 20
	x := matrix[float64](draw(truth(1, C, 3, 1, 1), 2, N), 3)
	m := mustFit(t, x, &Options{Components: C, Factors: 1, Algorithm: "exact", MaxIter: 4, Tol: -1})
	for i, h := range m.History {
		require.EqualValues(t, N*C, h.Evaluations)
		if i > 0 {
			require.GreaterOrEqual(t, h.Seconds, m.History[i-1].Seconds)
		}
	}
	m = mustFit(t, x, &Options{Components: C, Factors: 1, Algorithm: "truncated", MaxIter: 4, Tol: -1, Neighbors: 3, Candidates: 2})
	for _, h := range m.History {
		require.Less(t, h.Evaluations, int64(N*C))
		require.GreaterOrEqual(t, h.Evaluations, int64(2*N))
	}
}
