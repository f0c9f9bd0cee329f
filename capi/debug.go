//go:build lithe_debug

package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"
	"math"
	"runtime"
	"strings"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// Panics on purpose, for the test that no panic gets out: on the calling goroutine (where = 0), inside a parallel tile
// (where = 1), or because of an impossible allocation (where = 2).
//
//export lithe_debug_panic
func lithe_debug_panic(where C.int32_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		switch where {
		case 0:
			panic("deliberate")
		case 2:
			allocated = make([]byte, math.MaxInt/int(where))
		}
		m, err := mixture.NewModel(mixture.Spherical, 1, 1, 0, []float64{1}, []float64{0}, nil, []float64{1})
		if err != nil {
			return err
		}
		const n = 1 << 20 // enough for several tiles
		return mixture.ScoreSamples(saboteur{context.Background()}, m, core.NewMatrix[float64](n, 1), 4, make([]float64, n))
	})
}

// Opens a handle that is no model, for the test that a handle of another kind is refused.
//
//export lithe_debug_handle
func lithe_debug_handle(handle *C.lithe_handle) C.int32_t {
	return guard(nil, func(*block) error {
		*handleOut("handle", handle) = handles.open("debug")
		return nil
	})
}

// allocated keeps the compiler from dropping the allocation.
var allocated []byte

// saboteur is a context that panics when a tile asks for it.
type saboteur struct{ context.Context }

func (saboteur) Err() error {
	var pc [16]uintptr
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc[:])])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "/par.(*job).work") {
			panic("deliberate, in a tile")
		}
		if !more {
			return nil
		}
	}
}
