package gp

import (
	"runtime"
	"sync/atomic"
	"time"
)

// turn lets tasks that add to the same place do so in a fixed order. It is the number of those that have.
type turn struct{ done atomic.Int32 }

// A task that waits longer than this many looks is behind a goroutine that has lost its processor: it gives up its own.
const (
	looks = 500
	pause = 20 * time.Microsecond
)

// wait returns when it is the turn of task number rank. The tasks before it must have been started.
func (t *turn) wait(rank int) {
	for n := 0; int(t.done.Load()) != rank; n++ {
		if n < looks {
			runtime.Gosched()
		} else {
			time.Sleep(pause)
		}
	}
}

// pass hands the turn to the next task.
func (t *turn) pass() { t.done.Add(1) }
