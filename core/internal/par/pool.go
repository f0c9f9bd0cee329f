package par

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// longest is how long a thread looks for news before it sleeps: about what waking it would cost on a virtual machine.
	longest = 80 * time.Microsecond
	// shortest is how long at least it does so when nothing came the last times.
	shortest = 10 * time.Microsecond
	// mostIdle is the number of helpers, and of jobs, kept for later.
	mostIdle = 64
)

// helper is a goroutine that works on the jobs of others. Between jobs it is on the list of idle helpers, first awake and
// then asleep, because an iteration of a solver is many short jobs and starting a goroutine on a sleeping processor for
// each of them costs more than some of the jobs.
type helper struct {
	next   atomic.Pointer[job] // the job that waits for it; nil: none; asleep: none, and wake is to be told
	worker int
	wake   chan struct{}
}

var (
	asleep job // a mark
	pool   struct {
		sync.Mutex
		idle []*helper
		jobs []*job // unused ones
	}
)

// take returns an unused job.
func take() *job {
	pool.Lock()
	defer pool.Unlock()
	last := len(pool.jobs) - 1
	if last < 0 {
		return &job{done: make(chan struct{}, 1)}
	}
	j := pool.jobs[last]
	pool.jobs = pool.jobs[:last]
	return j
}

// give takes a job back that all helpers have left.
func give(j *job) {
	j.ctx, j.fn = nil, nil
	pool.Lock()
	defer pool.Unlock()
	if len(pool.jobs) < mostIdle {
		pool.jobs = append(pool.jobs, j)
	}
}

// assign hands the part of a worker in j to an idle helper, or to a new one.
func assign(j *job, worker int) {
	var h *helper
	pool.Lock()
	if last := len(pool.idle) - 1; last >= 0 {
		h, pool.idle = pool.idle[last], pool.idle[:last]
	}
	pool.Unlock()
	if h == nil {
		h = &helper{worker: worker, wake: make(chan struct{}, 1)}
		h.next.Store(j)
		go h.serve()
		return
	}
	h.worker = worker
	if h.next.Swap(j) == &asleep {
		h.wake <- struct{}{}
	}
}

// serve works on one job after the other.
func (h *helper) serve() {
	for patience := longest; ; {
		spin, kept := h.help(h.next.Load())
		if !kept {
			return
		}
		if spin {
			await(patience, func() bool { return h.next.Load() != nil })
		}
		if h.next.CompareAndSwap(nil, &asleep) {
			patience = max(patience/2, shortest)
			<-h.wake
			continue
		}
		patience = longest
	}
}

// await looks for news until there are some, and reports false if there are none for so long.
func await(patience time.Duration, news func() bool) bool {
	for end := time.Now().Add(patience); ; {
		for range 256 {
			if news() {
				return true
			}
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// help does the helper's part of a job, and reports whether to stay awake after it and whether the helper is on the list.
func (h *helper) help(j *job) (spin, kept bool) {
	spin = j.spin
	defer j.leave() // also when a tile ends the goroutine
	j.work(h.worker)
	h.next.Store(nil)
	pool.Lock()
	defer pool.Unlock()
	if kept = len(pool.idle) < mostIdle; kept {
		pool.idle = append(pool.idle, h)
	}
	return spin, kept
}
