package main

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/lithe-ml/lithe/core/mixture"
)

// handles holds every model that C knows by number.
var handles = newTable()

// table maps numbers to models. A number is never given out twice, so that a stale one is told from a live one, and
// the first is random, so that the numbers of another copy of the library in the same process are unknown here.
// A model taken from the table stays usable after its number is closed: the garbage collector sees to that.
type table struct {
	mu          sync.RWMutex
	first, next int64
	entries     map[int64]any
}

func newTable() *table {
	first := 1<<32 + rand.Int64N(1<<52)
	return &table{first: first, next: first, entries: make(map[int64]any)}
}

// open gives the model a number.
func (t *table) open(model any) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.next
	t.next++
	t.entries[h] = model
	return h
}

// close forgets a number; 0 is none.
func (t *table) close(h int64) error {
	if h == 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.entries[h]; !ok {
		return t.missing(h)
	}
	delete(t.entries, h)
	return nil
}

// missing says why there is no such number; the lock is held.
func (t *table) missing(h int64) error {
	if h >= t.first && h < t.next {
		return fmt.Errorf("%w: %d has been closed", errHandle, h)
	}
	return fmt.Errorf("%w: %d was never opened by this copy of the library", errHandle, h)
}

// at returns the model behind a number, which must be an M.
func at[M any](h int64) M {
	handles.mu.RLock()
	defer handles.mu.RUnlock()
	entry, ok := handles.entries[h]
	if !ok {
		panic(refusal{handles.missing(h)})
	}
	model, ok := entry.(M)
	if !ok {
		var want M
		refuse(errHandle, "%d is a %s model, expected a %s model", h, kind(entry), kind(want))
	}
	return model
}

// kind names the room that a model belongs to.
func kind(model any) string {
	switch model.(type) {
	case *mixture.Model:
		return "mixture"
	}
	return fmt.Sprintf("%T", model)
}
