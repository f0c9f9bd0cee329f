package gp

import (
	"runtime"
	"sync/atomic"
)

// turn lets tasks that add to the same place do so in a fixed order. It is the number of those that have.
type turn struct{ done atomic.Int32 }

// wait returns when it is the turn of task number rank. The tasks before it must have been started.
func (t *turn) wait(rank int) {
	for int(t.done.Load()) != rank {
		runtime.Gosched()
	}
}

// pass hands the turn to the next task.
func (t *turn) pass() { t.done.Add(1) }
