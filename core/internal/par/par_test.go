package par

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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

func TestPartsRunEveryTileOnce(t *testing.T) {
	for _, starts := range [][]int{{0, 7}, {3, 3}, {0, 50, 100}, {5, 5, 60}, {5, 60, 60}, {0, 0, 1, 90, 90}} {
		first, end := starts[0], starts[len(starts)-1]
		ran := make([]atomic.Int32, end+1)
		require.NoError(t, ForParts(context.Background(), starts, func(worker, tile int) {
			if worker < 0 || worker >= len(starts)-1 {
				panic("worker out of range")
			}
			ran[tile].Add(1)
		}))
		for i := range ran {
			want := 0
			if i >= first && i < end {
				want = 1
			}
			require.EqualValues(t, want, ran[i].Load(), "tile %d of %v", i, starts)
		}
	}
}

// A worker takes its own tiles in order; while it is busy with one, the other takes the rest from the end.
func TestPartsOfABusyWorkerAreTakenFromTheEnd(t *testing.T) {
	var order []int
	begun, done := make(chan struct{}), make(chan struct{})
	require.NoError(t, ForParts(nil, []int{0, 5, 5}, func(worker, tile int) {
		if worker == 0 {
			require.Zero(t, tile)
			close(begun)
			<-done
			return
		}
		<-begun
		if order = append(order, tile); tile == 1 {
			close(done)
		}
	}))
	require.Equal(t, []int{4, 3, 2, 1}, order)
}

func TestPartsEndWithTheContext(t *testing.T) {
	for _, starts := range [][]int{{0, 100}, {0, 50, 100}} {
		ctx, cancel := context.WithCancel(context.Background())
		var ran atomic.Int32
		require.ErrorIs(t, ForParts(ctx, starts, func(_, _ int) {
			ran.Add(1)
			cancel()
		}), context.Canceled)
		require.LessOrEqual(t, ran.Load(), int32(2))
	}
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

func TestForAllocatesNothing(t *testing.T) {
	var sum atomic.Int64
	add := func(_, tile int) { sum.Add(int64(tile)) }
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = For(context.Background(), 3, 50, add) }))
	starts := []int{0, 30, 50}
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = ForParts(context.Background(), starts, add) }))
	require.EqualValues(t, 2*101*49*25, sum.Load())
}

// Helpers are lent and returned in any order: loops inside loops, on many goroutines, and tiles that end their goroutine.
func TestHelpersServeManyCallers(t *testing.T) {
	var ran atomic.Int64
	require.NoError(t, For(nil, 8, 40, func(_, _ int) {
		for range 20 {
			require.NoError(t, For(nil, 3, 7, func(_, _ int) { ran.Add(1) }))
		}
	}))
	require.EqualValues(t, 40*20*7, ran.Load())
	for range 10 {
		var ended atomic.Int64
		_ = For(nil, 3, 100, func(worker, _ int) {
			if worker == 1 {
				runtime.Goexit()
			}
			ended.Add(1)
		})
		require.GreaterOrEqual(t, ended.Load(), int64(99))
	}
}

func BenchmarkShortJobs(b *testing.B) {
	var work [2]float64
	fn := func(worker, _ int) {
		for range 2000 {
			work[worker] = work[worker]*0.5 + 1
		}
	}
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprint("threads=", threads), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = For(context.Background(), threads, 16, fn)
			}
		})
	}
}
