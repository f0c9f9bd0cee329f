package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
	"github.com/lithe-ml/lithe/core/mixture"
)

const maxThreads = 1024

// block is the run block of a call. It is also the call's context: Err reads the cancel word, so that the core can
// poll it at every tile for the price of one load, without a goroutine or a timer. A nil C block never cancels and
// hears nothing.
type block struct {
	c     *C.lithe_run
	phase string
}

var _ context.Context = (*block)(nil)

func (b *block) Deadline() (time.Time, bool) { return time.Time{}, false }
func (b *block) Done() <-chan struct{}       { return nil }
func (b *block) Value(any) any               { return nil }

func (b *block) Err() error {
	if b.c != nil && atomic.LoadInt32((*int32)(unsafe.Pointer(&b.c.cancel))) != 0 {
		return context.Canceled
	}
	return nil
}

// begin checks the caller's block and clears what the call will report in it. A block of another size is of another
// layout and is not touched: it comes back as none, with an error.
func begin(run *C.lithe_run) (*block, error) {
	if run == nil {
		return &block{}, nil
	}
	if uintptr(unsafe.Pointer(run))%unsafe.Alignof(*run) != 0 {
		return &block{}, fmt.Errorf("%w: the run block is misaligned", errArgument)
	}
	if uintptr(run.size) != unsafe.Sizeof(*run) {
		return &block{}, fmt.Errorf("%w: the run block has size %d, expected %d", errABI, run.size, unsafe.Sizeof(*run))
	}
	b := &block{c: run}
	b.report(core.Progress{Objective: math.NaN()})
	b.write("")
	if run.threads < 0 || run.threads > maxThreads {
		return b, fmt.Errorf("%w: threads must be in [0, %d], got %d", errArgument, maxThreads, run.threads)
	}
	return b, b.Err()
}

// end stores the outcome.
func (b *block) end(status C.int32_t, err error) {
	if b.c == nil {
		return
	}
	var training *gp.Interrupted
	var fit *mixture.Interrupted
	if status == C.LITHE_ECANCELLED && !errors.As(err, &training) && !errors.As(err, &fit) {
		b.write("cancelled by the caller; there is no result")
	} else if err != nil {
		b.write(err.Error())
	}
	atomic.StoreInt32((*int32)(unsafe.Pointer(&b.c.status)), int32(status))
}

// threads returns the number that the caller asks for; 0 means one per processor.
func (b *block) threads() int {
	if b.c == nil {
		return 0
	}
	return int(b.c.threads)
}

// report stores progress where another thread of the caller may be reading: each value by one atomic store.
func (b *block) report(p core.Progress) {
	if b.c == nil {
		return
	}
	atomic.StoreInt64((*int64)(unsafe.Pointer(&b.c.iteration)), int64(p.Iteration))
	atomic.StoreInt64((*int64)(unsafe.Pointer(&b.c.max_iterations)), int64(p.MaxIterations))
	atomic.StoreInt64((*int64)(unsafe.Pointer(&b.c.evaluations)), p.Evaluations)
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&b.c.objective)), math.Float64bits(p.Objective))
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&b.c.seconds)), math.Float64bits(p.Seconds))
	if p.Phase == b.phase && p.Phase != "" {
		return
	}
	b.phase = p.Phase
	var words [len(b.c.phase) / 8]uint64
	text := unsafe.Slice((*byte)(unsafe.Pointer(&words)), len(b.c.phase))
	copy(text[:len(text)-1], p.Phase)
	for i, w := range words {
		atomic.StoreUint64((*uint64)(unsafe.Pointer(&b.c.phase[8*i])), w)
	}
}

// write stores a message, cut to fit at the end of a character.
func (b *block) write(message string) {
	dst := unsafe.Slice((*byte)(unsafe.Pointer(&b.c.message)), len(b.c.message))
	n := min(len(message), len(dst)-1)
	for n > 0 && n < len(message) && !utf8.RuneStart(message[n]) {
		n--
	}
	copy(dst, message[:n])
	dst[n] = 0
}
