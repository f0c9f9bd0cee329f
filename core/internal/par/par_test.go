package par

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryTileRunsOnceOnAKnownWorker(t *testing.T) {
	for _, threads := range []int{1, 2, 4, 9} {
		for _, tiles := range []int{0, 1, 3, 100} {
			ran := make([]atomic.Int32, tiles)
			require.NoError(t, For(context.Background(), threads, tiles, func(worker, tile int) {
				if worker < 0 || worker >= threads {
					panic("worker out of range")
				}
				ran[tile].Add(1)
			}))
			for i := range ran {
				require.EqualValues(t, 1, ran[i].Load(), "tile %d of %d on %d threads", i, tiles, threads)
			}
		}
	}
}

func TestWorkersDoNotOverlap(t *testing.T) {
	const threads = 4
	var busy [threads]atomic.Bool
	require.NoError(t, For(nil, threads, 200, func(worker, _ int) {
		if !busy[worker].CompareAndSwap(false, true) {
			panic("two tiles on one worker at a time")
		}
		busy[worker].Store(false)
	}))
}

func TestThreadsDefaultsToTheProcessors(t *testing.T) {
	require.Equal(t, 3, Threads(3))
	require.Positive(t, Threads(0))
	require.Equal(t, Threads(0), Threads(-1))
}

func TestCancellationStopsBetweenTiles(t *testing.T) {
	for _, threads := range []int{1, 4} {
		ctx, cancel := context.WithCancel(context.Background())
		var ran atomic.Int32
		err := For(ctx, threads, 1_000_000, func(_, _ int) {
			if ran.Add(1) == 10 {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, ran.Load(), int32(1_000_000))
		require.ErrorIs(t, For(ctx, threads, 5, func(_, _ int) { panic("must not run") }), context.Canceled)
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	cause := errors.New("cause")
	defer func() {
		p, ok := recover().(*Panic)
		require.True(t, ok)
		value, stack := p.Origin()
		require.Same(t, cause, value)
		require.Contains(t, string(stack), "par_test.go")
		require.Contains(t, p.Error(), "cause")
	}()
	_ = For(nil, 4, 100, func(_, tile int) {
		if tile == 50 {
			panic(cause)
		}
	})
	t.Fatal("no panic")
}

// A panic inside a nested loop keeps the stack of where it happened.
func TestNestedPanicIsNotWrappedTwice(t *testing.T) {
	defer func() {
		p, ok := recover().(*Panic)
		require.True(t, ok)
		require.Equal(t, "inner", p.Value)
	}()
	_ = For(nil, 2, 4, func(_, _ int) {
		_ = For(nil, 2, 4, func(_, tile int) { panic("inner") })
	})
	t.Fatal("no panic")
}

func TestSpansCoverTheItems(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 100} {
		at := 0
		for tile := range Tiles(n, 8) {
			lo, hi := Span(tile, n, 8)
			require.Equal(t, at, lo)
			require.Greater(t, hi, lo)
			require.LessOrEqual(t, hi-lo, 8)
			at = hi
		}
		require.Equal(t, n, at)
	}
}
