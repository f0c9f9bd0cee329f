package main

/*
#include "cgo.h"
*/
import "C"

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/lithe-ml/lithe/core/mixture"
)

// handles holds every model and result that C knows by number.
var handles = newTable()

// table maps numbers to what they stand for, called models here. A number is never given out twice, so that a stale one is told from a live one, and
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

// handleOut checks the place that a new handle goes to.
func handleOut(name string, h *C.lithe_handle) *int64 { return &vector[int64](name, h, 1)[0] }

// close forgets a number; 0 is none.
func (t *table) close(h int64) error {
	if h == 0 {
		return nil
	}
	entry, err := t.remove(h)
	if v, ok := entry.(*pinned); ok {
		v.release()
	}
	return err
}

func (t *table) remove(h int64) (entry any, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry, ok := t.entries[h]
	if !ok {
		return nil, t.missing(h)
	}
	delete(t.entries, h)
	return entry, nil
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
		refuse(errHandle, "%d is a %s, expected a %s", h, kind(entry), kind(want))
	}
	return model
}

// kind says what an entry of the table is.
func kind(model any) string {
	switch model.(type) {
	case *mixture.Model:
		return "mixture model"
	case *gpModel:
		return "Gaussian process"
	case *gpClassifier:
		return "Gaussian process classifier"
	case *svmModel:
		return "support vector machine"
	case *basisModel:
		return "sum of functions"
	case *density:
		return "surrogate of a density"
	case *result:
		return "result"
	case *pinned:
		return "view of an array"
	}
	return fmt.Sprintf("%T", model)
}
