// Package par runs independent tiles of work on several goroutines. It is the only package of lithe that starts
// goroutines, so that a panic anywhere reaches the caller instead of ending the process.
//
// Tiles must depend on the shape of the problem alone, never on the number of threads, and each must write only to
// places of its own: then results are bit-identical for any number of threads.
package par

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// Panic wraps a panic that happened inside a tile; For re-panics with it on the caller's goroutine.
type Panic struct {
	Value any    // what the tile panicked with
	Stack []byte // the stack of the goroutine that panicked
}

func (p *Panic) Error() string { return fmt.Sprintf("panic in a parallel tile: %v", p.Value) }

// Origin returns what the tile panicked with and the stack it did so on, for callers that cannot name this package.
func (p *Panic) Origin() (value any, stack []byte) { return p.Value, p.Stack }

// Threads returns n if it is positive and otherwise the number of processors the runtime may use.
func Threads(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// For calls fn(worker, tile) once for every tile in [0, tiles), on min(threads, tiles) goroutines of which the
// caller's is one. worker in [0, threads) tells scratch spaces apart. Between tiles the context is polled: once it
// is done no further tile starts, and its error is returned. A nil ctx never ends. For itself allocates nothing once
// its helpers exist; a function literal with variables of its surroundings costs the caller one allocation.
func For(ctx context.Context, threads, tiles int, fn func(worker, tile int)) error {
	threads = min(Threads(threads), tiles)
	if threads <= 1 {
		return serial(ctx, 0, tiles, fn)
	}
	j := take()
	j.parts = j.parts[:0]
	j.tiles = tiles
	j.next.Store(0)
	return j.run(ctx, threads, fn)
}

// serial runs the tiles from first to before end on the caller's goroutine.
func serial(ctx context.Context, first, end int, fn func(worker, tile int)) error {
	for t := first; t < end; t++ {
		if ctx != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		fn(0, t)
	}
	return nil
}

// run does the job on so many goroutines, and gives it back.
func (j *job) run(ctx context.Context, threads int, fn func(worker, tile int)) error {
	j.ctx, j.fn = ctx, fn
	j.spin = threads <= runtime.GOMAXPROCS(0)
	j.failed.Store(nil)
	j.ended.Store(false)
	j.met.Store(false)
	j.helping.Store(int32(threads - 1))
	for w := 1; w < threads; w++ {
		assign(j, w)
	}
	j.work(0)
	j.wait()
	p, ended := j.failed.Load(), j.ended.Load()
	give(j)
	if p != nil {
		panic(p)
	}
	if ended {
		return ctx.Err()
	}
	return nil
}

// job is one call of For or ForParts.
type job struct {
	ctx     context.Context
	fn      func(worker, tile int)
	tiles   int
	next    atomic.Int64
	parts   []part // of ForParts, which has them in place of tiles and next
	spin    bool   // there is a processor for every thread, so that waiting a moment is cheaper than sleeping
	failed  atomic.Pointer[Panic]
	ended   atomic.Bool
	helping atomic.Int32  // helpers that have not finished
	met     atomic.Bool   // set by the last helper and by a caller that goes to sleep: who comes second acts
	done    chan struct{} // wakes the caller
}

// work runs tiles until there are none left.
func (j *job) work(worker int) {
	defer func() {
		if v := recover(); v != nil {
			p, ok := v.(*Panic)
			if !ok {
				p = &Panic{Value: v, Stack: debug.Stack()}
			}
			j.failed.CompareAndSwap(nil, p)
		}
	}()
	for j.failed.Load() == nil {
		if j.ctx != nil && j.ctx.Err() != nil {
			j.ended.Store(true)
			return
		}
		t := j.tile(worker)
		if t < 0 {
			return
		}
		j.fn(worker, t)
	}
}

// leave is the last that a helper does to a job.
func (j *job) leave() {
	if j.helping.Add(-1) == 0 && j.met.Swap(true) {
		j.done <- struct{}{}
	}
}

// wait returns when every helper has left.
func (j *job) wait() {
	if j.spin && await(longest, j.met.Load) {
		return
	}
	if !j.met.Swap(true) {
		<-j.done
	}
}

// Tiles returns how many tiles of the given size cover n items.
func Tiles(n, size int) int { return (n + size - 1) / size }

// Span returns the items [lo, hi) of tile t when n items are cut into tiles of the given size.
func Span(t, n, size int) (lo, hi int) { return t * size, min(n, (t+1)*size) }
